/**
 * Deleted files: records that no file uses any more and that were not given to another.
 *
 * Deleting clears the in-use flag of a record, adds one to its sequence number, frees its clusters in $Bitmap and takes its
 * name out of the directory; all else stays until the record is used again. So the names still say where the file was:
 *
 *     name --parent, sequence--> record in use, same sequence        the folder is still there
 *                                record free, sequence one higher    the folder was deleted too
 *                                anything else                       the folder is gone, its record has another file
 *
 * Traps: free clusters were not overwritten by a file, yet may have been by one that is deleted as well; a part of a
 * record that was never in use holds no attributes; ntfs-3g takes the names out of the record it frees.
 */
import type { ItemRef } from '../../base/brand.ts';
import { FormatError } from '../../base/errors.ts';
import type { Scan } from '../../base/scan.ts';
import { readView } from '../../source/read.ts';
import type { DeletedData, DeletedFile, DeletedFolder } from '../types.ts';
import { ClusterBitmap } from './cluster-bitmap.ts';
import { AttributeType, FILE_RECORD_SEGMENT_IN_USE, nextSequence, ROOT_RECORD } from './layout.ts';
import type { Mft } from './mft.ts';
import { collect, type FileName, fileNames, linksOf, type Node, piecesOf } from './node.ts';
import { runsOf } from './stream.ts';
import { type Summary, shownAttributes, summarize, timesAt, unnamedData } from './summary.ts';

const FILE_SIGNATURE = 0x454c_4946;
const WINDOW = 1 << 20;
/** Windows makes no deeper paths (32,767 characters). */
const MAX_DEPTH = 16_384;

export class DeletedScan implements Scan {
  readonly total: number;
  done = 0;
  readonly #mft: Mft;
  readonly #report: (file: DeletedFile) => void;
  /** Null when it cannot be read, undefined before the first question. */
  #bitmap: ClusterBitmap | null | undefined;

  constructor(mft: Mft, report: (file: DeletedFile) => void) {
    this.#mft = mft;
    this.#report = report;
    this.total = mft.count;
  }

  step(budgetMs: number): boolean {
    const end = performance.now() + budgetMs;
    while (this.done < this.total) {
      const last = Math.min(this.total, this.done + Math.floor(WINDOW / this.#mft.boot.recordSize));
      for (const number of this.#candidates(this.done, last)) this.#look(number);
      this.done = last;
      if (performance.now() >= end) break;
    }
    return this.done >= this.total;
  }

  /** Base records that are not in use, of those from `first` to below `last`; none of what cannot be read. */
  #candidates(first: number, last: number): number[] {
    const { recordSize } = this.#mft.boot;
    const found: number[] = [];
    try {
      const view = readView(this.#mft.source, first * recordSize, (last - first) * recordSize);
      for (let at = 0; at < view.length; at += recordSize) {
        const free = view.u32(at) === FILE_SIGNATURE && (view.u16(at + 22) & FILE_RECORD_SEGMENT_IN_USE) === 0;
        if (free && view.u64(at + 32) === 0n) found.push(first + at / recordSize);
      }
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
    }
    return found;
  }

  /** A record that is damaged has nothing to tell. */
  #look(number: number): void {
    try {
      const node = collect(this.#mft, number);
      const summary = summarize(this.#mft, node);
      const links = linksOf(fileNames(node));
      for (const { name } of links) this.#report(this.#file(number, node, summary, name));
      if (links.length === 0 && summary.size > 0) this.#report(this.#file(number, node, summary, null));
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
    }
  }

  #file(number: number, node: Node, summary: Summary, name: FileName | null): DeletedFile {
    const { path, folder } = name === null ? NAMELESS : this.#place(name);
    const zero = [0, 0] as const;
    const { created, modified, changed, accessed } = summary.times ??
      (name === null ? null : timesAt(name.value, 8)) ?? {
        created: zero,
        modified: zero,
        changed: zero,
        accessed: zero,
      };
    const raw = summary.times === null && name !== null ? name.value.u32(56) : summary.attributes;
    return {
      ref: number as ItemRef,
      path,
      folder,
      directory: summary.directory,
      size: summary.size,
      created,
      modified,
      changed,
      accessed,
      attributes: shownAttributes(raw, summary.directory),
      data: this.#data(node, summary.directory),
    };
  }

  /** Follows the names upwards, to the root or to where they lead no further. */
  #place(name: FileName): { path: string; folder: DeletedFolder } {
    const parts = [name.name];
    const seen = new Set<number>();
    let folder: DeletedFolder = 'here';
    for (let at = name; at.parent !== ROOT_RECORD; ) {
      const parent = seen.has(at.parent) || parts.length > MAX_DEPTH ? null : this.#folder(at);
      if (parent === null) return { path: parts.reverse().join('\\'), folder: 'unknown' };
      seen.add(at.parent);
      if (!parent.inUse) folder = 'deleted';
      parts.push(parent.name.name);
      at = parent.name;
    }
    return { path: parts.reverse().join('\\'), folder };
  }

  /** The directory that a name means, as long as its record still describes it. */
  #folder({ parent, parentSequence }: FileName): { inUse: boolean; name: FileName } | null {
    try {
      const node = collect(this.#mft, parent);
      const { inUse, directory, sequence, isExtension } = node.record;
      const meant = inUse ? sequence === parentSequence : sequence === nextSequence(parentSequence);
      const name = linksOf(fileNames(node))[0]?.name;
      return meant && directory && !isExtension && name !== undefined ? { inUse, name } : null;
    } catch (error) {
      if (error instanceof FormatError) return null;
      throw error;
    }
  }

  #data(node: Node, directory: boolean): DeletedData {
    const data = unnamedData(node);
    if (directory || (data === undefined && node.damage === null)) return 'none';
    if (data === undefined || node.damage !== null) return 'unknown';
    if (data.mapping === null) return data.value?.length === 0 ? 'none' : 'resident';
    try {
      return this.#clusters(node);
    } catch (error) {
      if (error instanceof FormatError) return 'unknown';
      throw error;
    }
  }

  #clusters(node: Node): DeletedData {
    const pieces = piecesOf(node, AttributeType.data).filter((a) => a.mapping !== null);
    const bitmap = this.#openBitmap();
    let all = 0;
    let used = 0;
    for (const { lcn, count } of runsOf(pieces, this.#mft.boot)) {
      if (lcn < 0) continue;
      if (bitmap === null) return 'unknown';
      all += count;
      used += bitmap.used(lcn, count);
    }
    if (all === 0) return 'none';
    return used === 0 ? 'free' : used === all ? 'used' : 'partly';
  }

  #openBitmap(): ClusterBitmap | null {
    if (this.#bitmap !== undefined) return this.#bitmap;
    try {
      this.#bitmap = new ClusterBitmap(this.#mft);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      this.#bitmap = null;
    }
    return this.#bitmap;
  }
}

const NAMELESS: { path: string; folder: DeletedFolder } = { path: '', folder: 'unknown' };
