/** Volumes of dynamic disks, as the database says and as ldmtool reads it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { createCodecs } from '../codec/codecs.ts';
import { MemorySource } from '../source/memory.ts';
import { readBytes } from '../source/read.ts';
import { checkWindows, expectBytes, recognise, walkContainer } from '../testing/conformance.ts';
import { Random } from '../testing/damage.ts';
import { buildGpt } from '../testing/disk-builder.ts';
import { buildDynamic, DATA, type DynamicSpec, type DynamicVolume } from '../testing/dynamic-builder.ts';
import { loadModules } from '../testing/modules.ts';
import { survive, surviveMutations, surviveTruncations } from '../testing/survive.ts';
import { hasTool, runTool } from '../testing/tools.ts';
import { gpt } from './gpt/index.ts';
import { mbr } from './mbr/index.ts';
import { containerFormats } from './registry.ts';

const SECTOR = 512;
const codecs = createCodecs(loadModules());
const random = new Random(61);
const piece = (disk: number, start: number, offset: number, sectors: number) => ({ disk, start, offset, sectors });
const VOLUMES: readonly DynamicVolume[] = [
  { name: 'Volume1', sectors: 300, components: [{ pieces: [piece(0, 0, 0, 300)] }] },
  // extended twice, the second time to another disk; the pieces do not stand in their order
  {
    name: 'Volume2',
    sectors: 500,
    components: [{ pieces: [piece(0, 600, 0, 200), piece(0, 400, 200, 200), piece(1, 0, 400, 100)] }],
  },
  { name: 'Volume3', sectors: 100, components: [0, 1].map((disk) => ({ pieces: [piece(disk, 900, 0, 100)] })) },
  {
    name: 'Stripe1',
    sectors: 256,
    components: [{ layout: 1, pieces: [piece(0, 1000, 0, 128), piece(1, 1000, 0, 128)] }],
  },
  { name: 'Elsewhere', sectors: 50, components: [{ pieces: [piece(1, 1200, 0, 50)] }] },
];
const SPEC: DynamicSpec = { disks: 2, sectors: 4096, volumes: VOLUMES };
const data = [random.bytes(1500 * SECTOR), random.bytes(1500 * SECTOR)];
const [first, second] = buildDynamic(SPEC, data) as [Uint8Array, Uint8Array];
const open = (bytes: Uint8Array) => mbr.open(new MemorySource('disk', bytes), { codecs, resolve: () => [] });
const at = (disk: number, start: number, sectors: number) =>
  data[disk]!.subarray(start * SECTOR, (start + sectors) * SECTOR);

describe('the volumes of a disk', () => {
  test('stand for its partition', () => {
    expect(recognise(containerFormats, first)?.id).toBe('mbr');
    const { parts, findings } = open(first);
    expect(parts.map(({ key, title, facts }) => [key, title, facts['pieces'], facts['mirrored']])).toEqual([
      ['v1', 'Dynamic volume "Volume1"', 1, false],
      ['v2', 'Dynamic volume "Volume2"', 3, false],
      ['v3', 'Dynamic volume "Volume3"', 1, true],
    ]);
    expect(findings.map(({ code, facts }) => [code, facts?.['volume']])).toEqual([
      ['dynamicMissing', 'Volume2'],
      ['dynamicStripes', 'Stripe1'],
    ]);
    expect(open(second).parts.map(({ key }) => key)).toEqual(['v2', 'v3', 'v5']);
  });

  test('are put together from their pieces; what another disk has is missing', () => {
    const [one, two, three] = open(first).parts.map(({ source }) => source);
    checkWindows(one!, at(0, 0, 300), { count: 50 });
    expectBytes(readBytes(two!, 0, 400 * SECTOR), Buffer.concat([at(0, 600, 200), at(0, 400, 200)]));
    expect(two!.size).toBe(500 * SECTOR);
    expect(() => readBytes(two!, 400 * SECTOR, 1)).toThrow('MissingData');
    expectBytes(readBytes(three!, 0, 100 * SECTOR), at(0, 900, 100));
    const [extent] = one!.extents(0, 1);
    expect(extent).toMatchObject({ kind: 'stored', file: 'disk', fileOffset: DATA * SECTOR });
    expectBytes(readBytes(open(second).parts[0]!.source, 400 * SECTOR, 100 * SECTOR), at(1, 0, 100));
  });

  test('are found on a GPT disk by its metadata partition, beside its other partitions', () => {
    const partitions = [
      { bytes: new Uint8Array(1 << 20), typeGuid: '5808c8aa-7e8f-42e0-85d2-e1e90434cfb3' },
      { bytes: data[0]!, typeGuid: 'af9b60a0-1431-4f62-bc68-3311714a69ad' },
      { bytes: random.bytes(4096) },
    ];
    const { bytes, starts } = buildGpt(partitions, { align: 4096 });
    // the database in the metadata partition; its head in the last sector
    const [metadata, area] = starts as [number, number];
    bytes.set(first.subarray(first.length - 2047 * SECTOR, first.length - SECTOR), metadata + SECTOR);
    const head = metadata + (1 << 20) - SECTOR;
    bytes.set(first.subarray(6 * SECTOR, 7 * SECTOR), head);
    const view = new DataView(bytes.buffer);
    view.setBigUint64(head + 0x11b, BigInt(area / SECTOR));
    view.setBigUint64(head + 0x12b, BigInt(metadata / SECTOR));
    const { parts, findings } = gpt.open(new MemorySource('disk', bytes), { codecs, resolve: () => [] });
    expect(parts.map(({ key }) => key)).toEqual(['p1', 'p3', 'v1', 'v2', 'v3']);
    expectBytes(readBytes(parts[2]!.source, 0, 300 * SECTOR), at(0, 0, 300));
    expect(findings.map(({ code }) => code)).toEqual(['dynamicMissing', 'dynamicStripes']);
  });
});

describe('databases that cannot be trusted', () => {
  const CONFIG = first.length - 2048 * SECTOR;
  const patched = (offset: number, ...values: number[]) => {
    const bad = first.slice();
    bad.set(values, offset);
    return bad;
  };

  test('without one, the partition is shown as it stands, and that is told', () => {
    for (const bad of [patched(6 * SECTOR, 0), patched(CONFIG + 17 * SECTOR, 0)]) {
      const { parts, findings } = open(bad);
      expect([parts.map(({ key }) => key), findings.map(({ code }) => code)]).toEqual([['p1'], ['dynamicDisk']]);
    }
    // either table of contents will do
    expect(open(patched(CONFIG + SECTOR, 0)).parts.map(({ key }) => key)).toEqual(['v1', 'v2', 'v3']);
  });

  test('an update under way is told, and so are pieces that overlap', () => {
    const [bad] = buildDynamic({ ...SPEC, status: 2 }, data) as [Uint8Array];
    expect(open(bad).findings.map(({ code }) => code)).toContain('dynamicDatabase');
    const overlap = { name: 'O', sectors: 300, components: [{ pieces: [piece(0, 0, 0, 200), piece(0, 0, 100, 200)] }] };
    const [twice] = buildDynamic({ ...SPEC, volumes: [overlap] }, data) as [Uint8Array];
    expect(open(twice)).toMatchObject({ parts: [], findings: [{ code: 'dynamicPieces' }] });
  });

  test('components and pieces of one id do not multiply', () => {
    const [room, count] = [64, 8000];
    const bytes = new Uint8Array(16_384 * SECTOR);
    bytes.set(first.subarray(0, 64 * SECTOR));
    const view = new DataView(bytes.buffer);
    const config = 4096 * SECTOR;
    view.setBigUint64(6 * SECTOR + 0x12b, BigInt(config / SECTOR));
    view.setBigUint64(6 * SECTOR + 0x133, BigInt(bytes.length / SECTOR - 4096));
    bytes.set(first.subarray(CONFIG, CONFIG + 18 * SECTOR), config);
    const database = config + 17 * SECTOR;
    view.setUint32(database + 8, room);
    let records = 0;
    const add = (type: number, fields: readonly number[]): void => {
      const body = [0, 0, 0, type, 0, 0, 0, 0, ...fields];
      const group = records + 1;
      const of = Math.ceil(body.length / (room - 16));
      for (let i = 0; i < of; i++) {
        const block = database + SECTOR + records++ * room;
        bytes.set([0x56, 0x42, 0x4c, 0x4b], block);
        view.setUint32(block + 8, group);
        view.setUint16(block + 12, i);
        view.setUint16(block + 14, of);
        bytes.set(body.slice(i * (room - 16), (i + 1) * (room - 16)), block + 16);
      }
    };
    const zeros = (n: number) => new Array<number>(n).fill(0);
    add(0x51, [1, 1, 0, 0, 0, ...zeros(21), 0, ...zeros(16), 1, 1, ...zeros(4), 7, ...zeros(16)]);
    add(0x34, [1, 9, 0, 36, ...first.subarray(6 * SECTOR + 0x30, 6 * SECTOR + 0x30 + 36)]);
    for (let i = 0; i < count; i++) add(0x32, [1, 2, 0, 0, 2, ...zeros(4), 0, ...zeros(16), 1, 1]);
    for (let i = 0; i < count; i++) add(0x33, [0, 0, ...zeros(12), ...zeros(16), 1, 1, 1, 2, 1, 9]);
    survive(bytes, (disk) => expect(open(disk).findings.map(({ code }) => code)).toContain('dynamicPieces'), 'ids');
  });

  const hot = [6 * SECTOR, 6 * SECTOR + 0x11b, CONFIG + SECTOR, CONFIG + 17 * SECTOR];
  for (let i = 0; i < 24; i++) hot.push(CONFIG + 18 * SECTOR + i * 128);
  const exercise = (bytes: Uint8Array) => walkContainer(mbr, bytes, codecs);

  test('survives being cut off anywhere', () => {
    expect(surviveTruncations(first, exercise, hot)).toBeGreaterThan(30);
  });

  test('fuzz: survives damage', () => {
    expect(surviveMutations(first, exercise, { hot, count: 300 })).toBeGreaterThan(0);
  }, 600_000);
});

test.skipIf(!hasTool('ldmtool'))('ldmtool reads the same volumes and pieces', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'strata-ldm-'));
  try {
    const files = [first, second].map((bytes, i) => {
      const file = path.join(folder, `${i}.img`);
      writeFileSync(file, bytes);
      return file;
    });
    const ldm = (...args: string[]) =>
      JSON.parse(runTool('ldmtool', [...files.flatMap((file) => ['-d', file]), ...args]).toString()) as never;
    const [group] = JSON.parse(runTool('ldmtool', ['scan', ...files]).toString()) as [string];
    const { volumes } = ldm('show', 'diskgroup', group) as { volumes: string[] };
    expect(volumes).toEqual(VOLUMES.map(({ name }) => name));
    const { parts } = open(first);
    for (const { facts, source } of parts) {
      const name = String(facts['name']);
      const theirs = ldm('show', 'volume', group, name) as { guid: string; size: number; partitions: string[] };
      expect([theirs.guid, theirs.size * SECTOR]).toEqual([facts['guid'], source.size]);
      const pieces = theirs.partitions.map(
        (partition) => ldm('show', 'partition', group, partition) as { start: number; size: number; disk: string },
      );
      // each piece of this disk lies where its bytes do
      const stored = [...source.extents(0, source.size)].filter(({ kind }) => kind === 'stored');
      const here = pieces.filter(({ disk }) => disk === 'Disk1');
      expect(stored.map(({ fileOffset, length }) => [fileOffset / SECTOR - DATA, length / SECTOR])).toEqual(
        here.map(({ start, size }) => [start, size]),
      );
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
