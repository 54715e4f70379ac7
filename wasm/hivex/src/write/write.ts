/**
 * Writes a new hive from a description: keys and values, handed in as arrays or as iterators that are asked for one key
 * at a time. What was read from another hive (`Hive.tree`) can be handed in as it is.
 *
 * Windows finds a sub-key by a binary search over the upper-case names, so lists are sorted by them; names are Latin-1
 * where they can be, up to four bytes of data stand in the value, and from 1.4 on data above 16,344 bytes are cut into
 * segments.
 */
import { HivexError } from '../errors.ts';
import { upcase, upcaseTable } from '../upcase.ts';
import { CellWriter } from './cells.ts';
import { SecurityCells } from './security.ts';

export interface ValueInput {
  /** `''` is the default value. */
  readonly name: string;
  /** REG_NONE (0) when absent. */
  readonly type?: number;
  readonly data?: Uint8Array;
  /** Layered hives: hides the name in the layers below. */
  readonly tombstone?: boolean;
}

export interface KeyInput {
  readonly name: string;
  readonly class?: string | null;
  /** FILETIME; `WriteOptions.lastWrite` when absent, 0 for tombstones. */
  readonly lastWrite?: bigint;
  /** Self-relative security descriptor; a plain one when absent. */
  readonly security?: Uint8Array | null;
  /** Layered hives: 0 merge, 1 tombstone, 2 supersede local, 3 supersede tree. */
  readonly layerKind?: number;
  readonly inheritClass?: boolean;
  /** A symbolic link; give it a REG_LINK value `SymbolicLinkValue`. */
  readonly symlink?: boolean;
  readonly values?: Iterable<ValueInput>;
  readonly keys?: Iterable<KeyInput>;
}

export type ListKind = 'li' | 'lf' | 'lh' | 'ri';

export interface WriteOptions {
  /** Version 1.minor, 0 to 6: 5 by default, 6 for layered hives. */
  readonly minor?: number;
  /** Sets the flag of 1.6 that gives layer kinds and tombstones their meaning. */
  readonly layered?: boolean;
  /** Sub-key lists: `lf` up to 1.3, `lh` above by default; `ri` puts leaves of `leafSize` under an index root. */
  readonly list?: ListKind;
  /** Entries of a leaf, 500 by default; longer lists get an index root. */
  readonly leafSize?: number;
  /** Path that the base block keeps the last 31 characters of. */
  readonly fileName?: string;
  /** FILETIME of the base block and of keys without one; the time of the call when absent. */
  readonly lastWrite?: bigint;
  /** Sequence numbers; a difference makes a hive that was not closed properly. */
  readonly sequence1?: number;
  readonly sequence2?: number;
  /** Keep sub-keys in the order given: for tests of readers, Windows does not find keys in such a hive. */
  readonly keepOrder?: boolean;
  /** Upper case of each UTF-16 unit; the registry's as far as Unicode knows it when absent. */
  readonly upcase?: Uint16Array;
}

const NIL = 0xffff_ffff;
const SEGMENT = 16_344;
const LEAF_SIZE = 500;
/** Counts and lengths that the format keeps in 16 bits. */
const MAX_U16 = 0xffff;
const NO_DATA = new Uint8Array(0);

/**
 * Bytes of a new hive with `root` as its root key, in pieces: the base block and the bins. Put them one behind the other.
 * @throws HivexError UnsupportedSize above 2 GiB, InvalidArgument for names and data the format cannot hold
 */
export function writeHive(root: KeyInput, options: WriteOptions = {}): Uint8Array[] {
  return new HiveWriter(options).write(root);
}

/** FILETIME of now. */
const now = () => BigInt(Date.now()) * 10_000n + 116_444_736_000_000_000n;

interface Entry {
  readonly upper: string;
  readonly name: string;
  readonly cell: number;
}

/** A key whose sub-keys are being written. */
interface Open {
  readonly cell: number;
  readonly keys: Iterator<KeyInput>;
  readonly entries: Entry[];
  nameBytes: number;
  classBytes: number;
}

class HiveWriter {
  readonly #options: WriteOptions;
  readonly #minor: number;
  readonly #lastWrite: bigint;
  readonly #upcase: Uint16Array;
  readonly #writer: CellWriter;
  readonly #security: SecurityCells;

