import { describe, expect, test } from 'vitest';
import type { ItemRef } from '../../base/brand.ts';
import { FormatError } from '../../base/errors.ts';
import { buildHive, type KeySpec } from '../../testing/hive-builder.ts';
import { watch } from '../../testing/survive.ts';
import { countRows, keyNames, openHive, scanAll } from '../../testing/walk-hive.ts';
import { ValueFlag } from '../types.ts';

describe('hostile hives cost no more than they are large', () => {
  const view = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset);
  /** Points each of a cell's u32 entries, at `stride`, to one target. */
  const repeat = (bytes: Uint8Array, list: number, count: number, first: number, stride: number, target: number) => {
    for (let i = 0; i < count; i++) view(bytes).setUint32(4096 + 4 + list + first + i * stride, target, true);
  };
  const rootField = (bytes: Uint8Array, at: number) => view(bytes).getUint32(4096 + 32 + 4 + at, true);
  const quick = (work: () => void) => {
    const check = watch('a hostile hive');
    work();
    check();
  };

  test('a million values that are one value with large data', () => {
    const values = Array.from({ length: 300_000 }, (_, i) => ({ name: i === 0 ? 'n'.repeat(30_000) : '', type: 3 }));
    const large = { name: 'l', type: 3, data: new Uint8Array(4 << 20) };
    const bytes = buildHive({ name: 'R', values: [values[0]!, large, ...values.slice(1)] }, { minor: 5 });
    const list = rootField(bytes, 40);
    const target = view(bytes).getUint32(4096 + 4 + list + 4, true);
    repeat(bytes, list, 300_001, 0, 4, target);
    quick(() => {
      const hive = openHive(bytes);
      const { values: scanned, findings } = scanAll(hive);
      expect(countRows(scanned)).toBe(1);
      expect(findings.length).toBeLessThanOrEqual(1001);
      expect(hive.values(hive.root).count).toBe(300_001);
    });
  });

  test('a long name listed a hundred thousand times', () => {
    const keys = Array.from({ length: 30_000 }, (_, i) => ({ name: i === 0 ? 'a'.repeat(60_000) : `b${i}` }));
    const bytes = buildHive({ name: 'R', keys }, { minor: 5, leafSize: 60_000 });
    const list = rootField(bytes, 28);
    repeat(bytes, list, 30_000, 4, 8, view(bytes).getUint32(4096 + 4 + list + 4, true));
    quick(() => {
      const hive = openHive(bytes);
      const rows = hive.list(hive.root);
      expect(rows.names.length).toBeLessThan(bytes.length * 2);
      expect(countRows(scanAll(hive).keys)).toBe(2);
    });
  });

  test('keys that all name one list', () => {
    const keys = Array.from({ length: 20_000 }, (_, i) => ({ name: `k${i}`, keys: i === 0 ? [{ name: 'x' }] : [] }));
    const bytes = buildHive({ name: 'R', keys }, { minor: 5, leafSize: 30_000 });
    const list = rootField(bytes, 28);
    for (let i = 0; i < 20_000; i++) {
      const key = view(bytes).getUint32(4096 + 4 + list + 4 + i * 8, true);
      view(bytes).setUint32(4096 + 4 + key + 20, 20_000, true);
      view(bytes).setUint32(4096 + 4 + key + 28, list, true);
    }
    quick(() => {
      const { keys: scanned } = scanAll(openHive(bytes));
      expect(countRows(scanned)).toBe(20_001);
    });
  });
});

