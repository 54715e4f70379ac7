/**
 * The regf engine: one instance holds one hive. The caller reserves memory, copies the file to `hiveAddress`, opens it,
 * steps the cell index to its end, and then asks for single keys and values or walks everything into column windows.
 * No imports, status codes from `constants.ts`, every offset from the file tested before it is used.
 */

import { checksum, indexed, readBase, startIndex, stepIndex } from './cells';
import { ERR_MEMORY, ERR_REFERENCE, ERR_ROOT, FINDING_ROWS, KEY_ROWS, MORE, OK, VALUE_ROWS } from './constants';
import { keysWritten, linesLength, startLines, stepLines } from './json-lines';
import {
  children,
  classOf,
  clearKeys,
  expandToList,
  keyRows,
  nodeAt,
  pieceLength,
  pieceOffset,
  putKey,
  putListed,
  securityOf,
  valueCount,
} from './keys';
import {
  BASE_BLOCK,
  binsSize,
  cellMap,
  clearFindings,
  fileSize,
  findingCount,
  findings,
  findingsDropped,
  grow,
  hive,
  keyColumns,
  keyNames,
  layered,
  layOut,
  lines,
  list,
  minor,
  rootCell,
  setFileSize,
  upper,
  valueColumns,
  valueNames,
  words,
} from './state';
import {
  clearValues,
  dataOf,
  dataSize,
  nextValue,
  putValue,
  putValuesOf,
  segments,
  startListing,
  valueAt,
  valueRows,
} from './values';
import { start, step, visited } from './walk';

/** Makes room for a file of `size` bytes. */
export function reserve(size: u32): i32 {
  setFileSize(size);
  return grow(<u64>hive + size) ? OK : ERR_MEMORY;
}

export function hiveAddress(): usize {
  return hive;
}

/** Reads the base block of the file that stands at `hiveAddress`. Afterwards call `index` until it is not MORE. */
export function open(): i32 {
  clearFindings();
  const status = readBase();
  if (status != OK) return status;
  if (!layOut(binsSize)) return ERR_MEMORY;
  startIndex();
  return OK;
}

/** Indexes cells of about 8 MiB. */
export function index(): i32 {
  const status = stepIndex(8 << 20);
  if (status != OK) return status;
  return nodeAt(rootCell) == 0 ? ERR_ROOT : OK;
}

export function indexedBytes(): u32 {
  return indexed();
}

/** Checksum of a base block that stands at `hiveAddress`. */
export function baseChecksum(): u32 {
  return checksum(hive);
}

export function getBinsSize(): u32 {
  return binsSize;
}
export function getMinor(): u32 {
  return minor;
}
export function getLayered(): bool {
  return layered;
}
export function getRoot(): u32 {
  return rootCell;
}

// ---- windows -------------------------------------------------------------------------------------------------------

export function keyColumn(column: u32): usize {
  return keyColumns + <usize>column * KEY_ROWS * 4;
}
export function valueColumn(column: u32): usize {
  return valueColumns + <usize>column * VALUE_ROWS * 4;
}
export function keyNamesAddress(): usize {
  return keyNames;
}
export function valueNamesAddress(): usize {
  return valueNames;
}
export function findingsAddress(): usize {
  return findings;
}
export function listAddress(): usize {
  return list;
}
/** Bitmap: a bit for each 8 bytes of the bins, set where an allocated cell begins. */
export function cellMapAddress(): usize {
  return cellMap;
}
export function keyCount(): i32 {
  return keyRows;
}
export function valueRowCount(): i32 {
  return valueRows;
}
export function getFindingCount(): i32 {
  return findingCount;
}
export function getFindingsDropped(): u32 {
  return findingsDropped;
}
export function emptyFindings(): void {
  clearFindings();
}

// ---- single keys and values ----------------------------------------------------------------------------------------

/** One key as row 0 of the key window. Its parent is what the node states. */
export function key(cell: u32): i32 {
  const node = nodeAt(cell);
  if (node == 0) return ERR_REFERENCE;
  clearKeys();
  putKey(cell, node, load<u32>(node, 16), load<u32>(node, 20), valueCount(node), false);
  return OK;
}

/** 1 when `cell` is a key. */
export function isKey(cell: u32): i32 {
  return nodeAt(cell) != 0 ? 1 : 0;
}

/** Sub-keys of a key into the list window. */
export function listChildren(cell: u32): i32 {
  return expandToList(cell);
}
export function childCount(): u32 {
  return children();
}
/** Rows of the sub-keys `listChildren` found. */
export function childRows(parent: u32, from: u32): i32 {
  return putListed(parent, from);
}

/** One value as row 0 of the value window. */
export function value(cell: u32, key: u32): i32 {
  const at = valueAt(cell);
  if (at == 0) return ERR_REFERENCE;
  clearValues();
  startListing();
  putValue(cell, at, key, false);
  return OK;
}

export function valuesOf(key: u32, from: u32): i32 {
  return putValuesOf(key, from);
}
export function nextValueIndex(): u32 {
  return nextValue;
}

/** Pieces of a value's data as (file offset, length) pairs in the list window. */
export function data(cell: u32): i32 {
  return dataOf(cell);
}
export function segmentCount(): u32 {
  return segments;
}
export function getDataSize(): u32 {
  return dataSize;
}

export function keyClass(cell: u32): i32 {
  return classOf(cell);
}
export function keySecurity(cell: u32): i32 {
  return securityOf(cell);
}
export function getPieceOffset(): u32 {
  return pieceOffset;
}
export function getPieceLength(): u32 {
  return pieceLength;
}

// ---- everything ----------------------------------------------------------------------------------------------------

export function startWalk(): void {
  start();
}
/** Fills both windows; MORE until the last rows are in them. */
export function stepWalk(): i32 {
  return step();
}
export function visitedKeys(): u32 {
  return visited;
}

// ---- everything as text --------------------------------------------------------------------------------------------

export function wordsAddress(): usize {
  return words;
}
/** 65,536 units: the upper case of each. */
export function upperAddress(): usize {
  return upper;
}
/** Begins the lines. The path of the root key stands at `keyNamesAddress`. */
export function startJson(baseUnits: u32): i32 {
  return startLines(baseUnits);
}
/** Fills the window of lines; MORE until the last one is in it. */
export function stepJson(): i32 {
  return stepLines();
}
export function jsonAddress(): usize {
  return lines;
}
export function jsonLength(): u32 {
  return linesLength();
}
export function jsonKeys(): u32 {
  return keysWritten;
}
