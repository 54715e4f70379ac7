/** What MBR and GPT share: the part of a partition, clipped to the disk it is said to lie on. */
import type { Facts, FindingList } from '../base/findings.ts';
import { place } from '../source/place.ts';
import { emptyRun, RunListSource, storedRun } from '../source/run-list.ts';
import type { ByteSource } from '../source/types.ts';
import type { ContainerPart } from './types.ts';

export interface Partition {
  /** `p1` ... */
  readonly key: string;
  readonly title: string;
  readonly facts: Facts;
  /** Bytes from the start of the disk. */
  readonly start: number;
  readonly length: number;
  /** Where the table entry stands on the disk, for findings. */
  readonly entryOffset: number;
}

/**
 * The part that shows a partition. One that ends behind the disk keeps its size, with the end missing; one that begins
 * there has nothing to open, and one that begins at 0 would open the same table without end: these are findings, no parts.
 */
export function partOf(disk: ByteSource, partition: Partition, findings: FindingList): ContainerPart | null {
  const { key, title, start, length, entryOffset } = partition;
  const name = `${disk.name} ${key}`;
  const facts: Facts = { start, size: length, ...partition.facts };
  if (start === 0) {
    findings.add({
      code: 'partitionAtZero',
      severity: 'warning',
      where: place(disk, entryOffset),
      message:
        'A partition begins with the partition table itself, as on images made for both discs and disks; it is left out.',
      facts: { partition: key, start, size: length },
    });
    return null;
  }
  const stored = Math.min(length, disk.size - start);
  if (stored === length) return { key, title, facts, source: disk.slice(start, length, name) };
  findings.add({
    code: stored > 0 ? 'partitionCutOff' : 'partitionOutside',
    severity: stored > 0 ? 'warning' : 'error',
    where: place(disk, entryOffset),
    message:
      stored > 0
        ? 'A partition ends beyond the end of the disk; its end is missing.'
        : 'A partition lies beyond the end of the disk; nothing of it is here.',
    facts: { partition: key, start, size: length, diskSize: disk.size },
  });
  if (stored <= 0) return null;
  const runs = [storedRun(0, stored, disk, start), emptyRun('missing', stored, length - stored)];
  return { key, title, facts, source: new RunListSource(name, length, runs, 'the end of the partition') };
}

/** Reports partitions that share sectors. */
export function checkOverlaps(disk: ByteSource, partitions: readonly Partition[], findings: FindingList): void {
  const sorted = [...partitions].sort((a, b) => a.start - b.start);
  let widest: Partition | undefined;
  for (const next of sorted) {
    if (widest !== undefined && next.start < widest.start + widest.length)
      findings.add({
        code: 'partitionOverlap',
        severity: 'warning',
        where: place(disk, next.entryOffset),
        message: 'Two partitions share sectors of the disk.',
        facts: { first: widest.key, second: next.key },
      });
    if (widest === undefined || next.start + next.length > widest.start + widest.length) widest = next;
  }
}

const DYNAMIC = [
  'dynamicDisk',
  'This is a dynamic disk, whose database of volumes cannot be read: each partition is shown as it stands, so that of a volume ' +
    'in several pieces only the first can be seen.',
] as const;

/** Types of partitions that are pieces of volumes which something else describes. */
const POOLS: Readonly<Record<string, readonly [code: string, message: string]>> = {
  'Windows dynamic disk': DYNAMIC,
  'LDM data': DYNAMIC,
  'Storage Spaces': [
    'storageSpaces',
    'A partition belongs to a pool of Storage Spaces; the volumes in the pool cannot be read.',
  ],
};

/** A partition that holds pieces of the volumes of a dynamic disk. */
export function isDynamic({ facts }: Partition): boolean {
  return POOLS[String(facts['typeName'])] === DYNAMIC;
}

/** Reports partitions whose volumes need not begin in them, nor end there. */
export function tellPools(disk: ByteSource, partitions: readonly Partition[], findings: FindingList): void {
  const told = new Set<string>();
  for (const { key, facts, entryOffset } of partitions) {
    const pool = POOLS[String(facts['typeName'])];
    if (pool === undefined || told.has(pool[0])) continue;
    told.add(pool[0]);
    const [code, message] = pool;
    findings.add({ code, severity: 'warning', where: place(disk, entryOffset), message, facts: { partition: key } });
  }
}
