/** Whether a volume holds an installed Windows: by what stands in its directories, since labels and letters say nothing. */
import { FormatError } from '../../base/errors.ts';
import { directoryEntries } from './directory.ts';
import { ROOT_RECORD, referenceNumber } from './layout.ts';
import type { Mft } from './mft.ts';

/** Where each Windows keeps its registry; an index is in name order, so a few blocks of each directory are read. */
const PATH = ['windows', 'system32', 'config'];
/** Names looked at in one directory: System32 has about 5,000, and nobody's root has more. */
const MAX_NAMES = 65_536;
const FILE_NAME_FLAGS = 56;
const FILE_NAME_INDEX_PRESENT = 0x1000_0000;

/** Never throws for what the bytes are: a directory that cannot be read holds no Windows. */
export function holdsWindows(mft: Mft): boolean {
  try {
    let at: number | null = ROOT_RECORD;
    for (const name of PATH) {
      at = directoryIn(mft, at, name);
      if (at === null) return false;
    }
    return true;
  } catch (error) {
    if (error instanceof FormatError) return false;
    throw error;
  }
}

/** The record of the directory `wanted` (lower case) in directory `parent`. */
function directoryIn(mft: Mft, parent: number, wanted: string): number | null {
  let left = MAX_NAMES;
  for (const { reference, name } of directoryEntries(mft, parent)) {
    if (name.name.toLowerCase() === wanted)
      return (name.value.u32(FILE_NAME_FLAGS) & FILE_NAME_INDEX_PRESENT) !== 0 ? referenceNumber(reference) : null;
    if (--left === 0) return null;
  }
  return null;
}
