/**
 * Builds WIM files from a description, for tests and for the sample: small, deterministic, read by wimlib-imagex and DISM's
 * rules alike. Everything is laid out in the plain order: data, metadata, blob table, XML, integrity table.
 */
import { createHash } from 'node:crypto';
import { guidLeBytes, hex } from '../base/guid.ts';
import { utf16leBytes } from '../base/utf16.ts';
import { compressLzx } from './compress/lzx.ts';
import { compressXpress } from './compress/xpress.ts';
import { ByteWriter, buildMetadata, type WimEntry } from './wim-metadata.ts';

export interface WimImage {
  readonly name: string;
  readonly description?: string;
  readonly root: WimEntry;
  /** More XML inside the image's element, e.g. `<WINDOWS>...`. */
  readonly xml?: string;
}

export interface WimOptions {
  readonly images: readonly WimImage[];
  readonly compression?: 'none' | 'xpress' | 'lzx';
  /** Default 32768. */
  readonly chunkSize?: number;
  readonly integrity?: boolean;
  /** 1-based; default none. */
  readonly bootIndex?: number;
  readonly guid?: string;
  /** The whole XML data instead of the one that fits. */
  readonly xml?: string;
}

/** Where the structures lie, for tests that damage them. */
export interface BuiltWim {
  readonly bytes: Uint8Array;
  /** Resource offsets: each blob's, each image's metadata, then blob table, XML and integrity table (0 without one). */
  readonly blobs: readonly number[];
  readonly metadata: readonly number[];
  readonly blobTable: number;
  readonly xml: number;
  readonly integrity: number;
}

const HEADER_SIZE = 208;
const INTEGRITY_CHUNK = 10 << 20;
const METADATA = 2;
const COMPRESSED = 4;
const TYPE_FLAGS = { none: 0, xpress: 0x2_0002, lzx: 0x4_0002 } as const;
const RP_FIX = 0x80;

interface Resource {
  readonly offset: number;
  readonly stored: number;
  readonly size: number;
  readonly flags: number;
}

interface Blob {
  readonly hash: Uint8Array;
  readonly data: Uint8Array;
  refCount: number;
}

const sha1 = (data: Uint8Array) => new Uint8Array(createHash('sha1').update(data).digest());

export function buildWim(options: WimOptions): Uint8Array {
  return buildWimWithMap(options).bytes;
}

export function buildWimWithMap(options: WimOptions): BuiltWim {
  const { images, compression = 'none', chunkSize = 32_768, bootIndex = 0 } = options;
  const blobs = new Map<string, Blob>();
  const metadata = images.map(({ root }) =>
    buildMetadata(root, (data, external) => {
      const hash = sha1(data);
      const blob = blobs.get(hex(hash));
      if (blob) blob.refCount++;
      else if (!external) blobs.set(hex(hash), { hash, data, refCount: 1 });
      return hash;
    }),
  );

  const out = new ByteWriter();
  out.zeros(HEADER_SIZE);
  const write = (data: Uint8Array, flags: number): Resource => {
    const offset = out.length;
    const packed = compression === 'none' ? null : compressResource(data, compression, chunkSize);
    out.bytes(packed ?? data);
    return { offset, stored: out.length - offset, size: data.length, flags: flags | (packed ? COMPRESSED : 0) };
  };
  const entries: [Resource, number, Uint8Array][] = [];
  for (const blob of blobs.values()) entries.push([write(blob.data, 0), blob.refCount, blob.hash]);
  const imageResources = metadata.map((bytes) => write(bytes, METADATA));
  for (const [i, resource] of imageResources.entries()) entries.push([resource, 1, sha1(metadata[i]!)]);

  const blobTable = out.length;
  for (const [resource, refCount, hash] of entries) {
    writeResource(out, resource);
    out.u16(1);
    out.u32(refCount);
    out.bytes(hash);
  }
  const tableEnd = out.length;
  const xml = utf16leBytes(`\ufeff${options.xml ?? imagesXml(images, tableEnd)}`);
  out.bytes(xml);
  const xmlEnd = out.length;
  if (options.integrity) out.bytes(integrityTable(out.done().subarray(HEADER_SIZE, tableEnd)));

  const header = new ByteWriter();
  header.bytes(new TextEncoder().encode('MSWIM\0\0\0'));
  header.u32(HEADER_SIZE);
  header.u32(0x1_0d00);
  header.u32(TYPE_FLAGS[compression] | RP_FIX);
  header.u32(compression === 'none' ? 0 : chunkSize);
  header.bytes(guidLeBytes(options.guid ?? '5354524d-0000-4000-8000-000000000001'));
  header.u16(1);
  header.u16(1);
  header.u32(images.length);
  const plain = (from: number, to: number) => ({
    offset: to > from ? from : 0,
    stored: to - from,
    size: to - from,
    flags: 0,
  });
  writeResource(header, plain(blobTable, tableEnd));
  writeResource(header, plain(tableEnd, xmlEnd));
  writeResource(header, imageResources[bootIndex - 1] ?? plain(0, 0));
  header.u32(bootIndex);
  writeResource(header, plain(xmlEnd, out.length));
  const bytes = out.done();
  bytes.set(header.done());
  return {
    bytes,
    blobs: entries.slice(0, blobs.size).map(([resource]) => resource.offset),
    metadata: imageResources.map((resource) => resource.offset),
    blobTable,
    xml: tableEnd,
    integrity: options.integrity ? xmlEnd : 0,
  };
}

