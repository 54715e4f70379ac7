/** Rules as people write them, rule files and presets. */
import { describe, expect, test } from 'vitest';
import { thrown } from '../testing/thrown.ts';
import { normalMatch, RULE_ACTIONS, ruleOf } from './rule-draft.ts';
import { readRuleFile } from './rule-file.ts';
import { PRESETS } from './rule-presets.ts';
import type { RuleDraft } from './types.ts';

const some = () => true;

describe('patterns in the spelling of plans', () => {
  test.each([
    ['C:\\ProgramData\\X', 'subtree', 'subtree', 'ProgramData\\X'],
    ['"c:/ProgramData/X/"', 'subtree', 'subtree', 'ProgramData\\X'],
    ['%ProgramData%\\X', 'exact', 'exact', 'ProgramData\\X'],
    ['\\\\?\\C:\\Windows', 'children', 'children', 'Windows'],
    ['%windir%', 'subtree', 'subtree', 'Windows'],
    ['%SystemDrive%\\a', 'exact', 'exact', 'a'],
    ['%USERPROFILE%\\X', 'subtree', 'glob', 'Users\\*\\X\\**'],
    ['%APPDATA%\\X', 'children', 'glob', 'Users\\*\\AppData\\Roaming\\X\\*\\**'],
    ['%LOCALAPPDATA%\\x.dat', 'exact', 'glob', 'Users\\*\\AppData\\Local\\x.dat'],
    ['**\\~$*.docx', 'glob', 'glob', '**\\~$*.docx'],
    ['', 'subtree', 'subtree', ''],
  ] as const)('files: %s %s', (p, kind, normal, path) => {
    expect(normalMatch('file', { kind, p })).toEqual({ kind: normal, p: path });
  });

  test.each([
    ['HKEY_LOCAL_MACHINE\\SOFTWARE\\X', 'subtree', 'HKLM/SOFTWARE\\X'],
    ['HKLM/SOFTWARE\\X', 'subtree', 'HKLM/SOFTWARE\\X'],
    ['HKLM:\\SOFTWARE', 'subtree', 'HKLM/SOFTWARE'],
    ['[HKEY_USERS\\S-1-5-21-1\\Software]', 'subtree', 'HKU/S-1-5-21-1\\Software'],
    ['\\REGISTRY\\MACHINE\\SYSTEM\\{ControlSet}\\Services', 'subtree', 'HKLM/SYSTEM\\{ControlSet}\\Services'],
    ['HKCU\\Software\\X', 'glob', 'HKU/*\\Software\\X\\**'],
  ] as const)('keys: %s', (p, kind, path) => {
    expect(normalMatch('key', { kind: 'subtree', p })).toEqual({ kind, p: path });
  });

  test.each([
    ['file', '%NOSUCH%\\x', /one of %WINDIR%/],
    ['file', 'D:\\x', /names without/],
    ['file', '\\\\server\\share', /on the merged volume/],
    ['file', 'a\\..\\b', /names without/],
    ['file', 'x\\'.repeat(40), /at most 30/],
    ['key', 'HKCR\\.txt', /a key of HKLM/],
    ['key', 'HKLM', /a hive/],
    ['key', '', /a key of HKLM/],
  ] as const)('%s %s is refused', (target, p, message) => {
    expect(() => normalMatch(target, { kind: 'subtree', p })).toThrow(message);
  });

  test('a redirect needs a layer that is there', () => {
    const draft: RuleDraft = { target: 'file', match: { kind: 'exact', p: 'a' }, action: 'redirect' };
    expect(() => ruleOf(draft, 'u1', some)).toThrow(/a layer to redirect to/);
    expect(() => ruleOf({ ...draft, layer: 'x' }, 'u1', () => false)).toThrow(/a layer to redirect to/);
    expect(ruleOf({ ...draft, layer: 'x' }, 'u1', some)).toMatchObject({ layer: 'x', origin: 'user', enabled: true });
    expect(ruleOf({ ...draft, layer: 'x', action: 'hide' }, 'u1', some)).not.toHaveProperty('layer');
  });
});

describe('rule files', () => {
  const file = (more: object) => JSON.stringify({ format: 'stratascope-rules', version: 1, ...more });
  const rule = { target: 'file', match: { kind: 'subtree', p: 'a' }, action: 'exclude' };

  test('everything a file may say', () => {
    const read = readRuleFile(
      file({
        $schema: 'x',
        preset: 'roaming',
        rules: [rule, { ...rule, action: 'redirect', layer: 'os' }],
        off: ['pass-4'],
        hives: [{ mount: 'HKU/*', mode: 'replace' }],
      }),
      'r.json',
    );
    expect(read).toEqual({
      preset: 'roaming',
      rules: [rule, { ...rule, action: 'redirect', layer: 'os' }],
      off: ['pass-4'],
      hives: [{ mount: 'HKU/*', mode: 'replace' }],
    });
    expect(readRuleFile(file({}), 'r.json')).toEqual({ preset: null, rules: [], off: [], hives: [] });
  });

  test.each([
    ['{', 'JSON'],
    ['[]', 'an object at the file'],
    ['{"format":"x","version":1}', '"stratascope-rules" at format'],
    [file({ version: 2 }), '1 at version'],
    [file({ ruls: [] }), 'only $schema, format, version, preset, rules, off, hives at the file'],
    [file({ preset: 'x' }), 'one of userDisk, roaming, appLayers at preset'],
    [file({ rules: [{ ...rule, action: 'delete' }] }), 'at rules[0].action'],
    [file({ rules: [rule, { ...rule, match: { kind: 'regex', p: '' } }] }), 'at rules[1].match.kind'],
    [file({ rules: [{ ...rule, match: { kind: 'glob' } }] }), 'text at rules[0].match.p'],
    [file({ rules: {} }), 'a list at rules'],
    [file({ hives: [{ mount: 'HKU/*', mode: 'never' }] }), 'at hives[0].mode'],
    [file({ off: [1] }), 'text at off[0]'],
  ])('%s is refused with its place', (text, expected) => {
    const error = thrown(() => readRuleFile(text, 'r.json'));
    expect(error).toMatchObject({ code: 'InvalidData', where: { source: 'r.json' } });
    expect(error.message).toContain(expected);
  });
});

test.each(Object.entries(PRESETS))('preset %s is made of good rules', (_, { rules }) => {
  expect(rules.length).toBeGreaterThan(3);
  for (const draft of rules) expect(RULE_ACTIONS).toContain(ruleOf(draft, 'x', some).action);
});
