import { describe, expect, test } from 'vitest';
import type { ItemRef } from '../../base/brand.ts';
import { hex } from '../../base/guid.ts';
import { MemorySource } from '../../source/memory.ts';
import { buildHive, dword, type HiveOptions, type KeySpec, multiSz, qword, sz } from '../../testing/hive-builder.ts';
import { setChecksum } from '../../testing/hive-checksum.ts';
import { newLog } from '../../testing/hive-log-builder.ts';
import { loadModule } from '../../testing/modules.ts';
import { readTwin, type TwinKey } from '../../testing/twins/regf.ts';
import { countRows, openHive, rowName, scanAll } from '../../testing/walk-hive.ts';
import { hiveFormats } from '../registry.ts';
import { LayerKind, type OpenedHive, ValueFlag } from '../types.ts';
import { regfFormat } from './index.ts';

/** FNV-1a as `types.ts` defines the hash columns, the slow way. */
function fnv(type: number, data: Uint8Array): bigint {
  let h = 0xcbf29ce484222325n;
  for (const byte of [...dword(type), ...dword(data.length), ...data])
    h = ((h ^ BigInt(byte)) * 0x100000001b3n) & 0xffff_ffff_ffff_ffffn;
  return h;
}

/** Every key and value of a hive as lines of text, from the columns of a scan. */
function linesOfScan(hive: OpenedHive): string[] {
  const { keys, values } = scanAll(hive);
  const paths = new Map<number, { name: string; parent: number }>();
  for (const chunk of keys)
    for (let i = 0; i < chunk.count; i++)
      paths.set(chunk.id[i]!, { name: rowName(chunk, i), parent: chunk.parent[i]! });
  const path = (id: number): string => {
    const { name, parent } = paths.get(id)!;
    return parent === id ? name : `${path(parent)}\\${name}`;
  };
  const lines: string[] = [];
  const rows = new Map<number, number>();
  for (const chunk of values)
    for (let i = 0; i < chunk.count; i++) {
      const key = chunk.key[i]!;
      rows.set(key, (rows.get(key) ?? 0) + 1);
      const data = hive.data(chunk.ref[i]! as ItemRef);
      expect(data.length).toBe(chunk.size[i]);
      const hash = (BigInt(chunk.hashHi[i]!) << 32n) | BigInt(chunk.hashLo[i]!);
      if (data.length < 300) expect(hash).toBe(fnv(chunk.type[i]!, data));
      const mark = chunk.flags[i]! & ValueFlag.tombstone ? ' tombstone' : '';
      lines.push(`${path(key)} @${rowName(chunk, i)} ${chunk.type[i]} ${hex(data)}${mark}`);
    }
  for (const chunk of keys)
    for (let i = 0; i < chunk.count; i++) {
      const id = chunk.id[i]!;
      const written = (BigInt(chunk.lastWriteHi[i]!) << 32n) | BigInt(chunk.lastWriteLo[i]!);
      const { className, security } = hive.describe(id as ItemRef);
      expect(chunk.values[i]).toBe(rows.get(id) ?? 0);
      lines.push(
        `${path(id)} ${written} class=${className} sd=${security && hex(security)} kind=${chunk.layerKind[i]} ` +
          `flags=${chunk.flags[i]} keys=${chunk.subkeys[i]}`,
      );
    }
  return lines.sort();
}

function linesOfTwin(root: TwinKey, layered: boolean): string[] {
  const lines: string[] = [];
  const visit = (key: TwinKey, above: string) => {
    const path = `${above}${key.name}`;
    const layer = layered ? key.layer : 0;
    const flags = (key.symlink ? 1 : 0) | (layer & 0x80 ? 2 : 0) | (key.className === null ? 0 : 4);
    lines.push(
      `${path} ${key.lastWrite} class=${key.className} sd=${key.security && hex(key.security)} kind=${layer & 3} ` +
        `flags=${flags} keys=${key.keys.length}`,
    );
    for (const value of key.values)
      lines.push(`${path} @${value.name} ${value.type} ${hex(value.data)}${value.tombstone ? ' tombstone' : ''}`);
    for (const child of key.keys) visit(child, `${path}\\`);
  };
  visit(root, '');
  return lines.sort();
}

