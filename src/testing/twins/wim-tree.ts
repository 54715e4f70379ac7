/**
 * Twin of `wasm/wim`: the metadata of one image to rows, written for reading and not for speed. It shares no code with the
 * kernel or with `src/fs/wim`, so that a mistake must be made twice to pass.
 */

export interface TwinBlob {
  readonly size: number;
  readonly stored: number;
  readonly state: number;
}

export interface TwinEvent {
  readonly kind: TwinFault;
  readonly row: number;
  readonly at: number;
}

export type TwinFault =
  | 'rootDamaged'
  | 'rootFile'
  | 'childrenOfFile'
  | 'tooDeep'
  | 'listOffset'
  | 'entryDamaged'
  | 'listRepeats'
  | 'duplicateName'
  | 'invalidName'
  | 'longPath'
  | 'linkMismatch';

/** One row as the columns of a NodeChunk say it; names as text. */
export interface TwinRow {
  readonly [column: string]: number | string;
}

interface Entry {
  readonly at: number;
  readonly parent: number;
  first: number;
  links: number;
}

const DIRECTORY = 0x10;
const REPARSE = 0x400;
const ENCRYPTED = 0x4000;
const EMPTY_SHA1 = 'da39a3ee5e6b4b0d3255bfef95601890afd80709';
const ZERO = '0'.repeat(40);
const align8 = (value: number) => Math.ceil(value / 8) * 8;

class Reader {
  readonly view: DataView;
  readonly size: number;
  budget: number;

  constructor(bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.size = bytes.length;
    this.budget = 4 * bytes.length + (1 << 20);
  }
  u16 = (at: number) => this.view.getUint16(at, true);
  u32 = (at: number) => this.view.getUint32(at, true);
  u64 = (at: number) => this.view.getBigUint64(at, true);
  hash = (at: number) =>
    Array.from({ length: 20 }, (_, i) =>
      this.view
        .getUint8(at + i)
        .toString(16)
        .padStart(2, '0'),
    ).join('');
  text = (at: number, bytes: number) =>
    Array.from({ length: bytes / 2 }, (_, i) => String.fromCharCode(this.u16(at + i * 2))).join('');
  name = (at: number) => this.text(at + 102, this.u16(at + 100));
  shortStart = (at: number) => at + 102 + (this.u16(at + 100) === 0 ? 0 : this.u16(at + 100) + 2);

  /** Length of what stands at `at`; null when it has none that can be. */
  length(at: number, least: number): number | null {
    if (this.size - at < least) return null;
    const length = this.u64(at);
    return length < BigInt(least) || length > BigInt(this.size - at) ? null : Number(length);
  }

  /** Places of the stream entries, and the end; null when something does not fit. */
  streams(at: number): { places: number[]; end: number } | null {
    const length = this.length(at, 102);
    if (length === null) return null;
    const [streams, short, name] = [this.u16(at + 96), this.u16(at + 98), this.u16(at + 100)];
    if (short % 2 === 1 || name % 2 === 1) return null;
    if (102 + name + (name > 0 && short > 0 ? 2 : 0) + short > length) return null;
    const places: number[] = [];
    let end = align8(at + length);
    for (let i = 0; i < streams; i++) {
      const size = this.length(end, 38);
      if (size === null || this.u16(end + 36) % 2 === 1 || 38 + this.u16(end + 36) > size) return null;
      places.push(end);
      end = align8(end + size);
    }
    return { places, end };
  }
}

