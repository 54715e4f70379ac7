/**
 * MBR: the partition table of PC disks since 1983.
 *
 *     0      boot code
 *     0x1b8  disk signature, u32 (Windows keys drive letters by it)
 *     0x1be  4 entries of 16 bytes: status, CHS, type, CHS, start LBA u32, sectors u32
 *     0x1fe  55 AA
 *
 * - An entry of an extended type (05, 0F, 85) begins a chain of further tables (`chain.ts`): loops and links beyond the
 *   disk end it with a finding, what was found until then stays.
 * - A protective entry (EE) says that the disk is GPT: left to that format. A hybrid has others beside it, which count only
 *   when neither copy of the GPT can be followed.
 * - The boot sector of an unpartitioned volume ends in 55 AA as well and may look like a table: its parameter block tells.
 * - LBAs count logical sectors, and nothing here says how large they are. A disk of 4096-byte sectors is known by what
 *   the entries lead to: boot records and boot sectors stand where its own sector size puts them.
 * - Parts: primaries p1 to p4 by their slot, logical partitions from p5 in chain order, as Linux counts.
 *
 * Sources: IBM PC DOS 2.0; UEFI specification 5.2.1; images made by Windows and fdisk.
 */
import { Bytes } from '../../base/bytes.ts';
import { type Facts, FindingList } from '../../base/findings.ts';
import type { Identity, ProbeWindow } from '../../source/format.ts';
import { failAt, place } from '../../source/place.ts';
import { readView } from '../../source/read.ts';
import type { ByteSource } from '../../source/types.ts';
import { bootEntries, hasBootSignature, isVolumeBootSector, RECORD_SIZE, TYPE_PROTECTIVE } from '../boot-record.ts';
import { PRIVHEAD_SECTOR, withVolumes } from '../dynamic-disk.ts';
import { checkOverlaps, partOf, tellPools } from '../partition.ts';
import type { ContainerFormat, OpenedContainer } from '../types.ts';
import { readPartitions } from './chain.ts';
import { isExtended } from './types.ts';

export const mbr: ContainerFormat = {
  id: 'mbr',
  title: 'MBR',
  slices: true,
  extensions: ['.img', '.raw', '.dd', '.bin'],
  reads: [
    'raw disks',
    'primary and logical partitions',
    '512- and 4096-byte sectors',
    'dynamic disks: plain, extended and mirrored volumes',
  ],
  notYet: ['dynamic volumes over several disks, striped and RAID-5 ones'],

  probe({ head, size }: ProbeWindow): boolean {
    return size >= RECORD_SIZE && hasBootSignature(head) && !isVolumeBootSector(head) && isTable(head);
  },

  identify(source: ByteSource): Identity {
    return { self: identityOf(readRecord(source)), needs: [], setPart: null };
  },

  open(source: ByteSource): OpenedContainer {
    const record = readRecord(source);
    const findings = new FindingList();
    const sectorSize = sectorSizeOf(source, record);
    const found = readPartitions(source, sectorSize, findings);
    const { partitions, volumes } = withVolumes(source, found, [PRIVHEAD_SECTOR * 512], findings);
    if (bootEntries(record).some(({ type }) => type === TYPE_PROTECTIVE))
      findings.add({
        code: 'mbrHybridAlone',
        severity: 'warning',
        where: place(source, RECORD_SIZE),
        message: 'The GPT of this hybrid disk cannot be read; only the partitions that its MBR names are shown.',
      });
    checkOverlaps(source, partitions, findings);
    tellPools(source, partitions, findings);
    const plain = partitions.flatMap((partition) => partOf(source, partition, findings) ?? []);
    const identity = identityOf(record);
    return {
      format: 'mbr',
      facts: { ...identity, sectorSize, partitions: found.length },
      findings: findings.items,
      identity,
      fingerprint: () => [{ what: 'mbr.table', bytes: record.slice(0x1b8, RECORD_SIZE - 0x1b8) }],
      parts: [...plain, ...volumes],
    };
  },
};

/** Boot code is not looked at: a table is one when each entry has a status that is one, and not all are protective. */
function isTable(head: Uint8Array): boolean {
  const entries = bootEntries(new Bytes(head, ''));
  const types = entries.map(({ type }) => type).filter((type) => type !== 0);
  const isProtective = types.length > 0 && types.every((type) => type === TYPE_PROTECTIVE);
  return entries.every(({ status }) => status === 0 || status === 0x80) && !isProtective;
}

function readRecord(source: ByteSource): Bytes {
  const view = readView(source, 0, RECORD_SIZE);
  if (!hasBootSignature(view.bytes)) failAt('InvalidSignature', source, 510, '55 AA', 'another end of the sector');
  return view;
}

function identityOf(record: Bytes): Facts {
  return { format: 'mbr', diskSignature: record.u32(0x1b8).toString(16).padStart(8, '0') };
}

/** 4096 when the entries lead to more boot sectors in that unit than in 512 bytes, else 512. */
function sectorSizeOf(source: ByteSource, record: Bytes): number {
  const entries = bootEntries(record).filter(({ type, sectors }) => type !== 0 && sectors > 0);
  const evidence = (sectorSize: number): number => {
    let found = 0;
    for (const { startLba, type } of entries) {
      const at = startLba * sectorSize;
      if (startLba === 0 || RECORD_SIZE > source.size - at) continue;
      const { bytes } = readView(source, at, RECORD_SIZE);
      if (hasBootSignature(bytes) && (isExtended(type) || isVolumeBootSector(bytes))) found++;
    }
    return found;
  };
  return evidence(4096) > evidence(512) ? 4096 : 512;
}
