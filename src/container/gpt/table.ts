/** Header and entry array of a GPT, primary or backup: read, bounded, and judged by their two checksums. */
import type { Bytes } from '../../base/bytes.ts';
import { guidLe } from '../../base/guid.ts';
import type { Codecs } from '../../codec/types.ts';
import { failAt } from '../../source/place.ts';
import { readView } from '../../source/read.ts';
import type { ByteSource } from '../../source/types.ts';

export const SIGNATURE = 'EFI PART';
const HEADER_SIZE = 92;
const ENTRY_SIZE = 128;
/** Every tool writes 128 entries (16 KiB); the array is held in memory, so it must stay of that order. */
const MAX_ARRAY = 4 << 20;

export interface GptTable {
  readonly offset: number;
  readonly sectorSize: number;
  readonly header: Uint8Array;
  readonly headerOk: boolean;
  readonly arrayOk: boolean;
  /** PartitionEntryArrayCRC32, as the header states it. */
  readonly arrayCrc: number;
  readonly myLba: number;
  readonly alternateLba: number;
  readonly firstUsableLba: number;
  readonly lastUsableLba: number;
  readonly diskGuid: string;
  readonly entriesOffset: number;
  readonly entries: Bytes;
  readonly entrySize: number;
  readonly entryCount: number;
}

export interface GptEntry {
  readonly index: number;
  readonly offset: number;
  readonly typeGuid: string;
  readonly uniqueGuid: string;
  readonly firstLba: bigint;
  readonly lastLba: bigint;
  readonly attributes: bigint;
  readonly name: string;
}

/** @throws FormatError when there is no header at `offset`, or one whose numbers cannot be followed */
export function readTable(disk: ByteSource, offset: number, sectorSize: number, codecs: Codecs): GptTable {
  const view = readView(disk, offset, Math.min(sectorSize, Math.max(HEADER_SIZE, disk.size - offset)));
  const signature = view.ascii(0, 8);
  if (signature !== SIGNATURE) failAt('InvalidSignature', disk, offset, `"${SIGNATURE}"`, JSON.stringify(signature));
  const revision = view.u32(8);
  if (revision >>> 16 !== 1) failAt('UnsupportedVersion', disk, offset + 8, 'revision 1', revision >>> 16);
  const headerSize = view.u32(12);
  if (headerSize < HEADER_SIZE || headerSize > view.length)
    failAt('InvalidLength', disk, offset + 12, `a header of ${HEADER_SIZE} to ${sectorSize} bytes`, headerSize);
  const entryCount = view.u32(80);
  const entrySize = view.u32(84);
  if (entrySize < ENTRY_SIZE || entrySize > 4096 || (entrySize & (entrySize - 1)) !== 0)
    failAt('InvalidLength', disk, offset + 84, 'entries of 128 to 4096 bytes, a power of two', entrySize);
  if (entryCount * entrySize > MAX_ARRAY)
    failAt('InvalidCount', disk, offset + 80, `at most ${MAX_ARRAY / entrySize} entries`, entryCount);
  const entriesOffset = view.size64(72, 'an LBA') * sectorSize;
  const entries = readView(disk, entriesOffset, entryCount * entrySize);
  const header = view.slice(0, headerSize).slice();
  header.fill(0, 16, 20);
  return {
    offset,
    sectorSize,
    header: view.slice(0, headerSize),
    headerOk: codecs.crc32(header) === view.u32(16) && view.size64(24, 'an LBA') * sectorSize === offset,
    arrayOk: codecs.crc32(entries.bytes) === view.u32(88),
    arrayCrc: view.u32(88),
    myLba: view.size64(24, 'an LBA'),
    alternateLba: view.size64(32, 'an LBA'),
    firstUsableLba: view.size64(40, 'an LBA'),
    lastUsableLba: view.size64(48, 'an LBA'),
    diskGuid: guidLe(view.slice(56, 16)),
    entriesOffset,
    entries,
    entrySize,
    entryCount,
  };
}

const UNUSED = '00000000-0000-0000-0000-000000000000';

/** Used entries in array order. */
export function gptEntries(table: GptTable): GptEntry[] {
  const used: GptEntry[] = [];
  for (let index = 0; index < table.entryCount; index++) {
    const at = index * table.entrySize;
    const typeGuid = guidLe(table.entries.slice(at, 16));
    if (typeGuid === UNUSED) continue;
    used.push({
      index,
      offset: table.entriesOffset + at,
      typeGuid,
      uniqueGuid: guidLe(table.entries.slice(at + 16, 16)),
      firstLba: table.entries.u64(at + 32),
      lastLba: table.entries.u64(at + 40),
      attributes: table.entries.u64(at + 48),
      name: table.entries.utf16(at + 56, 36).replace(/\0.*$/s, ''),
    });
  }
  return used;
}
