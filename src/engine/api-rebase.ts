/** What crosses between the page and the workspace worker when another base is tried under the layers: types only. */
import type { FindingGroup } from '../overlay/findings/types.ts';
import type { CompareSide } from './api-compare.ts';

/** One of the two bases. */
export interface RebaseBase {
  /** Layer id by which the evidence names it. */
  readonly layer: string;
  readonly name: string;
  /** `26100.2033` when the image says so. */
  readonly build: string | null;
}

export interface RebaseReport {
  readonly before: RebaseBase;
  readonly after: RebaseBase;
  /** What the new base has otherwise, has and the old one had not, has no longer: files, and values of the registry. */
  readonly files: { readonly changed: number; readonly added: number; readonly removed: number };
  readonly values: { readonly changed: number; readonly removed: number };
  /** Hidden programs whose versions were not looked at, because there are too many: told as changes, never as older. */
  readonly unreadPrograms: number;
  /** What of that the layers above hide: errors first. All are counted, the first ones kept. */
  readonly groups: readonly FindingGroup[];
}

export type RebaseFormat = 'json' | 'csv' | 'markdown';

export interface RebaseProgress {
  /** Reading the new base, comparing, reading what programs say of themselves. */
  readonly step: 'scan' | 'hives' | 'compare' | 'programs';
  readonly done: number;
  readonly total: number | null;
}

/** What looks different since another base took the place of the one before. */
export interface BaseSwap {
  /** Layer ids: the base that is tried, and the one before, which stands above it and is switched off. */
  readonly now: string;
  readonly before: string;
  /** Files and folders, and keys, that are shown and look different, and how many are shown no more. */
  readonly files: number;
  readonly filesGone: number;
  readonly keys: number;
  readonly keysGone: number;
}

export interface RebaseApi {
  /**
   * What the layers above hide of another base. The workspace stays as it is; an earlier run is given up.
   * @throws FormatError MissingItem without a base to take the place of, Cancelled, or why the new base cannot be read
   */
  rebase(base: CompareSide): Promise<RebaseReport>;
  /** Null when nothing is being looked at. */
  rebaseProgress(): Promise<RebaseProgress | null>;
  /** The last report as a file. @throws FormatError MissingItem without one */
  rebaseFile(format: RebaseFormat): Promise<{ readonly name: string; readonly file: Blob }>;
  endRebase(): Promise<void>;
  /**
   * Puts another base in the place of the present one, which stays and is switched off; rows that look different are marked
   * until the base is taken back or a layer of the two moves.
   * @returns null when it is the base that another one was tried in the place of
   * @throws FormatError as `rebase` does, UnsupportedSize when there are too many layers
   */
  useBase(base: CompareSide): Promise<BaseSwap | null>;
  /** Everything as it was before `useBase`. @throws FormatError MissingItem when no other base is tried */
  undoBase(): Promise<void>;
}
