/** Writes VHD files: fixed, dynamic, and the shell of a differencing one. Sizes and field values as Windows writes them. */
import { fromHex } from '../base/guid.ts';
import { utf16leBytes } from '../base/utf16.ts';

/** Bytes to put onto the virtual disk; what is not written is zeros, and blocks without any write are not stored. */
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
  /** What the sector bitmaps are filled with; 0xff when absent, 0 as some writers leave it. */
  readonly bitmap?: number;
  readonly parent?: { readonly uniqueId: string; readonly name: string; readonly path: string };
}

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
  const locator = utf16leBytes(spec.parent?.path ?? '');
  const locatorSize = Math.ceil(locator.length / SECTOR) * SECTOR;
  const table = new Uint8Array(tableSize).fill(0xff);
  const stored = storedBlocks(spec, blockSize);
  if (spec.scatter === true) stored.reverse();
  const bitmapSize = Math.ceil(blockSize / SECTOR / 8 / SECTOR) * SECTOR;
  let next = SECTOR + 1024 + tableSize + locatorSize;
  const pieces: Uint8Array[] = [];
  for (const { block, data } of stored) {
    new DataView(table.buffer).setUint32(block * 4, next / SECTOR);
    pieces.push(new Uint8Array(bitmapSize).fill(spec.bitmap ?? 0xff), data);
    next += bitmapSize + data.length;
  }
  const path = new Uint8Array(locatorSize);
  path.set(locator);
  return concat([
    footer,
    headerOf(spec, blocks, blockSize, locator.length, SECTOR + 1024 + tableSize),
    table,
    path,
    ...pieces,
    end,
  ]);
}

function storedBlocks(spec: VhdSpec, blockSize: number): { block: number; data: Uint8Array }[] {
  const blocks = new Map<number, Uint8Array>();
  for (const { offset, bytes } of spec.write ?? [])
    for (let done = 0; done < bytes.length; ) {
      const block = Math.floor((offset + done) / blockSize);
      const within = offset + done - block * blockSize;
      const part = bytes.subarray(done, done + blockSize - within);
      const data = blocks.get(block) ?? new Uint8Array(blockSize);
      data.set(part, within);
      blocks.set(block, data);
      done += part.length;
    }
  return [...blocks].sort(([a], [b]) => a - b).map(([block, data]) => ({ block, data }));
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

function headerOf(spec: VhdSpec, blocks: number, blockSize: number, locator: number, locatorAt: number): Uint8Array {
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
    for (let i = 0; i < spec.parent.name.length; i++) view.setUint16(64 + i * 2, spec.parent.name.charCodeAt(i));
    ascii(header, 576, 'W2ku');
    view.setUint32(580, Math.ceil(locator / SECTOR));
    view.setUint32(584, locator);
    view.setBigUint64(592, BigInt(locatorAt));
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
