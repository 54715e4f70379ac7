/** The registry as the page sees it: derived views, users, keys in words, files of keys. */

/** Where a key or value of HKEY_CLASSES_ROOT comes from: the user's own classes, the machine's, or keys of both. */
export type ClassSide = 'user' | 'machine' | 'both';

/** Lines of a key in words: titles and values are names and texts of Windows, not sentences. */
export interface KeyWords {
  readonly kind: 'bcd' | 'amcache';
  readonly title: string;
  readonly lines: readonly { readonly name: string; readonly text: string }[];
}

/** A user whose hive is mounted: whom HKEY_CURRENT_USER may mean. */
export interface RegistryUser {
  /** `HKU/S-1-5-21-...`, `HKU/ann`. */
  readonly mount: string;
  /** For people: the folder of the profile where it is known, else the SID. */
  readonly name: string;
}

/** Files that a part of the registry can be written to; `hive` is a new regf file. */
export type RegistryFormat = 'reg' | 'json' | 'csv' | 'hive';

export interface ExportBegun {
  readonly id: number;
  /** Proposed name of the file. */
  readonly name: string;
}

/** The next part of a file; `left` counts what it cannot hold (names, values whose data cannot be read). */
export interface ExportPiece {
  readonly bytes: Uint8Array;
  readonly keys: number;
  readonly left: number;
  readonly finished: boolean;
}

export interface RegistryApi {
  /** Whom HKEY_CURRENT_USER and HKEY_CLASSES_ROOT are shown for. */
  setUser(mount: string): Promise<void>;
  /** Begins a file of a key, `deep` with everything below it; its parts are asked for until the last one. */
  exportKey(node: number, format: RegistryFormat, deep: boolean): Promise<ExportBegun>;
  exportNext(id: number): Promise<ExportPiece>;
  /** Gives a file up that is not finished. */
  endExport(id: number): Promise<void>;
}
