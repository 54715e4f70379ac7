/** What a hive tells besides its tree, as the page sees it: types only. */
import type { MaybePromise } from './api-image.ts';

/** A key or value that free cells still hold. Not part of the merged registry. */
export interface DeletedRow {
  readonly kind: 'key' | 'value';
  /** The key, or the key that the value belonged to; null when no list leads to it. Begins with `?` where a parent is lost. */
  readonly path: string | null;
  /** Of a value; empty for (Default) and for keys. */
  readonly name: string;
  /** `REG_SZ`; empty for keys. */
  readonly type: string;
  /** One line as regedit shows it; null for keys, and where the data have been overwritten. */
  readonly text: string | null;
  /** Bytes of data that a value states. */
  readonly size: number;
  /** ISO; null for values and where it is not set. */
  readonly lastWrite: string | null;
  /** Bytes from the start of the hive file. */
  readonly offset: number;
  /** Whether what it hung on is in the tree, is deleted too, or is lost. */
  readonly parent: 'live' | 'recovered' | 'lost';
}

/** A key or value before and after the transaction logs were applied. */
export interface ReplayedRow {
  readonly kind: 'key' | 'value';
  readonly change: 'added' | 'removed' | 'changed';
  readonly path: string;
  readonly name: string;
  /** Of a value its type and text, of a key its last write; null where it was not there. */
  readonly before: string | null;
  readonly after: string | null;
  /** What changed in a key besides its last write. */
  readonly aspects: readonly ('class' | 'security')[];
}

/** Rows are cut at a bound, `total` says how many there are. */
export interface DeletedRows {
  readonly rows: readonly DeletedRow[];
  readonly total: number;
}

export interface ReplayedRows {
  readonly rows: readonly ReplayedRow[];
  readonly total: number;
  /** False when the hive cannot be read without its logs: then every key counts as added. */
  readonly readableBefore: boolean;
  /** Stretches of the hive that the logs wrote, and their bytes. */
  readonly ranges: number;
  readonly bytes: number;
}

/** A key or value that two registries have otherwise. `times`: nothing of a key but its last write. */
export interface RegistryDifference extends Omit<ReplayedRow, 'change' | 'aspects'> {
  readonly change: ReplayedRow['change'] | 'times';
  readonly aspects: readonly ('class' | 'security' | 'layer' | 'link')[];
}

export interface RegistryDifferences {
  /** Keys. One is changed when its values are, too. */
  readonly totals: Readonly<Record<RegistryDifference['change'] | 'same', number>>;
  readonly rows: readonly RegistryDifference[];
  /** Rows that there are; fewer are listed. */
  readonly total: number;
}

/** What an image tells of an open hive. Paths begin below its root key. */
export interface ImageTracesApi {
  /** Reads the free cells of the whole hive: a second for a large one. */
  hiveDeletedRows(hive: string): MaybePromise<DeletedRows>;
  /** Null when no log was applied. */
  hiveReplayedRows(hive: string): MaybePromise<ReplayedRows | null>;
}

/** A layer by its id, or the merged view without some layers. */
export type RegistrySide = string | { readonly without: readonly string[] };

/** The hives of a layer that stand at a mount. Paths are those of the merged registry. */
export interface TracesApi {
  /** @param mount plan style, `HKLM/SOFTWARE` */
  hiveDeleted(mount: string, layer: string): Promise<DeletedRows>;
  hiveReplayed(mount: string, layer: string): Promise<ReplayedRows | null>;
  /**
   * The hives of two layers, mount by mount; of two layers of one hive each those two. Of merged views what they show.
   */
  compareRegistry(before: RegistrySide, after: RegistrySide): Promise<RegistryDifferences>;
  /** Keys that were compared, of how many; null while nothing is. */
  registryProgress(): Promise<{ readonly done: number; readonly total: number } | null>;
  /** Gives up the comparison: who waits for it gets `Cancelled`. */
  endRegistryCompare(): Promise<void>;
}
