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
import type { DeletedData, DeletedFile } from '../types.ts';
import { ClusterBitmap } from './cluster-bitmap.ts';
import { type Place, Places } from './deleted-place.ts';
import { AttributeType, FILE_RECORD_SEGMENT_IN_USE } from './layout.ts';
import type { Mft } from './mft.ts';
import { collect, type FileName, fileNames, linksOf, type Node, piecesOf } from './node.ts';
import { runsOf } from './stream.ts';
import { type Summary, shownAttributes, summarize, timesAt, unnamedData } from './summary.ts';

const FILE_SIGNATURE = 0x454c_4946;
const WINDOW = 1 << 20;

export class DeletedScan implements Scan {
  readonly total: number;
  done = 0;
  readonly #mft: Mft;
  readonly #report: (file: DeletedFile) => void;
  readonly places: Places;
  /** Records that are still to be looked at, the next one last, and the first one that was not read. */
  #candidates: number[] = [];
  #read = 0;
  /** Null when it cannot be read, undefined before the first question. */
  #bitmap: ClusterBitmap | null | undefined;

  constructor(mft: Mft, report: (file: DeletedFile) => void) {
    this.#mft = mft;
    this.#report = report;
    this.places = new Places(mft);
    this.total = mft.count;
  }

  /** Stops between two records: one with all its names and runs is the most that is done after time is up. */
  step(budgetMs: number): boolean {
    const end = performance.now() + budgetMs;
    do {
      const next = this.#candidates.pop();
      if (next !== undefined) {
        this.#look(next);
        this.done = next + 1;
      } else if (this.#read < this.total) this.#readOn();
      else this.done = this.total;
    } while (this.done < this.total && performance.now() < end);
    return this.done >= this.total;
  }

  #readOn(): void {
    this.done = this.#read;
    const last = Math.min(this.total, this.#read + Math.floor(WINDOW / this.#mft.boot.recordSize));
    this.#candidates = this.#find(this.#read, last).reverse();
    this.#read = last;
  }

  /** Base records that are not in use, of those from `first` to below `last`; none of what cannot be read. */
  #find(first: number, last: number): number[] {
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
      if (links.length === 0 && summary.size === 0) return;
      // of the file, however many names it has
      const data = this.#data(node, summary.directory);
      for (const { name } of links) this.#report(this.#file(number, summary, name, data));
      if (links.length === 0) this.#report(this.#file(number, summary, null, data));
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
    }
  }

  #file(number: number, summary: Summary, name: FileName | null, data: DeletedData): DeletedFile {
    const { path, folder } = name === null ? NAMELESS : this.places.of(name);
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
      data,
    };
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

const NAMELESS: Place = { path: '', folder: 'unknown' };
