/**
 * The tree of one image: which entries there are, in which directory, and which are one file. The kernel walks the
 * metadata (wasm/wim/walk.ts); here are the results, and what it met in words.
 *
 * Row 0 is the root. Breadth first, so the children of a directory are consecutive rows and their parents come before
 * them; rows are ordinals into plain arrays and nothing is built per row.
 */

import {
  WIM_CHILDREN_OF_FILE,
  WIM_DUPLICATE_NAME,
  WIM_ENTRY_DAMAGED,
  WIM_INVALID_NAME,
  WIM_LINK_MISMATCH,
  WIM_LIST_OFFSET,
  WIM_LIST_REPEATS,
  WIM_LONG_PATH,
  WIM_ROOT_DAMAGED,
  WIM_ROOT_FILE,
  WIM_TOO_DEEP,
} from '../../../wasm/abi.ts';
import type { Where } from '../../base/errors.ts';
import { type Facts, FindingList } from '../../base/findings.ts';
import { MAX_DEPTH } from '../../base/limits.ts';
import type { NodeChunk } from '../types.ts';
import { DENTRY_SIZE, Metadata } from './dentry.ts';
import type { TreeKernel, WalkEvent } from './kernel.ts';

/** Findings kept of one image; a hostile one could have millions. */
const MAX_FINDINGS = 200;
/** Units told of a path or a name: those of a hostile image may have millions, in each finding. */
const TOLD_UNITS = 1000;

/** What the events of the walk mean: code, sentence, and which fact goes with it. */
const FAULTS = new Map<number, readonly [code: string, message: string, fact?: 'name' | 'offset' | 'units']>([
  [WIM_ROOT_DAMAGED, ['wimRootEntry', 'The root directory of the image is damaged.']],
  [WIM_ROOT_FILE, ['wimRootEntry', 'The root entry of the image is not a directory.']],
  [WIM_CHILDREN_OF_FILE, ['wimChildrenOfFile', 'An entry that is not a directory has children; they are left out.']],
  [WIM_TOO_DEEP, ['wimTooDeep', `Directories are nested more than ${MAX_DEPTH} deep.`]],
  [WIM_LIST_OFFSET, ['wimListOffset', 'The place of a directory list is not in the metadata.', 'offset']],
  [WIM_ENTRY_DAMAGED, ['wimEntryDamaged', 'A directory entry is damaged; what follows in its list is left out.']],
  [WIM_LIST_REPEATS, ['wimListRepeats', 'Two directories share a list, or contain themselves.']],
  [WIM_DUPLICATE_NAME, ['wimDuplicateName', 'A directory has two entries with one name; the first is kept.', 'name']],
  [WIM_INVALID_NAME, ['wimInvalidName', 'An entry has a name that no file can have; it is left out.', 'name']],
  [WIM_LONG_PATH, ['wimLongPath', 'A path has more than 32,767 units: no Windows can open it.', 'units']],
  [
    WIM_LINK_MISMATCH,
    [
      'wimLinkMismatch',
      'Two entries claim to be one file but differ in data or attributes; they are shown as two.',
      'name',
    ],
  ],
]);

export class ImageTree {
  readonly metadata: Metadata;
  readonly findings = new FindingList(MAX_FINDINGS);
  /** Rows, the root included; 0 when the image has no root. */
  count = 0;
  /** Row -> place of its entry in the metadata. Like the arrays below, a view of the kernel's memory, valid after `walk`. */
  offsets = new Uint32Array(0);
  /** Row -> row of its directory. */
  parents = new Uint32Array(0);
  /** Row -> its children's first row; they end where `childEnd` says. Both 0 for what has none. */
  firstChild = new Uint32Array(0);
  childEnd = new Uint32Array(0);
  /** Row -> first row of the same file (itself when it has one name), and how many names it has. */
  linkFirst = new Uint32Array(0);
  links = new Uint16Array(0);
  readonly #kernel: TreeKernel;
  readonly #where: (at: number) => Where;
  #rowOf: Int32Array | null = null;

  /**
   * @param kernel with the decoded metadata, `size` bytes
   * @param where tells where a byte of the metadata lies in the user's file
   */
  constructor(kernel: TreeKernel, size: number, where: (at: number) => Where) {
    this.#kernel = kernel;
    this.metadata = new Metadata(kernel.metadata.subarray(0, size));
    this.#where = where;
  }

  /** Walks everything, stopping for breath now and then. */
  *walk(): Generator<void> {
    for (let finished = false; !finished; ) {
      const step = this.#kernel.walk();
      finished = step.finished;
      this.count = this.#kernel.rowTotal;
      Object.assign(this, this.#kernel.rowColumns(this.count));
      for (const event of step.events) this.#tell(event);
      if (!finished) yield;
    }
  }

  #tell({ kind, row, at, low, high }: WalkEvent): void {
    const fault = FAULTS.get(kind);
    // A path may be long: none is made for a finding that would be dropped.
    if (fault === undefined || this.findings.items.length >= MAX_FINDINGS) {
      this.findings.dropped++;
      return;
    }
    const [code, message, fact] = fault;
    const facts: Facts =
      fact === 'name'
        ? { name: startOf(this.metadata.name(at)) }
        : fact === 'offset'
          ? { offset: high * 0x1_0000_0000 + low }
          : fact === 'units'
            ? { name: startOf(this.metadata.name(at)), units: low }
            : {};
    this.findings.add({
      code,
      severity: 'error',
      where: this.#where(at),
      message,
      facts: { directory: startOf(this.path(row)), metadataOffset: at, ...facts },
    });
  }

  /** A chunk with rows from `from` on, before `to`: as many as the kernel's windows hold, at least one. */
  chunk(from: number, to: number): NodeChunk {
    return this.#kernel.rows(from, to);
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

/** The beginning of what is too long to be told. */
function startOf(text: string): string {
  return text.length > TOLD_UNITS ? `${text.slice(0, TOLD_UNITS)}…` : text;
}

/** Entries are aligned to 8 and at least `DENTRY_SIZE` apart, so places scaled by that spread by themselves. */
function slotOf(at: number, size: number): number {
  return Math.floor(at / DENTRY_SIZE) & (size - 1);
}
