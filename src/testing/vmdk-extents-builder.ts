/** Writes the extents of VMDKs in several files: COWD, seSparse, and descriptors for any mixture. */
import type { DiskWrite } from './vhd-builder.ts';

const SECTOR = 512;

export interface ExtentSpec {
  /** Bytes, a multiple of 512. */
  readonly size: number;
  readonly write?: readonly DiskWrite[];
  /** Grains marked as zeros (seSparse only): every second one as unmapped. */
  readonly zeroGrains?: readonly number[];
}

/** Where the parts of a built extent begin, for tests that damage them. */
export interface BuiltExtent {
  readonly image: Uint8Array;
  readonly directory: number;
  readonly firstTable: number;
  readonly firstGrain: number;
}

export interface DescriptorSpec {
  readonly createType: string;
  readonly extents: readonly string[];
  readonly cid?: string;
  readonly parent?: { readonly cid: string; readonly name: string };
  readonly lines?: readonly string[];
}

export function descriptorText({
  createType,
  extents,
  cid = 'deadbeef',
  parent,
  lines = [],
}: DescriptorSpec): Uint8Array {
  const text = [
    '# Disk DescriptorFile',
    'version=1',
    'encoding="UTF-8"',
    `CID=${cid}`,
    `parentCID=${parent?.cid ?? 'ffffffff'}`,
    `createType="${createType}"`,
    ...(parent === undefined ? [] : [`parentFileNameHint="${parent.name}"`]),
    '',
    ...extents,
    '',
    'ddb.virtualHWVersion = "4"',
    'ddb.adapterType = "lsilogic"',
    ...lines,
    '',
  ].join('\n');
  return new TextEncoder().encode(text);
}

/** Grains that `write` touches, in order, with their bytes. */
function grainsOf({ size, write = [] }: ExtentSpec, grainSize: number): Map<number, Uint8Array> {
  const grains = new Map<number, Uint8Array>();
  const disk = new Uint8Array(Math.ceil(size / grainSize) * grainSize);
  const used = new Set<number>();
  for (const { offset, bytes } of write) {
    disk.set(bytes, offset);
    for (let i = Math.floor(offset / grainSize); i * grainSize < offset + bytes.length; i++) used.add(i);
  }
  for (const grain of [...used].sort((a, b) => a - b))
    grains.set(grain, disk.slice(grain * grainSize, (grain + 1) * grainSize));
  return grains;
}

/** A COWD extent; only the tables that are needed are there. */
export function buildCowd(spec: ExtentSpec, grainSectors = 1): BuiltExtent {
  const perTable = 4096;
  const grainSize = grainSectors * SECTOR;
  const grains = grainsOf(spec, grainSize);
  const entries = Math.ceil(spec.size / (grainSize * perTable));
  const tables = [...new Set([...grains.keys()].map((grain) => Math.floor(grain / perTable)))];
  const directory = 4;
  const firstTable = directory + Math.ceil((entries * 4) / SECTOR);
  const firstGrain = firstTable + (tables.length * perTable * 4) / SECTOR;
  const image = new Uint8Array((firstGrain + grains.size * grainSectors) * SECTOR);
  const view = new DataView(image.buffer);
  image.set(new TextEncoder().encode('COWD'));
  const header = [1, 3, spec.size / SECTOR, grainSectors, directory, entries, image.length / SECTOR];
  for (const [i, value] of header.entries()) view.setUint32(4 + i * 4, value, true);
  const tableAt = (i: number): number => firstTable + (i * perTable * 4) / SECTOR;
  for (const [i, table] of tables.entries()) view.setUint32(directory * SECTOR + table * 4, tableAt(i), true);
  [...grains].forEach(([grain, bytes], i) => {
    const table = tableAt(tables.indexOf(Math.floor(grain / perTable)));
    const sector = firstGrain + i * grainSectors;
    view.setUint32(table * SECTOR + (grain % perTable) * 4, sector, true);
    image.set(bytes, sector * SECTOR);
  });
  return { image, directory: directory * SECTOR, firstTable: firstTable * SECTOR, firstGrain: firstGrain * SECTOR };
}

/** An seSparse extent: grains of 4 KiB, tables of 32 KiB, stored in the reverse order of the disk. */
export function buildSeSparse(spec: ExtentSpec, { replay = 0n } = {}): BuiltExtent {
  const perTable = 4096;
  const grainSize = 8 * SECTOR;
  const grains = grainsOf(spec, grainSize);
  const entries = Math.ceil(spec.size / (grainSize * perTable));
  const touched = [...grains.keys(), ...(spec.zeroGrains ?? [])];
  const tables = [...new Set(touched.map((grain) => Math.floor(grain / perTable)))];
  const [directory, directorySectors] = [8, Math.ceil((entries * 8) / SECTOR)];
  const firstTable = directory + directorySectors;
  const firstGrain = firstTable + tables.length * 64;
  const image = new Uint8Array(firstGrain * SECTOR + grains.size * grainSize);
  const view = new DataView(image.buffer);
  const words = (at: number, values: readonly (number | bigint)[]): void => {
    for (const [i, value] of values.entries()) view.setBigUint64(at + i * 8, BigInt(value), true);
  };
  words(0, [0xcafe_babe, 0x2_0000_0001n, spec.size / SECTOR, 8, 64, 0, 0, 0, 0, 0]);
  words(80, [1, 1, 2, 2, 4, 4, directory, directorySectors, firstTable, tables.length * 64, 0, 0, 0, 0]);
  words(192, [firstGrain, (grains.size * grainSize) / SECTOR]);
  words(SECTOR, [0xcafe_cafe, 0, 1, replay]);
  for (const [i, table] of tables.entries()) words(directory * SECTOR + table * 8, [(1n << 60n) | BigInt(i)]);
  const setGrain = (grain: number, value: bigint): void => {
    const table = firstTable + tables.indexOf(Math.floor(grain / perTable)) * 64;
    words(table * SECTOR + (grain % perTable) * 8, [value]);
  };
  for (const [i, grain] of (spec.zeroGrains ?? []).entries()) setGrain(grain, i % 2 === 0 ? 2n << 60n : 1n << 60n);
  [...grains].forEach(([grain, bytes], i) => {
    const number = BigInt(grains.size - 1 - i);
    setGrain(grain, (3n << 60n) | ((number & 0xfffn) << 48n) | (number >> 12n));
    image.set(bytes, firstGrain * SECTOR + Number(number) * grainSize);
  });
  return { image, directory: directory * SECTOR, firstTable: firstTable * SECTOR, firstGrain: firstGrain * SECTOR };
}
