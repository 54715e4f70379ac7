/**
 * Base block, hive bins and cells.
 *
 *     0        regf seq1 seq2 written(8) major minor type format root binsSize cluster name(64) ... flags@144 ... sum@508
 *     4096     hbin offset size ... | cell | cell | cell ...      a bin is a multiple of 4 KiB, cells fill it
 *     cell     i32 size (negative: allocated), payload; multiple of 8
 *
 * The chain of bins and cells is walked once and the start of each allocated cell is marked in a bitmap. From then on
 * an offset from the file counts only when its bit is set: it can point neither outside nor into the middle of a cell.
 */
import {
  ERR_END,
  ERR_SIGNATURE,
  ERR_TYPE,
  ERR_VERSION,
  F_BIN_OFFSET,
  F_BIN_SIGNATURE,
  F_BIN_SIZE,
  F_BINS_SIZE,
  F_CELL_SIZE,
  F_CHECKSUM,
  MORE,
  OK,
} from './constants';
import {
  BASE_BLOCK,
  bins,
  binsSize,
  cellHead,
  cellMap,
  claimMap,
  fileSize,
  hive,
  note,
  noteCell,
  setBase,
} from './state';

const REGF: u32 = 0x66676572;
const HBIN: u32 = 0x6e696268;

/** XOR of the first 127 words; 0 and -1 are stored as 1 and -2. */
export function checksum(block: usize): u32 {
  let sum: u32 = 0;
  for (let i: usize = 0; i < 508; i += 4) sum ^= load<u32>(block + i);
  if (sum == 0) return 1;
  return sum == 0xffffffff ? 0xfffffffe : sum;
}

export function readBase(): i32 {
  if (fileSize < BASE_BLOCK) return ERR_END;
  if (load<u32>(hive) != REGF) return ERR_SIGNATURE;
  const major = load<u32>(hive, 20);
  const minor = load<u32>(hive, 24);
  if (major != 1 || minor > 6) return ERR_VERSION;
  // Type 0 is a primary file (2 in some backups of Windows NT); 1, 2 and 6 are logs, which have no bins behind the block.
  if (load<u32>(hive, 28) != 0) return ERR_TYPE;
  const sum = checksum(hive);
  const stated = load<u32>(hive, 508);
  if (sum != stated) note(F_CHECKSUM, 508, sum, stated);
  const available = fileSize - BASE_BLOCK;
  let size = load<u32>(hive, 40);
  // A base block whose checksum is wrong cannot shorten the hive; one that is right can (what follows is remnant).
  if (size == 0 || size > available || sum != stated) {
    if (size != available) note(F_BINS_SIZE, 40, size, available);
    size = available;
  }
  const layers = minor >= 6 && (load<u32>(hive, 144) & 2) != 0;
  setBase(size, minor, load<u32>(hive, 36), layers);
  return OK;
}

let binAt: u32 = 0;
let binEnd: u32 = 0;
let cellNext: u32 = 0;

export function startIndex(): void {
  binAt = 0;
  binEnd = 0;
  cellNext = 0;
}

/** How far the index is, in bytes of the bins. */
export function indexed(): u32 {
  return cellNext;
}

/** Marks the cells of about `work` bytes of bins; MORE until the end is reached. */
export function stepIndex(work: u32): i32 {
  const stop: u64 = <u64>cellNext + work;
  while (<u64>cellNext < stop) {
    if (cellNext >= binEnd) {
      if (!nextBin()) return OK;
      continue;
    }
    markBin(<u32>min<u64>(stop, binEnd));
  }
  return MORE;
}

/** Finds the bin at or after `binEnd`. Where the chain is broken, the next page with a bin's header is taken up. */
function nextBin(): bool {
  let at = binEnd;
  if (binsSize < 32 || at > binsSize - 32) return false;
  if (load<u32>(bins + at) != HBIN) {
    noteCell(F_BIN_SIGNATURE, at, HBIN, load<u32>(bins + at));
    do {
      at = (at & ~0xfff) + 0x1000;
      if (at > binsSize - 32) return false;
    } while (load<u32>(bins + at) != HBIN || load<u32>(bins + at, 4) != at);
  }
  if (load<u32>(bins + at, 4) != at) noteCell(F_BIN_OFFSET, at + 4, at, load<u32>(bins + at, 4));
  let size = load<u32>(bins + at, 8);
  const room = binsSize - at;
  if (size > room || size == 0 || (size & 0xfff) != 0) {
    noteCell(F_BIN_SIZE, at + 8, room, size);
    size = size > room ? room : min<u32>(room, max<u32>(size & ~0xfff, 0x1000));
  }
  binAt = at;
  binEnd = at + size;
  cellNext = at + 32;
  return true;
}

function markBin(stop: u32): void {
  let at = cellNext;
  const end = binEnd;
  while (at < stop) {
    const room = end - at;
    if (room < 8) break;
    const stated = load<i32>(bins + at);
    const size: u32 = stated < 0 ? 0 - <u32>stated : <u32>stated;
    if (size < 8 || (size & 7) != 0 || size > room) {
      noteCell(F_CELL_SIZE, at, room, <u32>stated);
      at = end; // nothing in this bin can be found from here on
      break;
    }
    if (stated < 0) {
      const bit = at >> 3;
      const p = cellMap + (bit >> 3);
      const byte: u32 = load<u8>(p);
      const mask: u32 = 1 << (bit & 7);
      store<u8>(p, <u8>(byte | mask));
    }
    at += size;
  }
  cellNext = at < stop ? end : at;
}

/** Bytes of payload of the allocated cell at `cell`, 0 when there is none. */
export function cellLength(cell: u32): u32 {
  if (cell >= binsSize || (cell & 7) != 0) return 0;
  const bit = cell >> 3;
  const byte: u32 = load<u8>(cellMap + (bit >> 3));
  if (((byte >> (bit & 7)) & 1) == 0) return 0;
  const size: u32 = 0 - load<u32>(bins + cell);
  return size - cellHead;
}

export function payload(cell: u32): usize {
  return bins + cell + cellHead;
}

/** Marks a cell as visited by the walk; false when it was before. The cell must have passed `cellLength`. */
export function claim(cell: u32): bool {
  const bit = cell >> 3;
  const p = claimMap + (bit >> 3);
  const byte: u32 = load<u8>(p);
  const mask: u32 = 1 << (bit & 7);
  if ((byte & mask) != 0) return false;
  store<u8>(p, <u8>(byte | mask));
  return true;
}
