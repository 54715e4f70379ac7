/** UDF volumes for tests, from a tree: blocks of 512 bytes, plain or with a metadata, sparable or virtual partition. */
import type { TreeEntry } from './tree.ts';

export interface UdfOptions {
  readonly root: readonly TreeEntry[];
  readonly kind?: 'physical' | 'metadata' | 'sparable' | 'virtual';
  /** Contents up to this many bytes stand in the ICB itself. */
  readonly embed?: number;
  /** Largest extent, to make files of several. */
  readonly extent?: number;
}

export interface UdfImage {
  readonly bytes: Uint8Array;
  /** Offset of the ICB by path. */
  readonly icbAt: ReadonlyMap<string, number>;
  readonly anchor: number;
  readonly logicalVolume: number;
  /** Makes checksum and CRC of the descriptor at an offset right again. */
  reseal(offset: number): void;
}

const BLOCK = 512;
const START = 400;
const BLOCKS = 4000;
/** First block that metadata files or virtual blocks are spread from, so that every mapping is a real one. */
const PACKET = 32;
const SPARED = 3200;

function crc(bytes: Uint8Array): number {
  let value = 0;
  for (const byte of bytes) {
    value ^= byte << 8;
    for (let bit = 0; bit < 8; bit++)
      value = (value & 0x8000) !== 0 ? ((value << 1) ^ 0x1021) & 0xffff : (value << 1) & 0xffff;
  }
  return value;
}

function osta(name: string): Uint8Array {
  const wide = [...Array(name.length).keys()].some((i) => name.charCodeAt(i) > 255);
  if (!wide) return Uint8Array.from([8, ...[...Array(name.length).keys()].map((i) => name.charCodeAt(i))]);
  return Uint8Array.from([
    16,
    ...[...Array(name.length).keys()].flatMap((i) => [name.charCodeAt(i) >> 8, name.charCodeAt(i) & 255]),
  ]);
}

