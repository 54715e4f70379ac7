/**
 * Makes a WIM with solid resources of a built, uncompressed one: the data of its blobs is packed anew behind everything else,
 * into resources of a few blobs each that form one run, and the blob table points there.
 */
import { compressLzx } from './compress/lzx.ts';
import { compressXpress } from './compress/xpress.ts';
import { buildWimWithMap, type WimOptions } from './wim-builder.ts';

const ENTRY = 50;
const METADATA = 2;
const SOLID = 0x10;

export interface SolidOptions {
  readonly codec: 'xpress' | 'lzx';
  readonly chunkSize: number;
  readonly blobsPerResource: number;
}

export interface BuiltSolidWim {
  readonly bytes: Uint8Array;
  /** Offsets of the solid resources. */
  readonly resources: readonly number[];
  readonly blobTable: number;
}

export function buildSolidWim(options: Pick<WimOptions, 'images'>, solid: SolidOptions): BuiltSolidWim {
  const built = buildWimWithMap(options);
  const old = built.bytes;
  const view = new DataView(old.buffer, old.byteOffset, old.length);
  const number = (at: number) => Number(view.getBigUint64(at, true));
  const images: Uint8Array[] = [];
  const blobs: Uint8Array[] = [];
  for (let at = built.blobTable; at < built.blobTable + number(64); at += ENTRY) {
    const isImage = (view.getUint8(at + 7) & METADATA) !== 0;
    (isImage ? images : blobs).push(old.slice(at, at + ENTRY));
  }

  const parts: Uint8Array[] = [old];
  let end = old.length;
  const resources: number[] = [];
  const resourceEntries: Uint8Array[] = [];
  const blobEntries: Uint8Array[] = [];
  let runOffset = 0;
  for (let first = 0; first < blobs.length; first += solid.blobsPerResource) {
    const data: Uint8Array[] = [];
    for (const entry of blobs.slice(first, first + solid.blobsPerResource)) {
      const at = new DataView(entry.buffer);
      const offset = Number(at.getBigUint64(8, true));
      const size = Number(at.getBigUint64(16, true));
      data.push(old.subarray(offset, offset + size));
      header(at, size, SOLID, runOffset, 0);
      runOffset += size;
      blobEntries.push(entry);
    }
    const resource = solidResource(Buffer.concat(data), solid);
    const entry = new Uint8Array(ENTRY);
    header(new DataView(entry.buffer), resource.length, SOLID, end, 2 ** 32);
    entry[24] = 1; // part
    entry[26] = 1; // references
    resourceEntries.push(entry);
    resources.push(end);
    parts.push(resource);
    end += resource.length;
  }

  const table = Buffer.concat([...images, ...resourceEntries, ...blobEntries]);
  const bytes = new Uint8Array(Buffer.concat([...parts, table]));
  const out = new DataView(bytes.buffer);
  out.setUint32(12, 0xe00, true);
  header(new DataView(bytes.buffer, 48), table.length, METADATA, end, table.length);
  return { bytes, resources, blobTable: end };
}

function header(view: DataView, stored: number, flags: number, offset: number, size: number): void {
  view.setBigUint64(0, BigInt(stored), true);
  view.setUint8(7, flags);
  view.setBigUint64(8, BigInt(offset), true);
  view.setBigUint64(16, BigInt(size), true);
}

function solidResource(data: Uint8Array, { codec, chunkSize }: SolidOptions): Uint8Array {
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < data.length; at += chunkSize) {
    const chunk = data.subarray(at, at + chunkSize);
    const packed = codec === 'xpress' ? compressXpress(chunk) : compressLzx(chunk, chunkSize);
    chunks.push(packed !== null && packed.length < chunk.length ? packed : chunk);
  }
  const head = new DataView(new ArrayBuffer(16 + chunks.length * 4));
  head.setBigUint64(0, BigInt(data.length), true);
  head.setUint32(8, chunkSize, true);
  head.setUint32(12, codec === 'xpress' ? 1 : 2, true);
  chunks.forEach((chunk, i) => {
    head.setUint32(16 + i * 4, chunk.length, true);
  });
  return Buffer.concat([new Uint8Array(head.buffer), ...chunks]);
}
