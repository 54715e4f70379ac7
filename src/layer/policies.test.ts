/** Rule files joined, applied, and damaged: whatever stands in them is told, never thrown. */
import { describe, expect, test } from 'vitest';
import { utf16leBytes } from '../base/utf16.ts';
import { cpuTime } from '../testing/cpu-time.ts';
import { damage, fuzzCount } from '../testing/damage.ts';
import { ANYBODY, applyPolicies, readPolicies } from './policies.ts';

const text = (lines: readonly string[]) => new TextEncoder().encode(lines.join('\r\n'));
const MASK = text([
  '1',
  '## x',
  'C:\\A\t\t\t\t0x00000221\t',
  'HKLM\\SOFTWARE\tB\t\t\t0x822\t0431000000',
  'C:\\A\tb\t\t\t0x222\t',
]);
const FOR = text(['1\t0', '0x00000011\tS-1-1-0\t\tEveryone\t0\t0', '0x00000006\tann\t\t\t0\t0']);
const XML = text([
  '<FrxProfileFolderRedirection ExcludeCommonFolders="3">',
  '<Excludes><Exclude Copy="0">Temp</Exclude><!-- x --><Exclude Copy="1">In</Exclude></Excludes>',
  '</FrxProfileFolderRedirection>',
]);
const CFG = text(['# x', 'exclude_path=\\A', 'include_registry=\\REGISTRY\\MACHINE\\SOFTWARE\\B\\', 'virtualize=\\']);
const FILES = [
  { source: 'Rules\\a.fxr', bytes: MASK },
  { source: 'Rules\\A.FXA', bytes: FOR },
  { source: 'redirections.xml', bytes: XML },
  { source: 'snapvol.cfg', bytes: CFG },
];

test('rule sets are joined with their assignments; ids name file and line, and are unique', () => {
  const policies = readPolicies(FILES, 'Users\\ann');
  const { rules } = applyPolicies(policies, ANYBODY, 'layer1:');
  expect(rules.map(({ id }) => id)).toEqual([
    'layer1:redirections.xml:1',
    'layer1:redirections.xml:1.2',
    'layer1:redirections.xml:2',
    'layer1:snapvol.cfg:2',
    'layer1:snapvol.cfg:3',
    'layer1:Rules\\a.fxr:3',
    'layer1:Rules\\a.fxr:5',
  ]);
  expect(rules.every(({ origin, enabled }) => origin === 'default' && enabled)).toBe(true);
  const forAnn = applyPolicies(policies, { user: ['CONTOSO\\Ann'], groups: [] }, '');
  expect(forAnn.rules.map(({ id }) => id)).not.toContain('Rules\\a.fxr:3');
});

test('what is missing is told', () => {
  const codes = (files: Parameters<typeof readPolicies>[0]) =>
    readPolicies(files).flatMap(({ findings }) => findings.map(({ code }) => code));
  expect(codes([FILES[0]!])).toEqual(['maskUnassigned', 'maskValue']);
  expect(codes([FILES[1]!])).toEqual(['maskMissing']);
  expect(codes([{ source: 'x.fxr', bytes: null }])).toEqual(['ruleFileMissing']);
  expect(codes([{ source: 'x.fxr', bytes: text(['hello']) }])).toEqual(['ruleFileUnknown']);
});

test('more rules than a plan has room for: the first ones, and a word', () => {
  const many = text(['x=', ...Array.from({ length: 3000 }, (_, i) => `exclude_path=\\a${i}`)]);
  const { rules, findings } = applyPolicies(readPolicies([{ source: 's', bytes: many }]), ANYBODY, '');
  expect([rules.length, findings.some(({ code }) => code === 'ruleFileLong')]).toEqual([2048, true]);
});

describe('hostile', () => {
  const exercise = (files: Parameters<typeof readPolicies>[0]) =>
    applyPolicies(readPolicies(files), { user: ['ann'], groups: ['x'] }, '');

  test('fuzz: damaged files', () => {
    const count = fuzzCount(300);
    for (let seed = 1; seed <= count; seed++)
      for (const [i, { source, bytes }] of FILES.entries())
        expect(() => {
          exercise([{ source, bytes: damage(bytes, seed * 4 + i, [0, 5, 20]) }, FILES[1]!]);
          exercise([{ source, bytes: damage(utf16leBytes(new TextDecoder().decode(bytes)), seed * 4 + i, [0, 9]) }]);
        }, `seed ${seed} of ${source}`).not.toThrow();
  });

  test('a megabyte of beginnings without ends is read in time', () => {
    const start = cpuTime();
    for (const part of [
      '<Exclude',
      '<Exclude Copy="',
      '<!--',
      '<Exclude>a',
      '&#x',
      '%',
      '\\',
      '1\t',
      '0x221\t',
      '#',
      'exclude_path=',
    ]) {
      const many = part.repeat(Math.floor(1_000_000 / part.length));
      for (const head of ['<FrxProfileFolderRedirection ', '1\r\n##\r\n', '1\t0\r\n0x11\t', 'exclude_path=\\a\r\n'])
        exercise([{ source: 'x', bytes: text([head + many]) }]);
    }
    expect(cpuTime() - start).toBeLessThan(8000);
  });
});
