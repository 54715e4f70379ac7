/**
 * A file as BackupRead gives it, in the form in which the layers of Windows containers are carried: its attributes, then one
 * WIN32_STREAM_ID after the other, each with its bytes behind it.
 *
 *     00 FILE_ATTRIBUTE_* u32     only here: the file that holds all this has attributes of its own
 *     04 dwStreamId u32   08 dwStreamAttributes u32 (8: sparse)   0C Size u64   14 dwStreamNameSize u32 (bytes)
 *     18 cStreamName in UTF-16, then Size bytes, then the next one
 *
 *     1 BACKUP_DATA   2 EA_DATA: FILE_FULL_EA_INFORMATION   3 SECURITY_DATA: a self-relative descriptor
 *     4 ALTERNATE_DATA: `:name:$DATA`   5 LINK   6 PROPERTY_DATA   7 OBJECT_ID   8 REPARSE_DATA: REPARSE_DATA_BUFFER
 *     9 SPARSE_BLOCK: its bytes begin with their offset (u64), which Size counts   10 TXFS_DATA
 *
 * - A sparse stream states size 0; the blocks behind it are its content, and one without bytes says where it ends.
 * - Security stands first when a host unpacked the layer from an archive, behind the data when Windows exported it.
 * - hcsshim writes names of streams with and without the colon before them.
 *
 * Sources: winnt.h and BackupRead of Microsoft's documentation; microsoft/hcsshim `internal/wclayer/legacy.go` and
 * microsoft/go-winio `backup.go`, `backuptar/tar.go` (behaviour).
 */
import { fromUnits } from '../../base/utf16.ts';
import { readView } from '../../source/read.ts';
import { emptyRun, type Run, storedRun } from '../../source/run-list.ts';
import type { ByteSource } from '../../source/types.ts';

const ATTRIBUTES = 4;
const HEADER = 20;
const DATA = 1;
const EA = 2;
const SECURITY = 3;
const ALTERNATE_DATA = 4;
const LINK = 5;
const OBJECT_ID = 7;
const REPARSE = 8;
const SPARSE_BLOCK = 9;
const LAST_ID = 10;
const SPARSE = 8;
/** STREAM_* of winnt.h. */
const STREAM_ATTRIBUTES = 0x1f;
/** Those that Windows gives to files; anything else begins another file. */
const FILE_ATTRIBUTES = 0x205f_fff7;
/** `:`, a name of at most 255 units, `:$DATA`. */
const MAX_NAME = 1024;
/** Windows keeps the names of all streams of a file in 64 KiB. */
const MAX_STREAMS = 8192;
/** Blocks of a sparse file: 64 GiB in pieces of 64 KiB. */
const MAX_BLOCKS = 1 << 20;
/** Header, name and the small streams before the data are mostly read at once. */
const WINDOW = 1024;

/** A stream with data. */
export interface BackupData {
  /** Bytes of the stream; those that the file does not hold any more are missing. */
  size: number;
  readonly sparse: boolean;
  /** Offset in the stream, length, offset in the file, of each piece in order. */
  readonly pieces: { readonly offset: number; readonly length: number; readonly at: number }[];
}

/** Where bytes lie in the file. */
export interface Piece {
  readonly at: number;
  readonly length: number;
}

export interface BackupFile {
  readonly attributes: number;
  /** The unnamed stream; null when there is none. */
  data: BackupData | null;
  /** Named ones, without colons and type. */
  readonly streams: Map<string, BackupData>;
  ea: Piece | null;
  security: Piece | null;
  reparse: Piece | null;
  objectId: Piece | null;
  link: Piece | null;
  /** What is left aside, by id: property data, TxF. */
  readonly others: number[];
  /** The file ends before its streams do, or goes on with something else. */
  damaged: boolean;
}

/** Reads headers through one window on the file. */
class Reader {
  readonly source: ByteSource;
  #view: ReturnType<typeof readView> | null = null;
  #start = 0;

  constructor(source: ByteSource) {
    this.source = source;
  }

