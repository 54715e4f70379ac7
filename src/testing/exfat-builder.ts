/** exFAT volumes for tests, from a tree: sectors and clusters of 512 bytes, files contiguous unless they are named in `chained`. */
import type { TreeEntry } from './tree.ts';

export interface ExfatOptions {
  readonly root: readonly TreeEntry[];
  readonly clusters?: number;
  /** Paths (`/` between names) whose clusters are linked in the table, every second cluster, instead of one run. */
  readonly chained?: readonly string[];
  /** Bytes that were written, by path; the rest of the file's clusters is filled with EE. */
  readonly valid?: Readonly<Record<string, number>>;
}

export interface ExfatImage {
  readonly bytes: Uint8Array;
  readonly tableOffset: number;
  readonly heapOffset: number;
  readonly bitmapOffset: number;
  readonly rootOffset: number;
  /** Offset of the file entry by path; a set crosses a cluster where it does. */
  readonly entryAt: ReadonlyMap<string, number>;
  readonly first: ReadonlyMap<string, number>;
  link(cluster: number, value: number): void;
  /** Makes the checksums of the boot region right again. */
  seal(): void;
}

const SECTOR = 512;
const ENTRY = 32;
const END = 0xffff_ffff;
const FAT_OFFSET = 24;

const ror32 = (bytes: Uint8Array, skip: readonly number[] = []): number =>
  bytes.reduce((sum, byte, i) => (skip.includes(i) ? sum : (((sum << 31) | (sum >>> 1)) + byte) >>> 0), 0);

function stamp(ticks: bigint): [stamp: number, tens: number] {
  const t = new Date(Number(ticks / 10_000n - 11_644_473_600_000n));
  const date = ((t.getUTCFullYear() - 1980) << 9) | ((t.getUTCMonth() + 1) << 5) | t.getUTCDate();
  const time = (t.getUTCHours() << 11) | (t.getUTCMinutes() << 5) | (t.getUTCSeconds() >> 1);
  return [((date << 16) | time) >>> 0, (t.getUTCSeconds() & 1) * 100 + Math.floor(t.getUTCMilliseconds() / 10)];
}

interface Place {
  readonly first: number;
  readonly contiguous: boolean;
  readonly clusters: readonly number[];
}

const ror16 = (sum: number, byte: number): number => (((sum & 1) << 15) + (sum >> 1) + byte) & 0xffff;

/** Of the name in capitals, those of the builder's own table: the letters of ASCII. */
function nameHash(name: string): number {
  let sum = 0;
  for (let i = 0; i < name.length; i++) {
    const unit = name.charCodeAt(i);
    const upper = unit >= 0x61 && unit <= 0x7a ? unit - 0x20 : unit;
    sum = ror16(ror16(sum, upper & 255), upper >> 8);
  }
  return sum;
}

function entrySet(entry: TreeEntry, place: Place, size: number, valid: number): Uint8Array {
  const names = Math.ceil(entry.name.length / 15);
  const set = new Uint8Array(ENTRY * (2 + names));
  const view = new DataView(set.buffer);
  set[0] = 0x85;
  set[1] = 1 + names;
  view.setUint16(4, (entry.attributes ?? 0x20) | (entry.dir === undefined ? 0 : 0x10), true);
  const [modified, tens] = stamp(entry.modified ?? 133_000_000_000_000_000n);
  for (const at of [8, 12, 16]) view.setUint32(at, modified, true);
  set[20] = tens;
  set[21] = tens;
  set.fill(0x80 | 4, 22, 25); // one hour east of UTC
  set[ENTRY] = 0xc0;
  set[ENTRY + 1] = place.clusters.length === 0 ? 1 : place.contiguous ? 3 : 1;
  set[ENTRY + 3] = entry.name.length;
  view.setUint16(ENTRY + 4, nameHash(entry.name), true);
  view.setUint32(ENTRY + 8, valid, true);
  view.setUint32(ENTRY + 20, place.first, true);
  view.setUint32(ENTRY + 24, size, true);
  for (let n = 0; n < names; n++) set[ENTRY * (2 + n)] = 0xc1;
  for (let i = 0; i < entry.name.length; i++)
    view.setUint16(ENTRY * (2 + Math.floor(i / 15)) + 2 + (i % 15) * 2, entry.name.charCodeAt(i), true);
  let sum = 0;
  set.forEach((byte, i) => {
    if (i !== 2 && i !== 3) sum = ror16(sum, byte);
  });
  view.setUint16(2, sum, true);
  return set;
}

