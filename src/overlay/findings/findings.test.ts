/** What columns and made contents say: each code once where it hurts and once where it does not. */
import { describe, expect, test } from 'vitest';
import { ByteState, NodeFlag } from '../../fs/types.ts';
import type { RuleDraft } from '../../layer/types.ts';
import { dir, file, type KeySpec, type TreeSpec } from '../../testing/chunks.ts';
import { CODES_OF_COLUMNS, exercised, keys, look, offered, ownedBy, setKnown } from '../../testing/findings.ts';
import { type LayerSpec, makeLayers } from '../../testing/layers.ts';
import { expectSettled } from '../../testing/settled.ts';
import type { MergeFinding } from './types.ts';

const codes = (found: Map<string, MergeFinding[]>) => [...found.keys()].sort();
const layers = (os: LayerSpec, user: LayerSpec, ...more: LayerSpec[]) => makeLayers(os, user, ...more);
const trees = (os: TreeSpec, user: TreeSpec) => look(layers({ tree: os }, { tree: user }));

describe('files', () => {
  test('nothing is found in layers that only add', () => {
    expect(codes(trees({ Windows: { 'a.dll': 'a' } }, { Users: { ann: { 'b.txt': 'b' } } }))).toEqual([]);
  });

  test('F-35 8.3 names: two entries, one name', () => {
    const os = { 'Program Files': dir({ short: 'PROGRA~1' }), P: {} };
    expect(trees(os, { 'Program Data': dir({ short: 'PROGRA~1' }) }).get('shortNameClash')).toMatchObject([
      { note: 'PROGRA~1: Program Data, Program Files', path: 'C:\\Program Data' },
    ]);
    expect(codes(trees(os, { 'Program Data': dir({ short: 'PROGRA~2' }) }))).toEqual([]);
    expect(codes(trees(os, { 'Program Files': dir({ short: 'PROGRA~1' }) }))).toEqual([]);
  });

  test('F-31 F-33 names that fall together; case flags that differ', () => {
    expect(trees({}, { 'A.txt': 'a', 'a.TXT': 'b' }).get('upcaseCollision')).toMatchObject([{ note: 'A.txt, a.TXT' }]);
    const cased = { d: dir({ flags: NodeFlag.caseSensitive }) };
    expect(codes(trees({ d: {} }, cased))).toContain('caseFlagMismatch');
    expect(codes(trees(cased, cased))).not.toContain('caseFlagMismatch');
  });

  test('F-38 paths longer than Win32 opens', () => {
    const deep = (name: string) => ({ [name]: { [name]: { [name]: { f: 'x' } } } });
    expect(trees(deep('n'.repeat(100)), {}).get('longestPath')).toMatchObject([{ severity: 'info', note: '307 (2)' }]);
    expect(codes(trees(deep('n'.repeat(50)), {}))).toEqual([]);
    // longer than any path of Windows once a layer stands before it
    const name = 'n'.repeat(255);
    let tree: TreeSpec = { f: 'x' };
    for (let n = 0; n < 128; n++) tree = { [name]: tree };
    const [worst] = trees(tree, {}).get('longestPath')!;
    expect(worst).toMatchObject({ severity: 'warning', note: `${2 + 128 * 256 + 2} (128)` });
  });

  test('F-51 F-54 F-64 contents that a merge cannot carry', () => {
    const of = (fields: object) => codes(trees({}, { f: file({ size: 1, ...fields }) }));
    expect(of({ byteState: ByteState.efs })).toEqual(['efsOpaque']);
    expect(of({ byteState: ByteState.encrypted })).toEqual(['efsOpaque']);
    expect(of({ byteState: ByteState.cloud })).toEqual(['needsHydration']);
    expect(of({ reparseTag: 0x9000_601a })).toEqual(['needsHydration']);
    expect(of({ reparseTag: 0x8000_0099 })).toEqual(['opaqueReparse']);
    expect(of({ reparseTag: 0x8000_0017 })).toEqual([]);
    expect(of({ flags: NodeFlag.ea })).toEqual(['eaNotPortable']);
    expect(codes(trees({ f: file({ flags: NodeFlag.ea }) }, {}))).toEqual([]);
  });

  test('F-70 F-71 a file over a folder and the other way round', () => {
    const conflict = (os: TreeSpec, user: TreeSpec) =>
      trees(os, user)
        .get('typeConflict')
        ?.map(({ severity, message }) => `${severity}: ${message}`);
    expect(conflict({ x: { f: 'f' } }, { x: 'file' })).toEqual([expect.stringContaining('error: A file stands')]);
    expect(conflict({ x: 'file' }, { x: { f: 'f' } })).toEqual([expect.stringContaining('warning: A folder stands')]);
    // the copy below comes back by one click, whichever kind of layer is in front
    const way = (role: 'user' | 'app', code: string, os: TreeSpec, upper: TreeSpec) =>
      look(layers({ tree: os }, { role, tree: upper })).get(code)?.[0]?.proposal?.add[0]?.action;
    expect(way('user', 'typeConflict', { x: { f: 'f' } }, { x: 'file' })).toBe('keepLower');
    expect(way('app', 'typeConflict', { x: { f: 'f' } }, { x: 'file' })).toBe('redirect');
    const efs = { x: file({ size: 1, byteState: ByteState.efs }) };
    expect(way('user', 'efsOpaque', { x: 'plain' }, efs)).toBe('keepLower');
    expect(way('user', 'efsOpaque', {}, efs)).toBeUndefined();
    expect(codes(trees({ x: 'a' }, { x: 'b' }))).toEqual([]);
  });

  test('F-53 links: out of the disk, to nothing, to something', () => {
    const os = { Data: { f: 'x' } };
    const user = { L: file({ flags: NodeFlag.link, reparseTag: 0xa000_0003 }) };
    const at = (to: string) => {
      setKnown({ target: to });
      return codes(trees(os, user));
    };
    expect(at('C:\\Data\\f')).toEqual([]);
    expect(at('\\??\\C:\\data')).toEqual([]);
    expect(at('Data')).toEqual([]);
    expect(at('C:\\')).toEqual([]);
    expect(at('C:\\Gone')).toEqual(['danglingLink']);
    expect(at('E:\\Data')).toEqual(['linkEscape']);
    expect(at('\\??\\Volume{0}\\x')).toEqual(['linkEscape']);
    expect(at('\\\\server\\share')).toEqual(['linkEscape']);
    setKnown({ target: 'C:\\Gone' });
    expect(codes(trees(user, {}))).toEqual([]);
  });

  test('groups: a log that comes with its database is well, one of another layer is left out and told', () => {
    const ese = (text: string): TreeSpec => ({ S: { 'Windows.edb': text, 'edb.log': `log of ${text}` } });
    expect(codes(trees(ese('a'), ese('b')))).toEqual([]);
    const [moved] = trees(ese('a'), { S: { 'Windows.edb': 'b' } }).get('splitGroup')!;
    expect(moved).toMatchObject({ severity: 'warning', note: 'ese, edb.log' });
    expect(moved!.evidence.map(({ role, layer, path }) => `${role} ${layer} ${path}`)).toEqual([
      'wins user C:\\S\\Windows.edb',
      'hidden os C:\\S\\edb.log',
    ]);
    expect(moved!.proposal!.add).toMatchObject([{ match: { kind: 'exact', p: 'S\\edb.log' }, action: 'hide' }]);
    const hive = { 'NTUSER.DAT': 'a', 'ntuser.dat.LOG1': 'l' };
    const above = (rules: readonly RuleDraft[] = []) =>
      look(
        layers({ tree: { Users: { ann: hive } } }, { tree: { Users: { ann: { 'ntuser.dat.LOG1': 'm' } } } }),
        rules,
      ).get('splitGroup') ?? [];
    const [first] = above();
    expect(first).toMatchObject({ severity: 'warning', proposal: { add: [{ action: 'keepLower' }] } });
    // the rule says outright what held by default
    expect(above(first!.proposal!.add)).toEqual([]);
    const merge = {
      target: 'file',
      match: { kind: 'exact', p: 'Users\\ann\\NTUSER.DAT.LOG1' },
      action: 'merge',
    } as const;
    const [forced] = above([merge]);
    expect(forced).toMatchObject({ severity: 'error', proposal: { add: [{ action: 'keepLower' }] } });
  });

  test('F-19 application layers in front are answered with a redirect', () => {
    const stack = layers(
      { tree: { 'a.dll': file({ size: 1, linkId: 9, links: 2 }), 'b.dll': file({ size: 1, linkId: 9, links: 2 }) } },
      {
        role: 'app',
        tree: { 'a.dll': 'changed' },
      },
    );
    expect(look(stack).get('hardLinkBroken')?.[0]?.proposal?.add).toMatchObject([{ action: 'redirect', layer: 'os' }]);
  });
});

