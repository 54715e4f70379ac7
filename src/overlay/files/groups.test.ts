/** Files that are valid only together, in the merge itself. */
import { describe, expect, test } from 'vitest';
import { defaultRules } from '../../layer/defaults.ts';
import { companionOf, isEseCompanion, isEseMain } from '../../layer/groups.ts';
import type { Layer, Rule } from '../../layer/types.ts';
import { makeLayers, makeNames } from '../../testing/layers.ts';
import { findGroups } from './groups.ts';
import { FileOverlay } from './overlay.ts';

const RULES = defaultRules().rules;

function merged(layers: readonly Layer[], rules: readonly Rule[] = RULES): FileOverlay {
  const files = new FileOverlay(makeNames);
  files.update(layers, rules);
  return files;
}
/** `name=layer`, hidden ones as `name=`. */
function seen(files: FileOverlay, folder: string): string[] {
  const node = files.find(folder.split('\\'));
  const { childStart } = files.union;
  const found: string[] = [];
  for (let child = childStart[node]!; child < childStart[node + 1]!; child++)
    found.push(`${files.name(child)}=${files.layerIds[files.resolution.winner[child]!] ?? ''}`);
  return found;
}

const db = (text: string, ...more: string[]) => ({
  D: { 'a.db': text, ...Object.fromEntries(more.map((end) => [`a.db${end}`, `${text}${end}`])) },
});

describe('all members come from the layer of the main file', () => {
  test('what only a lower layer has is not seen', () => {
    const files = merged(makeLayers({ tree: db('os', '-wal', '-shm') }, { tree: db('user') }));
    expect(seen(files, 'D')).toEqual(['a.db=user', 'a.db-shm=', 'a.db-wal=']);
    expect(files.moved).toHaveLength(2);
    expect(files.rule(files.find(['D', 'a.db-wal']))?.id).toBe('together');
  });

  test('what an upper layer has without the main file gives way to the lower copy', () => {
    const log = { D: { 'a.db-wal': 'stray' } };
    expect(seen(merged(makeLayers({ tree: db('os', '-wal') }, { tree: log })), 'D')).toEqual([
      'a.db=os',
      'a.db-wal=os',
    ]);
    expect(seen(merged(makeLayers({ tree: db('os') }, { tree: log })), 'D')).toEqual(['a.db=os', 'a.db-wal=']);
  });

  test('of three layers the highest with the main file counts, in any order of layers', () => {
    const [os, app, user] = makeLayers(
      { tree: db('os', '-wal') },
      { tree: db('app', '-shm') },
      { tree: { D: { 'a.db-journal': 'stray' } } },
    ) as [Layer, Layer, Layer];
    const files = merged([os, app, user]);
    expect(seen(files, 'D')).toEqual(['a.db=app1', 'a.db-journal=', 'a.db-shm=app1', 'a.db-wal=']);
    files.update([app, os, user], RULES);
    expect(seen(files, 'D')).toEqual(['a.db=os', 'a.db-journal=', 'a.db-shm=', 'a.db-wal=os']);
    files.update([{ ...app, enabled: false }, os, user], RULES);
    expect(seen(files, 'D')).toEqual(['a.db=os', 'a.db-journal=', 'a.db-shm=', 'a.db-wal=os']);
    files.update([os, { ...app, enabled: false }, user], RULES);
    expect(seen(files, 'D')).toEqual(['a.db=os', 'a.db-journal=', 'a.db-shm=', 'a.db-wal=os']);
  });

  test('a main file that is deleted or a folder has no group', () => {
    const mark = [{ kind: 'whiteout', path: ['D', 'a.db'] }] as const;
    const gone = makeLayers({ tree: db('os', '-wal') }, { tree: {}, markers: mark });
    expect(seen(merged(gone), 'D')).toEqual(['a.db=', 'a.db-wal=os']);
    const folder = makeLayers({ tree: db('os', '-wal') }, { tree: { D: { 'a.db': { x: 'y' } } } });
    expect(seen(merged(folder), 'D')).toEqual(['a.db=user', 'a.db-wal=os']);
  });

  test('hives and ESE databases; two databases in one folder are nobody\u2019s guess', () => {
    const hive = { U: { 'NTUSER.DAT': 'os', 'ntuser.dat.LOG1': 'l', 'ntuser.dat.LOG2': 'l' } };
    expect(seen(merged(makeLayers({ tree: hive }, { tree: { U: { 'NTUSER.DAT': 'user' } } })), 'U')).toEqual([
      'NTUSER.DAT=user',
      'ntuser.dat.LOG1=',
      'ntuser.dat.LOG2=',
    ]);
    const ese = (text: string) => ({ 'WebCacheV01.dat': text, 'V01.log': text, 'V01.chk': text, 'notes.log': text });
    const mail = { W: ese('os') };
    expect(seen(merged(makeLayers({ tree: mail }, { tree: { W: { 'WebCacheV01.dat': 'user' } } })), 'W')).toEqual([
      'notes.log=os',
      'V01.chk=',
      'V01.log=',
      'WebCacheV01.dat=user',
    ]);
    const two = { W: { 'a.edb': '1', 'b.edb': '1', 'edb.log': '1' } };
    expect(seen(merged(makeLayers({ tree: two }, { tree: { W: { 'a.edb': '2' } } })), 'W')).toContain('edb.log=os');
  });
});

