/** Paths of rows: text of a row, row of a text. Components are separated by `\`; the root is the empty path. */
import { foldText } from './upcase.ts';

/** What both tables have in common. */
export interface NamedTree {
  readonly count: number;
  readonly data: { readonly parent: Uint32Array; readonly childStart: Uint32Array };
  name(row: number): string;
}

/** Volume-relative path of a row, without a leading `\`. */
export function pathOf(tree: NamedTree, row: number): string {
  const parts: string[] = [];
  for (let at = row; at !== 0; at = tree.data.parent[at]!) parts.push(tree.name(at));
  return parts.reverse().join('\\');
}

export function splitPath(path: string): string[] {
  return path.split('\\').filter((part) => part !== '');
}

/** Child of `row` with that name under a fold table, -1 when there is none. */
export function childOf(tree: NamedTree, row: number, name: string, upcase: Uint16Array): number {
  const wanted = foldText(name, upcase);
  const end = tree.data.childStart[row + 1]!;
  for (let child = tree.data.childStart[row]!; child < end; child++) {
    const text = tree.name(child);
    if (text.length === wanted.length && foldText(text, upcase) === wanted) return child;
  }
  return -1;
}

/** Row of a path under a fold table, -1 when there is none. @param from row the path is relative to */
export function lookup(tree: NamedTree, path: string | readonly string[], upcase: Uint16Array, from = 0): number {
  let row = from;
  for (const part of typeof path === 'string' ? splitPath(path) : path) {
    row = childOf(tree, row, part, upcase);
    if (row < 0) return -1;
  }
  return row;
}
