/** The rebase report from columns: each kind once where it is told and once where it is not. */
import { describe, expect, test } from 'vitest';
import type { Rule } from '../../layer/types.ts';
import { file, type KeySpec, type TreeSpec } from '../../testing/chunks.ts';
import { type LayerSpec, makeLayers, makeNames, NO_RULES } from '../../testing/layers.ts';
import { FileOverlay } from '../files/overlay.ts';
import { Collector, sortGroups } from '../findings/collect.ts';
import type { Known, MergeFinding, PeKnown } from '../findings/types.ts';
import { MergeView } from '../findings/view.ts';
import { RegistryOverlay } from '../registry/overlay.ts';
import { keyChangesOf } from './keys.ts';
import { changesOf, rebaseDetectors, unreadPrograms } from './report.ts';

/** Programs by size: the made tables have no bytes. */
const programs = new Map<number, PeKnown>();
const pe = (fileVersion: string | null, linkTime: string | null = null) => {
  const size = 1000 + programs.size;
  programs.set(size, { fileVersion, linkTime, product: null, company: null });
  return file({ size, hashHi: size, hashLo: 1 });
};

function rebase(before: LayerSpec, after: LayerSpec, above: LayerSpec, rules: readonly Rule[] = []) {
  const made = makeLayers({ ...after, role: 'os' }, { role: 'app', ...before, enabled: false }, above);
  const [files, registry] = [new FileOverlay(makeNames), new RegistryOverlay(makeNames)];
  files.update(made, rules);
  registry.updateSet(made, { ...NO_RULES, rules });
  const view = new MergeView(files, registry, made);
  const known: Known = {
    pe: (layer, row) => programs.get(files.layers[layer]!.table!.data.size[row]!) ?? null,
    link: () => null,
    security: () => null,
    value: () => null,
  };
  const groups = rebaseDetectors('app1').flatMap((detector) => {
    detector.needs?.(view);
    const collector = new Collector(detector.pain, 10_000);
    detector.detect(view, known, collector);
    return collector.groups();
  });
  const items = sortGroups(groups).flatMap(({ items: found }) => found);
  return { items, changes: changesOf(view, 'app1'), keys: keyChangesOf(view) };
}

const trees = (before: TreeSpec, after: TreeSpec, above: TreeSpec, markers: LayerSpec['markers'] = []) =>
  rebase({ tree: before }, { tree: after }, { tree: above, markers }).items;
const line = ({ severity, code, path, note }: MergeFinding) => `${severity} ${code} ${path} ${note}`;

