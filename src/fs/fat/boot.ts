/** The boot sector: BIOS parameter block, and what follows from it. Field names are those of Microsoft's specification. */
import { fail } from '../../base/errors.ts';
import type { FindingList } from '../../base/findings.ts';
import { place } from '../../source/place.ts';
import { readView } from '../../source/read.ts';
import type { ByteSource } from '../../source/types.ts';
import type { ClusterGeometry } from '../clusters.ts';
import { codePageText } from '../code-page.ts';

export interface Boot {
  readonly type: 'FAT12' | 'FAT16' | 'FAT32';
  readonly geometry: ClusterGeometry;
  readonly bytesPerSector: number;
  readonly size: number;
  /** The root directory where it stands at a fixed place (FAT12, FAT16); length 0 on FAT32. */
  readonly rootOffset: number;
  readonly rootLength: number;
  /** First cluster of the root directory on FAT32, else 0. */
  readonly rootCluster: number;
  readonly numFats: number;
  /** The table in use, from 0, and bytes of one table. */
  readonly activeFat: number;
  readonly fatOffset: number;
  readonly fatLength: number;
  readonly mirrored: boolean;
  readonly serial: number | null;
  readonly label: string;
  readonly bytes: Uint8Array;
}

export const BOOT_SIZE = 512;
const ENTRY_SIZE = 32;
/** Microsoft's bounds: below the first FAT12, below the second FAT16. */
const FAT12_CLUSTERS = 4085;
const FAT16_CLUSTERS = 65_525;
const FAT32_CLUSTERS = 0x0fff_fff5;
const BITS = { FAT12: 12, FAT16: 16, FAT32: 32 } as const;
/** OEM names of boot sectors that are something else, whatever their parameter block looks like. */
const OTHERS = ['NTFS    ', 'EXFAT   ', '-FVE-FS-', 'ReFS\0\0\0\0', 'MSWIN4.1-FVE-'];
const EXTENDED_SIGNATURES = [0x28, 0x29];

interface Layout {
  readonly type: Boot['type'];
  readonly fatLength: number;
  readonly fatOffset: number;
  readonly rootOffset: number;
  readonly rootLength: number;
  readonly heapOffset: number;
  readonly clusterSize: number;
  readonly clusters: number;
  readonly size: number;
}

/** The layout, or a phrase that says why these 512 bytes are no boot sector of FAT. Never throws. */
function layoutOf(bytes: Uint8Array): Layout | string {
  if (bytes.length < BOOT_SIZE) return 'fewer than 512 bytes';
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const u16 = (at: number): number => view.getUint16(at, true);
  const u32 = (at: number): number => view.getUint32(at, true);
  const jump = bytes[0] === 0xe9 || (bytes[0] === 0xeb && bytes[1]! >= 0x1c);
  if (!jump) return 'no jump at its start';
  const oem = String.fromCharCode(...bytes.subarray(3, 16));
  if (OTHERS.some((name) => oem.startsWith(name))) return `"${oem.slice(0, 8)}"`;
  const sector = u16(11);
  if (![512, 1024, 2048, 4096].includes(sector)) return `sectors of ${sector} bytes`;
  const perCluster = bytes[13]!;
  if (perCluster === 0 || (perCluster & (perCluster - 1)) !== 0) return `${perCluster} sectors in a cluster`;
  const reserved = u16(14);
  if (reserved === 0) return 'no reserved sectors';
  const fats = bytes[16]!;
  if (fats === 0 || fats > 4) return `${fats} tables`;
  const media = bytes[21]!;
  if (media !== 0xf0 && media < 0xf8) return `media ${media}`;
  const rootEntries = u16(17);
  const fatSectors16 = u16(22);
  const fatSectors = fatSectors16 || u32(36);
  const sectors = u16(19) || u32(32);
  if (fatSectors === 0 || sectors === 0) return 'no sectors';
  const fat32 = fatSectors16 === 0;
  if (fat32 ? rootEntries !== 0 : rootEntries === 0) return `${rootEntries} entries in the root directory`;
  const rootSectors = Math.ceil((rootEntries * ENTRY_SIZE) / sector);
  const heap = reserved + fats * fatSectors + rootSectors;
  const clusters = Math.floor((sectors - heap) / perCluster);
  if (clusters < 1) return `${sectors} sectors, of which ${heap} are not for data`;
  // A parameter block of FAT32 form has no fixed root directory: it is FAT32 however few clusters there are.
  const type = fat32 ? 'FAT32' : clusters < FAT12_CLUSTERS ? 'FAT12' : 'FAT16';
  if (clusters >= (fat32 ? FAT32_CLUSTERS : FAT16_CLUSTERS)) return `${clusters} clusters of ${type}`;
  return {
    type,
    fatLength: fatSectors * sector,
    fatOffset: reserved * sector,
    rootOffset: (reserved + fats * fatSectors) * sector,
    rootLength: rootEntries * ENTRY_SIZE,
    heapOffset: heap * sector,
    clusterSize: perCluster * sector,
    clusters,
    size: sectors * sector,
  };
}

