/** The base block of a hive, as it is after recovery. */
import { zeroEnded } from './units.ts';

export interface BaseBlock {
  readonly sequence1: number;
  readonly sequence2: number;
  /** FILETIME. */
  readonly lastWritten: bigint;
  readonly major: number;
  readonly minor: number;
  /** Stated size of the hive bins in bytes. */
  readonly binsSize: number;
  readonly fileName: string;
  readonly flags: number;
  /** Written by the Offline Registry library. */
  readonly offlineRegistry: boolean;
  readonly checksumValid: boolean;
}

/** @param view the first 4,096 bytes. @param sum their checksum as it should be */
export function baseBlock(view: DataView, sum: number): BaseBlock {
  return {
    sequence1: view.getUint32(4, true),
    sequence2: view.getUint32(8, true),
    lastWritten: view.getBigUint64(12, true),
    major: view.getUint32(20, true),
    minor: view.getUint32(24, true),
    binsSize: view.getUint32(40, true),
    fileName: zeroEnded(view, 48, 32),
    flags: view.getUint32(144, true),
    offlineRegistry: view.getUint32(176, true) === 0x6752664f,
    checksumValid: sum === view.getUint32(508, true),
  };
}
