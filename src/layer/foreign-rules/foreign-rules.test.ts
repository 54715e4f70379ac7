import { expect, test } from 'vitest';
import { utf16leBytes } from '../../base/utf16.ts';
import { assignmentFindings, readAssignments, resolveAssignments } from './assignments.ts';
import { readMaskRules } from './masking.ts';
import { recogniseRules } from './read.ts';
import { readRedirections } from './redirections.ts';
import { readSnapvol } from './snapvol.ts';
import { decodeRuleText } from './text.ts';
import type { ForeignRules } from './types.ts';

const shown = ({ rules, findings }: ForeignRules) => ({
  rules: rules.map(({ line, action, target, match, value, to }) =>
    [
      [line, action, target, match.kind, match.p],
      value === undefined ? [] : [`: ${value}`],
      to === undefined ? [] : [`-> ${to}`],
    ]
      .flat()
      .join(' '),
  ),
  told: findings.map(({ code, facts }) => `${facts?.['line']} ${code}`),
});
const row = (...fields: string[]) => fields.join('\t');

const MASK = [
  '1',
  '## Visio',
  row('C:\\Program Files\\Visio', '', '', '', '0x00000221', ''),
  row('%ProgramFiles(x86)%', 'Office\\VISIO.EXE', '', '', '0x00000222', ''),
  row('HKLM\\SOFTWARE\\Classes', 'Visio.Drawing', '', '', '0x221', ''),
  row('HKEY_CURRENT_USER\\Software', 'Visio', '', '', '0x00000221', ''),
  row('HKLM\\SOFTWARE\\App', 'Licence', '', '', '0x00000222', ''),
  row('HKCU\\Software\\App\\Last', '', '', '', '0x00000222', ''),
  row('C:\\App', '', 'C:\\App 2', '', '0x00000131', ''),
  row('HKLM\\SOFTWARE\\A', '', 'HKLM\\SOFTWARE\\B', '', '0x00000121', ''),
  row('%APPDATA%\\A', '', 'C:\\B', '', '0x00000121', ''),
  row('HKLM\\SOFTWARE\\App', 'Answer', '', '', '0x00000822', '042A000000'),
  row('C:\\Apps', '', '\\\\server\\x.vhd', '', '0x00002021', ''),
  row('Comic Sans', '', '', '', '0x00004000', ''),
  row('Printer 1', '', '', '', '0x00000400', ''),
  'no rule',
  row('C:\\x', '', '', '', '0x00000001', ''),
  row('\\\\server\\share', '', '', '', '0x00000221', ''),
].join('\r\n');

test('App Masking: files, keys, values and fonts that are hidden are rules, everything else is told', () => {
  const found = readMaskRules(MASK, 'Visio.fxr');
  expect(shown(found)).toEqual({
    rules: [
      '3 hide file subtree Program Files\\Visio',
      '4 hide file exact Program Files (x86)\\Office\\VISIO.EXE',
      '5 hide key subtree HKLM/SOFTWARE\\Classes\\Visio.Drawing',
      '6 hide key glob HKU/*\\Software\\Visio\\**',
      '7 hide key exact HKLM/SOFTWARE\\App : Licence',
      '8 hide key glob HKU/*\\Software\\App : Last',
      '9 redirect file exact App -> App 2',
      ...['', ' (TrueType)', ' (OpenType)', ' (All res)'].map(
        (kind) => `14 hide key exact HKLM/SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\Fonts : Comic Sans${kind}`,
      ),
    ],
    told: [
      '10 maskRedirect',
      '11 maskRedirect',
      '12 maskValue',
      '13 maskDisk',
      '14 maskFont',
      '15 maskPrinter',
      '16 ruleLineUnreadable',
      '17 ruleLineUnreadable',
      '18 ruleLineUnreadable',
    ],
  });
  expect(found.findings[0]!.facts).toMatchObject({ path: 'HKLM\\SOFTWARE\\A', to: 'HKLM\\SOFTWARE\\B', copied: false });
  expect(found.findings[2]!.facts).toMatchObject({
    path: 'HKLM\\SOFTWARE\\App\\Answer',
    type: 'REG_DWORD',
    text: '0x0000002a (42)',
  });
});

test('assignments: from top to bottom, the last that fits decides; what only the guest knows is told', () => {
  const text = [
    row('1', '0'),
    row('0x00000011', 'S-1-1-0', '', 'Everyone', '0', '0'),
    row('0x00000006', 'CONTOSO\\ann', '', '', '0', '0'),
    row('0x00000012', 'S-1-5-21-1-2-3-513', 'CN=Sales', 'Sales', '0', '0'),
    row('0x00000041', 'PC-7', '', '', '0', '0'),
    'broken',
  ].join('\r\n');
  const { assignments, findings } = readAssignments(text, 'Visio.fxa');
  expect(assignments.map(({ kind, applies }) => `${kind} ${applies}`)).toEqual([
    'group true',
    'user false',
    'group false',
    'computer true',
  ]);
  expect(findings.map(({ code }) => code)).toEqual(['ruleLineUnreadable']);
  const decide = (user: string[], groups: string[] = []) => {
    const { applies, decided, undecided } = resolveAssignments(assignments, { user, groups });
    return [applies, decided?.line, undecided.map(({ line }) => line)];
  };
  expect(decide(['bob'])).toEqual([true, 2, [4, 5]]);
  expect(decide(['Ann'])).toEqual([false, 3, [4, 5]]);
  expect(decide(['bob'], ['contoso\\sales'])).toEqual([false, 4, [5]]);
  const resolved = resolveAssignments(assignments, { user: ['bob'], groups: [] });
  expect(assignmentFindings(assignments, resolved, 'Visio.fxa').map(({ code, facts }) => [code, facts])).toEqual([
    [
      'maskAssigned',
      {
        line: 2,
        by: 'the group Everyone',
        assignments: ['+ the group Everyone', '- the user CONTOSO\\ann', '- the group Sales', '+ the computer PC-7'],
      },
    ],
    ['maskUndecided', { line: 4, assignments: ['- the group Sales', '+ the computer PC-7'] }],
  ]);
});

