/**
 * Walks the tables of an MBR disk: the four primary entries and the chain of extended boot records.
 *
 *     MBR      | p1 | p2 | extended -------------------------------------------- | p3 |
 *     extended            | EBR | p5 | EBR | p6 | EBR | p7 |
 *                            |__________^ entry 1: next EBR, relative to the START OF THE EXTENDED PARTITION
 *                            entry 0: the logical partition, relative to THIS EBR
 */
import type { FindingList } from '../../base/findings.ts';
import { place } from '../../source/place.ts';
import { readView } from '../../source/read.ts';
import type { ByteSource } from '../../source/types.ts';
import { type BootEntry, bootEntries, hasBootSignature, RECORD_SIZE, TYPE_PROTECTIVE } from '../boot-record.ts';
import type { Partition } from '../partition.ts';
import { isExtended, isReserved, mbrTypeName } from './types.ts';

/** More logical partitions than any system names; a longer chain is made by damage. */
const MAX_LOGICAL = 256;

/** @param sectorSize bytes of the unit that LBAs count */
export function readPartitions(disk: ByteSource, sectorSize: number, findings: FindingList): Partition[] {
  const partitions: Partition[] = [];
  const primary = bootEntries(readView(disk, 0, RECORD_SIZE));
  primary.forEach((entry, index) => {
    if (isUsed(entry, disk, 0, findings) && !isExtended(entry.type) && entry.type !== TYPE_PROTECTIVE)
      partitions.push(partition(`p${index + 1}`, entry, 0, 0, sectorSize));
  });
  for (const entry of primary)
    if (isExtended(entry.type) && entry.sectors > 0) walkChain(disk, entry.startLba, sectorSize, partitions, findings);
  return partitions;
}

function partition(key: string, entry: BootEntry, recordLba: number, record: number, sectorSize: number): Partition {
  return {
    key,
    title: mbrTypeName(entry.type),
    facts: {
      type: `0x${entry.type.toString(16).padStart(2, '0')}`,
      typeName: mbrTypeName(entry.type),
      active: entry.status === 0x80,
      lba: recordLba + entry.startLba,
      sectors: entry.sectors,
      ...(isReserved(entry.type) ? { reserved: true } : {}),
    },
    start: (recordLba + entry.startLba) * sectorSize,
    length: entry.sectors * sectorSize,
    entryOffset: record + entry.offset,
  };
}

/** True for an entry that names sectors; one with a type but no sectors is told. */
function isUsed(entry: BootEntry, disk: ByteSource, record: number, findings: FindingList): boolean {
  if (entry.type === 0) return false;
  if (entry.sectors > 0) return true;
  findings.add({
    code: 'partitionEmpty',
    severity: 'info',
    where: place(disk, record + entry.offset),
    message: 'A partition entry has a type but no sectors; it is left out.',
    facts: { type: mbrTypeName(entry.type) },
  });
  return false;
}

function walkChain(
  disk: ByteSource,
  firstLba: number,
  sectorSize: number,
  into: Partition[],
  findings: FindingList,
): void {
  const seen = new Set<number>();
  let logical = into.filter(({ key }) => Number(key.slice(1)) > 4).length;
  for (let lba: number | null = firstLba; lba !== null; ) {
    const record: number = lba * sectorSize;
    const fault = faultOf(disk, record, seen);
    if (fault !== null) {
      findings.add({
        code: 'extendedChainBroken',
        severity: 'error',
        where: place(disk, record),
        message: fault,
        facts: { lba },
      });
      return;
    }
    seen.add(record);
    const [first, second] = bootEntries(readView(disk, record, RECORD_SIZE)) as [BootEntry, BootEntry];
    if (isUsed(first, disk, record, findings) && !isExtended(first.type)) {
      into.push(partition(`p${5 + logical}`, first, lba, record, sectorSize));
      logical++;
    }
    // some partitioners write the link first when the record has no partition of its own
    const link = isExtended(second.type) ? second : isExtended(first.type) ? first : null;
    lba = link === null || link.startLba === 0 ? null : firstLba + link.startLba;
  }
}

/** Why the chain ends at `record`, null when it goes on. */
function faultOf(disk: ByteSource, record: number, seen: ReadonlySet<number>): string | null {
  if (seen.has(record)) return 'The chain of extended boot records turns back on itself.';
  if (seen.size === MAX_LOGICAL) return `The chain of extended boot records has more than ${MAX_LOGICAL} links.`;
  if (RECORD_SIZE > disk.size - record) return 'An extended boot record lies beyond the end of the disk.';
  if (!hasBootSignature(readView(disk, record, RECORD_SIZE).bytes))
    return 'An extended boot record has no boot signature.';
  return null;
}
