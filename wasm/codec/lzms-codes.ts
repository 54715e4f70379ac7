/**
 * What LZMS learns from: Huffman codes that are made anew every so many symbols, and the slots their symbols stand for.
 *
 * A code starts with a weight of 1 for each symbol; a symbol that was read weighs 1 more. After `period` symbols the code is
 * made from the weights, and then each weight is halved, plus 1. The code must be the one every decoder makes: of equal
 * weights leaves are joined before nodes, and the longer codes go to the lighter symbols, of equals to the smaller ones.
 *
 * The sum of the weights tends to 2 * (period + symbols), 3,646 at most. A code of 16 bits needs Fibonacci weights with a sum
 * of 4,180, so 15 bits are never exceeded, and no weight needs more than 12 bits.
 */
import { buildTable } from './huffman';

export const MAX_SYMBOLS: u32 = 799;
export const LENGTH_SLOTS: u32 = 54;
const LAST_EXTRA: u8 = 30;

/** First value of each slot (u32), and the number of its extra bits (u8). One more base stands behind the last. */
export const offsetBase = memory.data((MAX_SYMBOLS + 1) * 4, 16);
export const offsetExtra = memory.data(MAX_SYMBOLS, 16);
export const lengthBase = memory.data((LENGTH_SLOTS + 1) * 4, 16);
export const lengthExtra = memory.data(LENGTH_SLOTS, 16);
/** Number of slots whose base is 2^i above that of the one before, for each i. */
const offsetRuns = memory.data<u8>([9, 0, 9, 7, 10, 15, 15, 20, 20, 30, 33, 40, 42, 45, 60, 73, 80, 85, 95, 105, 6]);
const lengthRuns = memory.data<u8>([27, 4, 6, 4, 5, 2, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 1]);

const sorted = memory.data(MAX_SYMBOLS * 4, 16);
const scratch = memory.data(MAX_SYMBOLS * 4, 16);
const nodes = memory.data(MAX_SYMBOLS * 4, 16);
const leafParents = memory.data(MAX_SYMBOLS * 2, 16);
const nodeParents = memory.data(MAX_SYMBOLS * 2, 16);
const depths = memory.data(MAX_SYMBOLS, 16);
const lengths = memory.data(MAX_SYMBOLS, 16);
const counts = memory.data(64 * 4, 16);

/** Called once, when the module starts. */
export function initLzmsSlots(): void {
  makeSlots(offsetRuns, 21, offsetBase, offsetExtra, MAX_SYMBOLS);
  makeSlots(lengthRuns, 17, lengthBase, lengthExtra, LENGTH_SLOTS);
}

function makeSlots(runs: usize, runCount: u32, bases: usize, extras: usize, slots: u32): void {
  let slot: u32 = 0;
  let base: u32 = 0;
  for (let run: u32 = 0; run < runCount; run++) {
    for (let n: u32 = load<u8>(runs + run); n > 0; n--) {
      base += 1 << run;
      store<u32>(bases + (slot << 2), base);
      if (slot > 0) store<u8>(extras + slot - 1, <u8>run);
      slot++;
    }
  }
  assert(slot == slots);
  store<u8>(extras + slots - 1, LAST_EXTRA);
  store<u32>(bases + (slots << 2), 0xffffffff);
}

/** Number of slots that offsets inside `size` bytes can have. */
export function slotsFor(size: u32): u32 {
  let slots: u32 = 0;
  while (slots < MAX_SYMBOLS && load<u32>(offsetBase + (slots << 2)) < size) slots++;
  return slots;
}

/** A new code: all symbols weigh 1. `weights`: u16 each. */
export function startCode(table: usize, tableBits: u32, weights: usize, symbols: u32): void {
  for (let i: u32 = 0; i < symbols; i++) store<u16>(weights + (i << 1), 1);
  if (symbols > 1) makeCode(table, tableBits, weights, symbols);
}

