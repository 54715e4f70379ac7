/**
 * exFAT: the file system of large memory cards and USB disks.
 *
 *     boot region (12 sectors) | its backup | table | cluster 2 | 3 | ...
 *     root directory: up-case table, allocation bitmap, label, then sets
 *     set    85 file: count, checksum, attributes, times | C0 stream: length, first cluster, valid length | C1 name x 1..17
 *
 * - The FAT parameter block is zeros; all sizes are powers of two. The boot region carries a checksum in its last sector.
 * - NoFatChain: the clusters stand one after another and the table says nothing of them, not even zeros.
 * - ValidDataLength: what lies behind it was never written and is zeros, whatever the clusters hold.
 * - Times are local with the distance to UTC in quarters of an hour, if it is known.
 * - A set may cross from one cluster of its directory to the next, so a reference must tell whether that one is the
 *   next on disk or the next in the table.
 * - The up-case table is compressed and the volume's own; it can say anything.
 *
 * Sources: Microsoft, exFAT file system specification (2019); images by Windows, mkfs.exfat and Linux.
 */
import { FindingList } from '../../base/findings.ts';
import { checkRange } from '../../source/place.ts';
import { tellTruncated } from '../truncated.ts';
import type { FsFormat } from '../types.ts';
import { type Boot, looksLikeExfat, readBoot } from './boot.ts';
import { ExfatVolume } from './volume.ts';

export const exfat: FsFormat = {
  id: 'exfat',
  title: 'exFAT',
  extensions: ['.img', '.raw', '.dd', '.bin'],
  reads: ['contiguous and chained files, valid data length', 'the volume’s up-case table', 'the backup boot region'],
  notYet: ['deleted files'],

  probe({ head }) {
    return looksLikeExfat(head);
  },

  identify(source) {
    return { self: { serial: serialText(readBoot(source, new FindingList())) }, needs: [], setPart: null };
  },

  open(source) {
    const findings = new FindingList();
    const boot = readBoot(source, findings);
    const { tableOffset, tableLength, heapOffset } = boot.geometry;
    checkRange(source, tableOffset, tableLength);
    checkRange(source, 0, heapOffset);
    tellTruncated(findings, 'exfatTruncated', source, boot.size);
    const volume = new ExfatVolume(source, boot, findings);
    return {
      format: 'exfat',
      facts: volume.facts,
      findings: findings.items,
      identity: { serial: serialText(boot) },
      fingerprint: () => volume.fingerprint(),
      volumes: [volume],
    };
  },
};

function serialText({ serial }: Boot): string {
  return serial.toString(16).padStart(8, '0');
}