/** Rows of the image without the root, and what is wrong with it, in order. */
export function twinTree(
  metadata: Uint8Array,
  blobs: ReadonlyMap<string, TwinBlob>,
): { rows: TwinRow[]; events: TwinEvent[] } {
  const r = new Reader(metadata);
  const events: TwinEvent[] = [];
  const entries: Entry[] = [];
  const tell = (kind: TwinFault, row: number, at: number) => events.push({ kind, row, at });
  const attributes = (at: number) => r.u32(at + 8);

  const root = align8(Math.min(r.size, Math.max(8, r.size < 8 ? 0 : r.u32(0))));
  if (r.size - root >= 8 && r.u64(root) <= 8n) return { rows: [], events };
  if (r.streams(root) === null) {
    tell('rootDamaged', 0, root);
    return { rows: [], events };
  }
  if ((attributes(root) & DIRECTORY) === 0) {
    tell('rootFile', 0, root);
    return { rows: [], events };
  }
  const visited = new Set([root]);
  const most = Math.floor(r.size / 104) + 1;
  entries.push({ at: root, parent: 0, first: 0, links: 1 });
  const depths = [0];
  const lengths = [0];
  for (let dir = 0; dir < entries.length; dir++) {
    const { at: entry } = entries[dir]!;
    const place = r.u64(entry + 16);
    if (place === 0n) continue;
    if ((attributes(entry) & DIRECTORY) === 0) tell('childrenOfFile', dir, entry);
    else if (depths[dir]! >= 16_384) tell('tooDeep', dir, entry);
    else if (place % 8n !== 0n || place > BigInt(r.size - 8)) tell('listOffset', dir, entry);
    else readList(dir, Number(place));
  }

  function readList(dir: number, from: number): void {
    const names = new Set<string>();
    for (let at = from; ; ) {
      if (r.size - at >= 8 && r.u64(at) <= 8n) return;
      const end = entries.length === most ? null : endOf(at);
      if (end === null) {
        tell('entryDamaged', dir, at);
        return;
      }
      if (visited.has(at)) {
        tell('listRepeats', dir, at);
        return;
      }
      visited.add(at);
      const name = r.name(at);
      if (name === '' || name === '.' || name === '..' || /[\0/]/.test(name)) tell('invalidName', dir, at);
      else if (names.has(name)) tell('duplicateName', dir, at);
      else {
        names.add(name);
        entries.push({ at, parent: dir, first: entries.length, links: 1 });
        depths.push(depths[dir]! + 1);
        lengths.push(lengths[dir]! + `\\${name}`.length);
        if (lengths.at(-1)! > 32_767 && lengths[dir]! <= 32_767) tell('longPath', dir, at);
      }
      at = end;
    }
  }

  function endOf(at: number): number | null {
    // a length of 2^32 or more is refused before it is charged for
    if (r.size - at < 8 || r.u32(at + 4) !== 0 || r.size - at < 102) return null;
    const claimed = 102 + r.u16(at + 96) * 38;
    if (claimed > r.budget) return null;
    r.budget -= claimed;
    const found = r.streams(at);
    if (found === null) return null;
    r.budget -= Math.max(0, found.end - at - claimed);
    return found.end;
  }

  const firsts = new Map<bigint, number>();
  entries.forEach((entry, row) => {
    const id = r.u64(entry.at + 88);
    if (id === 0n || (attributes(entry.at) & (DIRECTORY | REPARSE)) !== 0) return;
    const first = firsts.get(id);
    if (first === undefined) firsts.set(id, row);
    else {
      const other = entries[first]!;
      const same = attributes(entry.at) === attributes(other.at) && r.hash(entry.at + 64) === r.hash(other.at + 64);
      if (!same) tell('linkMismatch', entry.parent, entry.at);
      else {
        entry.first = first;
        if (other.links < 0xffff) other.links++;
      }
    }
  });
  return { rows: entries.slice(1).map((entry) => rowOf(r, entries, entry, blobs)), events };
}

function rowOf(r: Reader, entries: readonly Entry[], entry: Entry, blobs: ReadonlyMap<string, TwinBlob>): TwinRow {
  const { at, first, parent } = entry;
  const links = entries[first]!.links;
  const attributes = r.u32(at + 8);
  const name = r.name(at);
  const shortBytes = r.u16(at + 98);
  const stated = r.text(r.shortStart(at), shortBytes);
  const tag = (attributes & REPARSE) !== 0 ? r.u32(at + 88) : 0;
  const { places } = r.streams(at)!;
  const all = [{ name: '', hash: r.hash(at + 64) }];
  for (const place of places) all.push({ name: r.text(place + 38, r.u16(place + 36)), hash: r.hash(place + 16) });
  const real = all.filter((stream) => stream.name === '' && stream.hash !== ZERO).map(({ hash }) => hash);
  const raw = (attributes & ENCRYPTED) !== 0 && (attributes & DIRECTORY) === 0 ? real.shift() : undefined;
  if ((attributes & REPARSE) !== 0) real.shift();
  const efs = real[0] === undefined && raw !== undefined;
  const hash = (attributes & DIRECTORY) !== 0 ? undefined : (real[0] ?? raw);
  const blob = hash === undefined ? undefined : blobs.get(hash);
  let state = 0;
  if (hash !== undefined && (blob !== undefined || hash !== EMPTY_SHA1)) {
    state = efs ? 5 : (blob?.state ?? 7);
    const cloud = (tag & 0xffff_0fff) >>> 0 === 0x9000_001a;
    if (blob === undefined && cloud) state = 6;
  }
  let flags = (attributes & DIRECTORY) !== 0 ? 1 : 0;
  if (all.some((stream) => stream.name !== '')) flags |= 4;
  if ((tag & 0x2000_0000) !== 0) flags |= 8;
  if (hasEa(r, at)) flags |= 32;
  const time = (offset: number, which: string) => ({
    [`${which}Lo`]: r.u32(at + offset),
    [`${which}Hi`]: r.u32(at + offset + 4),
  });
  return {
    id: first,
    parent,
    ref: entries[first]!.at,
    name,
    short: shortBytes > 24 || stated === name ? '' : stated,
    size: blob?.size ?? 0,
    allocated: blob?.stored ?? 0,
    ...time(40, 'created'),
    ...time(56, 'modified'),
    changedLo: 0,
    changedHi: 0,
    ...time(48, 'accessed'),
    attributes,
    reparseTag: tag,
    securityId: (r.u32(at + 12) + 1) % 2 ** 32,
    linkId: links > 1 ? first + 1 : 0,
    links,
    flags,
    byteState: state,
    hashHi: hash === undefined ? 0 : Number.parseInt(hash.slice(0, 8), 16),
    hashLo: hash === undefined ? 0 : Number.parseInt(hash.slice(8, 16), 16),
  };
}

function hasEa(r: Reader, at: number): boolean {
  const end = at + r.u32(at);
  const short = r.u16(at + 98);
  for (let item = align8(r.shortStart(at) + (short === 0 ? 0 : short + 2)); item + 8 <= end; ) {
    if (r.u32(item) === 2) return true;
    item += 8 + align8(r.u32(item + 4));
  }
  return false;
}
