/**
 * The first sector of a disk, which three kinds of thing share: a master boot record, the protective MBR of a GPT disk,
 * and the boot sector of a volume without partitions ("superfloppy"). All end in 55 AA; only the middle tells.
 *
 *     0      jump and OEM name, BIOS parameter block (volumes) or boot code (MBR)
 *     0x1b8  disk signature, u32
 *     0x1be  four entries of 16 bytes: status, CHS, type, CHS, start LBA u32, sectors u32
 *     0x1fe  55 AA
 */
import type { Bytes } from '../base/bytes.ts';

export const RECORD_SIZE = 512;
export const ENTRIES_OFFSET = 0x1be;
export const TYPE_PROTECTIVE = 0xee;

export interface BootEntry {
  readonly offset: number;
  readonly status: number;
  readonly type: number;
  readonly startLba: number;
  readonly sectors: number;
}

/** The four entries of a record at the start of `view`. */
export function bootEntries(view: Bytes): BootEntry[] {
  return [0, 1, 2, 3].map((index) => {
    const offset = ENTRIES_OFFSET + index * 16;
    return {
      offset,
      status: view.u8(offset),
      type: view.u8(offset + 4),
      startLba: view.u32(offset + 8),
      sectors: view.u32(offset + 12),
    };
  });
}

export function hasBootSignature(head: Uint8Array): boolean {
  return head.length >= RECORD_SIZE && head[510] === 0x55 && head[511] === 0xaa;
}

/** OEM names at offset 3 that only the boot sector of a volume has. */
const OEM_NAMES = ['NTFS    ', 'EXFAT   ', '-FVE-FS-', 'ReFS\0\0\0\0', 'MSWIN4.1-FVE-'];

/** True for the boot sector of a volume: NTFS, exFAT, ReFS, BitLocker, or a FAT by its parameter block. */
export function isVolumeBootSector(head: Uint8Array): boolean {
  const oem = String.fromCharCode(...head.subarray(3, 16));
  return OEM_NAMES.some((name) => oem.startsWith(name)) || isFatBootSector(head);
}

/** A FAT has no signature of its own that must be there: the parameter block has to make sense as a whole. */
function isFatBootSector(head: Uint8Array): boolean {
  if (head[0] !== 0xe9 && !(head[0] === 0xeb && head[2] === 0x90)) return false;
  const u16 = (offset: number) => head[offset]! | (head[offset + 1]! << 8);
  const bytesPerSector = u16(11);
  const sectorsPerCluster = head[13]!;
  return (
    [512, 1024, 2048, 4096].includes(bytesPerSector) &&
    sectorsPerCluster !== 0 &&
    (sectorsPerCluster & (sectorsPerCluster - 1)) === 0 &&
    u16(14) !== 0 &&
    (head[16] === 1 || head[16] === 2) &&
    head[21]! >= 0xf0
  );
}
