/** Directory entries, 32 bytes each: long-name pieces gathered, deleted ones passed by. */
import { fatTime } from '../fat-time.ts';
import { isLongName, LAST_LONG_ENTRY, longNamePiece, MAX_LONG_ENTRIES, shortName, shortNameChecksum } from './names.ts';

export const ENTRY_SIZE = 32;
export const ATTR_VOLUME_ID = 0x08;
export const ATTR_DIRECTORY = 0x10;
const ATTR_LONG_NAME = 0x0f;
const ATTR_MASK = 0x3f;
/** Read only, hidden, system, directory, archive: the bits that Windows shows. */
const ATTR_SHOWN = 0x37;
const DELETED = 0xe5;

export interface FatEntry {
  readonly name: string;
  /** The 8.3 name when the name is another. */
  readonly short: string;
  readonly attributes: number;
  readonly firstCluster: number;
  readonly size: number;
  readonly created: bigint;
  readonly modified: bigint;
  readonly accessed: bigint;
}

/** The fields of one 8.3 entry. @param long the long name that belongs to it, or null */
export function parseEntry(bytes: Uint8Array, long: string | null, fat32: boolean): FatEntry {
  const view = new DataView(bytes.buffer, bytes.byteOffset, ENTRY_SIZE);
  const u16 = (at: number): number => view.getUint16(at, true);
  const { stored, shown } = shortName(bytes);
  const name = long ?? shown;
  return {
    name,
    short: name === stored || long === null ? '' : stored,
    attributes: bytes[11]! & ATTR_SHOWN,
    firstCluster: fat32 ? (((u16(20) << 16) | u16(26)) & 0x0fff_ffff) >>> 0 : u16(26),
    size: (bytes[11]! & ATTR_DIRECTORY) !== 0 ? 0 : view.getUint32(28, true),
    created: fatTime(u16(16), u16(14), bytes[13]!),
    modified: fatTime(u16(24), u16(22)),
    accessed: fatTime(u16(18), 0),
  };
}

/** `entry`: a file or directory; `label`: the volume's name; `orphan`: pieces of a long name that belong to nothing. */
export type Item =
  | { readonly kind: 'entry' | 'label'; readonly at: number; readonly bytes: Uint8Array; readonly long: string | null }
  | { readonly kind: 'orphan'; readonly at: number };

/** Gathers entries of one directory as they come; the state is the pieces of a long name not yet used. */
export class EntryReader {
  #pieces: string[] = [];
  #left = 0;
  #checksum = 0;
  #startedAt = -1;

  /** `.` and `..` by their bytes: names of the directory itself and of the one above. */
  static #isDots(bytes: Uint8Array): boolean {
    if (bytes[0] !== 0x2e || (bytes[1] !== 0x20 && bytes[1] !== 0x2e)) return false;
    return bytes.subarray(2, 11).every((byte) => byte === 0x20);
  }

  #drop(): Item[] {
    const at = this.#startedAt;
    this.#pieces = [];
    this.#left = 0;
    this.#startedAt = -1;
    return at < 0 ? [] : [{ kind: 'orphan', at }];
  }

  /** What the entry at `at` adds, or null at the end of the directory. */
  next(bytes: Uint8Array, at: number): Item[] | null {
    if (bytes[0] === 0) return null;
    if (bytes[0] === DELETED) return this.#drop();
    const attributes = bytes[11]! & ATTR_MASK;
    if (attributes === ATTR_LONG_NAME) return this.#piece(bytes, at);
    if ((attributes & ATTR_VOLUME_ID) !== 0) return [...this.#drop(), { kind: 'label', at, bytes, long: null }];
    const whole = this.#startedAt >= 0 && this.#left === 0 && this.#checksum === shortNameChecksum(bytes);
    const text = whole ? this.#pieces.reverse().join('') : null;
    const long = text !== null && isLongName(text) ? text : null;
    if (long !== null) this.#startedAt = -1;
    const items = this.#drop();
    if (EntryReader.#isDots(bytes)) return items;
    return [...items, { kind: 'entry', at, bytes, long }];
  }

  #piece(bytes: Uint8Array, at: number): Item[] {
    const order = bytes[0]! & ~LAST_LONG_ENTRY;
    let items: Item[] = [];
    if ((bytes[0]! & LAST_LONG_ENTRY) !== 0) {
      items = this.#drop();
      if (order < 1 || order > MAX_LONG_ENTRIES) return [...items, { kind: 'orphan', at }];
      this.#startedAt = at;
      this.#left = order;
      this.#checksum = bytes[13]!;
    }
    if (this.#startedAt < 0) return [...items, { kind: 'orphan', at }];
    if (order !== this.#left || this.#checksum !== bytes[13]) return [...items, ...this.#drop()];
    this.#pieces.push(longNamePiece(bytes));
    this.#left--;
    return items;
  }

  /** Pieces that no entry followed. */
  end(): Item[] {
    return this.#drop();
  }
}