/** The code of what was seen so far; then what was seen counts half. Out of line: rare, and long. */
export function renewCode(table: usize, tableBits: u32, weights: usize, symbols: u32): void {
  makeCode(table, tableBits, weights, symbols);
  for (let i: u32 = 0; i < symbols; i++) {
    const weight: u32 = load<u16>(weights + (i << 1));
    store<u16>(weights + (i << 1), <u16>((weight >> 1) + 1));
  }
}

function makeCode(table: usize, tableBits: u32, weights: usize, symbols: u32): void {
  assert(symbols > 1 && symbols <= MAX_SYMBOLS);
  // Entries are `weight << 10 | symbol`, sorted by two passes over 6 bits of the weight each; the order of equals stays.
  for (let i: u32 = 0; i < symbols; i++) {
    const weight: u32 = load<u16>(weights + (i << 1));
    assert(weight > 0 && weight < 4096);
    store<u32>(sorted + (i << 2), (weight << 10) | i);
  }
  sortBy(10, sorted, scratch, symbols);
  sortBy(16, scratch, sorted, symbols);
  joinLightest(symbols);

  // Depth of each node from its parent's, the root first; then how many leaves there are at each depth.
  const root = symbols - 2;
  store<u8>(depths + root, 0);
  for (let node = root; node > 0; ) {
    node--;
    const parent: u32 = load<u16>(nodeParents + (node << 1));
    store<u8>(depths + node, <u8>(<u32>load<u8>(depths + parent) + 1));
  }
  memory.fill(counts, 0, 64 * 4);
  for (let i: u32 = 0; i < symbols; i++) {
    const parent: u32 = load<u16>(leafParents + (i << 1));
    const at = counts + (((<u32>load<u8>(depths + parent) + 1) & 63) << 2);
    store<u32>(at, load<u32>(at) + 1);
  }
  let i: u32 = 0;
  for (let length: u32 = 63; length > 0; length--) {
    for (let n = load<u32>(counts + (length << 2)); n > 0; n--) {
      const symbol = load<u32>(sorted + (i << 2)) & 1023;
      store<u8>(lengths + symbol, <u8>length);
      i++;
    }
  }
  assert(load<u8>(lengths + (load<u32>(sorted) & 1023)) <= 15);
  const made = buildTable(table, tableBits, lengths, symbols);
  assert(made == 1);
}

/** One pass of a radix sort. @param shift lowest of the 6 bits to sort by */
function sortBy(shift: u32, from: usize, to: usize, symbols: u32): void {
  memory.fill(counts, 0, 64 * 4);
  for (let i: u32 = 0; i < symbols; i++) {
    const at = counts + (((load<u32>(from + (i << 2)) >> shift) & 63) << 2);
    store<u32>(at, load<u32>(at) + 1);
  }
  let next: u32 = 0;
  for (let i: u32 = 0; i < 64; i++) {
    const count = load<u32>(counts + (i << 2));
    store<u32>(counts + (i << 2), next);
    next += count;
  }
  for (let i: u32 = 0; i < symbols; i++) {
    const entry = load<u32>(from + (i << 2));
    const at = counts + (((entry >> shift) & 63) << 2);
    const rank = load<u32>(at);
    store<u32>(to + (rank << 2), entry);
    store<u32>(at, rank + 1);
  }
}

/** Joins the two lightest of leaves and nodes until one is left; nodes come out in order of weight. */
function joinLightest(symbols: u32): void {
  let leaf: u32 = 0;
  let node: u32 = 0;
  for (let made: u32 = 0; made < symbols - 1; made++) {
    let weight: u32 = 0;
    for (let half: u32 = 0; half < 2; half++) {
      const leafWeight = leaf < symbols ? load<u32>(sorted + (leaf << 2)) >> 10 : 0xffffffff;
      const nodeWeight = node < made ? load<u32>(nodes + (node << 2)) : 0xffffffff;
      if (leafWeight <= nodeWeight) {
        store<u16>(leafParents + (leaf << 1), <u16>made);
        weight += leafWeight;
        leaf++;
      } else {
        store<u16>(nodeParents + (node << 1), <u16>made);
        weight += nodeWeight;
        node++;
      }
    }
    store<u32>(nodes + (made << 2), weight);
  }
}
