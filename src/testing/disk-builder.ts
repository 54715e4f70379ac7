/** Writes partitioned disks, MBR (with logical partitions) and GPT, from the bytes of their partitions. */
import { guidLeBytes } from '../base/guid.ts';
import { utf16leBytes } from '../base/utf16.ts';
import { plainCrc } from './crc.ts';

export interface MbrPartition {
  /** 0x07 when absent. */
  readonly type?: number;
  readonly bytes: Uint8Array;
  readonly active?: boolean;
  /** Goes into an extended partition behind the primary ones. */
  readonly logical?: boolean;
}

export interface DiskOptions {
  /** 512 when absent. */
  readonly sectorSize?: 512 | 4096;
  /** Partitions begin on multiples of it; 1 MiB when absent, as Windows does. */
  readonly align?: number;
}

/** @returns the disk, and where each partition's bytes stand on it, in the order given */
export interface BuiltDisk {
  readonly bytes: Uint8Array;
  readonly starts: readonly number[];
}

export function buildMbr(partitions: readonly MbrPartition[], options: DiskOptions = {}): BuiltDisk {
  const { sectorSize = 512, align = 1 << 20 } = options;
  const up = (value: number): number => Math.ceil(value / align) * align;
  const primary = partitions.filter(({ logical }) => logical !== true);
  const logical = partitions.filter((partition) => partition.logical === true);
  const starts = new Map<MbrPartition, number>();
  let next = up(sectorSize);
  for (const partition of primary) {
    starts.set(partition, next);
    next = up(next + partition.bytes.length);
  }
  const extended = next;
  for (const partition of logical) {
    starts.set(partition, next + align); // each logical partition stands behind its own boot record
    next = up(next + align + partition.bytes.length);
  }
  const bytes = new Uint8Array(next);
  const sectors = (length: number): number => Math.ceil(length / sectorSize);
  new DataView(bytes.buffer).setUint32(0x1b8, 0x5ca1ab1e, true);
  primary.forEach((partition, i) => {
    entry(bytes, 0, i, partition, starts.get(partition)! / sectorSize, sectors(partition.bytes.length));
  });
  sign(bytes, 0);
  if (logical.length > 0)
    entry(bytes, 0, primary.length, { type: 0x0f }, extended / sectorSize, (next - extended) / sectorSize);
  logical.forEach((partition, i) => {
    const record = starts.get(partition)! - align;
    entry(bytes, record, 0, partition, align / sectorSize, sectors(partition.bytes.length));
    const after = logical[i + 1];
    if (after !== undefined) {
      const link = starts.get(after)! - align;
      entry(bytes, record, 1, { type: 0x05 }, (link - extended) / sectorSize, sectors(after.bytes.length + align));
    }
    sign(bytes, record);
  });
  for (const partition of partitions) bytes.set(partition.bytes, starts.get(partition)!);
  return { bytes, starts: partitions.map((partition) => starts.get(partition)!) };
}

function entry(
  disk: Uint8Array,
  record: number,
  index: number,
  { type = 0x07, active = false }: { type?: number; active?: boolean },
  lba: number,
  sectors: number,
): void {
  const at = record + 0x1be + index * 16;
  const view = new DataView(disk.buffer, disk.byteOffset);
  disk[at] = active ? 0x80 : 0;
  disk.set([0xfe, 0xff, 0xff, type, 0xfe, 0xff, 0xff], at + 1);
  view.setUint32(at + 8, lba, true);
  view.setUint32(at + 12, sectors, true);
}

function sign(disk: Uint8Array, record: number): void {
  disk.set([0x55, 0xaa], record + 510);
}

export interface GptPartition {
  /** Basic data when absent. */
  readonly typeGuid?: string;
  readonly guid?: string;
  readonly name?: string;
  readonly attributes?: bigint;
  readonly bytes: Uint8Array;
}

export interface GptOptions extends DiskOptions {
  readonly diskGuid?: string;
  /** 128 when absent. */
  readonly entrySize?: number;
  /** Makes the disk a hybrid: entries of the MBR beside the protective one. */
  readonly hybrid?: readonly { readonly type?: number; readonly lba: number; readonly sectors: number }[];
}

