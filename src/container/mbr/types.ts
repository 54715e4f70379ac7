/** Partition types of the MBR that one meets on disks of Windows machines, and the few others everybody knows. */
const NAMES: Readonly<Record<number, string>> = {
  1: 'FAT12',
  4: 'FAT16 (small)',
  5: 'Extended',
  6: 'FAT16',
  7: 'NTFS or exFAT',
  11: 'FAT32',
  12: 'FAT32 (LBA)',
  14: 'FAT16 (LBA)',
  15: 'Extended (LBA)',
  18: 'OEM diagnostics',
  17: 'Hidden FAT12',
  20: 'Hidden FAT16 (small)',
  22: 'Hidden FAT16',
  23: 'Hidden NTFS or exFAT',
  27: 'Hidden FAT32',
  28: 'Hidden FAT32 (LBA)',
  30: 'Hidden FAT16 (LBA)',
  39: 'Windows recovery',
  66: 'Windows dynamic disk',
  130: 'Linux swap',
  131: 'Linux',
  132: 'Hibernation',
  133: 'Linux extended',
  142: 'Linux LVM',
  165: 'FreeBSD',
  166: 'OpenBSD',
  168: 'Apple UFS',
  169: 'NetBSD',
  171: 'Apple boot',
  175: 'Apple HFS+',
  191: 'Solaris',
  222: 'Dell utility',
  238: 'Protective GPT',
  239: 'EFI system',
  251: 'VMware VMFS',
  252: 'VMware swap',
  253: 'Linux RAID',
};

export function mbrTypeName(type: number): string {
  return NAMES[type] ?? `type 0x${type.toString(16).padStart(2, '0')}`;
}

/** Swap areas and hibernation: that no file system is found in them is no loss. */
export function isReserved(type: number): boolean {
  return type === 0x82 || type === 0x84 || type === 0xfc;
}

export function isExtended(type: number): boolean {
  return type === 0x05 || type === 0x0f || type === 0x85;
}
