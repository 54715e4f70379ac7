/** What a made NTFS volume is to be. */
import type { NtfsEntry } from './tree-plan.ts';

export interface NtfsOptions {
  readonly root: readonly NtfsEntry[];
  readonly label?: string;
  /** Bytes of the image; as small as the content allows when absent. */
  readonly size?: number;
  /** 512 to 2 MiB. */
  readonly clusterSize?: number;
  readonly recordSize?: 1024 | 4096;
  readonly serial?: bigint;
  /** FILETIME of everything that has no times of its own. */
  readonly time?: bigint;
  /** $UpCase, 65,536 units. */
  readonly upcase?: Uint16Array;
  /** Runs of $MFT; above one they are described by an attribute list of $MFT itself. */
  readonly mftFragments?: number;
  /** Flags of $VOLUME_INFORMATION: 1 dirty, 4 upgrade on mount, 0x4000 chkdsk underway, 0x8000 modified by chkdsk ... */
  readonly volumeFlags?: number;
  /** First bytes of $LogFile; the rest is FF, as tools leave a log they emptied. */
  readonly log?: Uint8Array;
}