const MANY: KeySpec[] = Array.from({ length: 1300 }, (_, i) => ({
  name: `Key ${i}`,
  values: [{ name: `v${i}`, type: 4, data: dword(i) }],
}));

const SPEC: KeySpec = {
  name: 'ROOT',
  class: 'Root class',
  values: [
    { name: '', type: 1, data: sz('default') },
    { name: 'empty', type: 3 },
    { name: 'one', type: 3, data: Uint8Array.of(7) },
    { name: 'four', type: 4, data: dword(0xdeadbeef) },
    { name: 'eight', type: 11, data: qword(1n << 63n) },
    { name: 'many', type: 7, data: multiSz(['a', 'b']) },
    { name: 'gr\u00fc\u00dfe', type: 1, data: sz('Latin-1 name') },
    { name: '\u540d\u524d\ud800', type: 0xffff_0012, data: sz('UTF-16 name with a lone surrogate') },
    { name: 'big', type: 3, data: Uint8Array.from({ length: 50_001 }, (_, i) => i * 7) },
    { name: 'segment', type: 3, data: Uint8Array.from({ length: 16_344 }, (_, i) => i) },
    { name: 'segment and one', type: 3, data: Uint8Array.from({ length: 16_345 }, (_, i) => i) },
  ],
  keys: [
    { name: 'Link', symlink: true, values: [{ name: 'SymbolicLinkValue', type: 6, data: sz('\\Registry\\X') }] },
    { name: '\u30ad\u30fc', keys: [{ name: 'deep', lastWrite: 5n, keys: [{ name: 'deeper' }] }] },
    { name: 'Many', keys: MANY },
  ],
};

const LAYERED: KeySpec = {
  name: 'Delta',
  values: [{ name: 'gone', tombstone: true }],
  keys: [
    { name: 'Removed', layerKind: LayerKind.tombstone },
    { name: 'Local', layerKind: LayerKind.supersedeLocal, inheritClass: true },
    { name: 'Tree', layerKind: LayerKind.supersedeTree, keys: [{ name: 'In', layerKind: LayerKind.supersedeTree }] },
  ],
};