export function buildExfat({ root, clusters = 600, chained = [], valid = {} }: ExfatOptions): ExfatImage {
  const fatLength = Math.ceil(((clusters + 2) * 4) / SECTOR);
  const heap = FAT_OFFSET + fatLength;
  const bytes = new Uint8Array((heap + clusters) * SECTOR);
  const view = new DataView(bytes.buffer);
  const at = (cluster: number) => (heap + cluster - 2) * SECTOR;
  const link = (cluster: number, value: number) => view.setUint32(FAT_OFFSET * SECTOR + cluster * 4, value, true);
  const entryAt = new Map<string, number>();
  const first = new Map<string, number>();
  const used = new Set<number>();
  let next = 2;

  const allocate = (size: number, contiguous: boolean): Place => {
    const list: number[] = [];
    for (let n = 0; n < Math.ceil(size / SECTOR); n++) {
      list.push(next);
      used.add(next);
      next += contiguous ? 1 : 2;
    }
    if (next > clusters + 2) throw new Error(`the volume has ${clusters} clusters`);
    if (!contiguous) for (const [n, cluster] of list.entries()) link(cluster, list[n + 1] ?? END);
    return { first: list[0] ?? 0, contiguous, clusters: list };
  };
  const write = (place: Place, data: Uint8Array) =>
    place.clusters.forEach((cluster, n) => {
      bytes.set(data.subarray(n * SECTOR, (n + 1) * SECTOR), at(cluster));
    });
  const directorySize = (entries: readonly TreeEntry[], extra: number) =>
    (extra + entries.reduce((sum, { name }) => sum + 2 + Math.ceil(name.length / 15), 0) + 1) * ENTRY;

  const fill = (entries: readonly TreeEntry[], place: Place, path: string, head: Uint8Array): void => {
    const content = new Uint8Array(place.clusters.length * SECTOR);
    content.set(head);
    let used = head.length;
    for (const entry of entries) {
      const full = path === '' ? entry.name : `${path}/${entry.name}`;
      const data = entry.data ?? new Uint8Array(0);
      const size = entry.dir === undefined ? data.length : Math.ceil(directorySize(entry.dir, 0) / SECTOR) * SECTOR;
      const inner = allocate(size, !chained.includes(full));
      const written = valid[full] ?? size;
      first.set(full, inner.first);
      entryAt.set(full, at(place.clusters[Math.floor(used / SECTOR)]!) + (used % SECTOR));
      const set = entrySet(entry, inner, size, written);
      content.set(set, used);
      used += set.length;
      if (entry.dir !== undefined) fill(entry.dir, inner, full, new Uint8Array(0));
      else write(inner, data.slice().fill(0xee, written));
    }
    write(place, content);
  };

  // the up-case table: ASCII letters, then FFFF and the number of units that are themselves
  const upcase = new Uint8Array((0x61 + 26) * 2 + 4);
  const table = new DataView(upcase.buffer);
  for (let i = 0; i < 0x7b; i++) table.setUint16(i * 2, i >= 0x61 ? i - 0x20 : i, true);
  table.setUint16(0x7b * 2, 0xffff, true);
  table.setUint16(0x7b * 2 + 2, 0xffff - 0x7a, true);
  const bitmap = allocate(Math.ceil(clusters / 8), false);
  const upcasePlace = allocate(upcase.length, false);
  write(upcasePlace, upcase);
  const rootPlace = allocate(directorySize(root, 3), false);
  const head = new Uint8Array(ENTRY * 3);
  const heads = new DataView(head.buffer);
  head.set([0x83, 6, ...[...'STRATA'].flatMap((char) => [char.charCodeAt(0), 0])]);
  head[ENTRY] = 0x81;
  heads.setUint32(ENTRY + 20, bitmap.first, true);
  heads.setUint32(ENTRY + 24, Math.ceil(clusters / 8), true);
  head[ENTRY * 2] = 0x82;
  heads.setUint32(ENTRY * 2 + 4, ror32(upcase), true);
  heads.setUint32(ENTRY * 2 + 20, upcasePlace.first, true);
  heads.setUint32(ENTRY * 2 + 24, upcase.length, true);
  fill(root, rootPlace, '', head);
  const bits = new Uint8Array(Math.ceil(clusters / 8));
  for (const cluster of used) bits[(cluster - 2) >> 3]! |= 1 << ((cluster - 2) & 7);
  write(bitmap, bits);

  bytes.set([0xeb, 0x76, 0x90, ...new TextEncoder().encode('EXFAT   ')]);
  view.setUint32(72, heap + clusters, true);
  for (const [field, value] of [
    [80, FAT_OFFSET],
    [84, fatLength],
    [88, heap],
    [92, clusters],
    [96, rootPlace.first],
    [100, 0x1234_abcd],
  ] as const)
    view.setUint32(field, value, true);
  view.setUint16(104, 0x100, true);
  bytes.set([9, 0, 1, 0x80, 0xff], 108);
  bytes.set([0x55, 0xaa], 510);
  link(0, 0xffff_fff8);
  link(1, END);
  const seal = (): void => {
    const sum = ror32(bytes.subarray(0, SECTOR * 11), [106, 107, 112]);
    for (let i = 0; i < SECTOR; i += 4) view.setUint32(SECTOR * 11 + i, sum, true);
  };
  seal();
  bytes.copyWithin(SECTOR * 12, 0, SECTOR * 12);
  return {
    bytes,
    tableOffset: FAT_OFFSET * SECTOR,
    heapOffset: heap * SECTOR,
    bitmapOffset: at(bitmap.first),
    rootOffset: at(rootPlace.first),
    entryAt,
    first,
    link,
    seal,
  };
}
