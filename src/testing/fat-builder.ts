/** FAT12, FAT16 and FAT32 volumes for tests, from a tree: small, two tables, every name long unless it is given as 8.3. */
import { LAST_LONG_ENTRY, shortNameChecksum } from '../fs/fat/names.ts';
import type { TreeEntry } from './tree.ts';

export interface FatOptions {
  readonly type: 12 | 16 | 32;
  readonly root: readonly TreeEntry[];
  readonly label?: string;
  /** Sectors of 512 bytes in a cluster. */
  readonly perCluster?: number;
  readonly clusters?: number;
}

export interface FatImage {
  readonly bytes: Uint8Array;
  readonly tableOffset: number;
  readonly rootOffset: number;
  readonly heapOffset: number;
  /** Sets entry `cluster` of every table. */
  link(cluster: number, value: number): void;
  /** First cluster by path (`/` between names). */
  readonly first: ReadonlyMap<string, number>;
  /** Offset of the 8.3 entry by path. */
  readonly entryAt: ReadonlyMap<string, number>;
}

const SECTOR = 512;
const ENTRY = 32;
const ROOT_ENTRIES = 512;
const CLUSTERS = { 12: 500, 16: 5000, 32: 66_000 } as const;
const EPOCH_1601 = 11_644_473_600_000n;

function dosTime(ticks: bigint): [date: number, time: number, hundredths: number] {
  if (ticks === 0n) return [0, 0, 0];
  const t = new Date(Number(ticks / 10_000n - EPOCH_1601));
  const date = ((t.getUTCFullYear() - 1980) << 9) | ((t.getUTCMonth() + 1) << 5) | t.getUTCDate();
  const time = (t.getUTCHours() << 11) | (t.getUTCMinutes() << 5) | (t.getUTCSeconds() >> 1);
  return [date, time, (t.getUTCSeconds() & 1) * 100 + Math.floor(t.getUTCMilliseconds() / 10)];
}

function shortBytes(name: string): Uint8Array {
  const [base = '', extension = ''] = name.split('.');
  return new TextEncoder().encode(base.padEnd(8) + extension.padEnd(3));
}

/** The entries of one name: pieces of the long name in reverse, then the 8.3 entry. */
function nameEntries(entry: TreeEntry, index: number): Uint8Array[] {
  const plain = /^[A-Z0-9_~]{1,8}(\.[A-Z0-9_]{1,3})?$/.test(entry.name);
  const main = new Uint8Array(ENTRY);
  main.set(shortBytes(entry.shortName ?? (plain ? entry.name : `F~${index}`)));
  if (plain && entry.shortName === undefined) return [main];
  const sum = shortNameChecksum(main);
  const units = Array.from({ length: Math.ceil(entry.name.length / 13) * 13 }, (_, i) =>
    i < entry.name.length ? entry.name.charCodeAt(i) : i === entry.name.length ? 0 : 0xffff,
  );
  const pieces = [];
  for (let n = 1; (n - 1) * 13 < units.length; n++) {
    const piece = new Uint8Array(ENTRY);
    const last = n * 13 >= units.length;
    piece.set([n | (last ? LAST_LONG_ENTRY : 0)]);
    piece[11] = 15;
    piece[13] = sum;
    [1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30].forEach((at, i) => {
      const unit = units[(n - 1) * 13 + i]!;
      piece.set([unit & 255, unit >> 8], at);
    });
    pieces.unshift(piece);
  }
  return [...pieces, main];
}

