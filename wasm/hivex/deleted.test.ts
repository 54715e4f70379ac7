import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { corpus, corpusFolder } from '../../src/testing/corpus.ts';
import { damage, fuzzCount } from '../../src/testing/damage.ts';
import { buildHive, dword, type KeySpec, sz } from '../../src/testing/hive-builder.ts';
import { regfFiles } from '../../src/testing/hive-corpus.ts';
import { hasTool, runTool } from '../../src/testing/tools.ts';
import { type Hive, HivexError, open, type Recovered, type RecoveredKey } from './src/index.ts';

const module = new WebAssembly.Module(readFileSync(new URL('hivex.checked.wasm', import.meta.url)));

const SPEC: KeySpec = {
  name: 'R',
  keys: [
    { name: 'Stays', values: [{ name: 'here', type: 4, data: dword(1) }] },
    {
      name: 'Goes',
      lastWrite: 132_000_000_000_000_000n,
      class: 'a class',
      values: [
        { name: 'text', type: 1, data: sz('of a deleted value') },
        { name: 'number', type: 4, data: dword(7) },
        { name: 'big', type: 3, data: Uint8Array.from({ length: 40_000 }, (_, i) => i * 3) },
        { name: '', type: 0x3e8, data: new Uint8Array(0) },
      ],
      keys: [{ name: 'Below' }],
    },
  ],
};

/** Frees cells as Windows does: the sign of the size turns, what is inside stays. */
function free(bytes: Uint8Array, cells: readonly number[]): void {
  const view = new DataView(bytes.buffer);
  for (const cell of cells) view.setInt32(4096 + cell, Math.abs(view.getInt32(4096 + cell, true)), true);
}

/** Cells of a key with its values, lists, data, class and sub-keys. */
function cellsBelow(bytes: Uint8Array, key: number): number[] {
  const view = new DataView(bytes.buffer);
  const u32 = (cell: number, at: number) => view.getUint32(4100 + cell + at, true);
  const cells = [key, u32(key, 48)].filter((cell) => cell !== 0xffff_ffff);
  if (u32(key, 36) > 0) cells.push(u32(key, 40));
  for (let i = 0; i < u32(key, 36); i++) {
    const value = u32(u32(key, 40), i * 4);
    cells.push(value);
    if (u32(value, 4) > 4 && u32(value, 4) < 0x8000_0000) {
      const data = u32(value, 8);
      cells.push(data);
      if (u32(value, 4) <= 16_344) continue;
      cells.push(u32(data, 4));
      for (let piece = 0; piece < Math.ceil(u32(value, 4) / 16_344); piece++) cells.push(u32(u32(data, 4), piece * 4));
    }
  }
  if (u32(key, 20) > 0) {
    cells.push(u32(key, 28));
    for (let i = 0; i < u32(key, 20); i++) cells.push(...cellsBelow(bytes, u32(u32(key, 28), 4 + i * 8)));
  }
  return cells;
}

function deletedHive(): Uint8Array {
  const bytes = new Uint8Array(buildHive(SPEC, { minor: 5 }));
  const hive = open(bytes, module);
  const key = hive.nodeGetChild(hive.root(), 'Goes')!;
  const root = new DataView(bytes.buffer, 4100 + hive.root());
  // the list keeps its other entry in front
  const list = new DataView(bytes.buffer, 4100 + root.getUint32(28, true));
  const stays = hive.nodeGetChild(hive.root(), 'Stays')!;
  list.setUint32(4, stays, true);
  list.setUint16(2, 1, true);
  root.setUint32(20, 1, true);
  free(bytes, cellsBelow(bytes, key));
  return bytes;
}

const keysOf = (found: readonly Recovered[]) => found.filter((one): one is RecoveredKey => one.kind === 'key');

/** Offset of each record -> what it is. */
function offsets(hive: Hive): Map<number, string> {
  const all = new Map<number, string>();
  for (const one of hive.recover()) {
    all.set(one.offset, one.kind);
    if (one.kind === 'key') for (const value of one.values) all.set(value.offset, 'value');
  }
  return all;
}

