/** What NTFS can check by itself: the update sequences of all records in use, and $MFTMirr against the first records. */
import { FormatError } from '../../base/errors.ts';
import type { Finding } from '../../base/findings.ts';
import type { Scan } from '../../base/scan.ts';
import { readView } from '../../source/read.ts';
import { applyFixUps } from './fix-up.ts';
import { FILE_RECORD_SEGMENT_IN_USE, MIRRORED_RECORDS } from './layout.ts';
import type { Mft } from './mft.ts';

const FILE_SIGNATURE = 0x454c_4946;
const BATCH = 256;

export class RecordCheck implements Scan {
  readonly total: number;
  done = 0;
  readonly #mft: Mft;
  readonly #report: (finding: Finding) => void;

  constructor(mft: Mft, report: (finding: Finding) => void) {
    this.#mft = mft;
    this.#report = report;
    this.total = mft.count;
  }

  step(budgetMs: number): boolean {
    const end = performance.now() + budgetMs;
    if (this.done === 0) this.#checkMirror();
    while (this.done < this.total) {
      const count = Math.min(BATCH, this.total - this.done);
      for (let i = 0; i < count; i++) this.#checkRecord(this.done + i);
      this.done += count;
      if (performance.now() >= end) break;
    }
    return this.done >= this.total;
  }

  #tell(error: unknown, what: string, ref: number): void {
    if (!(error instanceof FormatError)) throw error;
    const { where, expected, actual } = error;
    this.#report({
      code: 'ntfsRecordCheck',
      severity: 'error',
      where,
      message: 'A record of $MFT is not whole.',
      facts: { ref, what, expected, actual },
    });
  }

  #checkRecord(number: number): void {
    const { recordSize } = this.#mft.boot;
    try {
      const bytes = readView(this.#mft.source, number * recordSize, recordSize);
      const inUse = (bytes.u16(22) & FILE_RECORD_SEGMENT_IN_USE) !== 0;
      if (bytes.u32(0) === FILE_SIGNATURE && inUse) applyFixUps(bytes);
    } catch (error) {
      this.#tell(error, 'update sequence', number);
    }
  }

  #checkMirror(): void {
    const { boot, volume, source } = this.#mft;
    const length = Math.min(MIRRORED_RECORDS * boot.recordSize, source.size);
    try {
      const table = readView(source, 0, length);
      const mirror = readView(volume, boot.mft2StartLcn * boot.clusterSize, length);
      const at = table.bytes.findIndex((byte, i) => byte !== mirror.bytes[i]);
      if (at >= 0)
        this.#report({
          code: 'ntfsMirrorDiffers',
          severity: 'warning',
          where: { source: mirror.source, offset: mirror.base + at },
          message: '$MFTMirr differs from the first records of $MFT.',
          facts: {
            ref: Math.floor(at / boot.recordSize),
            what: '$MFTMirr',
            expected: table.u8(at),
            actual: mirror.u8(at),
          },
        });
    } catch (error) {
      this.#tell(error, '$MFTMirr', 0);
    }
  }
}
