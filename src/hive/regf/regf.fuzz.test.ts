import { expect, test } from 'vitest';
import type { ItemRef } from '../../base/brand.ts';
import { FormatError } from '../../base/errors.ts';
import { windowsUpcase } from '../../index/upcase.ts';
import { MemorySource } from '../../source/memory.ts';
import { buildHive, dword, type KeySpec, sz } from '../../testing/hive-builder.ts';
import { setChecksum } from '../../testing/hive-checksum.ts';
import { loadModule } from '../../testing/modules.ts';
import { surviveMutations, surviveTruncations } from '../../testing/survive.ts';
import { regfFormat } from './index.ts';

const SPEC: KeySpec = {
  name: 'R',
  class: 'class',
  values: [
    { name: 'big', type: 3, data: new Uint8Array(40_000).fill(3) },
    { name: 'text', type: 1, data: sz('text') },
    { name: '\u540d', type: 4, data: dword(4) },
    { name: 'gone', tombstone: true },
  ],
  keys: Array.from({ length: 24 }, (_, i) => ({
    name: `key ${i}`,
    layerKind: i & 3,
    keys: i % 5 === 0 ? [{ name: 'in', class: 'c', values: [{ name: '', type: 7, data: sz('x') }] }] : [],
    values: i % 3 === 0 ? [{ name: `v${i}`, type: i, data: new Uint8Array(i) }] : [],
  })),
};

/** Everything the interface offers, on everything there is. */
function exercise(bytes: Uint8Array): void {
  const opening = regfFormat.begin(new MemorySource('bad', bytes), { module: loadModule('hivex', true), logs: [] });
  const { early } = opening;
  if (early !== null)
    try {
      for (const ref of early.list(early.root).id) early.values(ref as ItemRef);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
    }
  const hive = opening.finish();
  hive.fingerprint();
  let keys = 0;
  let findings = hive.findings.length;
  const soft = (work: () => void) => {
    try {
      work();
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
    }
  };
  const refs: ItemRef[] = [];
  const data: ItemRef[] = [];
  const scan = hive.scan({
    keys: (chunk) => {
      keys += chunk.count;
      refs.push(...([...chunk.id] as ItemRef[]));
    },
    values: (chunk) => void data.push(...([...chunk.ref] as ItemRef[])),
    finding: () => void findings++,
  });
  while (!scan.step(10));
  expect(keys).toBeLessThan(bytes.length / 80);
  expect(data.length).toBeLessThan(bytes.length / 24);
  expect(findings).toBeLessThanOrEqual(2002);
  for (const ref of refs) {
    soft(() => hive.list(ref));
    soft(() => hive.values(ref));
    soft(() => hive.describe(ref));
  }
  soft(() => {
    let recovered = 0;
    for (const found of hive.deleted()) recovered += found.kind === 'key' ? 1 + found.values.length : 1;
    expect(recovered).toBeLessThan(bytes.length / 24);
  });
  soft(() => {
    const lines = hive.jsonLines('HKLM\\X', windowsUpcase());
    let end = 0;
    for (let part = lines.next(); part !== null; part = lines.next()) end = part.at(-1) ?? end;
    expect([lines.keys, end]).toEqual([keys, 0x0a]);
  });
  for (const ref of data) {
    soft(() => hive.data(ref));
    soft(() => hive.locate(ref));
  }
}

const VARIANTS = [
  buildHive(SPEC, { minor: 6, layered: true, list: 'ri', leafSize: 5 }),
  buildHive(SPEC, { minor: 5 }),
  buildHive(SPEC, { minor: 3, list: 'li' }),
];

/** Places of cells, so that most damage hits structures. */
function cellsOf(hive: Uint8Array): number[] {
  const view = new DataView(hive.buffer);
  const cells: number[] = [0, 4, 24, 36, 40, 144];
  for (let bin = 4096; bin < hive.length; bin += view.getUint32(bin + 8, true)) {
    cells.push(bin);
    const end = bin + view.getUint32(bin + 8, true);
    for (let at = bin + 32; at < end; at += Math.abs(view.getInt32(at, true))) cells.push(at);
  }
  return cells;
}

test.each(VARIANTS.map((hive, i) => [i, hive] as const))('hive %i survives cuts everywhere', (_i, hive) => {
  expect(surviveTruncations(hive, exercise, [4096, ...cellsOf(hive).slice(-40)])).toBeGreaterThan(40);
});

test.each(VARIANTS.map((hive, i) => [i, hive] as const))('fuzz: hive %i survives damage', (_i, hive) => {
  const mend = (bad: Uint8Array) => {
    if (bad.length >= 512 && bad[508]! & 1) setChecksum(bad);
  };
  expect(surviveMutations(hive, exercise, { count: 300, hot: cellsOf(hive), mend })).toBeGreaterThanOrEqual(300);
});