describe('files', () => {
  test('programs: older is an error, newer a note, what says nothing a warning', () => {
    const [v1, v2] = [pe('1.0.0.0'), pe('2.0.0.0')];
    const at = (above: TreeSpec[string]) => trees({ 'a.dll': v1 }, { 'a.dll': v2 }, { 'a.dll': above }).map(line);
    expect(at(pe('1.5.0.0'))).toEqual(['error rebaseHidesNewer C:\\a.dll 1.5.0.0 < 2.0.0.0']);
    expect(at(pe('3.0.0.0'))).toEqual(['info rebaseHidesChange C:\\a.dll 3.0.0.0 > 2.0.0.0']);
    expect(at(pe(null))).toEqual(['warning rebaseHidesChange C:\\a.dll a.dll']);
    // what is above is what the new base brings, or the base has not changed
    expect(at(v2)).toEqual([]);
    expect(trees({ 'a.dll': v1 }, { 'a.dll': v1 }, { 'a.dll': pe('0.1') })).toEqual([]);
  });

  test('versions of too many programs are not read, and how many that are is known', () => {
    const many = (text: string) =>
      Object.fromEntries([...Array(5003)].map((_, i) => [`p${String(i).padStart(4, '0')}.dll`, text]));
    const { items, changes } = rebase(
      { tree: many('1') },
      { tree: many('2') },
      { tree: { ...many('3'), 'x.txt': 'x' } },
    );
    expect(items.length).toBe(5003);
    expect(unreadPrograms(changes)).toBe(3);
  });

  test('link times decide where versions are equal; each side tells its own', () => {
    const [found] = trees(
      { 'a.exe': pe('1.0', '2024-01-01T00:00:00Z') },
      { 'a.exe': pe('1.0', '2025-01-01T00:00:00Z') },
      { 'a.exe': pe('1.0', '2024-06-01T00:00:00Z') },
    );
    expect(line(found!)).toBe('error rebaseHidesNewer C:\\a.exe 2024-06-01 < 2025-01-01');
    expect(found!.evidence.map(({ layer, role, facts }) => [layer, role, facts['linked']])).toEqual([
      ['user', 'wins', '2024-06-01T00:00:00Z'],
      ['os', 'hidden', '2025-01-01T00:00:00Z'],
      ['app1', 'before', '2024-01-01T00:00:00Z'],
    ]);
    expect(found!.proposal!.add).toMatchObject([{ action: 'keepLower', match: { kind: 'exact', p: 'a.exe' } }]);
  });

  test('other files, what both bring, what the new base has no longer', () => {
    const above = { 'c.ini': 'mine', 'n.txt': 'mine', 'r.txt': 'mine', 'r.dll': pe('1.0'), 'own.txt': 'mine' };
    expect(
      trees({ 'c.ini': 'a', 'r.txt': 'r', 'r.dll': pe('0.9') }, { 'c.ini': 'b', 'n.txt': 'new' }, above).map(line),
    ).toEqual([
      'warning rebaseAddedInBoth C:\\n.txt n.txt',
      'warning rebaseHidesChange C:\\c.ini c.ini',
      'warning rebaseKeepsRemoved C:\\r.dll r.dll',
      'info rebaseKeepsRemoved C:\\r.txt r.txt',
    ]);
  });

  test('marks: on what changed, on what is gone, on what stayed', () => {
    const mark = (...names: string[]) => names.map((name) => ({ kind: 'whiteout', path: [name] }) as const);
    const [before, after] = [
      { a: '1', b: '1', c: '1', d: { x: '1', y: '1', z: '1' } },
      { a: '2', b: '1', d: { x: '2', y: '1', w: '2' } },
    ];
    expect(trees(before, after, {}, mark('a', 'b', 'c', 'd')).map(line)).toEqual([
      'warning rebaseDeletesChange C:\\a a',
      'warning rebaseHidesFolder C:\\d 2',
      'info rebaseStaleMark C:\\c c',
    ]);
  });

  test('folders: closed, or with a file in their place', () => {
    const [before, after] = [{ d: { x: '1', e: { y: '1' } } }, { d: { x: '2', e: { y: '2' } } }];
    const closed = trees(before, after, { d: { mine: 'm' } }, [{ kind: 'opaque', path: ['d'] }]);
    expect(closed.map(line)).toEqual(['warning rebaseHidesFolder C:\\d 2']);
    expect(closed[0]!.evidence.map(({ role, path }) => `${role} ${path}`)).toEqual([
      'wins C:\\d',
      'hidden C:\\d\\x',
      'hidden C:\\d\\e\\y',
    ]);
    expect(trees(before, after, { d: 'a file' }).map(line)).toEqual(['warning rebaseHidesFolder C:\\d 2']);
    expect(trees({ f: 'file' }, { f: 'other' }, { f: { below: 'x' } }).map(line)).toEqual([
      'warning rebaseHidesFolder C:\\f 1',
    ]);
    expect(trees(before, after, { d: { mine: 'm' } })).toEqual([]);
  });

  test('a renamed directory is held against what the bases have at its old place', () => {
    const origin = [{ kind: 'origin', path: ['new'], from: ['old'] }] as const;
    const above = { new: { a: 'mine', b: 'mine' } };
    const found = trees({ old: { a: '1', b: '1' } }, { old: { a: '2', b: '1' } }, above, origin);
    expect(found.map(line)).toEqual(['warning rebaseHidesChange C:\\new\\a a']);
  });

  test('what a rule lets through is not hidden', () => {
    const rule: Rule = {
      id: 'r',
      target: 'file',
      match: { kind: 'exact', p: 'a' },
      action: 'keepLower',
      origin: 'user',
      enabled: true,
    };
    const run = (rules: readonly Rule[]) =>
      rebase({ tree: { a: '1' } }, { tree: { a: '2' } }, { tree: { a: 'mine' } }, rules);
    expect(run([]).items.map(line)).toEqual(['warning rebaseHidesChange C:\\a a']);
    expect(run([rule]).items).toEqual([]);
    expect(run([rule]).changes).toMatchObject({ changed: 1, added: 0, removed: 0 });
  });

  test('layers of applications are answered with the base', () => {
    const found = rebase({ tree: { a: '1' } }, { tree: { a: '2' } }, { role: 'app', tree: { a: 'mine' } }).items;
    expect(found[0]!.proposal!.add).toMatchObject([{ action: 'passthrough' }]);
  });
});