describe('damage is told and goes no further', () => {
  const u32 = (bytes: Uint8Array, at: number, value: number) =>
    new DataView(bytes.buffer, bytes.byteOffset).setUint32(at, value, true);
  const get32 = (bytes: Uint8Array, at: number) => new DataView(bytes.buffer, bytes.byteOffset).getUint32(at, true);
  const spec: KeySpec = {
    name: 'R',
    keys: [
      { name: 'a', values: [{ name: 'x', type: 3, data: new Uint8Array(40).fill(1) }], keys: [{ name: 'aa' }] },
      { name: 'b' },
      { name: 'c' },
    ],
  };
  const codes = (bytes: Uint8Array) => {
    const hive = openHive(bytes);
    const walked = scanAll(hive);
    return {
      names: keyNames(walked),
      codes: [...hive.findings, ...walked.findings].map((finding) => finding.code),
    };
  };
  const root = 4096 + 32 + 4;
  const children = (bytes: Uint8Array) => 4096 + 4 + get32(bytes, root + 28);

  test('a list that leads back to the root ends', () => {
    const bytes = buildHive(spec);
    u32(bytes, children(bytes) + 4, 32);
    expect(codes(bytes)).toEqual({ names: ['R', 'b', 'c'], codes: ['hiveSubkeyTwice', 'hiveSubkeyCount'] });
  });

  test('an index root that names itself ends', () => {
    const bytes = buildHive(spec, { list: 'ri' });
    u32(bytes, children(bytes) + 4, get32(bytes, root + 28));
    expect(codes(bytes)).toEqual({ names: ['R'], codes: ['hiveListShared', 'hiveSubkeyCount'] });
    const hive = openHive(bytes);
    expect(hive.list(hive.root).count).toBe(0);
  });

  test('an entry that points into a cell, and one behind the end', () => {
    const bytes = buildHive(spec);
    u32(bytes, children(bytes) + 4, 32 + 8);
    u32(bytes, children(bytes) + 12, 0x7fff_fff8);
    expect(codes(bytes)).toEqual({
      names: ['R', 'c'],
      codes: ['hiveSubkeyMissing', 'hiveSubkeyMissing', 'hiveSubkeyCount'],
    });
  });

  test('counts that lie', () => {
    const bytes = buildHive(spec);
    u32(bytes, root + 20, 0x7fff_ffff);
    expect(codes(bytes)).toEqual({ names: ['R', 'a', 'aa', 'b', 'c'], codes: ['hiveSubkeyCount'] });
    const a = 4096 + 4 + get32(bytes, children(bytes) + 4);
    u32(bytes, a + 36, 0xffff_ffff);
    expect(codes(bytes).codes).toEqual(['hiveSubkeyCount', 'hiveValuesLength']);
  });

  test('data that are not there: the row says so and reading refuses', () => {
    const bytes = buildHive(spec);
    const hive = openHive(bytes);
    const a = hive.list(hive.root).id[0]! as ItemRef;
    const value = hive.values(a).ref[0]! as ItemRef;
    u32(bytes, 4096 + 4 + value + 4, 5000);
    const damaged = openHive(bytes);
    const row = damaged.values(a);
    expect([row.size[0], row.flags[0]]).toEqual([5000, ValueFlag.damaged]);
    expect(damaged.locate(value)).toBeNull();
    expect(() => damaged.data(value)).toThrow(FormatError);
    try {
      damaged.data(value);
    } catch (error) {
      expect(error).toMatchObject({ code: 'InvalidData', where: { source: 'test.hive', offset: 4096 + value } });
    }
    expect(codes(bytes).codes).toEqual(['hiveValueData']);
  });

  test('a value that states two gigabytes costs the others nothing', () => {
    const values = Array.from({ length: 50 }, (_, i) => ({
      name: `v${i}`,
      type: 3,
      data: new Uint8Array(100).fill(i),
    }));
    const bytes = buildHive({ name: 'R', values });
    const first = openHive(bytes).values(openHive(bytes).root).ref[0]!;
    u32(bytes, 4096 + 4 + first + 4, 0x7fff_ffff);
    const hive = openHive(bytes);
    const flags = [...hive.values(hive.root).flags];
    expect(flags).toEqual([ValueFlag.damaged, ...Array.from({ length: 49 }, () => 0)]);
    expect([...scanAll(hive).values[0]!.flags]).toEqual(flags);
  });

  test('a wrong checksum', () => {
    const bytes = buildHive(spec);
    u32(bytes, 508, 0x1234);
    expect(codes(bytes)).toEqual({ names: ['R', 'a', 'aa', 'b', 'c'], codes: ['hiveChecksum', 'hiveDirty'] });
  });

  test('a hive that was cut off shows what is left', () => {
    const bytes = buildHive({
      name: 'R',
      values: [
        { name: 'fills the first bin', type: 3, data: new Uint8Array(3500) },
        { name: 'big', type: 3, data: new Uint8Array(9000) },
      ],
      keys: [{ name: 'late'.repeat(100) }],
    });
    expect(codes(bytes.subarray(0, 8192))).toEqual({
      names: ['R'],
      codes: ['hiveBinsSize', 'hiveSubkeyMissing', 'hiveSubkeyCount', 'hiveValueData'],
    });
  });

  test('thousands of broken bins are told of in bounds', () => {
    const keys = Array.from({ length: 400 }, (_, i) => ({ name: 'k'.repeat(3000) + i }));
    const bytes = buildHive({ name: 'R', keys });
    const view = new DataView(bytes.buffer);
    for (let bin = 8192; bin < bytes.length; bin += view.getUint32(bin + 8, true)) u32(bytes, bin + 4, 0xffff_fff0);
    const hive = openHive(bytes);
    expect(hive.findings.length).toBe(257);
    expect(hive.findings.at(-1)).toMatchObject({ code: 'hiveFindingsDropped', where: { source: 'test.hive' } });
    expect(countRows(scanAll(hive).keys)).toBe(401);
  });

  test('a bin without header is skipped and the next one found', () => {
    const many = Array.from({ length: 200 }, (_, i) => ({ name: `Key ${i}`, values: [{ name: `v${i}`, type: 4 }] }));
    const bytes = buildHive({ name: 'R', keys: many });
    bytes.fill(0, 4096 + 8192, 4096 + 8192 + 32);
    const { names, codes: found } = codes(bytes);
    expect(found).toContain('hiveBinSignature');
    expect(names.length).toBeGreaterThan(100);
    expect(names.length).toBeLessThan(201);
  });

  test('what is no item is refused with its place', () => {
    const hive = openHive(buildHive(spec));
    for (const wrong of [0, 8, 33, 0x10000, 0xffff_fff8, 0xffff_ffff, hive.root + 8]) {
      const ref = wrong as ItemRef;
      const code = 'InvalidReference';
      for (const ask of [() => hive.list(ref), () => hive.values(ref), () => hive.data(ref), () => hive.describe(ref)])
        expect(ask).toThrow(expect.objectContaining({ name: 'FormatError', code }));
    }
  });
});
