/**
 * GPT: the GUID partition table of UEFI disks. One unit is the disk's logical sector, 512 or 4096 bytes.
 *
 *     LBA 0     protective MBR: one entry of type EE over the whole disk
 *     LBA 1     header: signature, CRC-32, own and other LBA, usable range, disk GUID, place and CRC-32 of the entries
 *     LBA 2..   entries, usually 128 of 128 bytes: type GUID, unique GUID, first and last LBA, attributes, name
 *     ...       partitions
 *     LBA n-33  entries again
 *     LBA n-1   backup header
 *
 * - Which table rules: a primary with both checksums right, else such a backup, else the first whose header can be
 *   followed at all, with findings. A missing backup is only a note: images of a disk's head are common.
 * - The sector size stands nowhere: it is where the signature is found. Disks with 4096-byte sectors put into images
 *   are seen through 512-byte containers.
 * - `LastLBA` is inclusive. Entry sizes are 128 x 2^n. Names are 36 UTF-16 units that need not end in NUL.
 * - A hybrid disk names some partitions in its MBR as well, for systems without UEFI. The GPT rules; entries of the MBR that
 *   are no partition of the GPT are told.
 * - A disk that was GPT once and is MBR now still has the signature in LBA 1: its MBR has partitions and none of type EE.
 * - Parts are p1, p2 ... by their slot in the entry array, as Linux and Windows count.
 *
 * Source: UEFI specification 2.10, chapter 5.
 */
import { Bytes } from '../../base/bytes.ts';
import { type Facts, FindingList } from '../../base/findings.ts';
import type { Codecs } from '../../codec/types.ts';
import type { Identity, ProbeWindow } from '../../source/format.ts';
import { place } from '../../source/place.ts';
import { readView } from '../../source/read.ts';
import type { ByteSource } from '../../source/types.ts';
import {
  type BootEntry,
  bootEntries,
  hasBootSignature,
  isVolumeBootSector,
  RECORD_SIZE,
  TYPE_PROTECTIVE,
} from '../boot-record.ts';
import { withVolumes } from '../dynamic-disk.ts';
import { checkOverlaps, type Partition, partOf, tellPools } from '../partition.ts';
import type { ContainerContext, ContainerFormat, OpenedContainer } from '../types.ts';
import { chooseTable, SECTOR_SIZES } from './choose.ts';
import { type GptEntry, type GptTable, gptEntries, SIGNATURE } from './table.ts';
import { gptAttributeNames, gptIsReserved, gptTypeName } from './types.ts';

export const gpt: ContainerFormat = {
  id: 'gpt',
  title: 'GPT',
  slices: true,
  extensions: ['.img', '.raw', '.dd', '.bin'],
  reads: [
    'raw disks',
    '512- and 4096-byte sectors',
    'the backup table when the primary is damaged',
    'hybrid disks',
    'dynamic disks: plain, extended and mirrored volumes',
  ],
  notYet: ['dynamic volumes over several disks, striped and RAID-5 ones', 'Storage Spaces'],

  probe({ head, tail }: ProbeWindow): boolean {
    if (hasBootSignature(head)) {
      if (isVolumeBootSector(head)) return false;
      const types = bootEntries(new Bytes(head, '')).map(({ type }) => type);
      if (types.includes(TYPE_PROTECTIVE)) return true;
      if (types.some((type) => type !== 0)) return false;
    }
    return SECTOR_SIZES.some((size) => signatureAt(head, size)) || signatureAt(tail, tail.length - 512);
  },

  identify(source: ByteSource, codecs: Codecs): Identity {
    const table = chooseTable(source, codecs, new FindingList());
    return { self: { format: 'gpt', diskGuid: table.diskGuid }, needs: [], setPart: null };
  },

  open(source: ByteSource, { codecs }: ContainerContext): OpenedContainer {
    const findings = new FindingList();
    const table = chooseTable(source, codecs, findings);
    const found = gptEntries(table).flatMap((entry) => partitionOf(source, table, entry, findings) ?? []);
    const heads = found.filter(({ facts }) => facts['typeName'] === LDM_METADATA).map(lastSector);
    const { partitions, volumes } = withVolumes(source, found, heads, findings);
    checkOverlaps(source, partitions, findings);
    tellPools(source, partitions, findings);
    const hybrid = checkHybrid(source, table, found, findings);
    const plain = partitions.flatMap((partition) => partOf(source, partition, findings) ?? []);
    return {
      format: 'gpt',
      facts: {
        diskGuid: table.diskGuid,
        sectorSize: table.sectorSize,
        firstUsableLba: table.firstUsableLba,
        lastUsableLba: table.lastUsableLba,
        entries: table.entryCount,
        partitions: found.length,
        table: table.myLba === 1 ? 'primary' : 'backup',
        hybrid,
      },
      findings: findings.items,
      identity: { format: 'gpt', diskGuid: table.diskGuid },
      fingerprint: () => [
        { what: 'gpt.header', bytes: table.header },
        { what: 'gpt.entries', bytes: table.entries.bytes },
      ],
      parts: [...plain, ...volumes],
    };
  },
};