/** The GUID of BitLocker, at 424 of the boot sector. */
const BITLOCKER = [0x3b, 0xd6, 0x67, 0x49, 0x29, 0x2e, 0xd8, 0x4a, 0x83, 0x99, 0xf6, 0xa3, 0x39, 0xe3, 0xd0, 0x01];

/** BitLocker To Go shows a small FAT with a reader program in front of the encrypted volume: not what anybody looks for. */
function isToGo(head: Uint8Array): boolean {
  return BITLOCKER.every((byte, i) => head[424 + i] === byte);
}

/**
 * For `probe`: a parameter block that holds together as a whole, and a table whose first entry repeats the media byte
 * when the window reaches that far.
 */
export function looksLikeFat(head: Uint8Array): boolean {
  const layout = layoutOf(head);
  if (typeof layout === 'string' || isToGo(head)) return false;
  const at = layout.fatOffset;
  if (at + 2 > head.length) return head[510] === 0x55 && head[511] === 0xaa;
  return head[at] === head[21] || (head[510] === 0x55 && head[511] === 0xaa);
}

/** @throws FormatError InvalidHeader, UnexpectedEnd */
export function readBoot(source: ByteSource, findings: FindingList): Boot {
  const view = readView(source, 0, BOOT_SIZE);
  const layout = layoutOf(view.bytes);
  if (typeof layout === 'string') fail('InvalidHeader', view.source, view.base, 'a boot sector of FAT', layout);
  const { type, fatLength, fatOffset, heapOffset, clusterSize } = layout;
  const fat32 = type === 'FAT32';
  const numFats = view.u8(16);
  const flags = fat32 ? view.u16(40) : 0;
  const mirrored = (flags & 0x80) === 0;
  const chosen = mirrored ? 0 : flags & 15;
  const activeFat = chosen < numFats ? chosen : 0;
  const warn = (offset: number, code: string, message: string, facts: Record<string, string | number>): void =>
    findings.add({ code, severity: 'warning', where: place(source, offset), message, facts });
  if (chosen !== activeFat)
    warn(40, 'fatActiveTable', 'The table said to be in use does not exist; the first is used.', { active: chosen });
  const capacity = Math.floor((fatLength * 8) / BITS[type]) - 2;
  const clusters = Math.min(layout.clusters, capacity);
  if (capacity < 1) fail('InvalidHeader', view.source, view.base + 22, 'a table with entries for clusters', fatLength);
  if (clusters < layout.clusters)
    warn(22, 'fatTableShort', 'The table has no entries for the last clusters; they are left out.', {
      expected: layout.clusters,
      actual: clusters,
    });
  if (fat32 && layout.clusters < FAT16_CLUSTERS)
    findings.add({
      code: 'fat32Small',
      severity: 'info',
      where: place(source, 32),
      message: 'The volume has fewer clusters than FAT32 is meant for; its parameter block says FAT32.',
      facts: { clusters: layout.clusters },
    });
  const extension = fat32 ? 66 : 38;
  const extended = EXTENDED_SIGNATURES.includes(view.u8(extension));
  return {
    type,
    geometry: {
      bits: BITS[type],
      mask: 0x0fff_ffff,
      tableOffset: fatOffset + activeFat * fatLength,
      tableLength: fatLength,
      heapOffset,
      clusterSize,
      clusters,
    },
    bytesPerSector: view.u16(11),
    size: layout.size,
    rootOffset: layout.rootOffset,
    rootLength: layout.rootLength,
    rootCluster: fat32 ? (view.u32(44) & 0x0fff_ffff) >>> 0 : 0,
    numFats,
    activeFat,
    fatOffset,
    fatLength,
    mirrored,
    serial: extended ? view.u32(extension + 1) : null,
    label: view.u8(extension) === 0x29 ? codePageText(view.slice(extension + 5, 11)).trimEnd() : '',
    bytes: view.bytes,
  };
}
