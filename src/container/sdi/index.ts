/**
 * SDI: the System Deployment Image, the RAM disk that Windows PE and the recovery environment boot from (boot.sdi).
 *
 *     0       "$SDI0001", MDBType, boot code and vendor fields; 70 PageAlignment in pages of 4 KiB
 *     400     table of blobs, 64 bytes each, ended by an entry without a type:
 *             00 type, 8 characters   08 attributes   10 offset u64   18 size u64   20 type of the partition
 *     ...     blobs, on page edges
 *
 * - Blobs: PART is a volume, DISK a whole disk, WIM an image; BOOT and LOAD hold code and are not shown.
 * - The usual boot.sdi has one small NTFS volume and an empty place for a WIM that the boot loader puts there.
 * - Parts are 1, 2 ... by their slot; a file with one thing inside needs no name for it.
 *
 * Sources: Microsoft, "System Deployment Image format" of the Windows XP Embedded documentation; boot.sdi of Windows.
 */
import { type Facts, FindingList } from '../../base/findings.ts';
import { failAt } from '../../source/place.ts';
import { readView } from '../../source/read.ts';
import { checkOverlaps, type Partition, partOf } from '../partition.ts';
import type { ContainerFormat, ContainerPart } from '../types.ts';

const SIGNATURE = '$SDI0001';
const HEADER_SIZE = 4096;
const TABLE = 0x400;
const ENTRY_SIZE = 64;

const TITLES: Readonly<Record<string, string>> = { PART: 'Volume', DISK: 'Disk', WIM: 'Windows image' };
const IDENTITY: Facts = { format: 'sdi' };

export const sdi: ContainerFormat = {
  id: 'sdi',
  title: 'SDI',
  extensions: ['.sdi'],
  reads: ['volumes, disks and images in the RAM disks of Windows PE'],
  notYet: [],

  probe({ head }) {
    return head.length >= HEADER_SIZE && [...SIGNATURE].every((char, i) => head[i] === char.charCodeAt(0));
  },

  identify() {
    return { self: IDENTITY, needs: [], setPart: null };
  },

  open(source) {
    const findings = new FindingList();
    const view = readView(source, 0, HEADER_SIZE);
    const signature = view.ascii(0, 8);
    if (signature !== SIGNATURE) failAt('InvalidSignature', source, 0, SIGNATURE, JSON.stringify(signature));
    const blobs: string[] = [];
    const shown: Partition[] = [];
    for (let at = TABLE; at < HEADER_SIZE; at += ENTRY_SIZE) {
      const type = view.ascii(at, 8).trimEnd();
      if (type === '') break;
      blobs.push(type);
      const title = TITLES[type];
      const start = view.size64(at + 16, 'a blob offset');
      const length = view.size64(at + 24, 'a blob size');
      if (title === undefined || length === 0) continue;
      const key = String((at - TABLE) / ENTRY_SIZE + 1);
      shown.push({ key, title, facts: { blob: type }, start, length, entryOffset: at });
    }
    checkOverlaps(source, shown, findings);
    return {
      format: 'sdi',
      facts: { pageAlignment: view.u32(0x70) * 4096, blobs },
      findings: findings.items,
      identity: IDENTITY,
      fingerprint: () => [{ what: 'sdi.header+table', bytes: view.bytes }],
      parts: unnamed(shown.flatMap((blob) => partOf(source, blob, findings) ?? [])),
    };
  },
};

/** The only thing inside is what the file stands for. */
function unnamed(parts: readonly ContainerPart[]): readonly ContainerPart[] {
  return parts.length === 1 ? [{ ...parts[0]!, key: '' }] : parts;
}
