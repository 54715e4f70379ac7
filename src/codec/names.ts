/**
 * Name spaces: every name that Windows cannot tell from another one has the same number. The skin over `wasm/overlay`.
 *
 * Measured under Node 20 (`src/build/bench/overlay.ts`): on 280,000 rows the kernel folds ten times and joins four times as
 * fast as the plain TypeScript of `src/testing/twins/overlay.ts`, so the kernel is the one production path and the
 * twin its oracle.
 */
import { OK } from '../../wasm/abi.ts';
import { fail } from '../base/errors.ts';
import { fromUnits, toUnits } from '../base/utf16.ts';

/** Child that takes no part in a join. */
export const SKIP = 0xffff_ffff;

/** Names of rows: `offset[i]`, `length[i]` in UTF-16 units into `names`. */
export interface NameColumns {
  readonly names: Uint16Array;
  readonly nameOffset: Uint32Array;
  readonly nameLength: Uint16Array;
}

/** Views on the kernel's windows, valid until the next `fold`. Meaning: see `join`. */
export interface JoinWindow {
  readonly entries: Uint32Array;
  readonly unique: Uint32Array;
  readonly groups: Uint32Array;
}

export interface NameSpace {
  /** The fold table, 65,536 units. */
  readonly upcase: Uint16Array;
  /** Distinct names so far; ids are 0 .. count - 1 in order of first appearance. */
  readonly count: number;
  /** Ids of all names of a table, by row. */
  fold(columns: NameColumns): Uint32Array;
  /** Id of one name, made if it is new. */
  id(name: string): number;
  /** The folded name. */
  text(id: number): string;
  /** Order of two names by folded units (NTFS order): negative, 0, positive. */
  compare(a: number, b: number): number;
  window(): JoinWindow;
  /**
   * Joins `groups` directories. In: `entries` = name ids of the children of one directory after another (SKIP: takes no part),
   * `groups` = how many each has. Out: `entries` = place of each child's name in its directory, `unique` = distinct ids
   * of each directory in NTFS order, `groups` = how many those are. Entries must fit the window.
   */
  join(groups: number): void;
  /** For each id 1 when the folded name contains `text` folded, else 0. */
  search(text: string): Uint8Array;
}

interface Exports {
  readonly memory: WebAssembly.Memory;
  init(keyHi: number, keyLo: number): number;
  table(): number;
  units(): number;
  offsets(): number;
  lengths(): number;
  ids(): number;
  entries(): number;
  unique(): number;
  groups(): number;
  maxNames(): number;
  maxUnits(): number;
  maxEntries(): number;
  maxGroups(): number;
  count(): number;
  fold(n: number): number;
  join(n: number): number;
  compare(a: number, b: number): number;
  nameAt(id: number): number;
  nameLength(id: number): number;
  search(from: number, n: number, length: number): number;
}

export class WasmNames implements NameSpace {
  readonly upcase: Uint16Array;
  readonly #kernel: Exports;
  readonly #maxNames: number;
  readonly #maxUnits: number;
  readonly #maxEntries: number;
  readonly #maxGroups: number;

  /** @param module compiled `wasm/overlay`; @param upcase 65,536 units, copied */
  constructor(module: WebAssembly.Module, upcase: Uint16Array) {
    if (upcase.length !== 65_536) fail('InvalidArgument', 'case table', null, '65536 units', upcase.length);
    const kernel = new WebAssembly.Instance(module, {}).exports as unknown as Exports;
    this.#kernel = kernel;
    this.upcase = upcase.slice();
    // A key nobody outside knows keeps a crafted image from making all names collide; ids do not depend on it.
    this.#check(kernel.init((Math.random() * 2 ** 32) >>> 0, (Math.random() * 2 ** 32) >>> 0));
    new Uint16Array(kernel.memory.buffer, kernel.table() >>> 0, 65_536).set(upcase);
    this.#maxNames = kernel.maxNames();
    this.#maxUnits = kernel.maxUnits();
    this.#maxEntries = kernel.maxEntries();
    this.#maxGroups = kernel.maxGroups();
  }

  #check(status: number): void {
    if (status !== OK) fail('UnsupportedSize', 'name space', null, 'names that fit the memory', `status ${status}`);
  }

  get count(): number {
    return this.#kernel.count() >>> 0;
  }

  fold({ names, nameOffset, nameLength }: NameColumns): Uint32Array {
    const kernel = this.#kernel;
    const total = nameOffset.length;
    const out = new Uint32Array(total);
    for (let row = 0; row < total; ) {
      const first = nameOffset[row]!;
      let units = 0;
      let n = 0;
      const { buffer } = kernel.memory;
      const offsets = new Uint32Array(buffer, kernel.offsets() >>> 0, this.#maxNames);
      const lengths = new Uint16Array(buffer, kernel.lengths() >>> 0, this.#maxNames);
      for (; n < this.#maxNames && row + n < total; n++) {
        const offset = nameOffset[row + n]!;
        const end = offset + nameLength[row + n]!;
        if (offset < first || end - first > this.#maxUnits) break;
        offsets[n] = offset - first;
        lengths[n] = nameLength[row + n]!;
        if (end - first > units) units = end - first;
      }
      new Uint16Array(buffer, kernel.units() >>> 0, this.#maxUnits).set(names.subarray(first, first + units));
      this.#check(kernel.fold(n));
      out.set(new Uint32Array(kernel.memory.buffer, kernel.ids() >>> 0, n), row);
      row += n;
    }
    return out;
  }

  id(name: string): number {
    const names = toUnits(name.slice(0, 65_535));
    return this.fold({ names, nameOffset: new Uint32Array(1), nameLength: Uint16Array.of(names.length) })[0]!;
  }

  text(id: number): string {
    const { memory } = this.#kernel;
    const length = this.#kernel.nameLength(id) >>> 0;
    return fromUnits(new Uint16Array(memory.buffer, this.#kernel.nameAt(id) >>> 0, length));
  }

  compare(a: number, b: number): number {
    return this.#kernel.compare(a, b);
  }

  window(): JoinWindow {
    const kernel = this.#kernel;
    const { buffer } = kernel.memory;
    return {
      entries: new Uint32Array(buffer, kernel.entries() >>> 0, this.#maxEntries),
      unique: new Uint32Array(buffer, kernel.unique() >>> 0, this.#maxEntries),
      groups: new Uint32Array(buffer, kernel.groups() >>> 0, this.#maxGroups),
    };
  }

  join(groups: number): void {
    const status = this.#kernel.join(groups);
    if (status !== OK) fail('InvalidArgument', 'merge join', null, 'ids of this name space', `status ${status}`);
  }

  search(text: string): Uint8Array {
    const kernel = this.#kernel;
    const { count } = this;
    const hits = new Uint8Array(count);
    const needle = toUnits(text.slice(0, 65_535)).map((unit) => this.upcase[unit]!);
    new Uint16Array(kernel.memory.buffer, kernel.units() >>> 0, this.#maxUnits).set(needle);
    for (let from = 0; from < count; from += this.#maxNames) {
      const n = Math.min(this.#maxNames, count - from);
      this.#check(kernel.search(from, n, needle.length));
      hits.set(new Uint32Array(kernel.memory.buffer, kernel.ids() >>> 0, n), from);
    }
    return hits;
  }
}
