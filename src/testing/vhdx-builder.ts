/**
 * Writes VHDX files: fixed, dynamic and differencing, 512- and 4096-byte sectors, clean or with updates still in the log.
 *
 *     0 headers | 1 MiB log | 2 MiB metadata | 3 MiB BAT | blocks | sector bitmaps
 */
import { guidLeBytes } from '../base/guid.ts';
import { utf16leBytes } from '../base/utf16.ts';
import { plainCrc } from './crc.ts';
import type { DiskWrite } from './vhd-builder.ts';

export interface VhdxSpec {
  readonly kind: 'fixed' | 'dynamic';
  /** Bytes, a multiple of the logical sector. */
  readonly size: number;
  readonly write?: readonly DiskWrite[];
  /** 1 MiB when absent, so that small images stay small. */
  readonly blockSize?: number;
  readonly logicalSectorSize?: 512 | 4096;
  readonly virtualDiskId?: string;
  readonly dataWriteGuid?: string;
  readonly fileWriteGuid?: string;
  /** Stores the blocks in reverse order. */
  readonly scatter?: boolean;
  /** State of blocks that are not stored: 0 not present, 1 undefined, 2 zero, 3 unmapped. */
  readonly emptyState?: number;
  /** The same for single blocks, by number. */
  readonly emptyStates?: Readonly<Record<number, number>>;
  /**
   * Makes a differencing disk, with these parent locator entries: writes are of whole sectors, and what is not written is
   * the parent's. A block that is written as a whole is fully present, another one partially.
   */
  readonly parent?: Readonly<Record<string, string>>;
  /**
   * File offsets of 4 KiB sectors whose content is taken out of its place and left in the log, one entry each.
   */
  readonly unflushed?: readonly number[];
  /** Where the first entry begins in the log; in its last sector when absent, so that the entry wraps. */
  readonly logStart?: number;
}

const MIB = 1 << 20;
const LOG = MIB;
const METADATA = 2 * MIB;
const BAT = 3 * MIB;
const SECTOR = 4096;
const LOG_GUID = '5a1c4f20-98b7-4d06-8c3e-71d2e0b4a695';
/** What stands in a differencing disk where the parent's data are meant: a reader that ignores the bitmap shows it. */
const GARBAGE = 0xcc;
const NO_GUID = '00000000-0000-0000-0000-000000000000';

/** Where the parts of a built file lie: for tests that damage one of them. */
export const VHDX_PLACES = {
  headers: [0x1_0000, 0x2_0000],
  regions: [0x3_0000, 0x4_0000],
  log: LOG,
  metadata: METADATA,
  bat: BAT,
} as const;

export function buildVhdx(spec: VhdxSpec): Uint8Array {
  const blockSize = spec.blockSize ?? MIB;
  const sectorSize = spec.logicalSectorSize ?? 512;
  const blocks = Math.ceil(spec.size / blockSize);
  const chunkRatio = (2 ** 23 * sectorSize) / blockSize;
  const indexOf = (block: number): number => block + Math.floor(block / chunkRatio);
  const chunks = Math.ceil(blocks / chunkRatio);
  const isChild = spec.parent !== undefined;
  const entries = isChild ? chunks * (chunkRatio + 1) : blocks === 0 ? 0 : indexOf(blocks - 1) + 1;
  const bat = new BigUint64Array(entries);
  const batRegion = Math.max(1, Math.ceil(bat.byteLength / MIB)) * MIB;

  const stored = new Set<number>();
  if (spec.kind === 'fixed') for (let block = 0; block < blocks; block++) stored.add(block);
  for (const { offset, bytes } of spec.write ?? [])
    for (let at = offset - (offset % blockSize); at < offset + bytes.length; at += blockSize)
      stored.add(at / blockSize);
  const order = [...stored].sort((a, b) => (spec.scatter === true ? b - a : a - b));
  const places = new Map(order.map((block, i) => [block, BAT + batRegion + i * blockSize]));
  const written = isChild ? writtenSectors(spec, blockSize, sectorSize) : new Map<number, Set<number>>();
  const partial = order.filter((block) => isChild && written.get(block)!.size < blockSize / sectorSize);
  const bitmapsAt = BAT + batRegion + order.length * blockSize;
  const bitmaps = [...new Set(partial.map((block) => Math.floor(block / chunkRatio)))];
  for (let block = 0; block < blocks; block++) {
    const place = places.get(block);
    const empty = spec.emptyStates?.[block] ?? spec.emptyState ?? 0;
    const state = partial.includes(block) ? 7n : 6n;
    bat[indexOf(block)] = place === undefined ? BigInt(empty) : BigInt(place) | state;
  }
  bitmaps.forEach((chunk, i) => {
    bat[chunk * (chunkRatio + 1) + chunkRatio] = BigInt(bitmapsAt + i * MIB) | 6n;
  });

  const image = new Uint8Array(bitmapsAt + bitmaps.length * MIB);
  if (isChild) image.fill(GARBAGE, BAT + batRegion, bitmapsAt);
  for (const block of partial) {
    const chunk = Math.floor(block / chunkRatio);
    const first = (block - chunk * chunkRatio) * (blockSize / sectorSize);
    for (const sector of written.get(block)!)
      image[bitmapsAt + bitmaps.indexOf(chunk) * MIB + ((first + sector) >> 3)]! |= 1 << ((first + sector) & 7);
  }
  text(image, 0, 'vhdxfile');
  image.set(utf16leBytes('Stratascope test image'), 8);
  for (const offset of VHDX_PLACES.regions) writeRegions(image, offset, batRegion);
  writeMetadata(image, spec, blockSize, sectorSize);
  image.set(new Uint8Array(bat.buffer), BAT);
  for (const { offset, bytes } of spec.write ?? [])
    for (let done = 0; done < bytes.length; ) {
      const block = Math.floor((offset + done) / blockSize);
      const within = offset + done - block * blockSize;
      const part = bytes.subarray(done, done + blockSize - within);
      image.set(part, places.get(block)! + within);
      done += part.length;
    }
  const dirty = (spec.unflushed ?? []).length > 0;
  if (dirty) writeLog(image, spec.unflushed!, spec.logStart ?? MIB - SECTOR);
  for (const [i, offset] of VHDX_PLACES.headers.entries()) writeHeader(image, offset, BigInt(i + 1), spec, dirty);
  return image;
}