test('a rule on one member alone stands; the rule of groups can be switched off', () => {
  const layers = makeLayers({ tree: db('os', '-wal') }, { tree: db('user') });
  const own: Rule = {
    id: 'own',
    target: 'file',
    match: { kind: 'exact', p: 'D\\a.db-wal' },
    action: 'merge',
    origin: 'user',
    enabled: true,
  };
  expect(seen(merged(layers, [own, ...RULES]), 'D')).toEqual(['a.db=user', 'a.db-wal=os']);
  // a rule on the whole folder says nothing of single members
  const folder: Rule = { ...own, match: { kind: 'subtree', p: 'D' } };
  expect(seen(merged(layers, [folder, ...RULES]), 'D')).toEqual(['a.db=user', 'a.db-wal=']);
  const off = RULES.map((rule) => (rule.action === 'together' ? { ...rule, enabled: false } : rule));
  expect(seen(merged(layers, off), 'D')).toEqual(['a.db=user', 'a.db-wal=os']);
});

test('names of companions', () => {
  expect(companionOf('NTUSER.DAT.LOG2')).toEqual({ main: 'NTUSER.DAT', what: 'hive' });
  expect(companionOf('A.DB-JOURNAL')).toEqual({ main: 'A.DB', what: 'sqlite' });
  expect(companionOf('-WAL')).toBeNull();
  for (const name of [
    'EDB.LOG',
    'EDB00001.LOG',
    'V0100000A1F.LOG',
    'EDBTMP.LOG',
    'EDB.CHK',
    'EDBRES00001.JRS',
    'WINDOWS.JFM',
  ])
    expect([name, isEseCompanion(name, 'WINDOWS.EDB')]).toEqual([name, true]);
  for (const name of ['SETUP.LOG', 'NOTES.LOG', 'A.LOG', 'OTHER.JFM', 'EDB.TXT'])
    expect([name, isEseCompanion(name, 'WINDOWS.EDB')]).toEqual([name, false]);
  expect([isEseMain('WINDOWS.EDB'), isEseMain('WEBCACHEV01.DAT'), isEseMain('.EDB')]).toEqual([true, true, false]);
});

test('a folder of many databases takes a search each, not a look at all of it', () => {
  const count = 20_000;
  const tree: Record<string, string> = {};
  for (let i = 0; i < count; i++) {
    tree[`x${i}.db`] = 'a';
    tree[`x${i}.db-wal`] = 'b';
  }
  const overlay = new FileOverlay(makeNames);
  overlay.update(makeLayers({ tree: { D: tree } }), []);
  let looks = 0;
  const nameId = new Proxy(overlay.union.nameId, {
    get(ids, place) {
      looks++;
      return ids[place as unknown as number];
    },
  });
  expect(findGroups({ ...overlay.union, nameId }, overlay.names)).toHaveLength(count);
  expect(looks).toBeLessThan(20 * count);
});
