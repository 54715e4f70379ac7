/** Rows of the volume that holds a transport folder, made anew from the streams of its files. */
import type { ItemRef } from '../../base/brand.ts';
import { FormatError } from '../../base/errors.ts';
import { fromUnits } from '../../base/utf16.ts';
import { readBytes } from '../../source/read.ts';
import type { ByteSource } from '../../source/types.ts';
import { ByteState, type FsVolume, NODE_COLUMNS, type NodeChunk, NodeFlag } from '../types.ts';
import { type BackupData, type BackupFile, type Piece, readBackup } from './streams.ts';

export const FOLDER_METADATA = '.$wcidirs$';
export const PAYLOAD = 'files';
export const DIRECTORY = 0x10;
const REPARSE_POINT = 0x400;
const NAME_SURROGATE = 0x2000_0000;
/** A descriptor and a list of extended attributes are at most 64 KiB, reparse data 16 KiB. */
const MAX_SMALL = 65_536;

export const nameOf = (chunk: NodeChunk, row: number) =>
  fromUnits(chunk.names, chunk.nameOffset[row]!, chunk.nameLength[row]!);
export const isDirectory = (chunk: NodeChunk, row: number) => (chunk.flags[row]! & NodeFlag.directory) !== 0;
export const isMetadata = (chunk: NodeChunk, row: number) =>
  !isDirectory(chunk, row) && nameOf(chunk, row).endsWith(FOLDER_METADATA);

/** Ids of `Files` and of all folders below it. Rows come in any order. */
export function belowFiles(chunks: readonly NodeChunk[], rootId: number): ReadonlySet<number> {
  const children = new Map<number, number[]>();
  const found = new Set<number>();
  for (const chunk of chunks)
    for (let row = 0; row < chunk.count; row++) {
      if (!isDirectory(chunk, row)) continue;
      const [id, parent] = [chunk.id[row]!, chunk.parent[row]!];
      if (parent === rootId && nameOf(chunk, row).toLowerCase() === PAYLOAD) found.add(id);
      const list = children.get(parent);
      if (list === undefined) children.set(parent, [id]);
      else list.push(id);
    }
  // what is added while it goes on is looked at as well
  for (const id of found) for (const child of children.get(id) ?? []) found.add(child);
  return found;
}

/** Reads one of the volume's files; null for what is none in this form, or cannot be read. */
export function backupOf(
  volume: FsVolume,
  ref: number,
  bare: boolean,
): { source: ByteSource; file: BackupFile } | null {
  try {
    const source = volume.open(ref as ItemRef);
    const file = readBackup(source, bare);
    return file === null ? null : { source, file };
  } catch (error) {
    if (error instanceof FormatError) return null;
    throw error;
  }
}

export const storedSize = ({ pieces }: BackupData): number => pieces.reduce((sum, { length }) => sum + length, 0);

export function stateOf({ data, damaged }: BackupFile): ByteState {
  if (damaged) return ByteState.damaged;
  return data?.sparse === true ? ByteState.sparse : ByteState.complete;
}

/** The bytes of a small stream; null when it is not whole. */
export function small(source: ByteSource, piece: Piece | null): Uint8Array | null {
  if (piece === null || piece.length > MAX_SMALL || piece.length > source.size - piece.at) return null;
  return readBytes(source, piece.at, piece.length);
}

/** Makes the rows of a chunk anew, one after the other. */
export class ChunkDecoder {
  /** Decoded ones, those of them whose streams end early, and those that should have this form and have not. */
  files = 0;
  damaged = 0;
  strange = 0;
  readonly #volume: FsVolume;
  readonly #from: NodeChunk;
  readonly #metadata: ReadonlyMap<number, number>;
  readonly #content: ReadonlySet<number>;
  readonly #kept: number[] = [];
  #at = 0;

  /** @param content ids of the folders in which every file has this form */
  constructor(
    volume: FsVolume,
    from: NodeChunk,
    metadata: ReadonlyMap<number, number>,
    content: ReadonlySet<number> = new Set(),
  ) {
    this.#volume = volume;
    // columns are changed in place: the chunk was made for us
    this.#from = from;
    this.#metadata = metadata;
    this.#content = content;
  }

  /** @returns false when no row is left */
  next(): boolean {
    const row = this.#at++;
    if (row >= this.#from.count) return false;
    if (isMetadata(this.#from, row)) return true;
    this.#kept.push(row);
    const directory = isDirectory(this.#from, row);
    const ref = directory ? this.#metadata.get(this.#from.ref[row]!) : this.#from.ref[row]!;
    if (ref === undefined) return true;
    const found = backupOf(this.#volume, ref, directory);
    if (found !== null) this.#change(row, directory, found.source, found.file);
    else if (this.#content.has(this.#from.parent[row]!)) this.strange++;
    return true;
  }

  #change(row: number, directory: boolean, source: ByteSource, file: BackupFile): void {
    const to = this.#from;
    const reparse = file.reparse !== null && file.reparse.length >= 8 ? small(source, file.reparse) : null;
    const tag = reparse === null ? 0 : new DataView(reparse.buffer).getUint32(0, true);
    this.files++;
    if (file.damaged) this.damaged++;
    to.attributes[row] =
      (file.attributes & ~(DIRECTORY | REPARSE_POINT)) | (directory ? DIRECTORY : 0) | (tag === 0 ? 0 : REPARSE_POINT);
    to.reparseTag[row] = tag;
    to.flags[row] =
      (to.flags[row]! & (NodeFlag.directory | NodeFlag.caseSensitive | NodeFlag.orphan)) |
      (file.streams.size > 0 ? NodeFlag.streams : 0) |
      (file.ea === null ? 0 : NodeFlag.ea) |
      ((tag & NAME_SURROGATE) === 0 ? 0 : NodeFlag.link);
    to.securityId[row] = 0;
    to.hashHi[row] = 0;
    to.hashLo[row] = 0;
    to.byteState[row] = stateOf(file);
    if (directory) return;
    to.size[row] = file.data?.size ?? 0;
    to.allocated[row] = file.data === null ? 0 : storedSize(file.data);
  }

  /** The chunk without the metadata of folders. */
  chunk(): NodeChunk {
    const from = this.#from;
    if (this.#kept.length === from.count) return from;
    const columns = Object.fromEntries(
      Object.entries(NODE_COLUMNS).map(([name, Type]) => {
        const column = from[name as keyof typeof NODE_COLUMNS];
        const to = new Type(this.#kept.length);
        this.#kept.forEach((row, i) => {
          to[i] = column[row]!;
        });
        return [name, to];
      }),
    );
    return { ...columns, names: from.names, count: this.#kept.length } as unknown as NodeChunk;
  }
}
