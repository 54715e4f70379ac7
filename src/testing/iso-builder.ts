/** ISO 9660 images for tests, from a tree: a plain tree, and one with Joliet names when asked. */
import type { TreeEntry } from './tree.ts';

export interface IsoOptions {
  readonly root: readonly TreeEntry[];
  readonly joliet?: boolean;
  /** Files larger than this get several extents (multiples of 2048). */
  readonly extent?: number;
}

export interface IsoImage {
  readonly bytes: Uint8Array;
  /** Offset of the directory record by path, in the tree that is shown. */
  readonly recordAt: ReadonlyMap<string, number>;
}

const SECTOR = 2048;

const both16 = (view: DataView, at: number, value: number): void => {
  view.setUint16(at, value, true);
  view.setUint16(at + 2, value, false);
};
const both32 = (view: DataView, at: number, value: number): void => {
  view.setUint32(at, value, true);
  view.setUint32(at + 4, value, false);
};

function record(name: Uint8Array, block: number, size: number, flags: number): Uint8Array {
  const bytes = new Uint8Array((33 + name.length + 1) & ~1);
  const view = new DataView(bytes.buffer);
  bytes[0] = bytes.length;
  both32(view, 2, block);
  both32(view, 10, size);
  bytes.set([120, 1, 2, 3, 4, 5, 4], 18); // 2020-01-02 03:04:05, one hour east of UTC
  bytes[25] = flags;
  both16(view, 28, 1);
  bytes[32] = name.length;
  bytes.set(name, 33);
  return bytes;
}

export function buildIso({ root, joliet = false, extent = 1 << 30 }: IsoOptions): IsoImage {
  const sectors: Uint8Array[] = Array.from({ length: 20 }, () => new Uint8Array(SECTOR));
  const recordAt = new Map<string, number>();
  const placed = new Map<TreeEntry, number>();
  const add = (bytes: Uint8Array): number => {
    const first = sectors.length;
    for (let at = 0; at === 0 || at < bytes.length; at += SECTOR) {
      const sector = new Uint8Array(SECTOR);
      sector.set(bytes.subarray(at, at + SECTOR));
      sectors.push(sector);
    }
    return first;
  };
  const contents = (entries: readonly TreeEntry[]): void => {
    for (const entry of entries) {
      if (entry.dir !== undefined) contents(entry.dir);
      else placed.set(entry, add(entry.data ?? new Uint8Array(0)));
    }
  };
  contents(root);

  const nameOf = (entry: TreeEntry, wide: boolean): Uint8Array => {
    const text =
      entry.dir === undefined ? `${entry.name}${!wide && !entry.name.includes('.') ? '.' : ''};1` : entry.name;
    if (!wide) return new TextEncoder().encode(text.toUpperCase().replace(/[^\x20-\x7e]/g, '_'));
    return Uint8Array.from([...text].flatMap((char) => [char.charCodeAt(0) >> 8, char.charCodeAt(0) & 255]));
  };
  /** Writes a directory and those below it. @returns block and size */
  const directory = (
    entries: readonly TreeEntry[],
    path: string,
    wide: boolean,
    shown: boolean,
    above: number,
  ): [number, number] => {
    const below = new Map<TreeEntry, [number, number]>();
    const own = sectors.length;
    // room for the records comes first, so that children know their parent
    const length = (count: number) => Math.ceil(count / SECTOR) * SECTOR;
    const records = entries.flatMap((entry) => {
      const size = entry.data?.length ?? 0;
      const count = entry.dir === undefined ? Math.max(1, Math.ceil(size / extent)) : 1;
      return Array.from({ length: count }, (_, n) => ({
        entry,
        n,
        last: n === count - 1,
        bytes: nameOf(entry, wide).length,
      }));
    });
    let used = 68;
    for (const { bytes } of records) {
      const size = (33 + bytes + 1) & ~1;
      if ((used % SECTOR) + size > SECTOR) used = length(used);
      used += size;
    }
    const size = length(used);
    for (let n = 0; n < size; n += SECTOR) sectors.push(new Uint8Array(SECTOR));
    for (const entry of entries)
      if (entry.dir !== undefined)
        below.set(entry, directory(entry.dir, path === '' ? entry.name : `${path}/${entry.name}`, wide, shown, own));
    const content = new Uint8Array(size);
    content.set(record(Uint8Array.of(0), own, size, 2));
    content.set(record(Uint8Array.of(1), above === 0 ? own : above, SECTOR, 2), 34);
    let at = 68;
    for (const { entry, n, last } of records) {
      const [block, bytes] = below.get(entry) ?? [placed.get(entry)!, entry.data?.length ?? 0];
      const isFile = entry.dir === undefined;
      const start = isFile ? n * extent : 0;
      const made = record(
        nameOf(entry, wide),
        block + start / SECTOR,
        isFile ? Math.min(extent, bytes - start) : bytes,
        (isFile ? 0 : 2) | (last ? 0 : 0x80) | ((entry.attributes ?? 0) & 2 ? 1 : 0),
      );
      if ((at % SECTOR) + made.length > SECTOR) at = length(at);
      content.set(made, at);
      if (shown && n === 0) recordAt.set(path === '' ? entry.name : `${path}/${entry.name}`, own * SECTOR + at);
      at += made.length;
    }
    for (let n = 0; n < size / SECTOR; n++) sectors[own + n]!.set(content.subarray(n * SECTOR, (n + 1) * SECTOR));
    return [own, size];
  };
  const descriptor = (sector: number, type: number, wide: boolean, [block, size]: [number, number]): void => {
    const bytes = sectors[sector]!;
    const view = new DataView(bytes.buffer);
    bytes[0] = type;
    bytes.set(new TextEncoder().encode('CD001'), 1);
    bytes[6] = 1;
    if (type === 255) return;
    bytes.fill(0x20, 8, 72);
    const label = [...'STRATA'].flatMap((char) => (wide ? [0, char.charCodeAt(0)] : [char.charCodeAt(0)]));
    if (wide) for (let i = 40; i < 72; i += 2) bytes[i] = 0;
    bytes.set(label, 40);
    if (wide) bytes.set(new TextEncoder().encode('%/E'), 88);
    both16(view, 128, SECTOR);
    bytes.set(record(Uint8Array.of(0), block, size, 2), 156);
    bytes.set(new TextEncoder().encode('2020010203040500'), 813);
  };
  descriptor(16, 1, false, directory(root, '', false, !joliet, 0));
  if (joliet) descriptor(17, 2, true, directory(root, '', true, true, 0));
  descriptor(joliet ? 18 : 17, 255, false, [0, 0]);
  for (const sector of joliet ? [16, 17] : [16]) both32(new DataView(sectors[sector]!.buffer), 80, sectors.length);
  const bytes = new Uint8Array(sectors.length * SECTOR);
  sectors.forEach((sector, n) => {
    bytes.set(sector, n * SECTOR);
  });
  return { bytes, recordAt };
}