/** By block: which of its sectors are written. */
function writtenSectors(spec: VhdxSpec, blockSize: number, sectorSize: number): Map<number, Set<number>> {
  const written = new Map<number, Set<number>>();
  for (const { offset, bytes } of spec.write ?? [])
    for (let at = offset; at < offset + bytes.length; at += sectorSize) {
      const block = Math.floor(at / blockSize);
      const sectors = written.get(block) ?? new Set();
      written.set(block, sectors.add((at % blockSize) / sectorSize));
    }
  return written;
}

function writeHeader(image: Uint8Array, offset: number, sequence: bigint, spec: VhdxSpec, dirty: boolean): void {
  const view = viewOf(image, offset, SECTOR);
  text(image, offset, 'head');
  view.setBigUint64(8, sequence, true);
  image.set(guidLeBytes(spec.fileWriteGuid ?? '0d6b8c1a-3f0e-4e6b-9d55-b1a7c2f83e10'), offset + 16);
  image.set(guidLeBytes(spec.dataWriteGuid ?? '7c9e5d44-0b21-4d3c-8f7a-60e1d4a9b802'), offset + 32);
  image.set(guidLeBytes(dirty ? LOG_GUID : NO_GUID), offset + 48);
  view.setUint16(66, 1, true);
  view.setUint32(68, MIB, true);
  view.setBigUint64(72, BigInt(LOG), true);
  seal(image, offset, SECTOR);
}

function writeRegions(image: Uint8Array, offset: number, batRegion: number): void {
  const view = viewOf(image, offset, 0x1_0000);
  text(image, offset, 'regi');
  view.setUint32(8, 2, true);
  const regions: [string, number, number][] = [
    ['2dc27766-f623-4200-9d64-115e9bfd4a08', BAT, batRegion],
    ['8b7ca206-4790-4b9a-b8fe-575f050f886e', METADATA, MIB],
  ];
  regions.forEach(([guid, place, length], i) => {
    const at = 16 + i * 32;
    image.set(guidLeBytes(guid), offset + at);
    view.setBigUint64(at + 16, BigInt(place), true);
    view.setUint32(at + 24, length, true);
    view.setUint32(at + 28, 1, true);
  });
  seal(image, offset, 0x1_0000);
}