export function buildFat(options: FatOptions): FatImage {
  const { type, root, label = 'STRATA', perCluster = 1 } = options;
  const clusters = options.clusters ?? CLUSTERS[type];
  const fatSectors = Math.ceil(((clusters + 2) * type) / 8 / SECTOR);
  const reserved = type === 32 ? 32 : 1;
  const rootSectors = type === 32 ? 0 : (ROOT_ENTRIES * ENTRY) / SECTOR;
  const tableOffset = reserved * SECTOR;
  const fixedRoot = tableOffset + 2 * fatSectors * SECTOR;
  const heapOffset = fixedRoot + rootSectors * SECTOR;
  const clusterSize = perCluster * SECTOR;
  const sectors = heapOffset / SECTOR + clusters * perCluster;
  const bytes = new Uint8Array(sectors * SECTOR);
  const view = new DataView(bytes.buffer);
  const text = (at: number, value: string): void => bytes.set(new TextEncoder().encode(value), at);
  bytes.set([0xeb, 0x58, 0x90]);
  text(3, 'STRATA  ');
  view.setUint16(11, SECTOR, true);
  view.setUint8(13, perCluster);
  view.setUint16(14, reserved, true);
  view.setUint8(16, 2);
  view.setUint16(17, type === 32 ? 0 : ROOT_ENTRIES, true);
  view.setUint8(21, 0xf8);
  view.setUint16(22, type === 32 ? 0 : fatSectors, true);
  view.setUint32(32, sectors, true);
  if (type === 32) {
    view.setUint32(36, fatSectors, true);
    view.setUint32(44, 2, true);
  }
  const extension = type === 32 ? 66 : 38;
  view.setUint8(extension, 0x29);
  view.setUint32(extension + 1, 0x1234abcd, true);
  text(extension + 5, label.padEnd(11));
  bytes.set([0x55, 0xaa], 510);

  const link = (cluster: number, value: number): void => {
    for (let copy = 0; copy < 2; copy++) {
      const table = tableOffset + copy * fatSectors * SECTOR;
      if (type === 32) view.setUint32(table + cluster * 4, value & 0x0fff_ffff, true);
      else if (type === 16) view.setUint16(table + cluster * 2, value & 0xffff, true);
      else {
        const at = table + Math.floor(cluster * 1.5);
        const old = view.getUint16(at, true);
        const mixed = cluster % 2 === 0 ? (old & 0xf000) | (value & 0xfff) : (old & 15) | ((value & 0xfff) << 4);
        view.setUint16(at, mixed, true);
      }
    }
  };
  link(0, 0x0fff_fff8);
  link(1, 0x0fff_ffff);
  let free = 2;
  const allocate = (length: number): number => {
    const count = Math.ceil(length / clusterSize);
    const first = free;
    for (let i = 0; i < count; i++) link(first + i, i === count - 1 ? 0x0fff_ffff : first + i + 1);
    free += count;
    if (free > clusters + 2) throw new Error('the volume is too small for its tree');
    return count === 0 ? 0 : first;
  };
  const offsetOf = (cluster: number): number => heapOffset + (cluster - 2) * clusterSize;
  const firsts = new Map<string, number>();
  const entryAt = new Map<string, number>();

  const write = (entries: readonly TreeEntry[], path: string, parent: number, own: number | null): number => {
    const parts = entries.map((entry, i) => nameEntries(entry, i));
    const head = own === null ? 1 : 2;
    const slots = parts.reduce((n, part) => n + part.length, head);
    const first = own ?? (type === 32 ? allocate((slots + 1) * ENTRY) : 0);
    const start = own === null && type !== 32 ? fixedRoot : offsetOf(first);
    let at = start;
    if (own === null) {
      text(at, label.padEnd(11));
      bytes[at + 11] = 8;
      at += ENTRY;
    } else {
      for (const [dots, cluster] of [
        ['.', own],
        ['..', parent],
      ] as const) {
        text(at, dots.padEnd(11));
        bytes[at + 11] = 16;
        view.setUint16(at + 20, cluster >> 16, true);
        view.setUint16(at + 26, cluster & 0xffff, true);
        at += ENTRY;
      }
    }
    entries.forEach((entry, i) => {
      const name = path === '' ? entry.name : `${path}/${entry.name}`;
      for (const slot of parts[i]!) {
        bytes.set(slot, at);
        at += ENTRY;
      }
      const main = at - ENTRY;
      let cluster = 0;
      if (entry.dir !== undefined) {
        const inner = entry.dir.reduce((n, child, k) => n + nameEntries(child, k).length, 3);
        cluster = allocate(inner * ENTRY);
        write(entry.dir, name, own ?? 0, cluster);
      } else if (entry.data !== undefined) {
        cluster = allocate(entry.data.length);
        if (cluster !== 0) bytes.set(entry.data, offsetOf(cluster));
        view.setUint32(main + 28, entry.data.length, true);
      }
      const [createdDate, createdTime, hundredths] = dosTime(entry.created ?? 0n);
      const [date, time] = dosTime(entry.modified ?? 0n);
      bytes[main + 11] = (entry.attributes ?? 0) | (entry.dir === undefined ? 0 : 16);
      bytes[main + 13] = hundredths;
      view.setUint16(main + 14, createdTime, true);
      view.setUint16(main + 16, createdDate, true);
      view.setUint16(main + 18, dosTime(entry.accessed ?? 0n)[0], true);
      view.setUint16(main + 20, cluster >> 16, true);
      view.setUint16(main + 22, time, true);
      view.setUint16(main + 24, date, true);
      view.setUint16(main + 26, cluster & 0xffff, true);
      firsts.set(name, cluster);
      entryAt.set(name, main);
    });
    return start;
  };
  const rootOffset = write(root, '', 0, null);
  return { bytes, tableOffset, rootOffset, heapOffset, link, first: firsts, entryAt };
}
