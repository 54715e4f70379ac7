/** Directory entries, 32 bytes each: a file is a set of them, the primary entry and the secondaries it counts. */
import { fromUnits } from '../../base/utf16.ts';
import { fatTime } from '../fat-time.ts';

export const ENTRY_SIZE = 32;
export const Type = { bitmap: 0x81, upcase: 0x82, label: 0x83, file: 0x85, stream: 0xc0, name: 0xc1 } as const;
export const ATTR_DIRECTORY = 0x10;
/** Read only, hidden, system, directory, archive. */
const ATTR_SHOWN = 0x37;
const IN_USE = 0x80;
const SECONDARY = 0x40;
const UNITS_PER_NAME = 15;
const NO_FAT_CHAIN = 2;

/** `set`: a file or directory with all its secondaries; `special`: bitmap, up-case table, label; `orphan`: what belongs to nothing. */
export type Item =
  | { readonly kind: 'set'; readonly at: number; readonly entries: readonly Uint8Array[] }
  | { readonly kind: 'special'; readonly at: number; readonly entry: Uint8Array }
  | { readonly kind: 'orphan'; readonly at: number };

/** Gathers sets as entries come; the state is the set that is not complete yet. */
export class SetReader {
  #entries: Uint8Array[] = [];
  #left = 0;
  #at = 0;

  #drop(): Item[] {
    const open = this.#left > 0;
    this.#left = 0;
    this.#entries = [];
    return open ? [{ kind: 'orphan', at: this.#at }] : [];
  }

  /** What the entry at `at` adds, or null at the end of the directory. */
  next(entry: Uint8Array, at: number): Item[] | null {
    const type = entry[0]!;
    if (type === 0) return null;
    if ((type & IN_USE) === 0) return this.#drop();
    if ((type & SECONDARY) !== 0) {
      if (this.#left === 0) return [{ kind: 'orphan', at }];
      this.#entries.push(entry);
      if (--this.#left > 0) return [];
      return [{ kind: 'set', at: this.#at, entries: this.#entries }];
    }
    const items = this.#drop();
    if (type !== Type.file) return [...items, { kind: 'special', at, entry }];
    this.#entries = [entry];
    this.#left = entry[1]!;
    this.#at = at;
    return this.#left === 0 ? [...items, { kind: 'orphan', at }] : items;
  }

  end(): Item[] {
    return this.#drop();
  }
}

export interface ExfatEntry {
  readonly name: string;
  readonly attributes: number;
  readonly firstCluster: number;
  /** Clusters stand one after another; the table says nothing of them. */
  readonly contiguous: boolean;
  readonly size: number;
  /** Bytes that were written; zeros from there to `size`. */
  readonly valid: number;
  readonly created: bigint;
  readonly modified: bigint;
  readonly accessed: bigint;
  /** The set states its own checksum, and it holds. */
  readonly checksumOk: boolean;
  /** As many name entries as the length of the name needs. */
  readonly nameComplete: boolean;
}

/** @param zone quarters of an hour with the top bit set when the time is of a known zone; else it is taken as UTC */
function timeOf(stamp: number, tens: number, zone: number): bigint {
  const local = fatTime(stamp >>> 16, stamp & 0xffff, tens);
  if (local === 0n || (zone & 0x80) === 0) return local;
  const quarters = (zone & 0x40) !== 0 ? (zone & 0x7f) - 128 : zone & 0x7f;
  const utc = local - BigInt(quarters) * 9_000_000_000n;
  return utc > 0n ? utc : local;
}

function u64(view: DataView, at: number): number {
  return Math.min(view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32, Number.MAX_SAFE_INTEGER);
}

function setChecksum(entries: readonly Uint8Array[]): number {
  let sum = 0;
  entries.forEach((entry, n) => {
    for (let i = 0; i < ENTRY_SIZE; i++)
      if (n > 0 || (i !== 2 && i !== 3)) sum = (((sum & 1) << 15) + (sum >> 1) + entry[i]!) & 0xffff;
  });
  return sum;
}

/** The fields of a set; null when its second entry is not the stream extension that each file must have. */
export function parseSet(entries: readonly Uint8Array[]): ExfatEntry | null {
  const [file, stream] = entries;
  if (file === undefined || stream === undefined || stream[0] !== Type.stream) return null;
  const [f, s] = [file, stream].map((bytes) => new DataView(bytes.buffer, bytes.byteOffset, ENTRY_SIZE)) as [
    DataView,
    DataView,
  ];
  const length = stream[3]!;
  const units = new Uint16Array(length);
  let have = 0;
  for (const entry of entries.slice(2)) {
    if (entry[0] !== Type.name || have >= length) break;
    for (let i = 0; i < UNITS_PER_NAME && have < length; i++)
      units[have++] = entry[2 + i * 2]! | (entry[3 + i * 2]! << 8);
  }
  const size = u64(s, 24);
  return {
    name: fromUnits(units, 0, have),
    attributes: f.getUint16(4, true) & ATTR_SHOWN,
    firstCluster: s.getUint32(20, true),
    contiguous: (stream[1]! & NO_FAT_CHAIN) !== 0,
    size,
    valid: Math.min(size, u64(s, 8)),
    created: timeOf(f.getUint32(8, true), file[20]!, file[22]!),
    modified: timeOf(f.getUint32(12, true), file[21]!, file[23]!),
    accessed: timeOf(f.getUint32(16, true), 0, file[24]!),
    checksumOk: setChecksum(entries) === f.getUint16(2, true),
    nameComplete: have === length && length > 0,
  };
}