describe('deleted keys and values', () => {
  const bytes = deletedHive();
  const hive = open(bytes, module);
  const found = [...hive.recover()];

  test('come back with path, class, time, values and data', () => {
    expect(hive.nodeChildren(hive.root())).toHaveLength(1);
    expect(found.map((one) => one.kind)).toEqual(['key', 'key']);
    const [goes, below] = keysOf(found);
    expect(goes).toMatchObject({
      name: 'Goes',
      path: 'Goes',
      parent: 'live',
      className: 'a class',
      lastWrite: 132_000_000_000_000_000n,
    });
    expect(goes!.values.map(({ name, type, data, key }) => ({ name, type, data, key }))).toEqual(
      SPEC.keys![1]!.values!.map(({ name, type, data }) => ({ name, type, data, key: 'Goes' })),
    );
    expect(below).toMatchObject({ path: 'Goes\\Below', parent: 'recovered', values: [] });
  });

  test('data under a living cell are lost, the value is not', () => {
    const reused = bytes.slice();
    const value = keysOf(found)[0]!.values[0]!;
    const data = new DataView(reused.buffer).getUint32(value.offset + 4 + 8, true);
    const view = new DataView(reused.buffer);
    view.setInt32(4096 + data, -Math.abs(view.getInt32(4096 + data, true)), true);
    const again = keysOf([...open(reused, module).recover()])[0]!.values[0]!;
    expect(again).toMatchObject({ name: 'text', size: value.size, data: null });
  });

  test('a record that is not plausible is none', () => {
    const { offset } = keysOf(found)[1]!;
    for (const [at, byte] of [
      [4 + 3, 0xff], // flags
      [4 + 11, 0x7f], // time
      [4 + 16, 3], // parent
      [4 + 76, 0x05], // name
      [4 + 73, 0xff], // its length
    ] as const) {
      const bad = bytes.slice();
      bad[offset + at] = byte;
      expect(keysOf([...open(bad, module).recover()]).map((key) => key.name)).not.toContain('Below');
    }
    expect([...open(new Uint8Array(buildHive(SPEC)), module).recover()]).toEqual([]);
  });

  test('parents in a circle and lists that all share end', () => {
    const bad = bytes.slice();
    const view = new DataView(bad.buffer);
    const [goes, below] = keysOf(found);
    view.setUint32(goes!.offset + 4 + 16, below!.offset - 4096, true);
    expect(keysOf([...open(bad, module).recover()]).map((key) => key.path.split('\\')[0])).toEqual(['?', '?']);
  });

  test('fuzz: damaged hives end in guesses or an error', () => {
    const hot = found.map((one) => one.offset);
    for (let seed = 1; seed <= fuzzCount(300); seed++) {
      const bad = damage(bytes, seed, [36, 40, ...hot, ...hot.map((at) => at + 40)]);
      try {
        const all = offsets(open(bad, module));
        expect(all.size, `seed ${seed}`).toBeLessThan(bad.length / 24);
      } catch (error) {
        expect(error, `seed ${seed}`).toBeInstanceOf(HivexError);
      }
    }
  });
});

const base = corpusFolder();

describe.skipIf(base === null)('of the corpus', () => {
  const hive = (name: string) => open(readFileSync(corpus(`msuhanov+yarp/hives_for_tests/${name}`)!), module);

  test('what yarp finds in its own hives', () => {
    const data = [...hive('DeletedDataHive').recover()];
    expect(keysOf(data).map((key) => [key.path, key.values.map((value) => value.name)])).toEqual([['456', ['v']]]);
    expect(data.flatMap((one) => (one.kind === 'value' ? [[one.key, one.name, one.data]] : []))).toEqual([
      ['123', 'v2', sz('456')],
    ]);
    expect(keysOf([...hive('DeletedTreeHive').recover()]).map((key) => key.path)).toEqual([
      '1\\2\\3\\4\\New Key #1',
      '1\\2\\3',
      '1\\2\\3\\4',
      '1\\2\\3\\4\\5',
    ]);
  });

  test.skipIf(!hasTool('reglookup-recover'))('what reglookup-recover finds', () => {
    const count = { both: 0, keysMissed: 0, valuesMissed: 0 };
    for (const file of regfFiles(base)) {
      let own: Map<number, string>;
      try {
        own = offsets(open(readFileSync(path.join(base!, file)), module));
      } catch {
        continue; // a log, or a hive that is refused
      }
      const told = runTool('reglookup-recover', [path.join(base!, file)]).toString('latin1');
      for (const [, offset, kind] of told.matchAll(/^([0-9A-F]{8}),[0-9A-F]+,(KEY|VALUE),/gm)) {
        if (own.get(Number.parseInt(offset!, 16)) === kind!.toLowerCase()) count.both++;
        else if (kind === 'KEY') count.keysMissed++;
        else count.valuesMissed++;
      }
    }
    // Eight values of one hive have control characters in their names: they were cut by what came after them.
    expect(count).toEqual({ both: 2571, keysMissed: 0, valuesMissed: 8 });
  });
});