const BASIC_DATA = 'ebd0a0a2-b9e5-4433-87c0-68b6b72699c7';
const ENTRIES = 128;

export function buildGpt(partitions: readonly GptPartition[], options: GptOptions = {}): BuiltDisk {
  const { sectorSize = 512, align = 1 << 20, entrySize = 128 } = options;
  const arraySectors = (ENTRIES * entrySize) / sectorSize;
  const starts: number[] = [];
  let end = (2 + arraySectors) * sectorSize;
  for (const { bytes } of partitions) {
    const start = Math.ceil(end / align) * align;
    starts.push(start);
    end = start + Math.ceil(bytes.length / sectorSize) * sectorSize;
  }
  const last = end / sectorSize + arraySectors; // LBA of the backup header
  const disk = new Uint8Array((last + 1) * sectorSize);
  const array = new Uint8Array(ENTRIES * entrySize);
  const view = new DataView(array.buffer);
  partitions.forEach((partition, i) => {
    const at = i * entrySize;
    array.set(guidLeBytes(partition.typeGuid ?? BASIC_DATA), at);
    array.set(guidLeBytes(partition.guid ?? `3d0f5a10-1c2b-4e7d-8a90-0000000000${(16 + i).toString(16)}`), at + 16);
    view.setBigUint64(at + 32, BigInt(starts[i]! / sectorSize), true);
    view.setBigUint64(
      at + 40,
      BigInt(starts[i]! / sectorSize + Math.ceil(partition.bytes.length / sectorSize) - 1),
      true,
    );
    view.setBigUint64(at + 48, partition.attributes ?? 0n, true);
    array.set(utf16leBytes((partition.name ?? '').slice(0, 36)), at + 56);
    disk.set(partition.bytes, starts[i]!);
  });
  const { hybrid } = options;
  const protective = hybrid === undefined ? last : 2 + arraySectors - 1;
  entry(disk, 0, 0, { type: 0xee }, 1, Math.min(protective, 0xffff_ffff));
  hybrid?.forEach(({ type = 0x07, lba, sectors }, i) => {
    entry(disk, 0, i + 1, { type }, lba, sectors);
  });
  sign(disk, 0);
  disk.set(array, 2 * sectorSize);
  disk.set(array, (last - arraySectors) * sectorSize);
  const header = (lba: number, other: number, entries: number): void => {
    const bytes = disk.subarray(lba * sectorSize, lba * sectorSize + 92);
    const fields = new DataView(bytes.buffer, bytes.byteOffset);
    bytes.set(new TextEncoder().encode('EFI PART'));
    fields.setUint32(8, 0x1_0000, true);
    fields.setUint32(12, 92, true);
    fields.setBigUint64(24, BigInt(lba), true);
    fields.setBigUint64(32, BigInt(other), true);
    fields.setBigUint64(40, BigInt(2 + arraySectors), true);
    fields.setBigUint64(48, BigInt(last - arraySectors - 1), true);
    bytes.set(guidLeBytes(options.diskGuid ?? '9f2c6b1e-7d40-4c58-a3b6-5e81d0f7c294'), 56);
    fields.setBigUint64(72, BigInt(entries), true);
    fields.setUint32(80, ENTRIES, true);
    fields.setUint32(84, entrySize, true);
    fields.setUint32(88, plainCrc('crc32', array), true);
    fields.setUint32(16, plainCrc('crc32', bytes), true);
  };
  header(1, last, 2);
  header(last, 1, last - arraySectors);
  return { bytes: disk, starts };
}

/** Makes the checksums of the primary table right again, so that damage of its fields is looked at. */
export function mendGpt(disk: Uint8Array, sectorSize = 512): void {
  if (disk.length < sectorSize * 2) return;
  const view = new DataView(disk.buffer, disk.byteOffset + sectorSize, sectorSize);
  const at = Number(view.getBigUint64(72, true)) * sectorSize;
  const length = view.getUint32(80, true) * view.getUint32(84, true);
  if (at + length <= disk.length) view.setUint32(88, plainCrc('crc32', disk.subarray(at, at + length)), true);
  view.setUint32(16, 0, true);
  const size = Math.min(view.getUint32(12, true), sectorSize);
  view.setUint32(16, plainCrc('crc32', disk.subarray(sectorSize, sectorSize + size)), true);
}
