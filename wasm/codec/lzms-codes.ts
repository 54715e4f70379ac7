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
import { clearLengthCounts, fillTable, setLengthCount } from './huffman';

export const MAX_SYMBOLS: u32 = 799;
export const LENGTH_SLOTS: u32 = 54;
/** Room for the weights (u16) of any code, whole vectors. */
export const WEIGHTS_BYTES: u32 = ((MAX_SYMBOLS + 7) & ~7) * 2;
const LAST_EXTRA: u8 = 30;

/** First value of each slot (u32), and the number of its extra bits (u8). One more base stands behind the last. */
export const offsetBase = memory.data((MAX_SYMBOLS + 1) * 4, 16);
export const offsetExtra = memory.data(MAX_SYMBOLS, 16);
export const lengthBase = memory.data((LENGTH_SLOTS + 1) * 4, 16);
export const lengthExtra = memory.data(LENGTH_SLOTS, 16);
/** Number of slots whose base is 2^i above that of the one before, for each i. */
const offsetRuns = memory.data<u8>([9, 0, 9, 7, 10, 15, 15, 20, 20, 30, 33, 40, 42, 45, 60, 73, 80, 85, 95, 105, 6]);
const lengthRuns = memory.data<u8>([27, 4, 6, 4, 5, 2, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 1]);

// Room for two more entries each, which stand for the end.
const sorted = memory.data((MAX_SYMBOLS + 2) * 4, 16);
const nodes = memory.data((MAX_SYMBOLS + 2) * 4, 16);
const nodeParents = memory.data((MAX_SYMBOLS + 1) * 2, 16);
const lengths = memory.data(MAX_SYMBOLS, 16);

/** Weights below it are sorted by counting; there are few others, as the sum of all is bounded. */
const HEAVY: u32 = 63;
/** Two rows (u16 each), for symbols of even and of odd number: equal neighbours would wait for each other. */
const weightCounts = memory.data(2 * 64 * 2, 16);
const WEIGHT_ROW: u32 = 64 * 2;
/** Where the next symbol of a weight goes, from its first place upwards and from its last downwards (u16 each). */
const firstPlaces = memory.data(64 * 2, 16);
const lastPlaces = memory.data(64 * 2, 16);

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
  // whole vectors: what lies behind the last symbol is never looked at
  const one = i16x8.splat(1);
  for (let at = weights, end = weights + (symbols << 1); at < end; at += 16)
    v128.store(at, i16x8.add(i16x8.shr_u(v128.load(at), 1), one));
}

function makeCode(table: usize, tableBits: u32, weights: usize, symbols: u32): void {
  assert(symbols > 1 && symbols <= MAX_SYMBOLS);
  sortSymbols(weights, symbols);
  joinLightest(symbols);
  countLengths(symbols);
  const made = fillTable(table, tableBits, lengths, symbols);
  assert(made);
}

// @ts-ignore: decorator
@inline
function weightAt(weights: usize, symbol: u32): u32 {
  const weight: u32 = load<u16>(weights + (symbol << 1));
  assert(weight > 0 && weight < 4096);
  return weight;
}

// @ts-ignore: decorator
@inline
function countWeight(row: usize, weight: u32): void {
  const at = row + (min<u32>(weight, HEAVY) << 1);
  store<u16>(at, <u16>(<u32>load<u16>(at) + 1));
}

/** Puts a symbol to the place of its weight. @param step where the next of that weight goes: 1 behind it, -1 before it */
// @ts-ignore: decorator
@inline
function putSymbol(places: usize, weight: u32, symbol: u32, step: i32): void {
  const at = places + (min<u32>(weight, HEAVY) << 1);
  const place: u32 = load<u16>(at);
  store<u16>(at, <u16>(place + step));
  store<u32>(sorted + (place << 2), (weight << 10) | symbol);
}