/** Frees the first sub-key of the root with all below it. */
function withoutFirst(spec: KeySpec): Uint8Array {
  const bytes = new Uint8Array(buildHive(spec, { minor: 5 }));
  const hive = open(bytes, module);
  const [key] = hive.nodeChildren(hive.root());
  const root = new DataView(bytes.buffer, 4100 + hive.root());
  const list = new DataView(bytes.buffer, 4100 + root.getUint32(28, true));
  for (let i = 1; i < list.getUint16(2, true); i++)
    list.setUint32(4 + (i - 1) * 8, list.getUint32(4 + i * 8, true), true);
  list.setUint16(2, list.getUint16(2, true) - 1, true);
  root.setUint32(20, root.getUint32(20, true) - 1, true);
  free(bytes, cellsBelow(bytes, key!));
  return bytes;
}

test('values whose data are overwritten take nothing from those whose data are there', () => {
  const gone = Array.from({ length: 600 }, (_, i) => ({ name: `v${i}`, type: 3, data: new Uint8Array(16) }));
  const bytes = withoutFirst({
    name: 'R',
    keys: [
      { name: 'A', values: [...gone, { name: 'whole', type: 1, data: sz('still here') }] },
      { name: 'B', values: [{ name: 'living', type: 3, data: new Uint8Array(15_000) }] },
    ],
  });
  const hive = open(bytes, module);
  const view = new DataView(bytes.buffer);
  const [value] = hive.nodeValues(hive.nodeChildren(hive.root())[0]!);
  const living = view.getUint32(4100 + value! + 8, true);
  const lost: number[] = [];
  for (const one of hive.recover())
    if (one.kind === 'key') for (const { name, offset } of one.values) if (name !== 'whole') lost.push(offset);
  expect(lost).toHaveLength(600);
  expect(lost.length * 15_000).toBeGreaterThan(4 * bytes.length);
  for (const offset of lost) {
    view.setUint32(offset + 4 + 4, 15_000, true);
    view.setUint32(offset + 4 + 8, living, true);
  }
  const [key] = keysOf([...open(bytes, module).recover()]);
  expect(key!.values.filter(({ data }) => data === null)).toHaveLength(600);
  expect(key!.values.at(-1)).toMatchObject({ name: 'whole', data: sz('still here') });
});

test('paths of keys one in another do not grow past what a hive holds', () => {
  let spec: KeySpec = { name: 'n'.repeat(200) };
  for (let i = 0; i < 480; i++) spec = { name: 'n'.repeat(200), keys: [spec] };
  const bytes = withoutFirst({ name: 'R', keys: [{ ...spec, name: 'A' }] });
  const keys = keysOf([...open(bytes, module).recover()]);
  expect(keys).toHaveLength(481);
  expect(keys.reduce((sum, { path }) => sum + path.length, 0)).toBeLessThan(bytes.length * 9);
  expect(keys[0]!.path).toBe('A');
  expect(keys.at(-1)!.path.startsWith('?\\')).toBe(true);
});

test('a class that many deleted keys name is not told for each of them', () => {
  const keys = Array.from({ length: 500 }, (_, i) => ({ name: `k${i}`, class: i === 0 ? 'c'.repeat(30_000) : 'c' }));
  const bytes = withoutFirst({ name: 'R', keys: [{ name: 'A', keys }] });
  const view = new DataView(bytes.buffer);
  const cellOf = new Map(keysOf([...open(bytes, module).recover()]).map(({ name, offset }) => [name, offset + 4]));
  for (const [name, at] of cellOf) {
    if (name === 'A') continue;
    view.setUint32(at + 48, view.getUint32(cellOf.get('k0')! + 48, true), true);
    view.setUint16(at + 74, 60_000, true);
  }
  const found = keysOf([...open(bytes, module).recover()]);
  expect(found).toHaveLength(501);
  expect(found.find(({ name }) => name === 'k0')!.className).toHaveLength(30_000);
  expect(found.reduce((sum, { className }) => sum + (className?.length ?? 0), 0)).toBeLessThan(bytes.length * 2 + 1);
});
