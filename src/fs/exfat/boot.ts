/** The boot region: twelve sectors, twice. Field names are those of Microsoft's exFAT specification. */
import type { Bytes } from '../../base/bytes.ts';
import { FormatError, fail } from '../../base/errors.ts';
import type { FindingList } from '../../base/findings.ts';
import { failAt, place } from '../../source/place.ts';
import { readBytes, readView } from '../../source/read.ts';
import type { ByteSource } from '../../source/types.ts';
import type { ClusterGeometry } from '../clusters.ts';

export interface Boot {
  readonly geometry: ClusterGeometry;
  readonly bytesPerSector: number;
  readonly size: number;
  readonly rootCluster: number;
  readonly serial: number;
  readonly revision: string;
  readonly numFats: number;
  readonly dirty: boolean;
  /** The boot sector without the fields that change while the volume is in use. */
  readonly bytes: Uint8Array;
}

const BOOT_SIZE = 512;
const REGION_SECTORS = 12;
const NAME = 'EXFAT   ';
/** Clusters are numbered with 32 bits, of which the last ten values mean something else. */
const MAX_CLUSTERS = 0xffff_fff5;
const MAX_CLUSTER_SHIFT = 25;
const VOLUME_FLAGS = 106;
const PERCENT_IN_USE = 112;
const SECTOR_SIZES = [512, 1024, 2048, 4096];

export function looksLikeExfat(head: Uint8Array): boolean {
  if (head.length < BOOT_SIZE) return false;
  for (let i = 0; i < NAME.length; i++) if (head[3 + i] !== NAME.charCodeAt(i)) return false;
  // the parameter block of FAT must be zeros, so that no FAT driver takes the volume
  for (let i = 11; i < 64; i++) if (head[i] !== 0) return false;
  return true;
}

/** Sum over the first eleven sectors, without the fields that change in use. */
function regionChecksum(sectors: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < sectors.length; i++)
    if (i !== VOLUME_FLAGS && i !== VOLUME_FLAGS + 1 && i !== PERCENT_IN_USE)
      sum = (((sum << 31) | (sum >>> 1)) + sectors[i]!) >>> 0;
  return sum;
}

function parse(view: Bytes): Boot {
  const wrong = (at: number, expected: string, actual: unknown): never =>
    fail('InvalidHeader', view.source, view.base + at, expected, String(actual));
  if (!looksLikeExfat(view.bytes)) wrong(3, '"EXFAT   " and zeros up to byte 64', 'something else');
  const sectorShift = view.u8(108);
  const clusterShift = sectorShift + view.u8(109);
  if (sectorShift < 9 || sectorShift > 12) wrong(108, 'sectors of 512 to 4096 bytes', `2^${sectorShift}`);
  if (clusterShift > MAX_CLUSTER_SHIFT) wrong(109, 'clusters of at most 32 MiB', `2^${clusterShift}`);
  const sector = 2 ** sectorShift;
  const numFats = view.u8(110);
  if (numFats !== 1 && numFats !== 2) wrong(110, 'one or two tables', numFats);
  const [fatOffset, fatLength, heap] = [view.u32(80), view.u32(84), view.u32(88)];
  const clusters = view.u32(92);
  if (clusters < 1 || clusters > MAX_CLUSTERS) wrong(92, 'a number of clusters', clusters);
  if (fatOffset < REGION_SECTORS * 2) wrong(80, 'a table behind the boot regions', `sector ${fatOffset}`);
  if (heap < fatOffset + fatLength * numFats) wrong(88, 'a cluster heap behind the tables', `sector ${heap}`);
  if (fatLength * sector < (clusters + 2) * 4) wrong(84, `entries for ${clusters} clusters`, `${fatLength} sectors`);
  const rootCluster = view.u32(96);
  if (rootCluster < 2 || rootCluster > clusters + 1) wrong(96, 'the first cluster of the root', rootCluster);
  const revision = view.u16(104);
  if (revision >> 8 !== 1) wrong(104, 'revision 1 of exFAT', `${revision >> 8}.${revision & 255}`);
  const flags = view.u16(VOLUME_FLAGS);
  const active = numFats === 2 ? flags & 1 : 0;
  const bytes = view.bytes.slice();
  bytes.fill(0, VOLUME_FLAGS, VOLUME_FLAGS + 2);
  bytes[PERCENT_IN_USE] = 0;
  return {
    geometry: {
      bits: 32,
      mask: -1,
      tableOffset: (fatOffset + active * fatLength) * sector,
      tableLength: (clusters + 2) * 4,
      heapOffset: heap * sector,
      clusterSize: 2 ** clusterShift,
      clusters,
    },
    bytesPerSector: sector,
    size: view.u32(72) * sector + view.u32(76) * 2 ** 32 * sector,
    rootCluster,
    serial: view.u32(100),
    revision: `${revision >> 8}.${String(revision & 255).padStart(2, '0')}`,
    numFats,
    dirty: (flags & 2) !== 0,
    bytes,
  };
}

function checksumHolds(source: ByteSource, start: number, sector: number): boolean {
  const region = readBytes(source, start, sector * REGION_SECTORS);
  const sum = regionChecksum(region.subarray(0, sector * (REGION_SECTORS - 1)));
  const stated = new DataView(region.buffer, sector * (REGION_SECTORS - 1));
  for (let at = 0; at < sector; at += 4) if (stated.getUint32(at, true) !== sum) return false;
  return true;
}

/** The backup region, which begins at the thirteenth sector of a size that nobody can tell us; null when none holds. */
function backup(source: ByteSource): Boot | null {
  for (const sector of SECTOR_SIZES)
    try {
      const start = sector * REGION_SECTORS;
      const boot = parse(readView(source, start, BOOT_SIZE));
      if (boot.bytesPerSector === sector && checksumHolds(source, start, sector)) return boot;
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
    }
  return null;
}

/** The main boot region, or the backup where the main one makes no sense. @throws FormatError InvalidHeader, UnexpectedEnd */
export function readBoot(source: ByteSource, findings: FindingList): Boot {
  const told = (code: string, message: string): void =>
    findings.add({ code, severity: 'warning', where: place(source, 0), message });
  let boot: Boot;
  try {
    boot = parse(readView(source, 0, BOOT_SIZE));
  } catch (error) {
    const other = error instanceof FormatError ? backup(source) : null;
    if (other === null) throw error;
    told('exfatBootBackup', 'The boot sector is damaged; its backup is used.');
    return other;
  }
  if (boot.bytesPerSector * REGION_SECTORS > source.size)
    failAt('UnexpectedEnd', source, source.size, `a boot region of ${REGION_SECTORS} sectors`, `${source.size} bytes`);
  if (!checksumHolds(source, 0, boot.bytesPerSector))
    told('exfatBootChecksum', 'The checksum of the boot region is wrong; its fields may be damaged.');
  if (boot.dirty) told('exfatDirty', 'The volume was not taken out cleanly; directories and table may disagree.');
  return boot;
}
