/**
 * The whole hive as rows, in batches: depth first, sub-keys in list order, without recursion. The claim bitmap lets
 * each key, list and value through once, so that the walk ends and its rows never outnumber the cells of the file.
 */

import { cellLength, claim, payload } from './cells';
import {
  F_VALUE_MISSING,
  F_VALUE_TWICE,
  F_VALUES_LENGTH,
  F_VALUES_MISSING,
  F_VALUES_SHARED,
  MORE,
  NIL,
  OK,
} from './constants';
import {
  clearKeys,
  clearStack,
  expandToStack,
  keyRoom,
  nodeAt,
  pop,
  push,
  putKey,
  stackSize,
  valueCount,
} from './keys';
import { binsSize, claimMap, noteCell, rootCell } from './state';
import { clearValues, hashed, putValue, startHashing, valueAt, valueRoom } from './values';

/** Enough for one call: bytes hashed, and list entries looked at. */
const HASH_WORK: u32 = 8 << 20;
const ENTRY_WORK: u32 = 1 << 18;

let key: u32 = NIL;
let parent: u32 = NIL;
let node: usize = 0;
let subkeys: u32 = 0;
let entries: usize = 0;
let count: u32 = 0;
let index: u32 = 0;
let rows: u32 = 0;

/** Keys visited so far, for progress. */
export let visited: u32 = 0;

export function start(): void {
  memory.fill(claimMap, 0, (binsSize >> 6) + 1);
  clearStack();
  startHashing();
  key = NIL;
  visited = 0;
  claim(rootCell);
  push(rootCell, rootCell);
}

export function step(): i32 {
  clearKeys();
  clearValues();
  let work: u32 = 0;
  while (true) {
    if (key == NIL) {
      if (stackSize() == 0) return OK;
      const next = pop();
      enter(<u32>next, <u32>(next >> 32));
      work += subkeys;
    }
    while (index < count) {
      if (!valueRoom() || hashed > HASH_WORK || work > ENTRY_WORK) return MORE;
      takeValue(load<u32>(entries + ((<usize>index) << 2)));
      index++;
      work++;
    }
    if (!keyRoom()) return MORE;
    putKey(key, node, parent, subkeys, rows, true);
    visited++;
    key = NIL;
    if (work > ENTRY_WORK) return MORE;
  }
}

function enter(cell: u32, above: u32): void {
  key = cell;
  parent = above;
  node = nodeAt(cell);
  index = 0;
  rows = 0;
  subkeys = expandToStack(cell, node);
  count = valueCount(node);
  const flags: u32 = load<u16>(node, 2);
  const stated: u32 = (flags & 0x40) != 0 ? 0 : load<u32>(node, 36);
  const at = load<u32>(node, 40);
  if (stated != count) {
    if (cellLength(at) == 0) noteCell(F_VALUES_MISSING, cell, stated, at);
    else noteCell(F_VALUES_LENGTH, at, stated, count);
  }
  if (count == 0) return;
  if (!claim(at)) {
    noteCell(F_VALUES_SHARED, at, 0, cell);
    count = 0;
    return;
  }
  entries = payload(at);
}

function takeValue(cell: u32): void {
  const value = valueAt(cell);
  if (value == 0) noteCell(F_VALUE_MISSING, key, 0, cell);
  else if (!claim(cell)) noteCell(F_VALUE_TWICE, cell, 0, key);
  else {
    putValue(cell, value, key, true);
    rows++;
  }
}
