/**
 * Markers in normal form, whatever a store writes them as. A store may say several things about one path; here the
 * last word for each path stands, and words about what lies below a deleted path are dropped (one whiteout covers the subtree).
 */
import { foldText } from '../index/upcase.ts';
import type { FileMarker } from './types.ts';

/** Collects markers; later ones for the same path and purpose replace earlier ones. */
export class MarkerSet {
  readonly #upcase: Uint16Array;
  readonly #byPath = new Map<string, Map<'whiteout' | 'opaque' | 'origin', FileMarker>>();

  constructor(upcase: Uint16Array) {
    this.#upcase = upcase;
  }

  #key(path: readonly string[]): string {
    return path.map((part) => foldText(part, this.#upcase)).join('\\');
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
      const parts = key.split('\\');
      let below = false;
      for (let n = 1; n < parts.length && !below; n++) below = deleted.has(parts.slice(0, n).join('\\'));
      if (below) continue;
      const known = this.#byPath.get(key)!;
      if (known.has('whiteout')) deleted.add(key);
      out.push(...known.values());
    }
    return out;
  }
}
