/**
 * FAT12, FAT16, FAT32: the file system of DOS, of EFI system partitions and of every memory card.
 *
 *     FAT12/16   boot sector | reserved | table | table | root directory | cluster 2 | 3 | ...
 *     FAT32      boot sector | reserved | table | table | cluster 2 | 3 | ...        root: a chain as any directory
 *
 *     entry      name 8.3 | attributes | NT | created | accessed | cluster high | modified | cluster low | size
 *     long name  piece n|0x40 ... piece 2, piece 1, then the 8.3 entry whose checksum each piece carries
 *
 * - The type follows from the number of clusters, never from the text in the boot sector (below 4085: FAT12, below
 *   65,525: FAT16); a parameter block of FAT32 form (no fixed root, no 16-bit table size) is FAT32 with few clusters too.
 * - Entries of FAT12 are one and a half bytes. FAT32 uses 28 bits of 32.
 * - With mirroring off (BPB_ExtFlags) one table is in use, and it need not be the first.
 * - Long names come in reverse and belong to the entry that follows only if numbers and checksum hold.
 * - 8.3 names are bytes of a code page that is stated nowhere (437 is taken); first byte 05 stands for E5, E5 for deleted;
 *   Windows NT notes lower case in two bits instead of a long name.
 * - `..` has cluster 0 where the parent is the root; `.` and `..` are no rows.
 * - Times are local, in steps of 2 s (10 ms when created, a day when accessed); no zone is noted.
 * - Chains end early, cross and loop on damaged cards: each is bounded, and what it does not reach is missing.
 *
 * Sources: Microsoft FAT specification (fatgen103, 2000; SDC 2005); images by Windows, mkfs.fat and mtools.
 */
import { FindingList } from '../../base/findings.ts';
import { checkRange } from '../../source/place.ts';
import { tellTruncated } from '../truncated.ts';
import type { FsFormat } from '../types.ts';
import { type Boot, looksLikeFat, readBoot } from './boot.ts';
import { FatVolume } from './volume.ts';

export const fat: FsFormat = {
  id: 'fat',
  title: 'FAT12, FAT16, FAT32',
  extensions: ['.img', '.ima', '.raw', '.dd', '.bin'],
  reads: [
    'long names, 8.3 names in code page 437',
    'sectors to 4096 bytes',
    'volumes with few clusters, tables not mirrored',
  ],
  notYet: ['deleted files'],

  probe({ head }) {
    return looksLikeFat(head);
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
    tellTruncated(findings, 'fatTruncated', source, boot.size);
    const volume = new FatVolume(source, boot);
    return {
      format: 'fat',
      facts: volume.facts,
      findings: findings.items,
      identity: { serial: serialText(boot) },
      fingerprint: () => volume.fingerprint(),
      volumes: [volume],
    };
  },
};

function serialText({ serial }: Boot): string | null {
  return serial === null ? null : serial.toString(16).padStart(8, '0');
}
