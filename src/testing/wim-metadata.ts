/** The metadata resource of a built WIM image: security block and directory entries (layout in `fs/wim/dentry.ts`). */
import { utf16leBytes } from '../base/utf16.ts';
import type { TreeEntry } from './tree.ts';

/** A tree entry, and what only WIM has. */
export interface WimEntry extends TreeEntry {
  readonly dir?: readonly WimEntry[];
  /** 16 bytes. */
  readonly objectId?: Uint8Array;
  /** Other tagged items, behind the object id. */
  readonly tagged?: readonly { readonly tag: number; readonly data: Uint8Array }[];
  /** The data's hash is stated but the data is not stored, as in a delta. */
  readonly external?: boolean;
}

/** Notes data as stored (or, when `external`, only hashed) and returns its SHA-1. */
export type AddBlob = (data: Uint8Array, external: boolean) => Uint8Array;

const DIRECTORY = 0x10;
const NORMAL = 0x80;
const REPARSE_POINT = 0x400;
const NO_HASH = new Uint8Array(20);

/** Bytes that grow; little-endian. Room is made before the buffer is looked at: making it may replace the buffer. */
export class ByteWriter {
  #bytes = new Uint8Array(1024);
  #view = new DataView(this.#bytes.buffer);
  length = 0;

  #room(size: number): number {
    const at = this.length;
    this.length += size;
    if (this.length > this.#bytes.length) {
      const bigger = new Uint8Array(this.length * 2);
      bigger.set(this.#bytes);
      this.#bytes = bigger;
      this.#view = new DataView(bigger.buffer);
    }
    return at;
  }
  u16(value: number): void {
    const at = this.#room(2);
    this.#view.setUint16(at, value, true);
  }
  u32(value: number): void {
    const at = this.#room(4);
    this.#view.setUint32(at, value, true);
  }
  u64(value: bigint | number): void {
    const at = this.#room(8);
    this.#view.setBigUint64(at, BigInt(value), true);
  }
  bytes(data: Uint8Array): void {
    const at = this.#room(data.length);
    this.#bytes.set(data, at);
  }
  zeros(count: number): void {
    this.#room(count);
  }
  align8(): void {
    this.zeros(-this.length & 7);
  }
  patch64(at: number, value: number): void {
    this.#view.setBigUint64(at, BigInt(value), true);
  }
  done(): Uint8Array {
    return this.#bytes.slice(0, this.length);
  }
}

/** Security descriptors and hard links of one image, numbered as they come. */
class Numbers {
  readonly descriptors: Uint8Array[] = [];
  readonly #links = new Map<string, { id: number; first: WimEntry }>();

  /** -1 for an entry without a descriptor. */
  security({ security }: WimEntry): number {
    if (security === undefined) return -1;
    const known = this.descriptors.findIndex((sd) => Buffer.compare(sd, security) === 0);
    return known >= 0 ? known : this.descriptors.push(security) - 1;
  }

  /** The entry as its first name describes it, and its hard link id (0 = none). */
  link(entry: WimEntry): { entry: WimEntry; id: number } {
    if (entry.link === undefined) return { entry, id: 0 };
    const known = this.#links.get(entry.link) ?? { id: this.#links.size + 1, first: entry };
    this.#links.set(entry.link, known);
    const { name, shortName } = entry;
    return { entry: { ...known.first, name, ...(shortName !== undefined && { shortName }) }, id: known.id };
  }
}

/** The metadata of one image, uncompressed. */
export function buildMetadata(root: WimEntry, add: AddBlob): Uint8Array {
  const numbers = new Numbers();
  collectSecurity(root, numbers);
  const { descriptors } = numbers;
  const out = new ByteWriter();
  out.u32((8 + descriptors.reduce((sum, sd) => sum + 8 + sd.length, 0) + 7) & ~7);
  out.u32(descriptors.length);
  for (const descriptor of descriptors) out.u64(descriptor.length);
  for (const descriptor of descriptors) out.bytes(descriptor);
  out.align8();
  const queue = [{ entry: root, at: writeDentry(out, { ...root, name: '' }, numbers, add) }];
  out.zeros(8);
  for (const { entry, at } of queue) {
    if (entry.dir === undefined) continue;
    out.patch64(at + 16, out.length);
    for (const child of entry.dir) queue.push({ entry: child, at: writeDentry(out, child, numbers, add) });
    out.zeros(8);
  }
  return out.done();
}

function collectSecurity(entry: WimEntry, numbers: Numbers): void {
  numbers.security(entry);
  for (const child of entry.dir ?? []) collectSecurity(child, numbers);
}

/** Writes one entry with its streams; returns its place. */
function writeDentry(out: ByteWriter, stated: WimEntry, numbers: Numbers, add: AddBlob): number {
  const { entry: node, id: linkId } = numbers.link(stated);
  const hash = (data: Uint8Array | undefined) =>
    data === undefined || data.length === 0 ? NO_HASH : add(data, node.external === true);
  const named = node.streams ?? [];
  const nameless: Uint8Array[] = [];
  if (node.reparse) nameless.push(hash(node.reparse.data));
  if (node.data !== undefined || (nameless.length === 0 && named.length > 0)) nameless.push(hash(node.data));
  // One nameless hash and no stream: it stands in the entry. Else all stand in stream entries, as Windows writes them.
  const inEntry = named.length === 0 && nameless.length <= 1;
  const streams = inEntry
    ? []
    : [...nameless.map((h) => ({ name: '', hash: h })), ...named.map((s) => ({ name: s.name, hash: hash(s.data) }))];

  const at = out.length;
  const name = utf16leBytes(node.name);
  const short = utf16leBytes(node.shortName ?? '');
  out.u64(0);
  out.u32(attributesOf(node));
  out.u32(numbers.security(node) >>> 0);
  out.zeros(24);
  out.u64(node.created ?? 0n);
  out.u64(node.accessed ?? 0n);
  out.u64(node.modified ?? 0n);
  out.bytes(inEntry ? (nameless[0] ?? NO_HASH) : NO_HASH);
  out.zeros(4);
  if (node.reparse) {
    out.u32(node.reparse.tag);
    out.u32(0);
  } else out.u64(linkId);
  out.u16(streams.length);
  out.u16(short.length);
  out.u16(name.length);
  for (const text of [name, short]) {
    if (text.length === 0) continue;
    out.bytes(text);
    out.u16(0);
  }
  out.align8();
  if (node.objectId) {
    out.u32(1);
    out.u32(64);
    out.bytes(node.objectId);
    out.zeros(64 - node.objectId.length);
  }
  for (const { tag, data } of node.tagged ?? []) {
    out.u32(tag);
    out.u32(data.length);
    out.bytes(data);
    out.align8();
  }
  out.patch64(at, out.length - at);
  for (const stream of streams) {
    const start = out.length;
    const text = utf16leBytes(stream.name);
    out.zeros(16);
    out.bytes(stream.hash);
    out.u16(text.length);
    if (text.length > 0) {
      out.bytes(text);
      out.u16(0);
    }
    out.align8();
    out.patch64(start, out.length - start);
  }
  return at;
}

function attributesOf(entry: WimEntry): number {
  let attributes = entry.attributes ?? 0;
  if (entry.dir) attributes |= DIRECTORY;
  if (entry.reparse) attributes |= REPARSE_POINT;
  return attributes || NORMAL;
}