const REDIRECTIONS = `<?xml version="1.0"?>
<FrxProfileFolderRedirection ExcludeCommonFolders="297">
<!-- <Exclude Copy="0">not this</Exclude> -->
<Excludes>
  <Exclude Copy="0">AppData\\Local\\Temp</Exclude>
  <Exclude>Tools &amp; more\\</Exclude>
  <Exclude Copy="1">AppData\\Roaming\\In</Exclude>
  <Exclude Copy="3">AppData\\Roaming\\Both</Exclude>
  <Exclude Copy="2">AppData\\Roaming\\Out</Exclude>
  <Exclude Copy="0">C:\\elsewhere</Exclude>
</Excludes>
<Includes><Include>AppData/Local/Temp/kept</Include></Includes>
</FrxProfileFolderRedirection>`;

test('redirections.xml: excluded folders, copy levels, includes, common folders', () => {
  expect(shown(readRedirections(REDIRECTIONS, 'redirections.xml', 'Users\\ann'))).toEqual({
    rules: [
      '2 exclude file subtree Users\\ann\\Contacts',
      '2 exclude file subtree Users\\ann\\Downloads',
      '2 exclude file subtree Users\\ann\\Music',
      '2 exclude file subtree Users\\ann\\Podcasts',
      '5 exclude file subtree Users\\ann\\AppData\\Local\\Temp',
      '6 exclude file subtree Users\\ann\\Tools & more',
      '9 exclude file subtree Users\\ann\\AppData\\Roaming\\Out',
      '12 merge file subtree Users\\ann\\AppData\\Local\\Temp\\kept',
    ],
    told: ['2 redirectionCommon', '7 redirectionCopied', '8 redirectionCopied', '10 ruleLineUnreadable'],
  });
  const common = (number: number) =>
    readRedirections(`<FrxProfileFolderRedirection ExcludeCommonFolders="${number}"/>`, 'r').findings[0]?.facts;
  expect(common(297)).toEqual({
    line: 1,
    ExcludeCommonFolders: 297,
    folders: ['Contacts', 'Downloads', 'Music', 'Podcasts'],
    unknown: 256,
  });
  expect(common(255)).toMatchObject({
    folders: [
      ...['Contacts', 'Desktop', 'Documents', 'Downloads', 'Links', 'Music', 'Podcasts', 'Pictures', 'Videos'],
      'AppData\\LocalLow',
    ],
    unknown: 0,
  });
  expect(common(0)).toBeUndefined();
  expect(shown(readRedirections('<FrxProfileFolderRedirection><Exclude>x', 'r')).told).toEqual([
    '1 ruleLineUnreadable',
  ]);
  expect(shown(readRedirections(REDIRECTIONS, 'r')).rules).toContain(
    '5 exclude file glob Users\\*\\AppData\\Local\\Temp\\**',
  );
});

test('snapvol.cfg: prefixes, contents only, users; other keywords are told', () => {
  const text = [
    '# policy',
    'virtualize=\\',
    'virtualize_registry=\\REGISTRY\\MACHINE\\SOFTWARE',
    'exclude_path = \\ProgramData\\VMware',
    'include_path=\\ProgramData\\VMware\\Logs\\',
    'exclude_registry=\\REGISTRY\\MACHINE\\SOFTWARE\\McAfee',
    'include_registry=\\REGISTRY\\MACHINE\\SOFTWARE\\McAfee\\Agent\\\\',
    'exclude_uwv_file=\\users\\%username%\\documents\\\\',
    'exclude_process_name=av.exe',
    'exclude_path=%TEMP%\\x',
    'exclude_path=\\%what%\\x',
    'new_keyword=1',
  ].join('\n');
  expect(shown(readSnapvol(text, 'snapvol.cfg'))).toEqual({
    rules: [
      '4 passthrough file glob ProgramData\\VMware*\\**',
      '5 merge file children ProgramData\\VMware\\Logs',
      '6 passthrough key glob HKLM/SOFTWARE\\McAfee*\\**',
      '7 merge key children HKLM/SOFTWARE\\McAfee\\Agent',
      '8 exclude file glob users\\*\\documents\\*\\**',
      '10 passthrough file glob Users\\*\\AppData\\Local\\Temp\\x*\\**',
    ],
    told: [
      '11 ruleLineUnreadable',
      '12 ruleLineUnreadable',
      '2 snapvolKeyword',
      '3 snapvolKeyword',
      '9 snapvolKeyword',
    ],
  });
});

test('files are told apart by content, in any encoding', () => {
  const kinds = (text: string) => [
    recogniseRules(utf16leBytes(`\ufeff${text}`)),
    recogniseRules(utf16leBytes(text)),
    recogniseRules(new TextEncoder().encode(text)),
  ];
  for (const [text, kind] of [
    [MASK, 'appMasking'],
    ['1\t0\r\n0x00000011\tS-1-1-0\t\tEveryone\t0\t0\r\n', 'assignments'],
    [REDIRECTIONS, 'redirections'],
    ['# x\nexclude_path=\\a\n', 'snapvol'],
    ['{"format": "stratascope-rules"}', null],
    ['1', null],
    ['', null],
  ] as const)
    expect(kinds(text), text.slice(0, 20)).toEqual([kind, kind, kind]);
  expect(decodeRuleText(Uint8Array.of(0xfe, 0xff, 0, 0x31))).toBe('1');
});
