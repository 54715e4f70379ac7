/**
 * The metadata region of a VHDX: a table of 64 KiB, then the items it points to.
 *
 *     0    "metadata", reserved u16, EntryCount u16, reserved
 *     32   entries of 32 bytes: ItemId GUID, Offset u32 (from the start of the region), Length u32, flags u32, reserved
 */
import type { Bytes } from '../../base/bytes.ts';
import { fail } from '../../base/errors.ts';
import { guidLe } from '../../base/guid.ts';
import { failAt } from '../../source/place.ts';
import { readView } from '../../source/read.ts';
import type { ByteSource } from '../../source/types.ts';
import type { Region } from './headers.ts';

const TABLE_SIZE = 0x1_0000;
const MAX_ENTRIES = 2047;
const MAX_ITEM = 1 << 20;
const FLAG_REQUIRED = 4;

const FILE_PARAMETERS = 'caa16737-fa36-4d43-b3b6-33f0aa44e76b';
const VIRTUAL_DISK_SIZE = '2fa54224-cd1b-4876-b211-5dbed83bf4b8';
const VIRTUAL_DISK_ID = 'beca12ab-b2e6-4523-93ef-c309e000c746';
const LOGICAL_SECTOR_SIZE = '8141bf1d-a96f-4709-ba47-f233a8faab5f';
const PHYSICAL_SECTOR_SIZE = 'cda348c7-445d-4471-9cc9-e9885251c556';
const PARENT_LOCATOR = 'a8d35f2d-b30b-454d-abf7-d3d84834ab0c';
/** The one type of parent locator there is: the parent is a VHDX. */
const LOCATOR_TYPE = 'b04aefb7-d19e-4a81-b789-25b8e9445913';
const KNOWN = [
  FILE_PARAMETERS,
  VIRTUAL_DISK_SIZE,
  VIRTUAL_DISK_ID,
  LOGICAL_SECTOR_SIZE,
  PHYSICAL_SECTOR_SIZE,
  PARENT_LOCATOR,
];

/** 64 TiB, the format's own bound. */
const MAX_DISK = 2 ** 46;

export interface Metadata {
  readonly blockSize: number;
  readonly leaveBlocksAllocated: boolean;
  readonly hasParent: boolean;
  readonly virtualDiskSize: number;
  readonly virtualDiskId: string | null;
  readonly logicalSectorSize: number;
  readonly physicalSectorSize: number | null;
  /** Key-value pairs of the parent locator: `parent_linkage`, `relative_path` ...; empty without a parent. */
  readonly parentLocator: Readonly<Record<string, string>>;
}

/** @throws FormatError when a needed item is missing or has a value the format does not allow */
export function readMetadata(file: ByteSource, region: Region): Metadata {
  if (region.length > 2 * MAX_ITEM + MAX_ENTRIES * 64)
    failAt('UnsupportedSize', file, region.offset, 'a metadata region of a few MiB', `${region.length} bytes`);
  const items = itemsOf(file, region);
  const need = (id: string, what: string, length: number): Bytes => {
    const item = items.get(id);
    if (item === undefined) failAt('MissingItem', file, region.offset, `the metadata item ${what}`, 'none');
    if (item.length < length)
      fail('InvalidLength', item.source, item.base, `${length} bytes of ${what}`, `${item.length} bytes`);
    return item;
  };
  const parameters = need(FILE_PARAMETERS, 'file parameters', 8);
  const size = need(VIRTUAL_DISK_SIZE, 'virtual disk size', 8);
  const sector = need(LOGICAL_SECTOR_SIZE, 'logical sector size', 4);
  const physical = items.get(PHYSICAL_SECTOR_SIZE);
  const id = items.get(VIRTUAL_DISK_ID);
  const flags = parameters.u32(4);
  const hasParent = (flags & 2) !== 0;
  const metadata: Metadata = {
    blockSize: parameters.u32(0),
    leaveBlocksAllocated: (flags & 1) !== 0,
    hasParent,
    virtualDiskSize: size.size64(0, 'a disk size'),
    virtualDiskId: id === undefined ? null : guidLe(id.slice(0, 16)),
    logicalSectorSize: sector.u32(0),
    physicalSectorSize: physical === undefined ? null : physical.u32(0),
    parentLocator: hasParent ? locatorOf(need(PARENT_LOCATOR, 'parent locator', 20)) : {},
  };
  const { blockSize, logicalSectorSize, virtualDiskSize } = metadata;
  if (blockSize < 1 << 20 || blockSize > 256 << 20 || (blockSize & (blockSize - 1)) !== 0)
    fail(
      'InvalidHeader',
      parameters.source,
      parameters.base,
      'a block size of 1 to 256 MiB, a power of two',
      blockSize,
    );
  if (logicalSectorSize !== 512 && logicalSectorSize !== 4096)
    fail('InvalidHeader', sector.source, sector.base, 'logical sectors of 512 or 4096 bytes', logicalSectorSize);
  if (virtualDiskSize > MAX_DISK || virtualDiskSize % logicalSectorSize !== 0)
    fail('InvalidHeader', size.source, size.base, 'a disk of whole sectors, at most 64 TiB', virtualDiskSize);
  return metadata;
}

function itemsOf(file: ByteSource, { offset: base, length: size }: Region): Map<string, Bytes> {
  const view = readView(file, base, Math.min(TABLE_SIZE, size));
  const signature = view.ascii(0, 8);
  if (signature !== 'metadata') failAt('InvalidSignature', file, base, '"metadata"', JSON.stringify(signature));
  const count = view.u16(10);
  if (count > MAX_ENTRIES) failAt('InvalidCount', file, base + 10, `at most ${MAX_ENTRIES} items`, count);
  const items = new Map<string, Bytes>();
  for (let at = 32; at < 32 + count * 32; at += 32) {
    const id = guidLe(view.slice(at, 16));
    const offset = view.u32(at + 16);
    const length = view.u32(at + 20);
    if (!KNOWN.includes(id)) {
      if ((view.u32(at + 24) & FLAG_REQUIRED) !== 0)
        failAt('UnsupportedFeature', file, base + at, 'only metadata that are known', `the required item ${id}`);
      continue;
    }
    if (items.has(id)) failAt('InvalidData', file, base + at, 'each metadata item once', `the item ${id} again`);
    if (offset < TABLE_SIZE || length > MAX_ITEM || length > size - offset)
      failAt(
        'InvalidOffset',
        file,
        base + at + 16,
        'an item inside the metadata region',
        `${length} bytes at ${offset}`,
      );
    items.set(id, readView(file, base + offset, length));
  }
  return items;
}

/** LocatorType GUID, reserved u16, KeyValueCount u16, then { KeyOffset u32, ValueOffset u32, KeyLength u16, ValueLength u16 }. */
function locatorOf(item: Bytes): Record<string, string> {
  const pairs: [string, string][] = [];
  const type = guidLe(item.slice(0, 16));
  if (type !== LOCATOR_TYPE)
    fail('UnsupportedFeature', item.source, item.base, 'a parent that is a VHDX', `type ${type}`);
  const count = item.u16(18);
  for (let at = 20; at < 20 + count * 12; at += 12) {
    const key = item.utf16(item.u32(at), item.u16(at + 8) >> 1);
    pairs.push([key, item.utf16(item.u32(at + 4), item.u16(at + 10) >> 1)]);
  }
  return Object.fromEntries(pairs);
}