describe('rules', () => {
  const draft = (p: string, action: RuleDraft['action'] = 'exclude'): RuleDraft => ({
    target: 'file',
    match: { kind: 'subtree', p },
    action,
  });
  const stack = () => layers({ tree: { Windows: { f: 'f' }, D: { old: 'o' } } }, { tree: { D: { mine: 'm' } } });

  test('without effect, on what Windows needs, and losing what only the user has', () => {
    expect(look(stack(), [draft('Nowhere')]).get('ruleNoEffect')).toMatchObject([{ proposal: { drop: ['u0'] } }]);
    expect(look(stack(), [draft('Windows')]).get('ruleForbidden')).toMatchObject([{ severity: 'error' }]);
    expect(look(stack(), [draft('D')]).get('ruleLosesData')).toMatchObject([{ path: 'C:\\D\\mine', note: '1' }]);
    expect(codes(look(stack(), [draft('D', 'readOnly')]))).toEqual([]);
  });

  test('outranked everywhere is without effect too', () => {
    const os = { tree: { 'pagefile.sys': 'p', Windows: { f: 'f' } } };
    const found = look(layers(os, { tree: {} }), [
      { ...draft('pagefile.sys', 'merge'), match: { kind: 'exact', p: 'pagefile.sys' } },
    ]);
    expect(codes(found)).toEqual(['ruleNoEffect']);
  });
});

