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
  const [atA, atB] = [nameOffset[a]!, nameOffset[b]!];
  const [lengthA, lengthB] = [nameLength[a]!, nameLength[b]!];
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

/** Child rows of `row` in directory order. Most directories are stored in it, which a first look finds out. */
export function sortedChildren(tree: PooledTree, row: number, upcase: Uint16Array): Uint32Array {
  const start = tree.data.childStart[row]!;
  const order = new Uint32Array(tree.data.childStart[row + 1]! - start);
  let sorted = true;
  for (let i = 0; i < order.length; i++) {
    order[i] = start + i;
    if (i > 0 && sorted) sorted = compareRows(tree, upcase, start + i - 1, start + i) < 0;
  }
  return sorted ? order : order.sort((a, b) => compareRows(tree, upcase, a, b));
}

/** Rows below `row` in directory order, parents before their children, with their paths relative to the root. */
export function* walkSorted(
  tree: PooledTree,
  row: number,
  path: string,
  upcase: Uint16Array,
  deep: boolean,
): Generator<{ row: number; path: string }> {
  const { childStart, names, nameOffset, nameLength } = tree.data;
  // cutting names out of one long text is several times as fast as making each from its units
  const text = fromUnits(names);
  const stack = [{ rows: sortedChildren(tree, row, upcase), next: 0, prefix: path === '' ? '' : `${path}\\` }];
  while (stack.length > 0) {
    const top = stack[stack.length - 1]!;
    if (top.next === top.rows.length) {
      stack.pop();
      continue;
    }
    const child = top.rows[top.next++]!;
    const offset = nameOffset[child]!;
    const at = top.prefix + text.slice(offset, offset + nameLength[child]!);
    yield { row: child, path: at };
    if (deep && childStart[child]! < childStart[child + 1]!)
      stack.push({ rows: sortedChildren(tree, child, upcase), next: 0, prefix: `${at}\\` });
  }
}
