import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { damage, fuzzCount } from '../../src/testing/damage.ts';
import { buildHive, dword, type KeySpec, sz } from '../../src/testing/hive-builder.ts';
import { setChecksum } from '../../src/testing/hive-checksum.ts';
import { newLog } from '../../src/testing/hive-log-builder.ts';
import { beginOpen, type Hive, type HiveKeys, type HiveReader, HivexError, open } from './src/index.ts';

const module = new WebAssembly.Module(readFileSync(new URL('hivex.checked.wasm', import.meta.url)));

/** Reads of a hive that are counted. */
function counted(bytes: Uint8Array): HiveReader & { bytes: number } {
  return {
    bytes: 0,
    size: bytes.length,
    read(offset, target) {
      this.bytes += target.length;
      target.set(bytes.subarray(offset, offset + target.length));
    },
  };
}

/** Everything that single calls tell of a key and what is below it. */
function told(hive: HiveKeys, key: number, depth: number): unknown {
  const keys = hive.keyRows(key);
  const values = hive.valueRows(key);
  return {
    row: hive.keyRow(key),
    keys,
    values,
    data: [...values.ref].map((value) => [hive.valueValue(value), hive.valueSegments(value)]),
    className: hive.nodeClass(key),
    security: hive.nodeSecurity(key),
    below: depth === 0 ? [] : [...keys.id].map((child) => told(hive, child, depth - 1)),
  };
}

const many = (count: number, data: number): KeySpec[] =>
  Array.from({ length: count }, (_, i) => ({
    name: `key ${i}`,
    class: i % 3 === 0 ? `class ${i}` : undefined,
    values: [
      { name: 'a', type: 3, data: new Uint8Array(data + i).fill(i) },
      { name: '\u540d', type: 4, data: dword(i) },
    ],
  }));

const SPEC: KeySpec = {
  name: 'ROOT',
  values: [
    { name: '', type: 1, data: sz('default') },
    { name: 'big', type: 3, data: Uint8Array.from({ length: 70_000 }, (_, i) => i * 7) },
  ],
  keys: [
    { name: 'Many', keys: many(90, 300) },
    { name: 'Other', class: 'c', keys: [{ name: 'in', symlink: true }] },
  ],
};