export function buildUdf({ root, kind = 'physical', embed = 0, extent = 1 << 20 }: UdfOptions): UdfImage {
  const bytes = new Uint8Array(BLOCKS * BLOCK);
  const view = new DataView(bytes.buffer);
  const u16 = (at: number, value: number) => view.setUint16(at, value, true);
  const u32 = (at: number, value: number) => view.setUint32(at, value, true);
  const text = (at: number, value: string) =>
    bytes.set(
      [...value].map((char) => char.charCodeAt(0)),
      at,
    );
  const reseal = (offset: number): void => {
    const length = view.getUint16(offset + 10, true);
    u16(offset + 8, crc(bytes.subarray(offset + 16, offset + 16 + length)));
    bytes[offset + 4] = 0;
    bytes[offset + 4] = bytes.subarray(offset, offset + 16).reduce((sum, byte) => (sum + byte) & 255, 0);
  };
  const tag = (offset: number, id: number, location: number, length = BLOCK - 16): void => {
    u16(offset, id);
    u16(offset + 2, 3);
    u16(offset + 10, length);
    u32(offset + 12, location);
    reseal(offset);
  };
  const icbAt = new Map<string, number>();
  /** Next free block of the physical partition for contents, and of the partition that ICBs are in. */
  let data = 64;
  let meta = 1;
  const virtual = new Map<number, number>();
  const inner = kind === 'physical' || kind === 'sparable' ? 0 : 1;
  /** Where a block of the ICBs' partition lies in the image. */
  const place = (block: number): number => {
    if (kind === 'metadata') return (START + (block < 16 ? 2000 : 2500) + block) * BLOCK;
    if (kind === 'virtual') {
      const real = virtual.get(block) ?? 3000 - block * 3;
      virtual.set(block, real);
      return (START + real) * BLOCK;
    }
    if (kind === 'sparable' && Math.floor(block / PACKET) === 1) return (START + SPARED + (block % PACKET)) * BLOCK;
    return (START + block) * BLOCK;
  };
  const freshMeta = (): number => (inner === 0 ? data++ : meta++);
  const stamp = (at: number): void => {
    u16(at, 0x1000 | 60);
    u16(at + 2, 2020);
    bytes.set([1, 2, 3, 4, 5, 0, 0, 0], at + 4);
  };
  const writeIcb = (
    at: number,
    block: number,
    fileType: number,
    content: Uint8Array,
    links: number,
    streams: number | null,
  ): void => {
    const extended = streams !== null;
    const adStart = extended ? 216 : 176;
    const [small, runs] = [content.length <= embed && adStart + content.length <= BLOCK, [] as [number, number][]];
    if (!small)
      for (let from = 0; from < content.length; from += extent) {
        const piece = content.subarray(from, from + extent);
        runs.push([piece.length, data]);
        for (let n = 0; n * BLOCK < piece.length; n++)
          bytes.set(
            piece.subarray(n * BLOCK, (n + 1) * BLOCK),
            kind === 'sparable' ? place(data + n) : (START + data + n) * BLOCK,
          );
        data += Math.ceil(piece.length / BLOCK) + 1;
      }
    u16(at + 16 + 4, 4);
    u16(at + 16 + 8, 1);
    bytes[at + 27] = fileType;
    u16(at + 34, small ? 3 : 1);
    u32(at + 44, 0x14a5);
    u16(at + 48, links);
    u32(at + 56, content.length);
    if (extended) u32(at + 64, content.length);
    u32(
      at + (extended ? 72 : 64),
      runs.reduce((sum, [length]) => sum + Math.ceil(length / BLOCK), 0),
    );
    for (const offset of extended ? [80, 92, 104, 116] : [72, 84, 96]) stamp(at + offset);
    if (streams !== null) {
      u32(at + 152, BLOCK);
      u32(at + 156, streams);
      u16(at + 160, inner);
    }
    u32(at + (extended ? 212 : 172), small ? content.length : runs.length * 16);
    if (small) bytes.set(content, at + adStart);
    runs.forEach(([length, where], n) => {
      u32(at + adStart + n * 16, length);
      u32(at + adStart + n * 16 + 4, where);
      u16(at + adStart + n * 16 + 8, 0);
    });
    tag(at, extended ? 266 : 261, block);
  };
  const identifier = (name: string, icb: number, characteristics: number): Uint8Array => {
    const encoded = name === '' ? new Uint8Array(0) : osta(name);
    const fid = new Uint8Array((38 + encoded.length + 3) & ~3);
    const fields = new DataView(fid.buffer);
    fields.setUint16(0, 257, true);
    fields.setUint16(10, fid.length - 16, true);
    fields.setUint16(16, 1, true);
    fid[18] = characteristics;
    fid[19] = encoded.length;
    fields.setUint32(20, BLOCK, true);
    fields.setUint32(24, icb, true);
    fields.setUint16(28, inner, true);
    fid.set(encoded, 38);
    fields.setUint16(8, crc(fid.subarray(16)), true);
    fid[4] = fid.subarray(0, 16).reduce((sum, byte) => (sum + byte) & 255, 0);
    return fid;
  };
  const join = (parts: readonly Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]));
  const linked = new Map<string, number>();
  const write = (entry: TreeEntry, path: string, parent: number): number => {
    const known = entry.link === undefined ? undefined : linked.get(entry.link);
    if (known !== undefined) return known;
    const block = freshMeta();
    if (entry.link !== undefined) linked.set(entry.link, block);
    const at = place(block);
    icbAt.set(path, at);
    let streams: number | null = null;
    if (entry.streams !== undefined) {
      streams = freshMeta();
      const inside = entry.streams.map(({ name, data: content }) => {
        const own = freshMeta();
        writeIcb(place(own), own, 5, content, 1, null);
        return identifier(name, own, 16);
      });
      writeIcb(place(streams), streams, 13, join([identifier('', block, 10), ...inside]), 1, null);
      bytes[place(streams) + 27] = 4;
      reseal(place(streams));
    }
    if (entry.dir !== undefined) {
      const names = entry.dir.map((child) =>
        identifier(
          child.name,
          write(child, path === '' ? child.name : `${path}/${child.name}`, block),
          (child.dir === undefined ? 0 : 2) | ((child.attributes ?? 0) & 2 ? 1 : 0),
        ),
      );
      writeIcb(at, block, 4, join([identifier('', parent, 10), ...names]), 1, null);
    } else writeIcb(at, block, 5, entry.data ?? new Uint8Array(0), entry.link === undefined ? 1 : 2, streams);
    return block;
  };

  const fileSet = freshMeta();
  const rootBlock = write({ name: '', dir: root }, '', 0);
  u32(place(fileSet) + 400, BLOCK);
  u32(place(fileSet) + 404, rootBlock);
  u16(place(fileSet) + 408, inner);
  tag(place(fileSet), 256, fileSet);

  ['BEA01', 'NSR03', 'TEA01'].forEach((id, n) => {
    text(32_768 + n * 2048 + 1, id);
    bytes[32_768 + n * 2048 + 6] = 1;
  });
  const descriptors = 300;
  const anchor = 256 * BLOCK;
  u32(anchor + 16, 16 * BLOCK);
  u32(anchor + 20, descriptors);
  u32(anchor + 24, 16 * BLOCK);
  u32(anchor + 28, 340);
  tag(anchor, 2, 256, 496);
  const partition = descriptors * BLOCK;
  u32(partition + 188, START);
  u32(partition + 192, BLOCKS - START);
  tag(partition, 5, descriptors);
  const logicalVolume = (descriptors + 1) * BLOCK;
  bytes.set(osta('STRATA'), logicalVolume + 84);
  bytes[logicalVolume + 84 + 127] = 7;
  u32(logicalVolume + 212, BLOCK);
  text(logicalVolume + 217, '*OSTA UDF Compliant');
  u16(logicalVolume + 240, 0x250);
  u32(logicalVolume + 248, BLOCK);
  u32(logicalVolume + 252, fileSet);
  u16(logicalVolume + 256, inner);
  const maps: Uint8Array[] = [];
  if (kind !== 'sparable') maps.push(Uint8Array.from([1, 6, 1, 0, 0, 0]));
  if (kind !== 'physical') {
    const map = new Uint8Array(64);
    const fields = new DataView(map.buffer);
    map.set([2, 64]);
    const names = {
      metadata: '*UDF Metadata Partition',
      sparable: '*UDF Sparable Partition',
      virtual: '*UDF Virtual Partition',
    };
    map.set(
      [...names[kind]].map((char) => char.charCodeAt(0)),
      5,
    );
    map[36] = 1;
    if (kind === 'metadata') {
      fields.setUint32(40, 40, true);
      fields.setUint32(44, 41, true);
    } else if (kind === 'sparable') {
      fields.setUint16(40, PACKET, true);
      map[42] = 1;
      fields.setUint32(44, BLOCK, true);
      fields.setUint32(48, 380, true);
    }
    maps.push(map);
  }
  const mapBytes = join(maps);
  u32(logicalVolume + 264, mapBytes.length);
  u32(logicalVolume + 268, maps.length);
  bytes.set(mapBytes, logicalVolume + 440);
  tag(logicalVolume, 6, descriptors + 1);
  tag(logicalVolume + BLOCK, 8, descriptors + 2);
  bytes.copyWithin(340 * BLOCK, descriptors * BLOCK, (descriptors + 3) * BLOCK);

  if (kind === 'metadata')
    for (const block of [40, 41]) {
      const at = (START + block) * BLOCK;
      bytes[at + 27] = 250;
      u16(at + 34, 1);
      u32(at + 56, 64 * BLOCK);
      u32(at + 172, 32);
      u32(at + 176, 16 * BLOCK);
      u32(at + 180, 2000);
      u32(at + 192, 48 * BLOCK);
      u32(at + 196, 2516);
      tag(at, 261, block);
    }
  if (kind === 'sparable') {
    const at = 380 * BLOCK;
    text(at + 17, '*UDF Sparing Table');
    u16(at + 48, 1);
    u32(at + 56, PACKET);
    u32(at + 60, START + SPARED);
    tag(at, 0, 380);
  }
  if (kind === 'virtual') {
    const table = new Uint8Array(152 + meta * 4);
    const fields = new DataView(table.buffer);
    fields.setUint16(0, 152, true);
    for (let block = 0; block < meta; block++)
      fields.setUint32(152 + block * 4, virtual.get(block) ?? 0xffff_ffff, true);
    const last = BLOCKS - START - 100;
    const at = (START + last) * BLOCK;
    writeIcb(at, last, 248, table, 1, null);
  }
  return { bytes, icbAt, anchor, logicalVolume, reseal };
}