describe('registry', () => {
  const windows: TreeSpec = { Windows: { System32: { 'a.dll': 'a' } } };
  const machine = (os: KeySpec, user: KeySpec, tree: TreeSpec = windows) =>
    look(layers({ tree, hives: { 'HKLM/SOFTWARE': os } }, { tree: {}, hives: { 'HKLM/SOFTWARE': user } }));

  test.each([
    ['danglingUninstall', 'Microsoft\\Windows\\CurrentVersion\\Uninstall\\X', 'InstallLocation'],
    ['danglingAppPath', 'Microsoft\\Windows\\CurrentVersion\\App Paths\\x.exe', ''],
    ['danglingComServer', 'Classes\\CLSID\\{0}\\InprocServer32', ''],
    ['danglingRun', 'Microsoft\\Windows\\CurrentVersion\\Run', 'X'],
  ])('%s: what an upper layer registers and nobody has', (code, path, name) => {
    const names = (place: string) => keys({ [path]: { [name]: place } });
    const gone = machine({}, names('C:\\Gone\\x.dll'));
    expect(codes(gone)).toEqual([code]);
    // the whole key stands for the thing, but for Run, which has others as well
    const [way] = gone.get(code)![0]!.proposal!.add;
    expect([way!.action, way!.value]).toEqual(['hide', code === 'danglingRun' ? 'X' : undefined]);
    expect(codes(machine({}, names('%SystemRoot%\\System32\\a.dll')))).toEqual([]);
    // the base's own ruins are none of the merge's work
    expect(codes(machine(names('C:\\Gone\\x.dll'), {}))).toEqual([]);
    expect(codes(machine({}, names('C:\\Gone\\x.dll'), {}))).toEqual([]);
  });

  test('a build that is older than the base\u2019s', () => {
    const build = (text: string) => keys({ 'Microsoft\\Windows NT\\CurrentVersion': { CurrentBuild: text } });
    expect(machine(build('26100'), build('22631')).get('upperHidesNewer')).toMatchObject([
      { severity: 'error', note: 'CurrentBuild 22631 < 26100' },
    ]);
    expect(codes(machine(build('22631'), build('26100')))).toEqual([]);
  });

  test('R-02 a value of another type', () => {
    const typed = (type: number): KeySpec => ({ keys: { X: { values: { v: { type, data: 'one' } } } } });
    expect(machine(typed(1), typed(3)).get('typeChanged')).toMatchObject([
      { note: 'v: REG_BINARY \u2260 REG_SZ', proposal: { add: [{ action: 'keepLower' }] } },
    ]);
    expect(codes(machine(typed(1), typed(1)))).toEqual([]);
  });

  test('a key whose name reads as a pattern gets no rule: it would fit others too', () => {
    const typed = (type: number): KeySpec => ({
      keys: { Classes: { keys: { '*': { values: { v: { type, data: 'one' } } } } } },
    });
    expect(machine(typed(1), typed(3)).get('typeChanged')).toMatchObject([{ proposal: null }]);
  });

  test('keys of the machine, and master keys of an account that is not known here', () => {
    expect(codes(machine({}, keys({ 'Microsoft\\Cryptography': { MachineGuid: 'x' } })))).toEqual(['dpapiBound']);
    const list = 'Microsoft\\Windows NT\\CurrentVersion\\ProfileList';
    const profile = (sid: string) => keys({ [`${list}\\${sid}`]: { ProfileImagePath: 'C:\\Users\\ann' } });
    const home: TreeSpec = {
      Users: { ann: { AppData: { Roaming: { Microsoft: { Protect: { 'S-1-5-21-1': { k: 'k' } } } } } } },
    };
    const at = (sid: string) =>
      codes(look(layers({ tree: windows, hives: { 'HKLM/SOFTWARE': profile(sid) } }, { tree: home })));
    expect(at('S-1-5-21-2')).toEqual(['dpapiBound']);
    expect(at('S-1-5-21-1')).toEqual([]);
  });

  test('one upper copy among many of the base is found, wherever it stands', () => {
    const many = (more: TreeSpec): TreeSpec => ({
      Windows: {
        System32: {
          spp: { store: { ...Object.fromEntries([...Array(600).keys()].map((i) => [`f${i}`, 'os'])), ...more } },
        },
      },
    });
    expect(codes(trees(many({}), {}))).toEqual([]);
    const at = (name: string) =>
      codes(trees(many({}), { Windows: { System32: { spp: { store: { [name]: 'user' } } } } }));
    for (const name of ['f0', 'f300', 'f599', 'g']) expect([name, at(name)]).toEqual([name, ['licenseState']]);
  });

  test('profiles: two of one folder, a folder that is gone, a temporary one, one that no list knows', () => {
    const list = 'Microsoft\\Windows NT\\CurrentVersion\\ProfileList';
    const profile = (folders: Record<string, string>) =>
      keys(
        Object.fromEntries(
          Object.entries(folders).map(([sid, path]) => [`${list}\\${sid}`, { ProfileImagePath: path }]),
        ),
      );
    const home = (...names: string[]): TreeSpec => ({
      ...windows,
      Users: Object.fromEntries(names.map((name) => [name, { 'NTUSER.DAT': name }])),
    });
    const notes = (folders: Record<string, string>, tree: TreeSpec) =>
      (
        look(layers({ tree, hives: { 'HKLM/SOFTWARE': profile(folders) } }, { tree: {} })).get('profileDuplicate') ?? []
      ).map(({ severity, note }) => `${severity} ${note}`);
    const ann = { 'S-1-5-21-1': 'C:\\Users\\ann' };
    expect(notes(ann, home('ann'))).toEqual([]);
    expect(notes({ ...ann, 'S-1-5-21-2': '%SystemDrive%\\Users\\ann' }, home('ann'))).toEqual([
      'error S-1-5-21-1, S-1-5-21-2: Users\\ann',
    ]);
    expect(notes({ 'S-1-5-21-1': 'C:\\Users\\bob' }, home('ann'))).toEqual([
      'warning Users\\bob',
      'warning Users\\ann',
    ]);
    expect(notes(ann, home('ann', 'TEMP.PC'))).toEqual(['warning TEMP.PC']);
    expect(notes(ann, home('ann', 'Public', 'Default'))).toEqual([]);
  });

  test('a folder whose profile cannot be read is not said to have none', () => {
    const list = 'Microsoft\\Windows NT\\CurrentVersion\\ProfileList';
    // no text is remembered for it: its data cannot be read
    const software: KeySpec = {
      keys: {
        Microsoft: {
          keys: {
            'Windows NT': {
              keys: {
                CurrentVersion: {
                  keys: {
                    ProfileList: {
                      keys: {
                        'S-1-5-21-1': { values: { ProfileImagePath: 'damaged beyond reading' } },
                      },
                    },
                  },
                },
              },
            },
          },
        },
      },
    };
    const tree: TreeSpec = { Users: { ann: { 'NTUSER.DAT': 'h' } } };
    expect(codes(look(layers({ tree, hives: { 'HKLM/SOFTWARE': software } }, { tree: {} })))).toEqual([]);
    const other = keys({ [`${list}\\S-1-5-21-1`]: { ProfileImagePath: 'C:\\Users\\bob' } });
    expect(codes(look(layers({ tree, hives: { 'HKLM/SOFTWARE': other } }, { tree: {} })))).toEqual([
      'profileDuplicate',
    ]);
  });

  test('F-59 files of an account that has no profile here', () => {
    const list = 'Microsoft\\Windows NT\\CurrentVersion\\ProfileList';
    const ann = 'S-1-5-21-1-2-3-1001';
    const software = keys({ [`${list}\\${ann}`]: { ProfileImagePath: 'C:\\Users\\ann' } });
    const home: TreeSpec = {
      Users: { ann: { 'a.txt': file({ securityId: 7, size: 1 }), 'b.txt': file({ securityId: 7, size: 1 }) } },
    };
    const at = (sid: string, tree = home) => {
      setKnown({ owner: ownedBy(sid) });
      const found = look(layers({ tree: { Users: { ann: {} } }, hives: { 'HKLM/SOFTWARE': software } }, { tree }));
      setKnown({ owner: null });
      return found.get('orphanSid') ?? [];
    };
    const map = { target: 'key', match: { kind: 'exact', p: 'HKU/S-1-5-21-1-2-3-1002' }, action: 'mapSid', sid: ann };
    expect(at('S-1-5-21-1-2-3-1002')).toMatchObject([
      { note: 'S-1-5-21-1-2-3-1002 (3)', severity: 'warning', proposal: { add: [map] } },
    ]);
    // nobody here has a profile of that folder: whose files they are is not known
    const bob: TreeSpec = { Users: { bob: { 'a.txt': file({ securityId: 7, size: 1 }) } } };
    expect(at('S-1-5-21-1-2-3-1002', bob)).toMatchObject([{ proposal: null, means: { names: ['C:\\Users\\bob'] } }]);
    expect(at(ann)).toEqual([]);
    expect(at('S-1-5-32-544')).toEqual([]);
    expect(at('S-1-5-21-1-2-3-500')).toEqual([]);
    expect(at('S-1-5-21-1-2-3-1002', { Other: { f: 'f' } })).toEqual([]);
    // files without a number of a descriptor may each have their own
    const own: TreeSpec = { Users: { ann: { 'a.txt': file({ size: 1 }), 'b.txt': file({ size: 1 }) } } };
    const [finding] = at('S-1-5-21-1-2-3-1002', own);
    expect(finding!.evidence.map(({ path }) => path)).toEqual([
      'C:\\Users\\ann',
      'C:\\Users\\ann\\a.txt',
      'C:\\Users\\ann\\b.txt',
    ]);
  });

  test('F-34 F-36 8.3 names of the registry are looked up among what is seen', () => {
    const run = keys({ 'Microsoft\\Windows\\CurrentVersion\\Run': { X: 'C:\\PROGRA~1\\X\\x.exe' } });
    const tree = (short: string): TreeSpec => ({
      ...windows,
      'Program Files': dir({ short }, { X: { 'x.exe': 'x' } }),
    });
    expect(codes(machine({}, run, tree('PROGRA~1')))).toEqual([]);
    expect(codes(machine({}, run, tree('PROGRA~2')))).toEqual(['danglingShortPath']);
  });

  test('an 8.3 name that means the layer\u2019s own entry, and leads to another', () => {
    const run = keys({ 'Microsoft\\Windows\\CurrentVersion\\Run': { X: 'C:\\PROGRA~1\\x.exe' } });
    const at = (short: string) =>
      look(
        layers(
          { tree: { ...windows, 'Program Files': dir({ short: 'PROGRA~1' }, { 'x.exe': 'other' }) } },
          { tree: { 'Program Data': dir({ short }, { 'x.exe': 'mine' }) }, hives: { 'HKLM/SOFTWARE': run } },
        ),
      );
    const [both, ...clashes] = at('PROGRA~1').get('shortNameClash')!;
    // the plan gives the entry another name by itself; what the registry calls it stays
    expect(both).toMatchObject({ severity: 'warning', proposal: null });
    expect(clashes.map(({ severity, note }) => `${severity} ${note}`)).toEqual(['error PROGRA~1\\x.exe']);
    expect(clashes[0]!.evidence.map(({ path }) => path)).toEqual([
      'HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Run\\X',
      'C:\\Program Data\\x.exe',
      'C:\\Program Files\\x.exe',
    ]);
    expect(codes(at('PROGRA~2'))).toEqual([]);
  });

  test('R-36 another drive in what an upper layer says', () => {
    const run = (text: string) => keys({ 'Microsoft\\Windows\\CurrentVersion\\Run': { X: text } });
    expect(codes(machine({}, run('"D:\\Apps\\x.exe"')))).toEqual(['volumeBoundData']);
    expect(codes(machine({}, run('\\\\?\\Volume{0}\\x.exe')))).toEqual(['volumeBoundData']);
    expect(codes(machine({}, run('explorer.exe')))).toEqual([]);
    expect(codes(machine(run('D:\\Apps\\x.exe'), {}))).toEqual([]);
  });

  test('R-33 a hive that fills what Windows can load', () => {
    const at = (size: number) => {
      const [os, user] = layers({ tree: { SOFTWARE: file({ size }) }, hives: { 'HKLM/SOFTWARE': {} } }, { tree: {} });
      return codes(look([{ ...os!, hives: os!.hives.map((hive) => ({ ...hive, path: 'SOFTWARE' })) }, user!]));
    };
    expect(at(2 ** 30)).toEqual(['quota']);
    expect(at(2 ** 29)).toEqual([]);
  });

  test('search: index and settings of one layer are well', () => {
    const index = (text: string): TreeSpec => ({
      ProgramData: { Microsoft: { Search: { Data: { 'Windows.db': text } } } },
    });
    const settings = keys({ 'Microsoft\\Windows Search': { SetupCompleted: 'yes' } });
    const at = (os: LayerSpec, user: LayerSpec) => codes(look(layers({ tree: {}, ...os }, { tree: {}, ...user })));
    const hives = { 'HKLM/SOFTWARE': settings };
    expect(at({ tree: index('a'), hives }, {})).toEqual([]);
    expect(at({ tree: index('a'), hives }, { tree: index('b') })).toEqual(['searchIndexSplit']);
  });
});

test('every code has a case above, or in codes.test.ts', () => {
  expect([...exercised].sort()).toEqual([...CODES_OF_COLUMNS].sort());
});

test('every proposal settles what it is for, and the plan that holds its rules proves', async () => {
  await expectSettled(offered.splice(0));
});