  constructor(options: WriteOptions) {
    const minor = options.minor ?? (options.layered ? 6 : 5);
    if (!Number.isInteger(minor) || minor < 0 || minor > 6) throw invalid('a version from 1.0 to 1.6', `1.${minor}`);
    if (options.layered && minor < 6) throw invalid('version 1.6 for a layered hive', `1.${minor}`);
    this.#options = options;
    this.#minor = minor;
    this.#lastWrite = options.lastWrite ?? now();
    this.#upcase = options.upcase ?? upcaseTable();
    this.#writer = new CellWriter(minor);
    this.#security = new SecurityCells(this.#writer);
  }

  write(root: KeyInput): Uint8Array[] {
    const stack = [this.#key(root, NIL)];
    const cell = stack[0]!.cell;
    // Depth costs no call stack: keys whose sub-keys are under way wait here.
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const next = top.keys.next();
      if (next.done) {
        this.#close(top);
        stack.pop();
        continue;
      }
      const key = this.#key(next.value, top.cell);
      const { name } = next.value;
      top.entries.push({ upper: upcase(name, this.#upcase), name, cell: key.cell });
      top.nameBytes = Math.max(top.nameBytes, name.length * 2);
      top.classBytes = Math.max(top.classBytes, (next.value.class ?? '').length * 2);
      stack.push(key);
    }
    this.#security.link();
    const { fileName = '', sequence1 = 1, sequence2 = sequence1, layered = false } = this.#options;
    const lastWrite = this.#lastWrite;
    return this.#writer.finish({ root: cell, fileName, lastWrite, sequence1, sequence2, flags: layered ? 2 : 0 });
  }

  #key(input: KeyInput, parent: number): Open {
    const w = this.#writer;
    const { name, layerKind = 0 } = input;
    const narrow = isNarrow(name);
    const bytes = nameBytes(name, narrow);
    const cell = w.cell(76 + bytes);
    w.signature('nk');
    w.u16(2, (narrow ? 0x20 : 0) | (parent === NIL ? 0x0c : 0) | (input.symlink ? 0x10 : 0));
    w.u64(4, input.lastWrite ?? (layerKind === 1 ? 0n : this.#lastWrite));
    w.u8(13, layerKind | (input.inheritClass ? 0x80 : 0));
    w.u32(16, parent === NIL ? 0 : parent);
    w.u32(28, NIL);
    w.u32(32, NIL);
    w.u32(40, NIL);
    w.u32(48, NIL);
    w.u16(72, bytes);
    w.name(76, name, narrow);
    const security = this.#security.use(input.security ?? undefined);
    w.open(cell);
    w.u32(44, security);
    if (input.class) this.#class(cell, input.class);
    if (input.values !== undefined) this.#values(cell, input.values);
    const keys = (input.keys ?? [])[Symbol.iterator]();
    return { cell, keys, entries: [], nameBytes: 0, classBytes: 0 };
  }

  #class(cell: number, text: string): void {
    const w = this.#writer;
    const bytes = nameBytes(text, false);
    const at = w.cell(bytes);
    w.name(0, text, false);
    w.open(cell);
    w.u32(48, at);
    w.u16(74, bytes);
  }

  #values(key: number, values: Iterable<ValueInput>): void {
    const w = this.#writer;
    const cells: number[] = [];
    let most = 0;
    let longest = 0;
    for (const value of values) {
      longest = Math.max(longest, value.name.length * 2);
      most = Math.max(most, value.data?.length ?? 0);
      cells.push(this.#value(value));
    }
    if (cells.length === 0) return;
    const list = w.offsets(cells);
    w.open(key);
    w.u32(36, cells.length);
    w.u32(40, list);
    w.u32(60, longest);
    w.u32(64, most);
  }

  #value({ name, type = 0, data: given = NO_DATA, tombstone = false }: ValueInput): number {
    const w = this.#writer;
    const data = tombstone ? NO_DATA : given;
    const narrow = isNarrow(name);
    const bytes = nameBytes(name, narrow);
    const at = data.length > 4 ? this.#data(data) : 0;
    const cell = w.cell(20 + bytes);
    w.signature('vk');
    w.u16(2, bytes);
    w.u32(12, tombstone ? 0 : type);
    w.u16(16, (narrow ? 1 : 0) | (tombstone ? 2 : 0));
    w.name(20, name, narrow);
    if (tombstone) w.u32(8, NIL);
    else if (data.length > 4) {
      w.u32(4, data.length);
      w.u32(8, at);
    } else {
      w.u32(4, 0x8000_0000 + data.length);
      w.bytes(8, data);
    }
    return cell;
  }

  #data(data: Uint8Array): number {
    const w = this.#writer;
    if (data.length <= SEGMENT || this.#minor <= 3) return w.blob(data);
    const count = Math.ceil(data.length / SEGMENT);
    if (count > MAX_U16) throw invalid(`data of at most ${MAX_U16 * SEGMENT} bytes`, `${data.length}`);
    const segments: number[] = [];
    for (let at = 0; at < data.length; at += SEGMENT)
      segments.push(w.blob(data.subarray(at, at + SEGMENT), SEGMENT + 4));
    const list = w.offsets(segments);
    const cell = w.cell(8);
    w.signature('db');
    w.u16(2, count);
    w.u32(4, list);
    return cell;
  }

  /** All sub-keys are written: their list, and what the key states of them. */
  #close({ cell, entries, nameBytes: longest, classBytes }: Open): void {
    if (entries.length === 0) return;
    if (!this.#options.keepOrder) entries.sort((a, b) => (a.upper < b.upper ? -1 : a.upper > b.upper ? 1 : 0));
    const w = this.#writer;
    const list = this.#list(entries);
    w.open(cell);
    w.u32(20, entries.length);
    w.u32(28, list);
    w.u16(52, Math.min(longest, MAX_U16));
    w.u32(56, classBytes);
  }

  #list(entries: readonly Entry[]): number {
    const { leafSize = LEAF_SIZE, list: kind = this.#minor > 3 ? 'lh' : 'lf' } = this.#options;
    const leafKind = kind === 'ri' ? (this.#minor > 3 ? 'lh' : 'lf') : kind;
    if (kind !== 'ri' && entries.length <= leafSize) return this.#leaf(leafKind, entries);
    // The count of leaves has 16 bits: a key with millions of sub-keys gets longer ones.
    const size = Math.max(leafSize, Math.ceil(entries.length / MAX_U16));
    const leaves: number[] = [];
    for (let at = 0; at < entries.length; at += size) leaves.push(this.#leaf(leafKind, entries.slice(at, at + size)));
    const w = this.#writer;
    const cell = w.cell(4 + leaves.length * 4);
    w.signature('ri');
    w.u16(2, leaves.length);
    for (let i = 0; i < leaves.length; i++) w.u32(4 + i * 4, leaves[i]!);
    return cell;
  }

  #leaf(kind: Exclude<ListKind, 'ri'>, entries: readonly Entry[]): number {
    const w = this.#writer;
    const stride = kind === 'li' ? 4 : 8;
    const cell = w.cell(4 + entries.length * stride);
    w.signature(kind);
    w.u16(2, entries.length);
    for (let i = 0; i < entries.length; i++) {
      const { name, upper, cell: key } = entries[i]!;
      w.u32(4 + i * stride, key);
      if (kind === 'lh') w.u32(8 + i * 8, hashOf(upper));
      // The hint is the beginning of a name that is Latin-1 so far, else zero.
      else if (kind === 'lf' && isNarrow(name.slice(0, 4))) w.name(8 + i * 8, name.slice(0, 4), true);
    }
    return cell;
  }
}

/** The hash of `lh` lists: 37 * h + each unit of the upper-case name. */
function hashOf(upper: string): number {
  let h = 0;
  for (let i = 0; i < upper.length; i++) h = (Math.imul(h, 37) + upper.charCodeAt(i)) >>> 0;
  return h;
}

/** True for text that Latin-1 can hold. */
function isNarrow(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0xff) return false;
  return true;
}

function nameBytes(text: string, narrow: boolean): number {
  const bytes = narrow ? text.length : text.length * 2;
  if (bytes > MAX_U16) throw invalid(`a name of at most ${MAX_U16} bytes`, `${bytes} bytes`);
  return bytes;
}

const invalid = (expected: string, actual: string) => new HivexError('InvalidArgument', 0, expected, actual);
