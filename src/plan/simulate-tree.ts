/** One layer's files as the simulator sees them: what a driver could ask a mounted volume. */
import { NodeFlag } from '../fs/types.ts';
import { foldText } from '../index/upcase.ts';
import type { LayerTree } from '../layer/types.ts';
import { type FileKind, fileIdentity, fileKind } from './content-identity.ts';

export interface SimTree {
  readonly root: number;
  /** Rows of the entries of a directory, in any order. */
  children(row: number): Iterable<number>;
  name(row: number): string;
  kind(row: number): FileKind;
  /** Does this directory compare the names in it case-sensitively? */
  caseSensitive(row: number): boolean;
  identity(row: number): string | null;
  /** Entry of a directory by name, -1 when there is none. A spelling that fits exactly comes first. */
  child(row: number, name: string): number;
}

/** @param upcase case table of the view */
export function simTree(tree: LayerTree, upcase: Uint16Array): SimTree {
  const { table, root } = tree;
  const { childStart, flags, orphanRow } = table.data;
  const skipped = new Set(tree.internal);
  if (orphanRow > 0) skipped.add(orphanRow);
  const children = function* (row: number): Generator<number> {
    if (row !== root && !table.isFolder(row)) return;
    for (let child = childStart[row]!; child < childStart[row + 1]!; child++) if (!skipped.has(child)) yield child;
  };
  // Neighbouring records ask for names in one directory, so the index of the last one is kept.
  let indexed = -1;
  const exact = new Map<string, number>();
  const folded = new Map<string, number>();
  const child = (row: number, name: string): number => {
    if (indexed !== row) {
      indexed = row;
      exact.clear();
      folded.clear();
      for (const entry of children(row)) {
        const spelled = table.name(entry);
        const fold = foldText(spelled, upcase);
        if (!exact.has(spelled)) exact.set(spelled, entry);
        if (!folded.has(fold)) folded.set(fold, entry);
      }
    }
    return exact.get(name) ?? folded.get(foldText(name, upcase)) ?? -1;
  };
  return {
    root,
    children,
    name: (row) => table.name(row),
    kind: (row) => fileKind(table, row),
    caseSensitive: (row) => (flags[row]! & NodeFlag.caseSensitive) !== 0,
    identity: (row) => fileIdentity(table, row),
    child,
  };
}

/** Row of a path, -1 when there is none. Remembers the directory it found last. */
export class PathFinder {
  readonly #tree: SimTree;
  #directory = '';
  #row: number;

  constructor(tree: SimTree) {
    this.#tree = tree;
    this.#row = tree.root;
  }

  find(path: readonly string[]): number {
    if (path.length === 0) return this.#tree.root;
    const directory = path.slice(0, -1).join('\\');
    if (directory !== this.#directory) {
      let row = this.#tree.root;
      for (let i = 0; i < path.length - 1 && row >= 0; i++) {
        row = this.#tree.kind(row) === 'dir' || i === 0 ? this.#tree.child(row, path[i]!) : -1;
      }
      this.#directory = directory;
      this.#row = row;
    }
    return this.#row < 0 ? -1 : this.#tree.child(this.#row, path.at(-1)!);
  }
}