describe('built hives', () => {
  const variants: [string, KeySpec, HiveOptions][] = [
    ['1.1', SPEC, { minor: 1 }],
    ['1.3', SPEC, { minor: 3 }],
    ['1.3 li', SPEC, { minor: 3, list: 'li' }],
    ['1.5', SPEC, { minor: 5 }],
    ['1.5 ri', SPEC, { minor: 5, list: 'ri', leafSize: 7 }],
    ['1.6', SPEC, { minor: 6 }],
    ['1.6 layered', LAYERED, { minor: 6, layered: true }],
    ['1.6 with layer bytes but no flag', LAYERED, { minor: 6 }],
  ];
  test.each(variants)('R-17 R-30 %s reads as the twin does', (_name, spec, options) => {
    const bytes = buildHive(spec, options);
    const hive = openHive(bytes);
    expect(hive.findings).toEqual([]);
    expect(scanAll(hive).findings).toEqual([]);
    expect(linesOfScan(hive)).toEqual(linesOfTwin(readTwin(bytes), options.layered ?? false));
    expect(hive.minor).toBe(options.minor);
    expect(hive.layered).toBe(options.layered ?? false);
  });

  test('R-15 volatile keys, which a file cannot have, are not shown whatever a key says of them', () => {
    const bytes = buildHive({ name: 'ROOT', keys: [{ name: 'Stable' }] });
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    const root = 4096 + view.getUint32(36, true) + 4;
    expect(scanAll(openHive(bytes)).findings).toEqual([]);
    // the list of the stable sub-keys becomes that of the volatile ones
    view.setUint32(root + 24, view.getUint32(root + 20, true), true);
    view.setUint32(root + 32, view.getUint32(root + 28, true), true);
    view.setUint32(root + 20, 0, true);
    view.setUint32(root + 28, 0xffff_ffff, true);
    const hive = openHive(bytes);
    expect(countRows(scanAll(hive).keys)).toBe(1);
    expect(hive.list(hive.root).count).toBe(0);
  });

  test('R-39 the values of a predefined handle are not read, and this is said', () => {
    const value = { name: 'v', type: 4, data: dword(1) };
    const bytes = buildHive({ name: 'ROOT', keys: [{ name: 'Handle', values: [value] }] });
    const flags = Buffer.from(bytes).indexOf('Handle', 0, 'latin1') - 76 + 2;
    bytes[flags]! |= 0x40;
    const { values, findings } = scanAll(openHive(bytes));
    expect(countRows(values)).toBe(0);
    expect(findings.map(({ code }) => code)).toEqual(['hivePredefinedHandle']);
  });

  test('is what the description says', () => {
    const hive = openHive(buildHive(LAYERED, { minor: 6, layered: true }));
    const top = hive.list(hive.root);
    expect(Array.from({ length: top.count }, (_, i) => [rowName(top, i), top.layerKind[i], top.flags[i]])).toEqual([
      ['Local', LayerKind.supersedeLocal, 2],
      ['Removed', LayerKind.tombstone, 0],
      ['Tree', LayerKind.supersedeTree, 0],
    ]);
    const values = hive.values(hive.root);
    expect([values.count, rowName(values, 0), values.flags[0]]).toEqual([1, 'gone', ValueFlag.tombstone]);
    expect(hive.locate(values.ref[0]! as ItemRef)).toBeNull();
    expect(hive.data(values.ref[0]! as ItemRef)).toEqual(new Uint8Array(0));
  });

  test('list and values give the rows of the scan, also beyond one window', () => {
    const spec: KeySpec = {
      name: 'R',
      keys: Array.from({ length: 9000 }, (_, i) => ({ name: `k${String(i).padStart(5, '0')}` })),
      values: Array.from({ length: 20_000 }, (_, i) => ({ name: `v${i}`, type: 4, data: dword(i) })),
    };
    const hive = openHive(buildHive(spec, { minor: 5 }));
    const keys = hive.list(hive.root);
    expect([keys.count, rowName(keys, 8999), keys.parent[8999]]).toEqual([9000, 'k08999', hive.root]);
    const values = hive.values(hive.root);
    expect([values.count, rowName(values, 19_999)]).toEqual([20_000, 'v19999']);
    expect(hive.data(values.ref[19_999]! as ItemRef)).toEqual(dword(19_999));
    const scanned = scanAll(hive);
    expect(countRows(scanned.keys)).toBe(9001);
    expect(scanned.values.flatMap((chunk) => [...chunk.ref])).toEqual([...values.ref]);
    expect(scanned.values.flatMap((chunk) => [...chunk.hashLo])).toEqual([...values.hashLo]);
  });

  test('depth costs no call stack', () => {
    let spec: KeySpec = { name: 'leaf' };
    for (let i = 0; i < 600; i++) spec = { name: 'k', keys: [spec] };
    const { keys } = scanAll(openHive(buildHive(spec)));
    expect(countRows(keys)).toBe(601);
  });

  test('data can be found in the file', () => {
    const bytes = buildHive(SPEC, { minor: 5 });
    const hive = openHive(bytes);
    const values = hive.values(hive.root);
    for (let i = 0; i < values.count; i++) {
      const at = hive.locate(values.ref[i]! as ItemRef);
      if (values.size[i] === 0) expect(at).toBeNull();
      else {
        expect(at!.length).toBe(Math.min(16_344, values.size[i]!));
        const data = hive.data(values.ref[i]! as ItemRef);
        expect(bytes.subarray(at!.offset, at!.offset + at!.length)).toEqual(data.subarray(0, at!.length));
      }
    }
  });

  test('facts, state and fingerprint', () => {
    const options = { minor: 5, fileName: '\\??\\C:\\Windows\\System32\\config\\SOFTWARE' };
    const clean = openHive(buildHive(SPEC, options));
    expect(clean.facts).toMatchObject({
      version: '1.5',
      state: 'clean',
      sequence1: 1,
      sequence2: 1,
      rootName: 'ROOT',
      rootLastWrite: '2026-01-02T03:04:05.0000000Z',
      fileName: '\\Windows\\System32\\config\\SOFTWARE'.slice(-31),
    });
    const dirty = openHive(buildHive(SPEC, { ...options, sequence1: 8, sequence2: 7 }));
    expect(dirty.state).toBe('dirtyNoLog');
    expect(dirty.findings.map((finding) => finding.code)).toEqual(['hiveDirty']);
    const [part] = clean.fingerprint();
    expect(part!.what).toBe('hive:SOFTWARE');
    expect(openHive(buildHive(SPEC, options)).fingerprint()).toEqual([part]);
    expect(dirty.fingerprint()[0]!.bytes).not.toEqual(part!.bytes);
  });
});

