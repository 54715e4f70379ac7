/**
 * Markers in normal form, whatever a store writes them as. A store may say several things about one path; here the
 * last word for each path stands, and words about what lies below a deleted path are dropped (one whiteout covers the subtree).
 */
import { NodeFlag } from '../fs/types.ts';
import type { NodeTable } from '../index/node-table.ts';
import { foldText } from '../index/upcase.ts';
import type { FileMarker } from './types.ts';

/** Between the names of a path: no name has it, neither of Windows nor of Linux, where a backslash may be part of one. */
const SEPARATOR = '/';

/** Paths that name one entry have one text, its names with SEPARATOR between them. */
export type PathKey = (path: readonly string[]) => string;

/** Case does not count, but in the directories of this tree that say so. @param root row the paths start from */
export function pathKeys(table: NodeTable, root: number, upcase: Uint16Array): PathKey {
  const { childStart, count, flags } = table.data;
  const isCased = (row: number) => row >= 0 && (flags[row]! & NodeFlag.caseSensitive) !== 0;
  let cased = false;
  for (let row = 0; row < count && !cased; row++) cased = isCased(row);
  if (!cased) return (path) => path.map((part) => foldText(part, upcase)).join(SEPARATOR);
  /** Children by the text that their names have in a path, of the directories that were asked for. */
  const indexes = new Map<number, ReadonlyMap<string, number>>();
  const childrenOf = (row: number, textOf: (name: string) => string) => {
    let index = indexes.get(row);
    if (index !== undefined) return index;
    const made = new Map<string, number>();
    for (let child = childStart[row + 1]! - 1; child >= childStart[row]!; child--)
      made.set(textOf(table.name(child)), child);
    index = made;
    indexes.set(row, index);
    return index;
  };
  return (path) => {
    let row = root;
    const parts = path.map((part) => {
      const textOf = isCased(row) ? (name: string) => name : (name: string) => foldText(name, upcase);
      const text = textOf(part);
      if (row >= 0) row = childrenOf(row, textOf).get(text) ?? -1;
      return text;
    });
    return parts.join(SEPARATOR);
  };
}

/** Collects markers; later ones for the same path and purpose replace earlier ones. */
export class MarkerSet {
  readonly #key: PathKey;
  readonly #byPath = new Map<string, Map<'whiteout' | 'opaque' | 'origin', FileMarker>>();

  /** @param names a fold table, or what tells paths apart */
  constructor(names: Uint16Array | PathKey) {
    this.#key =
      typeof names === 'function' ? names : (path) => path.map((part) => foldText(part, names)).join(SEPARATOR);
  }

  add(marker: FileMarker): void {
    const key = this.#key(marker.path);
    let known = this.#byPath.get(key);
    if (known === undefined) {
      known = new Map();
      this.#byPath.set(key, known);
    }
    // A whiteout ends what was there; opaque and origin say that something is there again.
    if (marker.kind === 'whiteout') known.clear();
    else known.delete('whiteout');
    known.set(marker.kind, marker);
  }

  /** Removes every marker of the path. */
  clear(path: readonly string[]): void {
    this.#byPath.delete(this.#key(path));
  }

  /** Markers by path, parents before children; those below a whiteout are left out. */
  list(): FileMarker[] {
    const keys = [...this.#byPath.keys()].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
    const out: FileMarker[] = [];
    const deleted = new Set<string>();
    for (const key of keys) {
      const parts = key.split(SEPARATOR);
      let below = false;
      for (let n = 1; n < parts.length && !below; n++) below = deleted.has(parts.slice(0, n).join(SEPARATOR));
      if (below) continue;
      const known = this.#byPath.get(key)!;
      if (known.has('whiteout')) deleted.add(key);
      out.push(...known.values());
    }
    return out;
  }
}
