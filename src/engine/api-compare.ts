/** What crosses between the page and the workspace worker when two trees are compared: types only. */
import type { Change, Evidence, SharedData } from '../index/compare.ts';

export type { Change, Evidence, SharedData };

/** A mounted tree (what a layer stands on, or another image of the same file), or a merged view. */
export interface CompareSide {
  readonly image: string;
  readonly mount: string;
  /** The merged view without these layers; image and mount say nothing then. */
  readonly without?: readonly string[];
}

/** One side of a difference. */
export interface ComparedSide {
  readonly type: 'file' | 'dir' | 'link';
  readonly size: number;
  readonly modified: string | null;
  readonly attributes: number;
  /** First 64 bits of the SHA-1 that the image states. */
  readonly sha1Start?: string;
}

/** A difference as plain data, its keys in the order of the command line's contract. */
export interface ComparedEntry {
  readonly path: string;
  readonly change: Change;
  readonly evidence: Evidence | null;
  readonly before: ComparedSide | null;
  readonly after: ComparedSide | null;
}

export interface CompareReport {
  /** Entries and bytes of their data; of changed ones the bytes of the second tree. */
  readonly totals: Readonly<Record<Change, { readonly entries: number; readonly bytes: number }>>;
  /** Null when one of the images states no hashes. */
  readonly shared: SharedData | null;
  /** Differences that can be listed; what is the same cannot. */
  readonly listed: number;
}

/** Where two points of a chain differ, as far as it is known. Offsets are those of the virtual disks. */
export interface DiskDifferences {
  /** Found since the last step. */
  readonly news: readonly DiskRange[];
  readonly ranges: number;
  readonly bytes: Readonly<Record<DiskRange['kind'], number>>;
  readonly done: number;
  readonly total: number;
  /** Bytes of each disk that had to be read to know. */
  readonly compared: number;
  /** There are more differences than can be told: what lies behind the last one was not looked at. */
  readonly full: boolean;
  readonly finished: boolean;
}

export interface DiskRange {
  readonly kind: 'differs' | 'unknown' | 'onlyFirst' | 'onlySecond';
  readonly offset: number;
  readonly length: number;
}

export interface CompareApi {
  /**
   * Looks on where two points of an image's chain differ; whoever stops asking has cancelled.
   * @param before,after ids of parents in the image's chain, null for its own file. @param again from the beginning
   */
  compareNodes(image: string, before: string | null, after: string | null, again: boolean): Promise<DiskDifferences>;
  /** Reads both trees and compares them; an earlier comparison is given up. @throws FormatError Cancelled */
  compare(before: CompareSide, after: CompareSide): Promise<CompareReport>;
  /** Rows read, of about how many; null when nothing is being compared. */
  compareProgress(): Promise<{ readonly done: number; readonly total: number | null } | null>;
  /** Differences of these kinds whose path contains the text, in the order of their paths. */
  compareRows(
    changes: readonly Change[],
    filter: string,
    from: number,
    count: number,
  ): Promise<{ readonly count: number; readonly rows: readonly ComparedEntry[] }>;
  endCompare(): Promise<void>;
}
