/** $Boot: where the clusters are and how large, where $MFT begins. */
import { Bytes } from '../../base/bytes.ts';
import { fail } from '../../base/errors.ts';
import type { FindingList } from '../../base/findings.ts';
import { place } from '../../source/place.ts';
import { readBytes } from '../../source/read.ts';
import type { ByteSource } from '../../source/types.ts';

/** BIOS parameter block and its extension, 512 bytes. Field names are those of the Windows headers. */
export interface Boot {
  readonly bytesPerSector: number;
  readonly clusterSize: number;
  readonly recordSize: number;
  readonly indexBlockSize: number;
  readonly numberSectors: number;
  /** Clusters of the volume; a run beyond them is refused. */
  readonly clusters: number;
  readonly mftStartLcn: number;
  readonly mft2StartLcn: number;
  readonly serialNumber: bigint;
  readonly bytes: Uint8Array;
}

export const BOOT_SIZE = 512;
const OEM = 'NTFS    ';
const MAX_CLUSTER = 2 << 20;
/** As in wasm/ntfs/memory.ts. */
const MAX_RECORD = 16_384;

function isPowerOfTwo(value: number): boolean {
  return value > 0 && (value & (value - 1)) === 0;
}

/** Up to 128 the number of sectors itself, from 244 on the exponent of two, negated. */
function sectorsPerCluster(value: number): number {
  if (value > 243) return 2 ** (256 - value);
  return value <= 128 && isPowerOfTwo(value) ? value : 0;
}

/** Positive: clusters; negative: exponent of two of the size in bytes. */
function bytesPerUnit(value: number, clusterSize: number): number {
  return value > 0 ? value * clusterSize : value < 0 && value >= -31 ? 2 ** -value : 0;
}

/** True when 512 bytes are a boot sector of NTFS: its name and a geometry that can be. Never throws. */
export function isBootSector(bytes: Uint8Array): boolean {
  if (bytes.length < BOOT_SIZE) return false;
  for (let i = 0; i < OEM.length; i++) if (bytes[3 + i] !== OEM.charCodeAt(i)) return false;
  const bytesPerSector = bytes[11]! | (bytes[12]! << 8);
  return isPowerOfTwo(bytesPerSector) && bytesPerSector >= 256 && sectorsPerCluster(bytes[13]!) > 0;
}

/** @throws FormatError InvalidSignature, InvalidHeader */
export function parseBoot(bytes: Bytes): Boot {
  const bad = (offset: number, expected: string, actual: unknown): never =>
    fail('InvalidHeader', bytes.source, bytes.base + offset, expected, actual);
  if (!isBootSector(bytes.bytes))
    fail('InvalidSignature', bytes.source, bytes.base + 3, 'an NTFS boot sector', `"${bytes.ascii(3, 8)}"`);
  const bytesPerSector = bytes.u16(11);
  if (bytesPerSector > 4096) bad(11, 'sectors of 256 to 4096 bytes', bytesPerSector);
  const clusterSize = bytesPerSector * sectorsPerCluster(bytes.u8(13));
  if (clusterSize < 512 || clusterSize > MAX_CLUSTER) bad(13, 'clusters of 512 bytes to 2 MiB', clusterSize);
  const recordSize = bytesPerUnit(bytes.i8(64), clusterSize);
  if (!isPowerOfTwo(recordSize) || recordSize < 512 || recordSize > MAX_RECORD)
    bad(64, `MFT records of 512 to ${MAX_RECORD} bytes`, bytes.i8(64));
  const indexBlockSize = bytesPerUnit(bytes.i8(68), clusterSize);
  const numberSectors = bytes.size64(40, 'number of sectors');
  const clusters = Math.floor((numberSectors * bytesPerSector) / clusterSize);
  if (clusters < 1) bad(40, 'at least one cluster', numberSectors);
  const mftStartLcn = bytes.size64(48, 'cluster of $MFT');
  const mft2StartLcn = bytes.size64(56, 'cluster of $MFTMirr');
  return {
    bytesPerSector,
    clusterSize,
    recordSize,
    indexBlockSize,
    numberSectors,
    clusters,
    mftStartLcn,
    mft2StartLcn,
    serialNumber: bytes.u64(72),
    bytes: bytes.bytes,
  };
}

/** Where the copy of the boot sector may be: behind the last whole cluster, at the end, in sectors of 512 and 4096. */
function bootAt(source: ByteSource, offset: number): Boot | null {
  if (offset < 0 || offset + BOOT_SIZE > source.size) return null;
  const bytes = readBytes(source, offset, BOOT_SIZE);
  if (!isBootSector(bytes)) return null;
  const where = place(source, offset);
  return parseBoot(new Bytes(bytes, where.source, where.offset ?? offset));
}

/** The boot sector, or its copy at the end of the volume with a finding. @throws FormatError that of the first sector */
export function readBoot(source: ByteSource, findings: FindingList): Boot {
  const where = place(source, 0);
  const first = readBytes(source, 0, Math.min(BOOT_SIZE, source.size));
  try {
    return parseBoot(new Bytes(first, where.source, where.offset ?? 0));
  } catch (error) {
    const backup = bootAt(source, source.size - 512) ?? bootAt(source, source.size - 4096);
    if (backup === null) throw error;
    findings.add({
      code: 'ntfsBootDamaged',
      severity: 'warning',
      where,
      message: 'The boot sector is damaged; its copy at the end of the volume was used.',
    });
    return backup;
  }
}

/** For `probe`: the copy in the last sector says that the volume begins exactly where this source does. */
export function isBackupOf(tail: Uint8Array, size: number): boolean {
  const bytes = tail.subarray(Math.max(0, tail.length - BOOT_SIZE));
  if (!isBootSector(bytes)) return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return (Number(view.getBigUint64(40, true)) + 1) * view.getUint16(11, true) === size;
}