/** Fills `sorted` with `weight << 10 | symbol`, by weight, equals in the order of their symbols. */
function sortSymbols(weights: usize, symbols: u32): void {
  const zero = i64x2.splat(0);
  for (let at = weightCounts, end = weightCounts + 2 * WEIGHT_ROW; at < end; at += 16) v128.store(at, zero);
  const half = symbols >> 1;
  for (let i: u32 = 0; i < half; i++) {
    countWeight(weightCounts, weightAt(weights, i << 1));
    countWeight(weightCounts + WEIGHT_ROW, weightAt(weights, (i << 1) + 1));
  }
  if (symbols & 1) countWeight(weightCounts, weightAt(weights, symbols - 1));
  let next: u32 = 0;
  for (let at: usize = 0; at < WEIGHT_ROW; at += 2) {
    store<u16>(firstPlaces + at, <u16>next);
    next += <u32>load<u16>(weightCounts + at) + <u32>load<u16>(weightCounts + WEIGHT_ROW + at);
    store<u16>(lastPlaces + at, <u16>(next - 1));
  }
  // From both ends at once, for the same reason as above.
  let low: u32 = 0;
  let high = symbols - 1;
  for (; low < high; low++, high--) {
    putSymbol(firstPlaces, weightAt(weights, low), low, 1);
    putSymbol(lastPlaces, weightAt(weights, high), high, -1);
  }
  if (low == high) putSymbol(firstPlaces, weightAt(weights, low), low, 1);
  sortHeavy(symbols);
  store<u32>(sorted + (symbols << 2), 0xffffffff);
  store<u32>(sorted + (symbols << 2), 0xffffffff, 4);
}

/** The heavy ones at the end stand in order of their symbols: each moves down to its place. */
function sortHeavy(symbols: u32): void {
  const last = sorted + (symbols << 2);
  let first = last;
  while (first > sorted && load<u32>(first - 4) >= HEAVY << 10) first -= 4;
  for (let at = first + 4; at < last; at += 4) {
    const entry = load<u32>(at);
    let to = at;
    while (to > first && load<u32>(to - 4) > entry) {
      store<u32>(to, load<u32>(to - 4));
      to -= 4;
    }
    store<u32>(to, entry);
  }
}

/** Joins the two lightest of leaves and nodes until one is left; nodes come out in order of weight. */
function joinLightest(symbols: u32): void {
  let leaf = sorted;
  let node: u32 = 0;
  store<u32>(nodes, 0xffffffff);
  store<u32>(nodes, 0xffffffff, 4);
  for (let made: u32 = 0; made < symbols - 1; made++) {
    const firstLeaf = load<u32>(leaf) >> 10;
    const firstNode = load<u32>(nodes + (node << 2));
    let weight: u32 = 0;
    const secondLeaf = load<u32>(leaf, 4) >> 10;
    // two leaves, two nodes, or one of each; of equal weights the leaf is lighter
    if (secondLeaf <= firstNode) {
      weight = firstLeaf + secondLeaf;
      leaf += 8;
    } else {
      const secondNode = load<u32>(nodes + (node << 2), 4);
      store<u16>(nodeParents + (node << 1), <u16>made);
      if (secondNode < firstLeaf) {
        weight = firstNode + secondNode;
        store<u16>(nodeParents + (node << 1), <u16>made, 2);
        node += 2;
      } else {
        weight = firstLeaf + firstNode;
        leaf += 4;
        node++;
      }
    }
    store<u32>(nodes + (made << 2), weight);
    store<u32>(nodes + (made << 2), 0xffffffff, 4);
    store<u32>(nodes + (made << 2), 0xffffffff, 8);
  }
}

/**
 * Code lengths of all symbols. Nodes were joined in their order, so those of one depth are neighbours, and their parents
 * are the neighbours before: a level of the tree is found from the one above it, and what is no node there is a leaf.
 */
function countLengths(symbols: u32): void {
  clearLengthCounts();
  let entry = sorted + (symbols << 2);
  let lowest = symbols - 2; // the root, alone on its level
  let above: u32 = 1;
  for (let length: u32 = 1; above > 0; length++) {
    let next = lowest;
    while (next > 0 && <u32>load<u16>(nodeParents + ((next - 1) << 1)) >= lowest) next--;
    const below = lowest - next;
    const leaves = (above << 1) - below;
    assert(length <= 15);
    setLengthCount(length, leaves);
    for (let n = leaves; n > 0; n--) {
      entry -= 4;
      store<u8>(lengths + (load<u32>(entry) & 1023), <u8>length);
    }
    lowest = next;
    above = below;
  }
  assert(entry == sorted);
}
