/**
 * ByteSource: random access to bytes, synchronous (FileReaderSync in a worker, fs.readSync in Node).
 *
 * `readInto` fills or throws: there is no short read. `extents` tells what lies behind a range, down to the place in
 * the user's own file: it serves error places, honest bytes, skipping of holes and "where do these bytes lie".
 */

/**
 * - `stored`: the bytes stand so in the file at `fileOffset`
 * - `zero`: no bytes are stored, zeros by the format's definition
 * - `decoded`: made from `fileLength` bytes at `fileOffset` (decompressed)
 * - `missing`: data that should be somewhere else and is not here; reading throws MissingData
 */
export type ExtentKind = 'stored' | 'zero' | 'decoded' | 'missing';

export interface Extent {
  readonly kind: ExtentKind;
  /** Start within this source, and length, in bytes. */
  readonly offset: number;
  readonly length: number;
  /** The user's file, null for zero and missing. */
  readonly file: string | null;
  /** Absolute offset in that file; for `decoded` of the compressed bytes. */
  readonly fileOffset: number;
  /** Length in that file; equals `length` for stored, 0 for zero and missing. */
  readonly fileLength: number;
}

export interface ByteSource {
  /** A name for people: `disk.vhdx`, `disk.vhdx p2`. Stands in errors. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Fills `dst` from `offset`. @throws FormatError UnexpectedEnd beyond the end, MissingData, UnexpectedChange ... */
  readInto(offset: number, dst: Uint8Array): void;
  /** A window on this source. @throws FormatError UnexpectedEnd when it does not fit */
  slice(offset: number, length: number, name?: string): ByteSource;
  /** Extents that cover [offset, offset + length) in order without gap; neighbours of one kind are joined where they adjoin. */
  extents(offset: number, length: number): Iterable<Extent>;
}
