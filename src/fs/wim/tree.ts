/**
 * One walk over the metadata of an image: which entries there are, in which directory, and which are one file.
 *
 * Row 0 is the root. Breadth first, so the children of a directory are consecutive rows and their parents come before
 * them; rows are ordinals into plain arrays and nothing is built per row. A bitmap of visited entries makes each list and each
 * entry count once: offsets that repeat, point backwards or into the middle of another list cannot loop or multiply.
 */
import type { Where } from '../../base/errors.ts';
import { type Facts, FindingList } from '../../base/findings.ts';
import { MAX_DEPTH } from '../../base/limits.ts';
import { align8, DENTRY_SIZE, type Metadata, STREAM_ENTRY_SIZE } from './dentry.ts';
import { NameSet } from './name-set.ts';

/** Findings kept of one image; a hostile one could have millions. */
const MAX_FINDINGS = 200;
/** Entries between two looks at the clock. */
const ENTRIES_PER_STEP = 16_384;

export class ImageTree {
  readonly metadata: Metadata;
  readonly findings = new FindingList(MAX_FINDINGS);
  /** Rows, the root included; 0 when the image has no root. */
  count = 0;
  /** Row -> place of its entry in the metadata. */
  offsets: Uint32Array;
  /** Row -> row of its directory. */
  parents: Uint32Array;
  /** Row -> its children's first row; they end where `childEnd` says. Both 0 for what has none. */
  firstChild: Uint32Array;
  childEnd: Uint32Array;
  /** Row -> first row of the same file (itself when it has one name), and how many names it has. */
  linkFirst = new Uint32Array(0);
  links = new Uint16Array(0);
  readonly #where: (at: number) => Where;
  readonly #visited: Uint32Array;
  /**
   * Bytes of entries that may still be looked at. Sound entries do not overlap and need the length of the metadata once;
   * entries that share their streams would be walked again and again. The rest is room for entries that claim too much.
   */
  #budget: number;
  readonly #names: NameSet;
  #rowOf: Int32Array | null = null;

  /** @param where tells where a byte of the metadata lies in the user's file */
  constructor(metadata: Metadata, where: (at: number) => Where) {
    this.metadata = metadata;
    this.#where = where;
    this.#visited = new Uint32Array((metadata.length >> 8) + 1);
    this.#budget = 4 * metadata.length + (1 << 20);
    this.#names = new NameSet(metadata);
    // wimlib's entries take about 170 bytes, Microsoft's 200: seldom grown.
    const capacity = Math.max(16, Math.floor(metadata.length / 150));
    this.offsets = new Uint32Array(capacity);
    this.parents = new Uint32Array(capacity);
    this.firstChild = new Uint32Array(capacity);
    this.childEnd = new Uint32Array(capacity);
  }