  /** A checked view and the place in it; null when the bytes are not there. */
  at(offset: number, length: number) {
    if (length > this.source.size - offset) return null;
    if (this.#view === null || offset < this.#start || offset + length > this.#start + this.#view.length) {
      this.#start = offset;
      this.#view = readView(this.source, offset, Math.min(Math.max(length, WINDOW), this.source.size - offset));
    }
    return { view: this.#view, at: offset - this.#start };
  }
}

interface Header {
  readonly id: number;
  readonly attributes: number;
  readonly size: number;
  readonly name: string;
  /** Where the stream's bytes begin. */
  readonly start: number;
}

/** Null for what is no header, or one that the file has no room for. */
function header(reader: Reader, offset: number): Header | null {
  const found = reader.at(offset, HEADER);
  if (found === null) return null;
  const { view, at } = found;
  const [id, attributes, nameSize] = [view.u32(at), view.u32(at + 4), view.u32(at + 16)];
  const size = view.u64(at + 8);
  if (id < DATA || id > LAST_ID || (attributes & ~STREAM_ATTRIBUTES) !== 0) return null;
  if (nameSize % 2 !== 0 || nameSize > MAX_NAME || size > 0x1f_ffff_ffff_ffffn) return null;
  const units = nameSize === 0 ? null : reader.at(offset + HEADER, nameSize);
  if (nameSize !== 0 && units === null) return null;
  const name = units === null ? '' : units.view.utf16(units.at, nameSize / 2);
  return { id, attributes, size: Number(size), name, start: offset + HEADER + nameSize };
}

/** `:name:$DATA`, `name:$DATA` and `name` -> `name`. */
const bareName = (name: string): string =>
  name
    .replace(/\0+$/, '')
    .replace(/^:/, '')
    .replace(/:\$DATA$/i, '');

/**
 * @param bare true where a file may say its attributes and nothing else (the metadata of a folder)
 * @returns null when this is no such file
 */
export function readBackup(source: ByteSource, bare: boolean): BackupFile | null {
  const reader = new Reader(source);
  const start = reader.at(0, ATTRIBUTES);
  if (start === null) return null;
  const attributes = start.view.u32(0);
  if ((attributes & ~FILE_ATTRIBUTES) !== 0) return null;
  const only = source.size === ATTRIBUTES;
  if (only ? !bare : header(reader, ATTRIBUTES) === null) return null;
  const file: BackupFile = {
    attributes,
    data: null,
    streams: new Map(),
    ea: null,
    security: null,
    reparse: null,
    objectId: null,
    link: null,
    others: [],
    damaged: false,
  };
  if (!only) file.damaged = !walk(reader, file);
  return file;
}

/** @returns false when the streams end otherwise than the file */
function walk(reader: Reader, file: BackupFile): boolean {
  /** The sparse stream that blocks belong to. */
  let open: BackupData | null = null;
  let [streams, blocks] = [0, 0];
  for (let at = ATTRIBUTES; at < reader.source.size; ) {
    const next = header(reader, at);
    if (next === null) return false;
    const { id, size, start } = next;
    if (id === SPARSE_BLOCK) {
      if (open === null || ++blocks > MAX_BLOCKS || !addBlock(reader, open, next)) return false;
    } else {
      if (++streams > MAX_STREAMS) return false;
      open = addStream(file, next);
    }
    at = start + size;
    if (at > reader.source.size) return false;
  }
  return true;
}

/** @returns the stream, when blocks that follow are its content */
function addStream(file: BackupFile, { id, attributes, size, name, start }: Header): BackupData | null {
  const piece: Piece = { at: start, length: size };
  if (id === DATA || id === ALTERNATE_DATA) {
    const sparse = (attributes & SPARSE) !== 0;
    const data: BackupData = { size, sparse, pieces: size > 0 ? [{ offset: 0, length: size, at: start }] : [] };
    const bare = bareName(name);
    if (id === DATA || bare === '') file.data ??= data;
    else if (!file.streams.has(bare)) file.streams.set(bare, data);
    return sparse && size === 0 ? data : null;
  }
  if (id === EA) file.ea ??= piece;
  else if (id === SECURITY) file.security ??= piece;
  else if (id === REPARSE) file.reparse ??= piece;
  else if (id === OBJECT_ID) file.objectId ??= piece;
  else if (id === LINK) file.link ??= piece;
  else file.others.push(id);
  return null;
}

/** @returns false when the block cannot stand there */
function addBlock(reader: Reader, into: BackupData, { size, start }: Header): boolean {
  const found = size < 8 ? null : reader.at(start, 8);
  if (found === null) return false;
  const value = found.view.u64(found.at);
  const length = size - 8;
  if (value > 0x1f_ffff_ffff_ffffn - BigInt(length) || Number(value) < into.size) return false;
  const offset = Number(value);
  if (length > 0) into.pieces.push({ offset, length, at: start + 8 });
  into.size = offset + length;
  return true;
}

/** What a stream is made of: pieces, zeros between them, and what the file does not hold any more. */
export function backupRuns(source: ByteSource, { size, pieces }: BackupData): Run[] {
  const runs: Run[] = [];
  let at = 0;
  const push = (run: Run): void => {
    if (run.length > 0) runs.push(run);
    at += run.length;
  };
  for (const piece of pieces) {
    push(emptyRun('zero', at, piece.offset - at));
    const here = Math.max(0, Math.min(piece.length, source.size - piece.at));
    if (here > 0) push(storedRun(at, here, source, piece.at));
    push(emptyRun('missing', at, piece.length - here));
  }
  push(emptyRun('zero', at, size - at));
  return runs;
}

/** Text of a hard link's target. */
export const linkText = (bytes: Uint8Array): string =>
  fromUnits(new Uint16Array(bytes.slice(0, bytes.length & ~1).buffer), 0, bytes.length >> 1).replace(/\0.*$/s, '');