function writeMetadata(image: Uint8Array, spec: VhdxSpec, blockSize: number, sectorSize: number): void {
  const flags = (spec.kind === 'fixed' ? 1 : 0) | (spec.parent === undefined ? 0 : 2);
  const items: [string, Uint8Array, number][] = [
    ['caa16737-fa36-4d43-b3b6-33f0aa44e76b', new Uint8Array(Uint32Array.of(blockSize, flags).buffer), 4],
    ['2fa54224-cd1b-4876-b211-5dbed83bf4b8', new Uint8Array(BigUint64Array.of(BigInt(spec.size)).buffer), 6],
    [
      'beca12ab-b2e6-4523-93ef-c309e000c746',
      guidLeBytes(spec.virtualDiskId ?? '2b5f7d90-64c8-4a13-b0de-9c3f18a7e526'),
      6,
    ],
    ['8141bf1d-a96f-4709-ba47-f233a8faab5f', new Uint8Array(Uint32Array.of(sectorSize).buffer), 6],
    ['cda348c7-445d-4471-9cc9-e9885251c556', new Uint8Array(Uint32Array.of(4096).buffer), 6],
  ];
  if (spec.parent !== undefined) items.push(['a8d35f2d-b30b-454d-abf7-d3d84834ab0c', locatorOf(spec.parent), 4]);
  const view = viewOf(image, METADATA, MIB);
  text(image, METADATA, 'metadata');
  view.setUint16(10, items.length, true);
  let place = 0x1_0000;
  items.forEach(([guid, bytes, itemFlags], i) => {
    const at = 32 + i * 32;
    image.set(guidLeBytes(guid), METADATA + at);
    view.setUint32(at + 16, place, true);
    view.setUint32(at + 20, bytes.length, true);
    view.setUint32(at + 24, itemFlags, true);
    image.set(bytes, METADATA + place);
    place += bytes.length;
  });
}

function locatorOf(parent: Readonly<Record<string, string>>): Uint8Array {
  const pairs = Object.entries(parent);
  const strings = pairs.flat().map(utf16leBytes);
  const bytes = new Uint8Array(20 + pairs.length * 12 + strings.reduce((sum, { length }) => sum + length, 0));
  const view = new DataView(bytes.buffer);
  bytes.set(guidLeBytes('b04aefb7-d19e-4a81-b789-25b8e9445913'));
  view.setUint16(18, pairs.length, true);
  let place = 20 + pairs.length * 12;
  strings.forEach((string, i) => {
    const at = 20 + (i >> 1) * 12;
    view.setUint32(at + (i & 1) * 4, place, true);
    view.setUint16(at + 8 + (i & 1) * 2, string.length, true);
    bytes.set(string, place);
    place += string.length;
  });
  return bytes;
}

/** Moves sectors into log entries; in their place stands 0xCC, so that a reader without replay is found out. */
function writeLog(image: Uint8Array, offsets: readonly number[], first: number): void {
  const length = 2 * SECTOR;
  offsets.forEach((offset, i) => {
    const entry = new Uint8Array(length);
    const view = new DataView(entry.buffer);
    const sequence = BigInt(100 + i);
    const sector = image.slice(offset, offset + SECTOR);
    text(entry, 0, 'loge');
    view.setUint32(8, length, true);
    view.setUint32(12, first, true);
    view.setBigUint64(16, sequence, true);
    view.setUint32(24, 1, true);
    entry.set(guidLeBytes(LOG_GUID), 32);
    view.setBigUint64(48, BigInt(image.length), true);
    view.setBigUint64(56, BigInt(image.length), true);
    text(entry, 64, 'desc');
    entry.set(sector.subarray(SECTOR - 4), 68);
    entry.set(sector.subarray(0, 8), 72);
    view.setBigUint64(80, BigInt(offset), true);
    view.setBigUint64(88, sequence, true);
    entry.set(sector, SECTOR);
    text(entry, SECTOR, 'data');
    view.setUint32(SECTOR + 4, 0, true);
    view.setUint32(length - 4, Number(sequence), true);
    seal(entry, 0, length);
    const at = first + i * length;
    for (let half = 0; half < length; half += SECTOR)
      image.set(entry.subarray(half, half + SECTOR), LOG + ((at + half) % MIB));
    image.fill(0xcc, offset, offset + SECTOR);
  });
}

/** Makes the checksums of headers and region tables right again, so that damage elsewhere is looked at. */
export function mendVhdx(image: Uint8Array): void {
  for (const offset of VHDX_PLACES.headers) if (image.length >= offset + SECTOR) seal(image, offset, SECTOR);
  for (const offset of VHDX_PLACES.regions) if (image.length >= offset + 0x1_0000) seal(image, offset, 0x1_0000);
}

function seal(bytes: Uint8Array, offset: number, length: number): void {
  const view = viewOf(bytes, offset, length);
  view.setUint32(4, 0, true);
  view.setUint32(4, plainCrc('crc32c', bytes.subarray(offset, offset + length)), true);
}

function viewOf(bytes: Uint8Array, offset: number, length: number): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset + offset, length);
}

function text(into: Uint8Array, offset: number, value: string): void {
  for (let i = 0; i < value.length; i++) into[offset + i] = value.charCodeAt(i);
}