  #tell(code: string, message: string, row: number, at: number, facts: Facts = {}): void {
    // A path may be long: none is made for a finding that would be dropped.
    if (this.findings.items.length >= MAX_FINDINGS) {
      this.findings.dropped++;
      return;
    }
    this.findings.add({
      code,
      severity: 'error',
      where: this.#where(at),
      message,
      facts: { directory: this.path(row), metadataOffset: at, ...facts },
    });
  }

  /** Walks everything, stopping for breath now and then. */
  *walk(): Generator<void> {
    if (!this.#root()) return;
    let levelEnd = 1;
    let depth = 0;
    let paused = 0;
    for (let dir = 0; dir < this.count; dir++) {
      if (dir === levelEnd) {
        levelEnd = this.count;
        depth++;
      }
      this.#list(dir, depth);
      if (this.count - paused >= ENTRIES_PER_STEP) {
        paused = this.count;
        yield;
      }
    }
    this.#link();
  }

  /** The root entry behind the security block. */
  #root(): boolean {
    const { metadata } = this;
    const total = metadata.length < 8 ? 0 : metadata.u32[0]!;
    const at = align8(Math.max(8, total));
    if (metadata.length - at >= 8 && metadata.liLength(at) >= 0 && metadata.liLength(at) <= 8) return false;
    if (metadata.endOfDentry(at) < 0) {
      this.#tell('wimRootEntry', 'The root directory of the image is damaged.', 0, at);
      return false;
    }
    this.#visit(at);
    this.#append(at, 0);
    if (metadata.isDirectory(at)) return true;
    this.#tell('wimRootEntry', 'The root entry of the image is not a directory.', 0, at);
    this.count = 0;
    return false;
  }

  /** True when `at` had not been visited before. */
  #visit(at: number): boolean {
    const word = at >> 8;
    const bit = 1 << ((at >> 3) & 31);
    if (this.#visited[word]! & bit) return false;
    this.#visited[word]! |= bit;
    return true;
  }

  #append(at: number, parent: number): void {
    if (this.count === this.offsets.length) {
      const grown = (old: Uint32Array) => {
        const bigger = new Uint32Array(old.length * 2);
        bigger.set(old);
        return bigger;
      };
      this.offsets = grown(this.offsets);
      this.parents = grown(this.parents);
      this.firstChild = grown(this.firstChild);
      this.childEnd = grown(this.childEnd);
    }
    this.offsets[this.count] = at;
    this.parents[this.count++] = parent;
  }

  /** Appends the children of row `dir`. */
  #list(dir: number, depth: number): void {
    const { metadata } = this;
    const entry = this.offsets[dir]!;
    const low = metadata.u32[(entry + 16) >> 2]!;
    const high = metadata.u32[(entry + 20) >> 2]!;
    if ((low | high) === 0) return;
    if (!metadata.isDirectory(entry)) {
      this.#tell('wimChildrenOfFile', 'An entry that is not a directory has children; they are left out.', dir, entry);
      return;
    }
    if (depth >= MAX_DEPTH) {
      this.#tell('wimTooDeep', `Directories are nested more than ${MAX_DEPTH} deep.`, dir, entry);
      return;
    }
    if (high !== 0 || (low & 7) !== 0 || low > metadata.length - 8) {
      this.#tell('wimListOffset', 'The place of a directory list is not in the metadata.', dir, entry, {
        offset: high * 0x1_0000_0000 + low,
      });
      return;
    }
    const start = this.count;
    this.#names.begin(start);
    for (let at = low; ; ) {
      const length = metadata.length - at >= 8 ? metadata.liLength(at) : -1;
      if (length >= 0 && length <= 8) break;
      const end = length < 0 ? -1 : this.#endOf(at);
      if (end < 0) {
        this.#tell('wimEntryDamaged', 'A directory entry is damaged; what follows in its list is left out.', dir, at);
        break;
      }
      if (!this.#visit(at)) {
        this.#tell('wimListRepeats', 'Two directories share a list, or contain themselves.', dir, at);
        break;
      }
      this.#take(at, dir);
      at = end;
    }
    if (this.count === start) return;
    this.firstChild[dir] = start;
    this.childEnd[dir] = this.count;
  }

  /** Where the entry at `at` ends with its streams; -1 when it does not fit, or when the budget is used up. */
  #endOf(at: number): number {
    const { metadata } = this;
    if (metadata.length - at < DENTRY_SIZE) return -1;
    const claimed = DENTRY_SIZE + metadata.streams(at) * STREAM_ENTRY_SIZE;
    if (claimed > this.#budget) return -1;
    this.#budget -= claimed;
    const end = metadata.endOfDentry(at);
    if (end > 0) this.#budget -= Math.max(0, end - at - claimed);
    return end;
  }

  /** Appends one entry unless its name cannot stand in a directory, or stands there already. */
  #take(at: number, dir: number): void {
    const bad = this.#names.check(at, this.offsets, this.count);
    if (bad === null) this.#append(at, dir);
    else if (bad === 'duplicate')
      this.#tell('wimDuplicateName', 'A directory has two entries with one name; the first is kept.', dir, at, {
        name: this.metadata.name(at),
      });
    else
      this.#tell('wimInvalidName', 'An entry has a name that no file can have; it is left out.', dir, at, {
        name: this.metadata.name(at),
      });
  }

  /** Finds the rows that are one file: equal non-zero hard link ids of entries that also agree in data and attributes. */
  #link(): void {
    const { metadata, offsets, count } = this;
    const { u32 } = metadata;
    this.linkFirst = new Uint32Array(count);
    this.links = new Uint16Array(count).fill(1);
    const slots = new Int32Array(2 ** Math.ceil(Math.log2(count * 2 + 2)));
    const mask = slots.length - 1;
    const factor = Math.floor(Math.random() * 0x1_0000_0000) | 1;
    for (let row = 0; row < count; row++) {
      this.linkFirst[row] = row;
      const at = offsets[row]!;
      const id = (at + 88) >> 2;
      const low = u32[id]!;
      const high = u32[id + 1]!;
      if ((low | high) === 0 || metadata.isDirectory(at) || metadata.isReparse(at)) continue;
      const mixed = Math.imul(low ^ Math.imul(high, 0x9e3779b1), factor);
      for (let slot = (mixed ^ (mixed >>> 15)) & mask; ; slot = (slot + 1) & mask) {
        const first = slots[slot]! - 1;
        if (first < 0) {
          slots[slot] = row + 1;
          break;
        }
        const other = (offsets[first]! + 88) >> 2;
        if (u32[other] !== low || u32[other + 1] !== high) continue;
        this.#join(row, first);
        break;
      }
    }
    for (let row = 0; row < count; row++) this.links[row] = this.links[this.linkFirst[row]!]!;
  }

  #join(row: number, first: number): void {
    const { metadata, offsets } = this;
    const [a, b] = [offsets[row]!, offsets[first]!];
    if (
      metadata.attributes(a) !== metadata.attributes(b) ||
      !metadata.sameHash(metadata.hashIndex(a), metadata.hashIndex(b))
    ) {
      this.#tell(
        'wimLinkMismatch',
        'Two entries claim to be one file but differ in data or attributes; they are shown as two.',
        this.parents[row]!,
        a,
        { name: metadata.name(a) },
      );
      return;
    }
    this.linkFirst[row] = first;
    if (this.links[first]! < 0xffff) this.links[first]!++;
  }

  /** The row whose entry stands at `at`, -1 when none does. The index is made when first asked for. */
  rowAt(at: number): number {
    let slots = this.#rowOf;
    if (slots === null) {
      slots = new Int32Array(2 ** Math.ceil(Math.log2(this.count * 2 + 2)));
      for (let row = 0; row < this.count; row++) {
        let slot = slotOf(this.offsets[row]!, slots.length);
        while (slots[slot] !== 0) slot = (slot + 1) & (slots.length - 1);
        slots[slot] = row + 1;
      }
      this.#rowOf = slots;
    }
    for (let slot = slotOf(at, slots.length); slots[slot] !== 0; slot = (slot + 1) & (slots.length - 1))
      if (this.offsets[slots[slot]! - 1] === at) return slots[slot]! - 1;
    return -1;
  }

  /** `\dir\file`; `\` for the root. */
  path(row: number): string {
    const names: string[] = [];
    for (let at = row; at !== 0; at = this.parents[at]!) names.push(this.metadata.name(this.offsets[at]!));
    return `\\${names.reverse().join('\\')}`;
  }
}

/** Entries are aligned to 8 and at least `DENTRY_SIZE` apart, so places scaled by that spread by themselves. */
function slotOf(at: number, size: number): number {
  return Math.floor(at / DENTRY_SIZE) & (size - 1);
}
