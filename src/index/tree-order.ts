/**
 * Rows in any order with parents that may lie -> rows in breadth-first order.
 *
 * Breadth-first order gives two things at once: parents stand before children, and the children of a row are
 * neighbours, so one `childStart` column replaces child lists. Whatever cannot be reached from the root (parent
 * missing, cycle, deeper than any real path) is hung below one synthetic directory instead of being lost.
 */
import { MAX_DEPTH } from '../base/limits.ts';

/** Parent value of an item whose parent is missing or cannot have children. */
export const LOST = 0xffff_ffff;

export interface TreeOrder {
  /** Number of rows: items + root + the orphan directory if there is one. */
  readonly count: number;
  /** Item of each row: 0 is the root, 1..n the items in order of arrival, n + 1 the orphan directory. */
  readonly order: Uint32Array;
  readonly parent: Uint32Array;
  /** Children of row r are the rows childStart[r] .. childStart[r + 1] - 1. */
  readonly childStart: Uint32Array;
  /** Row of the orphan directory, 0 when there is none. */
  readonly orphanRow: number;
  readonly lost: number;
  /** Cycles broken, and the item at which the first one was cut (0: none). */
  readonly cycles: number;
  readonly firstCycle: number;
  readonly tooDeep: number;
}

/**
 * @param parents for item i (1-based, at index i - 1) its parent item, 0 for the root, LOST when it has none. Changed in
 *   place where cycles are cut.
 */
export function orderTree(parents: Uint32Array): TreeOrder {
  return ordered(parents) ?? sorted(parents);
}

/** Items that arrive in breadth-first order, as those of a WIM do: one pass says so and makes the columns. Else null. */
function ordered(parents: Uint32Array): TreeOrder | null {
  const items = parents.length;
  const count = items + 1;
  const order = new Uint32Array(count);
  const parent = new Uint32Array(count);
  const childStart = new Uint32Array(count + 1);
  let last = 0;
  let levelStart = 1;
  let depth = 1;
  childStart[0] = 1;
  for (let item = 1; item <= items; item++) {
    const up = parents[item - 1]!;
    // a parent stands before its children, and behind the parents before it; LOST is beyond every item
    if (up >= item || up < last) return null;
    if (up >= levelStart) {
      levelStart = item;
      if (++depth >= MAX_DEPTH) return null;
    }
    while (last < up) childStart[++last] = item;
    order[item] = item;
    parent[item] = up;
  }
  childStart.fill(count, last + 1);
  return { count, order, parent, childStart, orphanRow: 0, lost: 0, cycles: 0, firstCycle: 0, tooDeep: 0 };
}

/** Any order: healthy trees at once, the others when their faults have been cut out. */
function sorted(parents: Uint32Array): TreeOrder {
  const items = parents.length;
  if (!parents.includes(LOST)) {
    const tree = walked(parents, items + 1, 0);
    if (tree !== null) return { ...tree, orphanRow: 0, lost: 0, cycles: 0, firstCycle: 0, tooDeep: 0 };
  }
  const orphan = items + 1;
  const broken = breakCycles(parents, orphan);
  const count = items + 2;
  const tree = walked(parents, count, orphan)!;
  return { ...tree, orphanRow: tree.order.indexOf(orphan), ...broken };
}

/**
 * The rows from the root downwards.
 * @param orphan item of the orphan directory, 0 when there is none
 * @returns null when not every item can be reached, or one lies too deep
 */
function walked(
  parents: Uint32Array,
  count: number,
  orphan: number,
): Pick<TreeOrder, 'count' | 'order' | 'parent' | 'childStart'> | null {
  const items = parents.length;
  const first = new Uint32Array(items + 3);
  for (let i = 0; i < items; i++) first[parents[i]! + 1]!++;
  if (orphan > 0) first[1]!++;
  for (let i = 1, sum = 0; i < first.length; i++) {
    sum += first[i]!;
    first[i] = sum;
  }
  const fill = first.slice();
  const kids = new Uint32Array(count - 1);
  for (let i = 0; i < items; i++) {
    const at = fill[parents[i]!]!++;
    kids[at] = i + 1;
  }
  if (orphan > 0) kids[fill[0]!] = orphan;

  const order = new Uint32Array(count);
  const parent = new Uint32Array(count);
  const childStart = new Uint32Array(count + 1);
  let tail = 1;
  let level = 0;
  let levelEnd = 1;
  for (let row = 0; row < tail; row++) {
    if (row === levelEnd) {
      levelEnd = tail;
      if (++level >= MAX_DEPTH) return null;
    }
    const item = order[row]!;
    childStart[row] = tail;
    const end = first[item + 1]!;
    for (let k = first[item]!; k < end; k++) {
      order[tail] = kids[k]!;
      parent[tail++] = row;
    }
  }
  if (tail !== count) return null;
  childStart[count] = tail;
  return { count, order, parent, childStart };
}

/** Hangs lost items, one item of each cycle and what is too deep below `orphan`, so that every walk upwards ends. */
function breakCycles(parents: Uint32Array, orphan: number) {
  const items = parents.length;
  let lost = 0;
  let cycles = 0;
  let firstCycle = 0;
  let tooDeep = 0;
  /** 0 unknown, else depth + 1; WALKING while the item is on the current walk. */
  const WALKING = 0xffff_ffff;
  const depths = new Uint32Array(items + 2);
  depths[0] = 1;
  depths[orphan] = 2;
  const walk: number[] = [];
  for (let start = 1; start <= items; start++) {
    let item = start;
    while (depths[item] === 0) {
      depths[item] = WALKING;
      walk.push(item);
      let up = parents[item - 1]!;
      if (up === LOST) {
        lost++;
        up = parents[item - 1] = orphan;
      } else if (depths[up] === WALKING) {
        cycles++;
        if (firstCycle === 0) firstCycle = item;
        up = parents[item - 1] = orphan;
      }
      item = up;
    }
    let depth = depths[item]!;
    for (let top = walk.pop(); top !== undefined; top = walk.pop()) {
      if (depth >= MAX_DEPTH) {
        tooDeep++;
        parents[top - 1] = orphan;
        depth = depths[orphan]!;
      }
      depths[top] = ++depth;
    }
  }
  return { lost, cycles, firstCycle, tooDeep };
}
