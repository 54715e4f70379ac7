/**
 * Sparse files of GNU tar: the archive holds their pieces one behind another, and a list of where they belong.
 *
 *     old GNU   type 'S': four pairs of octal numbers in the header, 21 in each further block, then the pieces
 *     pax 0.0   GNU.sparse.offset and GNU.sparse.numbytes, once for each piece
 *     pax 0.1   GNU.sparse.map, the same numbers with commas
 *     pax 1.0   GNU.sparse.major 1: the list stands before the pieces as lines of decimal numbers, how many first
 *
 * The name of a pax entry is one of its own (`GNUSparseFile.123/name`); GNU.sparse.name has the right one. A piece without
 * bytes at the end says how long the file is.
 *
 * Sources: GNU tar manual, "Storing Sparse Files"; archives by GNU tar 1.34.
 */
import { readBytes } from '../../source/read.ts';
import { emptyRun, type Run, storedRun } from '../../source/run-list.ts';
import type { ByteSource } from '../../source/types.ts';
import { BLOCK, numberOf } from './header.ts';

export interface SparseFile {
  /** Bytes of the file. */
  readonly size: number;
  /** Where the pieces begin in the archive, and how many bytes they are. */
  readonly dataOffset: number;
  readonly stored: number;
  /** Offset in the file and length of each piece, in order. */
  readonly pieces: Float64Array;
}

/** Pieces of one file: a disk of 64 GiB with every other 32 KiB stored. */
const MAX_PIECES = 1 << 20;
/** The longest list, in bytes: numbers of ten digits and more each have a line. */
const MAX_LIST = 32 << 20;
const decoder = new TextDecoder();

/** Blocks of further pieces behind a header of type 'S': the pieces themselves begin behind them. */
export function oldSparseEnd(source: ByteSource, block: Uint8Array, offset: number): number {
  let at = offset;
  for (let more = block[482] !== 0; more && at + BLOCK <= source.size; at += BLOCK)
    more = readBytes(source, at, BLOCK)[504] !== 0;
  return at;
}

/** @returns null when the list cannot be */
export function oldSparse(source: ByteSource, block: Uint8Array, offset: number, stored: number): SparseFile | null {
  const numbers: number[] = [];
  const take = (from: Uint8Array, start: number, pairs: number): void => {
    for (let i = 0; i < pairs * 2; i++) {
      const field = from.subarray(start + i * 12, start + i * 12 + 12);
      // a pair that was never written ends the list
      if (i % 2 === 0 && field[0] === 0) return;
      numbers.push(numberOf(field) ?? -1);
    }
  };
  take(block, 386, 4);
  const dataOffset = oldSparseEnd(source, block, offset);
  if (dataOffset - offset > (MAX_PIECES / 21) * BLOCK) return null;
  for (let at = offset; at < dataOffset; at += BLOCK) take(readBytes(source, at, BLOCK), 0, 21);
  return checked(numbers, numberOf(block.subarray(483, 495)), dataOffset, stored);
}

/** `map`: numbers with commas. @returns null when they cannot be */
export function mappedSparse(map: string, size: number, dataOffset: number, stored: number): SparseFile | null {
  const numbers = map === '' ? [] : map.split(',', MAX_PIECES * 2 + 2).map(decimal);
  return checked(numbers, size, dataOffset, stored);
}

/** Version 1.0: the list stands in the first blocks of the data. @returns null when it cannot be */
export function listedSparse(source: ByteSource, size: number, offset: number, stored: number): SparseFile | null {
  const most = Math.min(stored, MAX_LIST, Math.max(0, source.size - offset));
  let count = -1;
  const numbers: number[] = [];
  // lines may go on in the next block
  let [text, at] = ['', 0];
  while (at + BLOCK <= most && numbers.length !== count * 2) {
    text += decoder.decode(readBytes(source, offset + at, BLOCK));
    at += BLOCK;
    const lines = text.split('\n');
    text = lines.pop()!;
    for (const line of lines) {
      const number = decimal(line);
      if (count < 0) count = number;
      else numbers.push(number);
      if (count < 0 || count > MAX_PIECES || number < 0) return null;
      if (numbers.length === count * 2) break;
    }
    if (text.length > 32 && numbers.length !== count * 2) return null;
  }
  return numbers.length === count * 2 ? checked(numbers, size, offset + at, stored - at) : null;
}

function decimal(text: string): number {
  return /^\d{1,15}$/.test(text) ? Number(text) : -1;
}

function checked(
  numbers: readonly number[],
  size: number | null,
  dataOffset: number,
  stored: number,
): SparseFile | null {
  if (size === null || size < 0 || numbers.length % 2 !== 0 || numbers.length > MAX_PIECES * 2) return null;
  const pieces: number[] = [];
  let [end, bytes] = [0, 0];
  for (let i = 0; i < numbers.length; i += 2) {
    const [offset, length] = [numbers[i]!, numbers[i + 1]!];
    if (offset < end || length < 0 || offset + length > size) return null;
    end = offset + length;
    bytes += length;
    if (length > 0) pieces.push(offset, length);
  }
  return bytes > stored ? null : { size, dataOffset, stored: bytes, pieces: Float64Array.from(pieces) };
}

/** What the file is made of: pieces, zeros between them, and what the archive does not hold any more. */
export function sparseRuns(source: ByteSource, { size, dataOffset, pieces }: SparseFile): Run[] {
  const runs: Run[] = [];
  let [at, from] = [0, dataOffset];
  const push = (run: Run): void => {
    if (run.length > 0) runs.push(run);
    at += run.length;
  };
  for (let i = 0; i < pieces.length; i += 2) {
    const [offset, length] = [pieces[i]!, pieces[i + 1]!];
    push(emptyRun('zero', at, offset - at));
    const here = Math.max(0, Math.min(length, source.size - from));
    if (here > 0) push(storedRun(at, here, source, from));
    push(emptyRun('missing', at, length - here));
    from += length;
  }
  push(emptyRun('zero', at, size - at));
  return runs;
}