describe('before all of it is read', () => {
  for (const [what, options] of [
    ['1.1', { minor: 1 }],
    ['1.3, li', { minor: 3, list: 'li' }],
    ['1.5', { minor: 5 }],
    ['1.5, ri', { minor: 5, list: 'ri', leafSize: 7 }],
    ['1.6, layers', { minor: 6, layered: true }],
  ] as const)
    test(`keys and values are those of the open hive: ${what}`, () => {
      const bytes = buildHive(SPEC, options);
      const opening = beginOpen(bytes, module);
      const hive = open(bytes, module);
      const early = opening.early!;
      expect(early.root()).toBe(hive.root());
      expect(told(early, early.root(), 2)).toEqual(told(hive, hive.root(), 2));
      const after = opening.finish();
      expect(told(after, after.root(), 2)).toEqual(told(hive, hive.root(), 2));
      expect(after.findings).toEqual([]);
      expect(told(early, early.root(), 0)).toEqual(told(hive, hive.root(), 0));
    });

  test('only what is asked for is read', () => {
    const bytes = buildHive({ name: 'R', keys: [...many(4000, 2000), { name: 'z', keys: many(2, 1) }] }, { minor: 5 });
    expect(bytes.length).toBeGreaterThan(8 << 20);
    const reader = counted(bytes);
    const opening = beginOpen(reader, module);
    const early = opening.early!;
    expect(reader.bytes).toBeLessThan(300_000);
    const rows = early.keyRows(early.root());
    expect(rows.count).toBe(4001);
    const before = reader.bytes;
    expect(early.valueRows(rows.id[17]!).count).toBe(2);
    expect(reader.bytes - before).toBeLessThan(300_000);
    expect(opening.done).toBe(0);
    while (!opening.step());
    expect(opening.done).toBe(bytes.length);
    expect(opening.finish().nodeNrChildren(early.root())).toBe(4001);
    expect(reader.bytes).toBeLessThan(bytes.length * 2.2);
  });

  test('what the logs change is seen at once, growth included', () => {
    const dirty = { minor: 5, sequence1: 8, sequence2: 7 } as const;
    const before = buildHive({ name: 'R', keys: many(50, 10) }, dirty);
    const after = buildHive({ name: 'R', keys: many(300, 300) }, { minor: 5 });
    expect(after.length).toBeGreaterThan(before.length + 65_536);
    const opening = beginOpen(before, module, { logs: [newLog([before, after], 7)] });
    const wanted = open(after, module);
    expect(told(opening.early!, opening.early!.root(), 1)).toEqual(told(wanted, wanted.root(), 1));
    const hive = opening.finish();
    expect([hive.state, hive.recovery!.entries]).toEqual(['recovered', 1]);
    expect(told(hive, hive.root(), 1)).toEqual(told(wanted, wanted.root(), 1));
  });

  test('the open hive is one, with all that was found', () => {
    const bytes = buildHive({ name: 'R', keys: many(300, 300) }, { minor: 5 });
    bytes.fill(0, 4096 + 4096, 4096 + 4096 + 4);
    const opening = beginOpen(bytes, module);
    const hive = opening.finish();
    expect(hive.findings.map(({ code }) => code)).toEqual(open(bytes, module).findings.map(({ code }) => code));
    expect(hive.findings.length).toBeGreaterThan(0);
    expect(opening.finish()).toBe(hive);
  });

  test('without a root key there is nothing yet, and the end says why', () => {
    const bytes = buildHive({ name: 'R' });
    new DataView(bytes.buffer).setUint32(36, 0x800, true);
    setChecksum(bytes);
    const opening = beginOpen(bytes, module);
    expect(opening.early).toBeNull();
    expect(() => opening.finish()).toThrow(/root key/);
  });

  test('a cell that claims most of a large hive does not bring it in', () => {
    const spec: KeySpec = { name: 'R', keys: [{ name: 'a' }, { name: 'b', keys: many(2000, 8000) }] };
    const bytes = buildHive(spec, { minor: 5 });
    const view = new DataView(bytes.buffer);
    const root = view.getUint32(36, true);
    const child = open(bytes, module).keyRows(root).id[0]!;
    const claimed = (bytes.length - 4096 - child) & ~7;
    expect(claimed).toBeGreaterThan(16 << 20);
    view.setInt32(4096 + child, -claimed, true);
    const reader = counted(bytes);
    const early = beginOpen(reader, module).early!;
    expect(early.keyRows(root).count).toBe(1);
    expect(reader.bytes).toBeLessThan(300_000);
  });
});

/** Everything a walk delivers, with its findings. */
function dump(hive: Hive): unknown[] {
  const all: unknown[] = [hive.findings];
  const walk = hive.walk();
  for (let done = false; !done; ) {
    const batch = walk.step();
    all.push(batch);
    done = batch.done;
  }
  return all;
}

test('fuzz: damaged hives give early rows or an error, and open afterwards as if nobody had asked', () => {
  const bytes = buildHive(
    { name: 'R', keys: [{ name: 'a', keys: many(30, 5) }], values: SPEC.values! },
    { minor: 5, list: 'ri', leafSize: 4 },
  );
  const attempt = <T>(work: () => T): T | string => {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof HivexError)) throw error;
      return error.message;
    }
  };
  const hot: number[] = [];
  for (let at = 36; at < 12_000; at += 4) hot.push(at);
  const count = fuzzCount(400);
  for (let seed = 1; seed <= count; seed++) {
    const bad = damage(bytes, seed, hot);
    if (bad.length >= 512 && seed % 2 === 0) setChecksum(bad);
    const wanted = attempt(() => dump(open(bad, module)));
    const found = attempt(() => {
      const opening = beginOpen(bad, module);
      const { early } = opening;
      if (early !== null) {
        const queue = [early.root()];
        for (let looked = 0; queue.length > 0 && looked < 60; looked++) {
          const key = queue.shift()!;
          attempt(() => queue.push(...early.keyRows(key).id));
          attempt(() => [...early.valueRows(key).ref].map((value) => attempt(() => early.valueValue(value))));
          attempt(() => early.nodeSecurity(key));
        }
      }
      return dump(opening.finish());
    });
    expect(found, `seed ${seed}`).toEqual(wanted);
  }
});
