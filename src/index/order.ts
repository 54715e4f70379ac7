/** Directory order as NTFS has it: by upcased UTF-16 units, ties (case-sensitive directories) by the units themselves. */
import type { NamedTree } from './path.ts';
import { foldText } from './upcase.ts';

/** Child rows of `row` in directory order. */
export function sortedChildren(tree: NamedTree, row: number, upcase: Uint16Array): number[] {
  const start = tree.data.childStart[row]!;
  const count = tree.data.childStart[row + 1]! - start;
  const names: string[] = new Array(count);
  const folded: string[] = new Array(count);
  const order: number[] = new Array(count);
  for (let i = 0; i < count; i++) {
    const name = tree.name(start + i);
    names[i] = name;
    folded[i] = foldText(name, upcase);
    order[i] = i;
  }
  const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
  order.sort((a, b) => compare(folded[a]!, folded[b]!) || compare(names[a]!, names[b]!) || a - b);
  return order.map((i) => start + i);
}

/** Rows below `row` in directory order, parents before their children, with their paths relative to the root. */
export function* walkSorted(
  tree: NamedTree,
  row: number,
  path: string,
  upcase: Uint16Array,
  deep: boolean,
): Generator<{ row: number; path: string }> {
  const stack = [{ rows: sortedChildren(tree, row, upcase), next: 0, path }];
  while (stack.length > 0) {
    const top = stack[stack.length - 1]!;
    const child = top.rows[top.next++];
    if (child === undefined) {
      stack.pop();
      continue;
    }
    const at = top.path === '' ? tree.name(child) : `${top.path}\\${tree.name(child)}`;
    yield { row: child, path: at };
    if (deep && tree.data.childStart[child]! < tree.data.childStart[child + 1]!)
      stack.push({ rows: sortedChildren(tree, child, upcase), next: 0, path: at });
  }
}
