/** Directory order as NTFS has it: by upcased UTF-16 units, ties (case-sensitive directories) by the units themselves. */
import { fromUnits } from '../base/utf16.ts';
import type { NamedTree } from './path.ts';

/** A tree whose names stand in one pool: both tables do. */
export interface PooledTree extends NamedTree {
  readonly data: NamedTree['data'] & {
    readonly names: Uint16Array;
    readonly nameOffset: Uint32Array;
    readonly nameLength: Uint16Array;
  };
}

/** Negative, 0 or positive, as row `a` stands before or behind row `b`. */
function compareRows({ data }: PooledTree, upcase: Uint16Array, a: number, b: number): number {
  const { names, nameOffset, nameLength } = data;
  const atA = nameOffset[a]!;
  const atB = nameOffset[b]!;
  const lengthA = nameLength[a]!;
  const lengthB = nameLength[b]!;
  const common = Math.min(lengthA, lengthB);
  for (let i = 0; i < common; i++) {
    const difference = upcase[names[atA + i]!]! - upcase[names[atB + i]!]!;
    if (difference !== 0) return difference;
  }
  if (lengthA !== lengthB) return lengthA - lengthB;
  for (let i = 0; i < common; i++) {
    const difference = names[atA + i]! - names[atB + i]!;
    if (difference !== 0) return difference;
  }
  return a - b;
}

/** True when the rows from `start` to `end` (exclusive) stand in directory order. */
function inOrder(tree: PooledTree, start: number, end: number, upcase: Uint16Array): boolean {
  for (let row = start + 1; row < end; row++) if (compareRows(tree, upcase, row - 1, row) >= 0) return false;
  return true;
}

/** Rows from `start` to `end` (exclusive) in directory order; null when they are stored in it, as most directories are. */
function childOrder(tree: PooledTree, start: number, end: number, upcase: Uint16Array): Uint32Array | null {
  if (inOrder(tree, start, end, upcase)) return null;
  const order = new Uint32Array(end - start);
  for (let i = 0; i < order.length; i++) order[i] = start + i;
  return order.sort((a, b) => compareRows(tree, upcase, a, b));
}

interface Level {
  readonly order: Uint32Array | null;
  readonly start: number;
  readonly end: number;
  next: number;
}

/** A walk over the rows below one row in directory order, parents before their children. No object is made per row. */
export class SortedWalk {
  /** The row that the walk is at; the one it begins below before the first `next`. */
  row: number;
  /** How many levels `row` lies below the one where the walk begins. */
  depth = 0;
  readonly #tree: PooledTree;
  readonly #upcase: Uint16Array;
  readonly #deep: boolean;
  readonly #open: Level[] = [];
  #self: boolean;
  #enter = true;

  /** @param deep false for the children only; @param self the walk begins with `row` itself, at depth 0 */
  constructor(tree: PooledTree, row: number, upcase: Uint16Array, deep: boolean, self = false) {
    this.#tree = tree;
    this.row = row;
    this.#upcase = upcase;
    this.#deep = deep;
    this.#self = self;
  }

  /** Goes on to the next row. @returns false when there is none */
  next(): boolean {
    if (this.#self) {
      this.#self = false;
      return true;
    }
    const { childStart } = this.#tree.data;
    const open = this.#open;
    const start = childStart[this.row]!;
    const end = childStart[this.row + 1]!;
    if (this.#enter && start < end) {
      open.push({ order: childOrder(this.#tree, start, end, this.#upcase), start, end, next: start });
      this.#enter = this.#deep;
    }
    let top = open[open.length - 1];
    while (top !== undefined && top.next === top.end) {
      open.pop();
      top = open[open.length - 1];
    }
    if (top === undefined) return false;
    const at = top.next++;
    this.row = top.order === null ? at : top.order[at - top.start]!;
    this.depth = open.length;
    return true;
  }
}

/** The rows of a walk with their paths. @param base path of the row where it begins */
export function* pathsOf(
  { data }: PooledTree,
  walk: SortedWalk,
  base: string,
): Generator<{ row: number; path: string }> {
  const { names, nameOffset, nameLength, childStart } = data;
  // cutting names out of one long text is several times as fast as making each from its units
  const text = fromUnits(names);
  const prefixes = [base === '' ? '' : `${base}\\`];
  while (walk.next()) {
    const { row, depth } = walk;
    const offset = nameOffset[row]!;
    const path = depth === 0 ? base : prefixes[depth - 1]! + text.slice(offset, offset + nameLength[row]!);
    if (depth > 0 && childStart[row]! < childStart[row + 1]!) prefixes[depth] = `${path}\\`;
    yield { row, path };
  }
}
