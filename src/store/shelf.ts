/** Files that were refused because others were missing: kept in the page, so that those may come later. */
import type { Taken } from './dropped.ts';
import { filesOf, type TakenSet } from './images.ts';

/** A few chains wait at most; who drops more than that has begun something else. */
const KEPT = 16;

export interface Shelf {
  put(set: TakenSet): void;
  /** Its image has been opened. */
  take(main: Taken): void;
  files(): Taken[];
}

/** The same file taken twice: a browser makes a new File of it each time. */
export function sameFile({ file: a }: Taken, { file: b }: Taken): boolean {
  return (
    a === b ||
    (a.name === b.name &&
      a.size === b.size &&
      a.lastModified === b.lastModified &&
      a.webkitRelativePath === b.webkitRelativePath)
  );
}

export function createShelf(): Shelf {
  let sets: readonly TakenSet[] = [];
  return {
    put(set) {
      sets = [...sets.filter(({ main }) => !sameFile(main, set.main)), set].slice(-KEPT);
    },
    take(main) {
      sets = sets.filter((set) => set.main !== main);
    },
    files: () => [...new Set(sets.flatMap(filesOf))],
  };
}
