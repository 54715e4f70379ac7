/** Writes VHD files: fixed, dynamic and differencing. Sizes and field values as Windows writes them. */
import { fromHex } from '../base/guid.ts';

/**
 * Bytes to put onto the virtual disk; what is not written is zeros, and blocks without any write are not stored. On a
 * differencing disk what is not written is the parent's, and writes are of whole sectors.
 */
export interface DiskWrite {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

export interface VhdSpec {
  readonly kind: 'fixed' | 'dynamic' | 'differencing';
  /** Bytes, a multiple of 512. */
  readonly size: number;
  readonly write?: readonly DiskWrite[];
  /** 2 MiB when absent. */
  readonly blockSize?: number;
  readonly uniqueId?: string;
  /** Seconds since 2000-01-01. */
  readonly timeStamp?: number;
  /** Four characters. */
  readonly creator?: string;
  /** Writes the footer of 511 bytes that Virtual PC wrote. */
  readonly oldFooter?: boolean;
  /** Stores the blocks in reverse order. */
  readonly scatter?: boolean;
  /** What the sector bitmaps are filled with; 0xff when absent, 0 as some writers leave it. Not for differencing disks. */
  readonly bitmap?: number;
  readonly parent?: VhdParent;
}

export interface VhdParent {
  readonly uniqueId: string;
  /** Up to 255 units, as the header states it. */
  readonly name: string;
  /** Seconds since 2000-01-01. */
  readonly timeStamp?: number;
  /** Platform code of four characters and what stands there; at most eight. */
  readonly locators?: readonly (readonly [string, Uint8Array])[];
}

/** What stands in a differencing disk where the parent's data are meant: a reader that ignores the bitmap shows it. */
const GARBAGE = 0xcc;

const SECTOR = 512;
const NO_OFFSET = 0xffff_ffff_ffff_ffffn;
const ZERO_ID = '00000000-0000-0000-0000-000000000000';

export function buildVhd(spec: VhdSpec): Uint8Array {
  const footer = footerOf(spec);
  const end = spec.oldFooter === true ? footer.subarray(0, 511) : footer;
  if (spec.kind === 'fixed') {
    const disk = new Uint8Array(spec.size);
    for (const { offset, bytes } of spec.write ?? []) disk.set(bytes, offset);
    return concat([disk, end]);
  }
  const blockSize = spec.blockSize ?? 2 << 20;
  const blocks = Math.ceil(spec.size / blockSize);
  const tableSize = Math.ceil((blocks * 4) / SECTOR) * SECTOR;
  const table = new Uint8Array(tableSize).fill(0xff);
  const locatorsAt = SECTOR + 1024 + tableSize;
  const locators = (spec.parent?.locators ?? []).map(([, bytes]) => padded(bytes));
  const stored = storedBlocks(spec, blockSize);
  if (spec.scatter === true) stored.reverse();
  const bitmapSize = Math.ceil(blockSize / SECTOR / 8 / SECTOR) * SECTOR;
  let next = locatorsAt + locators.reduce((sum, { length }) => sum + length, 0);
  const pieces: Uint8Array[] = [];
  for (const { block, data, written } of stored) {
    new DataView(table.buffer).setUint32(block * 4, next / SECTOR);
    const bitmap = new Uint8Array(bitmapSize);
    if (spec.kind === 'dynamic') bitmap.fill(spec.bitmap ?? 0xff);
    else for (const sector of written) bitmap[sector >> 3]! |= 0x80 >> (sector & 7);
    pieces.push(bitmap, data);
    next += bitmapSize + data.length;
  }
  return concat([footer, headerOf(spec, blocks, blockSize, locatorsAt), table, ...locators, ...pieces, end]);
}

function padded(bytes: Uint8Array): Uint8Array {
  const whole = new Uint8Array(Math.ceil(bytes.length / SECTOR) * SECTOR);
  whole.set(bytes);
  return whole;
}

interface StoredBlock {
  readonly block: number;
  readonly data: Uint8Array;
  /** Sectors of the block that were written. */
  readonly written: Set<number>;
}

function storedBlocks(spec: VhdSpec, blockSize: number): StoredBlock[] {
  const blocks = new Map<number, StoredBlock>();
  for (const { offset, bytes } of spec.write ?? [])
    for (let done = 0; done < bytes.length; ) {
      const block = Math.floor((offset + done) / blockSize);
      const within = offset + done - block * blockSize;
      const part = bytes.subarray(done, done + blockSize - within);
      const stored = blocks.get(block) ?? {
        block,
        data: new Uint8Array(blockSize).fill(spec.kind === 'differencing' ? GARBAGE : 0),
        written: new Set(),
      };
      stored.data.set(part, within);
      for (let at = within; at < within + part.length; at += SECTOR) stored.written.add(Math.floor(at / SECTOR));
      blocks.set(block, stored);
      done += part.length;
    }
  return [...blocks.values()].sort((a, b) => a.block - b.block);
}

function footerOf(spec: VhdSpec): Uint8Array {
  const footer = new Uint8Array(SECTOR);
  const view = new DataView(footer.buffer);
  ascii(footer, 0, 'conectix');
  view.setUint32(8, 2);
  view.setUint32(12, 0x1_0000);
  view.setBigUint64(16, spec.kind === 'fixed' ? NO_OFFSET : BigInt(SECTOR));
  view.setUint32(24, spec.timeStamp ?? 700_000_000);
  ascii(footer, 28, spec.creator ?? 'win ');
  view.setUint32(32, 0xa_0000);
  ascii(footer, 36, 'Wi2k');
  view.setBigUint64(40, BigInt(spec.size));
  view.setBigUint64(48, BigInt(spec.size));
  const { cylinders, heads, sectors } = geometryOf(spec.size / SECTOR);
  view.setUint16(56, cylinders);
  view.setUint8(58, heads);
  view.setUint8(59, sectors);
  view.setUint32(60, { fixed: 2, dynamic: 3, differencing: 4 }[spec.kind]);
  footer.set(fromHex((spec.uniqueId ?? '6f1d0c3e-52a4-4b7e-9a63-2f0c55aa7711').replaceAll('-', '')), 68);
  view.setUint32(64, sumOf(footer));
  return footer;
}

function headerOf(spec: VhdSpec, blocks: number, blockSize: number, locatorsAt: number): Uint8Array {
  const header = new Uint8Array(1024);
  const view = new DataView(header.buffer);
  ascii(header, 0, 'cxsparse');
  view.setBigUint64(8, NO_OFFSET);
  view.setBigUint64(16, BigInt(SECTOR + 1024));
  view.setUint32(24, 0x1_0000);
  view.setUint32(28, blocks);
  view.setUint32(32, blockSize);
  header.set(fromHex((spec.parent?.uniqueId ?? ZERO_ID).replaceAll('-', '')), 40);
  if (spec.parent !== undefined) {
    const { name, timeStamp = 0, locators = [] } = spec.parent;
    view.setUint32(56, timeStamp);
    for (let i = 0; i < name.length; i++) view.setUint16(64 + i * 2, name.charCodeAt(i));
    let place = locatorsAt;
    locators.forEach(([code, { length }], i) => {
      const at = 576 + i * 24;
      ascii(header, at, code);
      view.setUint32(at + 4, Math.ceil(length / SECTOR));
      view.setUint32(at + 8, length);
      view.setBigUint64(at + 16, BigInt(place));
      place += Math.ceil(length / SECTOR) * SECTOR;
    });
  }
  view.setUint32(36, sumOf(header));
  return header;
}

/** The checksum of a structure whose checksum field is still zero. */
function sumOf(bytes: Uint8Array): number {
  let sum = 0;
  for (const byte of bytes) sum += byte;
  return ~sum >>> 0;
}

/** Makes the checksums of all footers and headers right again, so that damage elsewhere is looked at. */
export function mendVhd(image: Uint8Array): void {
  const view = new DataView(image.buffer, image.byteOffset, image.byteLength);
  const mend = (at: number, length: number, field: number): void => {
    if (at < 0 || at + length > image.length) return;
    view.setUint32(at + field, 0);
    view.setUint32(at + field, sumOf(image.subarray(at, at + length)));
  };
  mend(image.length - SECTOR, SECTOR, 64);
  if (image[0] !== 0x63) return;
  mend(0, SECTOR, 64);
  mend(SECTOR, 1024, 36);
}

/** CHS of a disk of `total` sectors, as the specification's appendix computes it. */
function geometryOf(total: number): { cylinders: number; heads: number; sectors: number } {
  const capped = Math.min(total, 65535 * 16 * 255);
  if (capped >= 65535 * 16 * 63) return { cylinders: Math.floor(capped / 255 / 16), heads: 16, sectors: 255 };
  let sectors = 17;
  let tracks = Math.floor(capped / sectors);
  let heads = Math.max(4, Math.ceil(tracks / 1024));
  if (tracks >= heads * 1024 || heads > 16) [sectors, heads] = [31, 16];
  tracks = Math.floor(capped / sectors);
  if (tracks >= heads * 1024) [sectors, heads] = [63, 16];
  tracks = Math.floor(capped / sectors);
  return { cylinders: Math.floor(tracks / heads), heads, sectors };
}

function ascii(into: Uint8Array, offset: number, text: string): void {
  for (let i = 0; i < text.length; i++) into[offset + i] = text.charCodeAt(i);
}

function concat(pieces: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
