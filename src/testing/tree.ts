/** A tree as the image builders take it: the same description makes a WIM, an NTFS volume or whatever comes next. */

export interface TreeEntry {
  readonly name: string;
  /** Entries of a directory; a file when absent. */
  readonly dir?: readonly TreeEntry[];
  readonly data?: Uint8Array;
  /** FILE_ATTRIBUTE_*; the builder adds the directory, reparse and sparse bits. */
  readonly attributes?: number;
  /** FILETIME ticks. */
  readonly created?: bigint;
  readonly modified?: bigint;
  readonly accessed?: bigint;
  readonly changed?: bigint;
  readonly shortName?: string;
  readonly streams?: readonly { readonly name: string; readonly data: Uint8Array }[];
  /** Entries with the same key are one file under several names; the first one describes it. */
  readonly link?: string;
  /** Reparse point; `data` is what follows the 8-byte header. */
  readonly reparse?: { readonly tag: number; readonly data: Uint8Array };
  /** Self-relative SECURITY_DESCRIPTOR; the builder's default when absent. */
  readonly security?: Uint8Array;
}