test('R-31 logs beside a dirty hive are applied', () => {
  const key = (n: number): KeySpec => ({ name: 'R', values: [{ name: 'n', type: 4, data: dword(n) }] });
  const before = buildHive(key(1), { sequence1: 3, sequence2: 2 });
  const log = newLog([before, buildHive(key(2))], 2);
  const logs = [new MemorySource('R.LOG1', log), new MemorySource('R.LOG2', new Uint8Array(0))];
  const hive = regfFormat.open(new MemorySource('R', before), { module: loadModule('hivex', true), logs });
  expect([hive.state, hive.facts['recovery']]).toEqual([
    'recovered',
    expect.objectContaining({ entries: 1, pages: 1 }),
  ]);
  expect(hive.data(hive.values(hive.root).ref[0]! as ItemRef)).toEqual(dword(2));
  expect(openHive(before).state).toBe('dirtyNoLog');
});

test('a hive that is being read answers for the keys that are asked for', () => {
  const bytes = buildHive(SPEC, { minor: 5, fileName: 'SOFTWARE' });
  const open = openHive(bytes);
  const opening = regfFormat.begin(new MemorySource('R', bytes), { module: loadModule('hivex', true), logs: [] });
  const early = opening.early!;
  expect([opening.fileName, opening.done, opening.total]).toEqual(['SOFTWARE', 0, bytes.length]);
  expect(early.root).toBe(open.root);
  expect(early.list(early.root)).toEqual(open.list(open.root));
  const values = early.values(early.root);
  expect(values).toEqual(open.values(open.root));
  const big = values.ref[8]! as ItemRef;
  expect([early.data(big), early.locate(big)]).toEqual([open.data(big), open.locate(big)]);
  expect(early.describe(early.root)).toEqual(open.describe(open.root));
  while (!opening.step(0));
  expect(opening.done).toBe(opening.total);
  expect(linesOfScan(opening.finish())).toEqual(linesOfScan(open));
});

describe('recognition', () => {
  const window = (bytes: Uint8Array) => ({ head: bytes, tail: bytes.slice(-1024), size: bytes.length });
  const found = (bytes: Uint8Array) => hiveFormats.find((format) => format.probe(window(bytes)));

  test('by content', () => {
    expect(found(buildHive({ name: 'R' }))?.id).toBe('regf');
    expect(found(new Uint8Array(8192))).toBeUndefined();
    expect(found(new Uint8Array(0))).toBeUndefined();
    const text = new Uint8Array(8192);
    text.set([0x72, 0x65, 0x67, 0x66, 0x20]);
    expect(found(text)).toBeUndefined();
  });

  test('a log, an unknown version and a Windows 9x registry are refused by what they are', () => {
    const log = buildHive({ name: 'R' });
    log[28] = 6;
    setChecksum(log);
    expect(() => openHive(log)).toThrow(/UnsupportedFeature.*0x1c.*type 6/);
    const version = buildHive({ name: 'R' });
    version[24] = 9;
    expect(() => openHive(version)).toThrow(/UnsupportedVersion.*1\.9/);
    const creg = new Uint8Array(4096);
    creg.set([0x43, 0x52, 0x45, 0x47]);
    creg.set([0x52, 0x47, 0x4b, 0x4e], 32);
    const format = found(creg)!;
    expect(format.id).toBe('creg');
    const context = { module: loadModule('hivex'), logs: [] };
    expect(() => format.open(new MemorySource('SYSTEM.DAT', creg), context)).toThrow(/UnsupportedFormat.*Windows 9x/);
    expect(() => openHive(new Uint8Array(512))).toThrow(/UnexpectedEnd/);
  });
});
