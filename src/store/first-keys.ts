/** Keys that are opened at first. HKEY_LOCAL_MACHINE alone says nothing: the hives below are what one came for. */
import type { KeyRow } from '../engine/api.ts';
import type { Tree } from './tree.ts';

/** The other roots show what stands below these. */
const HIVE_ROOTS: ReadonlySet<string> = new Set(['HKEY_LOCAL_MACHINE', 'HKEY_USERS']);

/**
 * @param mounts how many hives there are: of one alone the keys are opened as well
 * @returns to be called whenever the tree has been read anew; does its work once
 */
export function createFirstKeys(keys: Tree<KeyRow>, mounts: () => number): () => Promise<void> {
  let rooted = false;
  let hiveOpened = false;

  async function openRoots(): Promise<void> {
    for (let i = (keys.info.value?.count ?? 0) - 1; i >= 0; i--) {
      const row = keys.row(i);
      if (row?.kind !== 'root' || row.expanded || !row.expandable || !HIVE_ROOTS.has(row.name)) continue;
      rooted = true;
      await keys.expand(row, true, false);
    }
  }

  return async () => {
    if (!rooted) await openRoots();
    if (hiveOpened) return;
    if (mounts() > 1) hiveOpened = true;
    for (let i = 0; !hiveOpened && i < (keys.info.value?.count ?? 0); i++) {
      const row = keys.row(i);
      if (row?.kind !== 'hive') continue;
      if (!row.expanded && row.expandable) await keys.expand(row, true, false);
      hiveOpened = keys.row(i)?.expanded === true;
      return;
    }
  };
}