const LDM_METADATA = 'LDM metadata';

/** Where the database of a dynamic disk is described. */
const lastSector = ({ start, length }: Partition): number => start + length - 512;

function signatureAt(bytes: Uint8Array, offset: number): boolean {
  if (offset < 0 || SIGNATURE.length > bytes.length - offset) return false;
  return [...SIGNATURE].every((char, i) => bytes[offset + i] === char.charCodeAt(0));
}

/** @returns true when the MBR names partitions beside the protective one */
function checkHybrid(
  disk: ByteSource,
  { sectorSize }: GptTable,
  partitions: readonly Partition[],
  findings: FindingList,
): boolean {
  const { bytes } = readView(disk, 0, RECORD_SIZE);
  if (!hasBootSignature(bytes)) return false;
  const entries = bootEntries(new Bytes(bytes, ''));
  const others = entries.filter(({ type, sectors }) => type !== 0 && type !== TYPE_PROTECTIVE && sectors > 0);
  const isKnown = ({ startLba, sectors }: BootEntry): boolean =>
    partitions.some(({ start, length }) => start === startLba * sectorSize && length === sectors * sectorSize);
  for (const entry of others) {
    if (isKnown(entry)) continue;
    findings.add({
      code: 'gptHybridDiffers',
      severity: 'warning',
      where: place(disk, entry.offset),
      message: 'The MBR of this disk names a partition that its GPT does not have; it is not shown.',
      facts: { lba: entry.startLba, sectors: entry.sectors, type: `0x${entry.type.toString(16).padStart(2, '0')}` },
    });
  }
  return others.length > 0;
}

function partitionOf(disk: ByteSource, table: GptTable, entry: GptEntry, findings: FindingList): Partition | null {
  const size = BigInt(table.sectorSize);
  const key = `p${entry.index + 1}`;
  const end = (entry.lastLba + 1n) * size;
  if (entry.lastLba < entry.firstLba || end > BigInt(Number.MAX_SAFE_INTEGER)) {
    findings.add({
      code: 'partitionRange',
      severity: 'error',
      where: place(disk, entry.offset + 32),
      message: 'A partition entry ends before it begins or beyond any disk; it is left out.',
      facts: { partition: key, firstLba: String(entry.firstLba), lastLba: String(entry.lastLba) },
    });
    return null;
  }
  const typeName = gptTypeName(entry.typeGuid);
  const facts: Facts = {
    typeGuid: entry.typeGuid,
    typeName,
    guid: entry.uniqueGuid,
    name: entry.name,
    attributes: `0x${entry.attributes.toString(16)}`,
    attributeNames: gptAttributeNames(entry.attributes),
    firstLba: String(entry.firstLba),
    lastLba: String(entry.lastLba),
    ...(gptIsReserved(entry.typeGuid) ? { reserved: true } : {}),
  };
  return {
    key,
    title: entry.name === '' ? typeName : `${typeName} "${entry.name}"`,
    facts,
    start: Number(entry.firstLba * size),
    length: Number(end - entry.firstLba * size),
    entryOffset: entry.offset,
  };
}