function writeResource(out: ByteWriter, { offset, stored, size, flags }: Resource): void {
  out.u64((BigInt(flags) << 56n) | BigInt(stored));
  out.u64(offset);
  out.u64(size);
}

/** Chunk table and chunks, each compressed or, when that does not help, raw; null when nothing is won by it. */
function compressResource(data: Uint8Array, compression: 'xpress' | 'lzx', chunkSize: number): Uint8Array | null {
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < data.length; at += chunkSize) {
    const chunk = data.subarray(at, at + chunkSize);
    chunks.push((compression === 'xpress' ? compressXpress(chunk) : compressLzx(chunk, chunkSize)) ?? chunk);
  }
  const out = new ByteWriter();
  let end = 0;
  for (const chunk of chunks.slice(0, -1)) {
    end += chunk.length;
    out.u32(end);
  }
  for (const chunk of chunks) out.bytes(chunk);
  return out.length < data.length ? out.done() : null;
}

/** Hashes of what lies between the header and the end of the blob table. */
export function integrityTable(covered: Uint8Array): Uint8Array {
  const count = Math.ceil(covered.length / INTEGRITY_CHUNK);
  const out = new ByteWriter();
  out.u32(12 + count * 20);
  out.u32(count);
  out.u32(INTEGRITY_CHUNK);
  for (let i = 0; i < count; i++) out.bytes(sha1(covered.subarray(i * INTEGRITY_CHUNK, (i + 1) * INTEGRITY_CHUNK)));
  return out.done();
}

function imagesXml(images: readonly WimImage[], totalBytes: number): string {
  const parts = images.map((image, i) => {
    const { directories, files, bytes } = totals(image.root);
    return (
      `<IMAGE INDEX="${i + 1}"><DIRCOUNT>${directories}</DIRCOUNT><FILECOUNT>${files}</FILECOUNT>` +
      `<TOTALBYTES>${bytes}</TOTALBYTES><NAME>${escapeXml(image.name)}</NAME>` +
      (image.description === undefined ? '' : `<DESCRIPTION>${escapeXml(image.description)}</DESCRIPTION>`) +
      `${image.xml ?? ''}</IMAGE>`
    );
  });
  return `<WIM><TOTALBYTES>${totalBytes}</TOTALBYTES>${parts.join('')}</WIM>`;
}

function totals(root: WimEntry): { directories: number; files: number; bytes: number } {
  const sum = { directories: 0, files: 0, bytes: 0 };
  for (const entry of root.dir ?? []) {
    if (entry.dir) {
      const below = totals(entry);
      sum.directories += 1 + below.directories;
      sum.files += below.files;
      sum.bytes += below.bytes;
    } else {
      sum.files++;
      sum.bytes += entry.data?.length ?? 0;
    }
  }
  return sum;
}

function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
}