describe('registry', () => {
  const keys = (values: KeySpec['values'], below: KeySpec['keys'] = {}): KeySpec => ({
    keys: { K: { ...(values === undefined ? {} : { values }), keys: below } },
  });
  const hives = (before: KeySpec, after: KeySpec, above: KeySpec) => {
    const at = (hive: KeySpec): LayerSpec => ({ hives: { 'HKLM/SOFTWARE': hive } });
    return rebase(at(before), at(after), at(above));
  };

  test('values that the new base changed, brings, or has no longer', () => {
    const { items, keys: totals } = hives(
      keys({ a: '1', b: '1', c: '1', same: '1', gone: '1' }),
      keys({ a: '2', b: '2', c: { type: 4, data: '22' }, same: '1', fresh: '2' }),
      keys({ a: 'mine', b: '2', c: 'mine', same: 'mine', gone: 'mine', fresh: 'mine', own: 'mine' }),
    );
    const at = (name: string) => `HKEY_LOCAL_MACHINE\\SOFTWARE\\K\\${name}`;
    expect(items.map(line)).toEqual([
      `warning rebaseHidesValue ${at('a')} a`,
      `warning rebaseHidesValue ${at('c')} c: REG_SZ ≠ REG_DWORD`,
      `warning rebaseHidesValue ${at('fresh')} fresh`,
      `info rebaseKeepsValue ${at('gone')} gone`,
    ]);
    expect(items[0]!.evidence.map(({ role, layer }) => [role, layer])).toEqual([
      ['wins', 'user'],
      ['hidden', 'os'],
      ['before', 'app1'],
    ]);
    expect(totals).toEqual({ changed: 4, removed: 1 });
  });

  test('deleted values, deleted and superseded keys', () => {
    const [before, after] = [
      keys({ a: '1' }, { S: { values: { x: '1' } } }),
      keys({ a: '2' }, { S: { values: { x: '2' } } }),
    ];
    const lines = (above: KeySpec) => hives(before, after, above).items.map(line);
    expect(lines(keys({ a: null }))).toEqual(['warning rebaseDeletesChange HKEY_LOCAL_MACHINE\\SOFTWARE\\K\\a a']);
    expect(lines({ keys: { K: { kind: 1 } } })).toEqual([
      'warning rebaseDeletesChange HKEY_LOCAL_MACHINE\\SOFTWARE\\K 2',
    ]);
    expect(lines({ keys: { K: { kind: 3, values: { b: 'mine' } } } })).toEqual([
      'warning rebaseHidesFolder HKEY_LOCAL_MACHINE\\SOFTWARE\\K 2',
    ]);
    expect(lines({ keys: { K: { kind: 2, values: { b: 'mine' } } } })).toEqual([
      'warning rebaseHidesFolder HKEY_LOCAL_MACHINE\\SOFTWARE\\K 1',
    ]);
    expect(lines(keys({ b: 'mine' }))).toEqual([]);
  });

  test('control sets of other numbers are held against one another', () => {
    const set = (number: number, value: string): LayerSpec => ({
      controlSet: number,
      hives: { 'HKLM/SYSTEM': { keys: { [`ControlSet00${number}`]: { values: { v: value } } } } },
    });
    expect(rebase(set(1, 'old'), set(2, 'new'), set(3, 'mine')).items.map(line)).toEqual([
      'warning rebaseHidesValue HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet002\\v v',
    ]);
  });
});
