/**
 * The compressed chunks of a WIM, read with as little code as does it: test data for the codecs that must not depend on the
 * reader they serve. Solid resources and split parts are left out.
 */

export interface WimChunk {
  readonly codec: 'xpress' | 'lzx' | 'lzms';
  /** Window of the WIM's codec in bytes. */
  readonly chunkSize: number;
  readonly compressed: Uint8Array;
  /** Length of the chunk when it is decoded. */
  readonly size: number;
}

export interface WimResource {
  /** SHA-1 of the whole resource, decoded. */
  readonly sha1: Uint8Array;
  /** In order; a Uint8Array is a chunk that is stored as it is. */
  readonly chunks: readonly (WimChunk | Uint8Array)[];
}

const BLOB_TABLE = 48;
const BLOB_ENTRY = 50;
const COMPRESSED = 4;
const SOLID = 16;

/** Resources in the order of the blob table, bad ones left out; empty for what is no compressed WIM. */
export function wimResources(file: Uint8Array): WimResource[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const number = (at: number) => Number(view.getBigUint64(at, true));
  if (file.length < 208 || view.getUint32(0, true) !== 0x4957534d) return [];
  const flags = view.getUint32(16, true);
  const codec =
    (flags & 0x20000) !== 0 ? 'xpress' : (flags & 0x40000) !== 0 ? 'lzx' : (flags & 0x80000) !== 0 ? 'lzms' : null;
  if (codec === null) return [];
  const chunkSize = view.getUint32(20, true) || 32768;
  const found: WimResource[] = [];
  const table = number(BLOB_TABLE + 8);
  const tableEnd = Math.min(table + number(BLOB_TABLE + 16), file.length);
  for (let at = table; at + BLOB_ENTRY <= tableEnd; at += BLOB_ENTRY) {
    const flag = view.getUint8(at + 7);
    const length = Number(view.getBigUint64(at, true) & 0xff_ffff_ffff_ffffn);
    const start = number(at + 8);
    const size = number(at + 16);
    if ((flag & COMPRESSED) === 0 || (flag & SOLID) !== 0 || start + length > file.length || size === 0) continue;
    const count = Math.ceil(size / chunkSize);
    const data = start + (count - 1) * 4;
    if (size > 2 ** 32 || data > start + length) continue;
    const chunks: (WimChunk | Uint8Array)[] = [];
    for (let i = 0; i < count; i++) {
      const from = data + (i === 0 ? 0 : view.getUint32(start + (i - 1) * 4, true));
      const to = i === count - 1 ? start + length : data + view.getUint32(start + i * 4, true);
      const bytes = file.subarray(from, to);
      const whole = Math.min(chunkSize, size - i * chunkSize);
      chunks.push(bytes.length === whole ? bytes : { codec, chunkSize, compressed: bytes, size: whole });
    }
    found.push({ sha1: file.slice(at + 30, at + 50), chunks });
  }
  return found;
}
