/** What crosses between the page and the workspace worker when two trees are compared: types only. */
import type { Change, Evidence, SharedData } from '../index/compare.ts';

export type { Change, Evidence, SharedData };

/** A mounted tree: what a layer stands on, or another image of the same file. */
export interface CompareSide {
  readonly image: string;
  readonly mount: string;
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

export interface CompareApi {
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
