/** Writes VMDK files of one part: monolithicSparse with its redundant tables, and streamOptimized with footer and markers. */
import { deflateSync } from 'node:zlib';
import type { DiskWrite } from './vhd-builder.ts';

export interface VmdkSpec {
  readonly kind: 'monolithicSparse' | 'streamOptimized';
  /** Bytes, a multiple of 512. */
  readonly size: number;
  readonly write?: readonly DiskWrite[];
  /** Bytes, 65,536 when absent. */
  readonly grainSize?: number;
  readonly version?: number;
  /** Entries of a grain table, 512 when absent. */
  readonly gtes?: number;
  /** Grains marked as zeros; sets the flag. */
  readonly zeroGrains?: readonly number[];
  readonly parent?: { readonly cid: string; readonly name: string };
  /** Lines instead of the one extent. */
  readonly extents?: readonly string[];
}

const SECTOR = 512;
const DESCRIPTOR_SECTORS = 4;
const AT_END = 0xffff_ffff_ffff_ffffn;

/** Where the parts of a built file begin, for tests that damage them. */
export interface BuiltVmdk {
  readonly image: Uint8Array;
  readonly gd: number;
  readonly rgd: number;
  readonly firstTable: number;
  readonly firstGrain: number;
}

export function vmdkDescriptor(spec: VmdkSpec): string {
  const extents = spec.extents ?? [`RW ${spec.size / SECTOR} SPARSE "disk.vmdk"`];
  return [
    '# Disk DescriptorFile',
    'version=1',
    'CID=1234abcd',
    `parentCID=${spec.parent?.cid ?? 'ffffffff'}`,
    `createType="${spec.kind}"`,
    ...(spec.parent === undefined ? [] : [`parentFileNameHint="${spec.parent.name}"`]),
    '',
    '# Extent description',
    ...extents,
    '',
    '# The Disk Data Base',
    '#DDB',
    'ddb.virtualHWVersion = "4"',
    'ddb.adapterType = "ide"',
    'ddb.geometry.cylinders = "20"',
    'ddb.geometry.heads = "16"',
    'ddb.geometry.sectors = "63"',
    '',
  ].join('\n');
}

export function buildVmdk(spec: VmdkSpec): BuiltVmdk {
  const { grainSize = 65_536, gtes = 512, size } = spec;
  const stream = spec.kind === 'streamOptimized';
  const grains = Math.ceil(size / grainSize);
  const disk = new Uint8Array(grains * grainSize);
  const used = new Set<number>();
  for (const { offset, bytes } of spec.write ?? []) {
    disk.set(bytes, offset);
    for (let grain = Math.floor(offset / grainSize); grain * grainSize < offset + bytes.length; grain++)
      used.add(grain);
  }
  const tables = Math.ceil(grains / gtes);
  const entries = new Uint32Array(tables * gtes);
  for (const grain of spec.zeroGrains ?? []) entries[grain] = 1;
  const sectorsOf = (bytes: number): number => Math.ceil(bytes / SECTOR);
  const gdSectors = sectorsOf(tables * 4);
  const gtSectors = sectorsOf(gtes * 4);
  const tablesSectors = gdSectors + tables * gtSectors;

  const pieces: Uint8Array[] = [];
  let next = 1 + DESCRIPTOR_SECTORS + (stream ? 0 : 2 * tablesSectors);
  const firstGrain = next;
  const add = (bytes: Uint8Array): void => {
    const padded = new Uint8Array(sectorsOf(bytes.length) * SECTOR);
    padded.set(bytes);
    pieces.push(padded);
    next += padded.length / SECTOR;
  };
  for (const grain of [...used].sort((a, b) => a - b)) {
    entries[grain] = next;
    const data = disk.subarray(grain * grainSize, (grain + 1) * grainSize);
    add(stream ? marked(BigInt((grain * grainSize) / SECTOR), deflateSync(data)) : data);
  }
  const writeTables = (at: number): Uint8Array => {
    const bytes = new Uint8Array(tablesSectors * SECTOR);
    const view = new DataView(bytes.buffer);
    for (let table = 0; table < tables; table++) {
      const tableAt = gdSectors + table * gtSectors;
      view.setUint32(table * 4, at + tableAt, true);
      for (let i = 0; i < gtes; i++) view.setUint32(tableAt * SECTOR + i * 4, entries[table * gtes + i]!, true);
    }
    return bytes;
  };
  const descriptor = new Uint8Array(DESCRIPTOR_SECTORS * SECTOR);
  descriptor.set(new TextEncoder().encode(vmdkDescriptor(spec)));
  const rgd = 1 + DESCRIPTOR_SECTORS;
  const gd = stream ? next : rgd + tablesSectors;
  const header = headerOf(spec, grainSize, gtes, stream ? AT_END : BigInt(gd), stream ? 0 : rgd);
  const parts = stream
    ? [
        header,
        descriptor,
        ...pieces,
        writeTables(gd),
        special(3),
        headerOf(spec, grainSize, gtes, BigInt(gd), 0),
        special(0),
      ]
    : [header, descriptor, writeTables(rgd), writeTables(gd), ...pieces];
  const image = Buffer.concat(parts);
  return {
    image: new Uint8Array(image),
    gd: gd * SECTOR,
    rgd: rgd * SECTOR,
    firstTable: (gd + gdSectors) * SECTOR,
    firstGrain: firstGrain * SECTOR,
  };
}

function headerOf(spec: VmdkSpec, grainSize: number, gtes: number, gd: bigint, rgd: number): Uint8Array {
  const bytes = new Uint8Array(SECTOR);
  const view = new DataView(bytes.buffer);
  const stream = spec.kind === 'streamOptimized';
  bytes.set([0x4b, 0x44, 0x4d, 0x56]);
  view.setUint32(4, spec.version ?? (stream ? 3 : 1), true);
  view.setUint32(8, 1 | (stream ? 0x3_0000 : 2) | (spec.zeroGrains === undefined ? 0 : 4), true);
  view.setBigUint64(12, BigInt(spec.size / SECTOR), true);
  view.setBigUint64(20, BigInt(grainSize / SECTOR), true);
  view.setBigUint64(28, 1n, true);
  view.setBigUint64(36, BigInt(DESCRIPTOR_SECTORS), true);
  view.setUint32(44, gtes, true);
  view.setBigUint64(48, BigInt(rgd), true);
  view.setBigUint64(56, gd, true);
  view.setBigUint64(64, BigInt(1 + DESCRIPTOR_SECTORS), true);
  bytes.set([0x0a, 0x20, 0x0d, 0x0a], 73);
  view.setUint16(77, stream ? 1 : 0, true);
  return bytes;
}

/** A compressed grain behind its marker. */
function marked(sector: bigint, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(12 + data.length);
  new DataView(bytes.buffer).setBigUint64(0, sector, true);
  new DataView(bytes.buffer).setUint32(8, data.length, true);
  bytes.set(data, 12);
  return bytes;
}

/** A marker without a grain: 3 the footer, 0 the end of the stream. */
function special(type: number): Uint8Array {
  const bytes = new Uint8Array(SECTOR);
  if (type === 3) bytes[0] = 1;
  bytes[12] = type;
  return bytes;
}
