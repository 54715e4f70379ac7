/** The described tree as a list of files with record numbers. */
import type { TreeEntry } from '../tree.ts';
import type { AttributeSpec } from './encode.ts';

/** A tree entry with what only NTFS has. Plain `TreeEntry` trees are NTFS trees. */
export interface NtfsEntry extends Omit<TreeEntry, 'dir'> {
  readonly dir?: readonly NtfsEntry[];
  /** Clusters of zeros become holes. */
  readonly sparse?: boolean;
  /** Runs of the unnamed stream. */
  readonly fragments?: number;
  /** Cuts the run list into attributes of so many runs. */
  readonly runsPerPiece?: number;
  /** ValidDataLength, when it is less than the data. */
  readonly valid?: number;
  /** The unnamed stream in LZNT1, in units of 16 clusters. */
  readonly compressed?: boolean;
  /** Flags of the unnamed $DATA, e.g. 0x4000 encrypted: marks only, the bytes are written as they are. */
  readonly dataFlags?: number;
  readonly attributeList?: boolean;
  readonly caseSensitive?: boolean;
  /** Raw $OBJECT_ID value. */
  readonly objectId?: Uint8Array;
  /** Raw $EA value. */
  readonly ea?: Uint8Array;
  /** Namespace of the long name when there is no short one. */
  readonly namespace?: 0 | 1 | 3;
  /** Left out of the directory index. */
  readonly unindexed?: boolean;
  /**
   * As Windows leaves it: record not in use, sequence number one higher, not in the index. Says which runs of its data are
   * free in $Bitmap: all, the first of several, none.
   */
  readonly deleted?: 'free' | 'partly' | 'used';
  /** Sequence number the name expects of its directory, when it is to be a wrong one. */
  readonly parentSequence?: number;
}

export interface PlannedName {
  readonly parent: number;
  readonly name: string;
  readonly shortName: string | null;
  readonly sequence?: number;
}

export interface PlannedFile {
  readonly number: number;
  readonly sequence: number;
  readonly directory: boolean;
  /** Has an index that is not of names ($Secure, $Quota ...). */
  readonly viewIndex: boolean;
  readonly entry: NtfsEntry;
  /** Created, modified, changed, accessed. */
  readonly times: readonly bigint[];
  readonly names: PlannedName[];
  readonly attributes: AttributeSpec[];
  security: number;
}

/** Record numbers below belong to the system. */
export const FIRST_USER_RECORD = 32;
const ROOT = 5;

/** @returns the files in the order of their numbers, and the first number that is free */
export function planTree(root: readonly NtfsEntry[], time: bigint): { files: PlannedFile[]; next: number } {
  const files: PlannedFile[] = [];
  const links = new Map<string, PlannedFile>();
  let next = FIRST_USER_RECORD;
  const queue: { entries: readonly NtfsEntry[]; parent: number }[] = [{ entries: root, parent: ROOT }];
  for (const { entries, parent } of queue) {
    for (const entry of entries) {
      const name: PlannedName = {
        parent,
        name: entry.name,
        shortName: entry.shortName ?? null,
        ...(entry.parentSequence === undefined ? {} : { sequence: entry.parentSequence }),
      };
      const known = entry.link === undefined ? undefined : links.get(entry.link);
      if (known !== undefined) {
        known.names.push(name);
        continue;
      }
      const modified = entry.modified ?? time;
      const file: PlannedFile = {
        number: next++,
        sequence: 1,
        directory: entry.dir !== undefined,
        viewIndex: false,
        entry,
        times: [entry.created ?? time, modified, entry.changed ?? modified, entry.accessed ?? modified],
        names: [name],
        attributes: [],
        security: 0,
      };
      files.push(file);
      if (entry.link !== undefined) links.set(entry.link, file);
      if (entry.dir !== undefined) queue.push({ entries: entry.dir, parent: file.number });
    }
  }
  return { files, next };
}
