/** From the recognition sequence over the anchor to the logical volume, its partitions and its file set. */
import type { Bytes } from '../../base/bytes.ts';
import { FormatError } from '../../base/errors.ts';
import type { FindingList } from '../../base/findings.ts';
import { failAt, place } from '../../source/place.ts';
import { readView } from '../../source/read.ts';
import type { ByteSource } from '../../source/types.ts';
import { crcHolds, dstring, entityText, type LongAd, longAd, Tag, tagOf } from './descriptors.ts';

/** Where the recognition sequence begins, and how far apart its structures stand. */
const SEQUENCE = 32_768;
const STRUCTURE = 2048;
const MAX_STRUCTURES = 16;
const SECTOR_SIZES = [2048, 512, 4096, 1024];
const ANCHOR = 256;
/** Real sequences have a handful of descriptors in 16 sectors. */
const MAX_DESCRIPTORS = 256;
const MAX_POINTERS = 16;
const MAX_MAPS = 8;

export interface PhysicalPartition {
  readonly number: number;
  /** Byte offset and length. */
  readonly start: number;
  readonly length: number;
}

export interface PartitionMap {
  readonly kind: 'physical' | 'virtual' | 'sparable' | 'metadata';
  readonly physical: PhysicalPartition;
  /** Metadata: block of the file that maps it, and of its mirror. */
  readonly metadataFile: number;
  readonly metadataMirror: number;
  /** Sparable: blocks of a packet, and where the tables stand (sectors of the disc) with their size. */
  readonly packetLength: number;
  readonly tables: readonly number[];
  readonly tableSize: number;
}

export interface LogicalVolume {
  readonly sectorSize: number;
  readonly blockSize: number;
  readonly label: string;
  readonly domain: string;
  /** `2.50` */
  readonly revision: string;
  readonly fileSet: LongAd;
  readonly maps: readonly PartitionMap[];
  readonly bytes: Uint8Array;
}

/** True for `NSR02` or `NSR03` in the recognition sequence. */
export function looksLikeUdf(head: Uint8Array): boolean {
  for (let n = 0; n < MAX_STRUCTURES; n++) {
    const at = SEQUENCE + n * STRUCTURE;
    if (at + 6 > head.length) return false;
    const id = String.fromCharCode(...head.subarray(at + 1, at + 6));
    if (id === 'NSR02' || id === 'NSR03') return true;
    if (!['BEA01', 'CD001', 'BOOT2', 'CDW02', 'TEA01', '\0\0\0\0\0'].includes(id)) return false;
  }
  return false;
}

/** The anchor, of which there are up to three, and the size of sectors that it reveals. */
function findAnchor(source: ByteSource): { readonly anchor: Bytes; readonly sectorSize: number } {
  for (const sectorSize of SECTOR_SIZES) {
    const sectors = Math.floor(source.size / sectorSize);
    for (const sector of [ANCHOR, sectors - 1, sectors - 1 - ANCHOR, 512]) {
      if (sector < 16 || (sector + 1) * sectorSize > source.size) continue;
      const anchor = readView(source, sector * sectorSize, 512);
      if (tagOf(anchor) === Tag.anchor && anchor.u32(12) === sector && crcHolds(anchor)) return { anchor, sectorSize };
    }
  }
  return failAt('MissingItem', source, ANCHOR * SECTOR_SIZES[0]!, 'an anchor volume descriptor pointer', 'none');
}

interface Sequence {
  logical: Bytes | null;
  readonly partitions: Map<number, PhysicalPartition>;
}

/** Reads a volume descriptor sequence; a later descriptor (higher number) prevails. */
function readSequence(source: ByteSource, sectorSize: number, length: number, location: number): Sequence {
  const found: Sequence = { logical: null, partitions: new Map() };
  let [at, end, pointers] = [location, location + Math.floor(length / sectorSize), 0];
  for (let n = 0; n < MAX_DESCRIPTORS && at < end; n++, at++) {
    if ((at + 1) * sectorSize > source.size) break;
    const view = readView(source, at * sectorSize, sectorSize);
    const tag = tagOf(view);
    if (tag === null || tag === Tag.terminating) break;
    if (tag === Tag.pointer && ++pointers <= MAX_POINTERS) {
      [at, end] = [view.u32(24) - 1, view.u32(24) + Math.floor(view.u32(20) / sectorSize)];
    } else if (tag === Tag.logicalVolume) {
      if (found.logical === null || view.u32(16) >= found.logical.u32(16)) found.logical = view;
    } else if (tag === Tag.partition) {
      const number = view.u16(22);
      found.partitions.set(number, { number, start: view.u32(188) * sectorSize, length: view.u32(192) * sectorSize });
    }
  }
  return found;
}

function mapsOf(source: ByteSource, { logical, partitions }: Sequence): PartitionMap[] {
  const view = logical!;
  const end = Math.min(view.length, 440 + view.u32(264));
  const maps: PartitionMap[] = [];
  for (let at = 440; at + 6 <= end && maps.length < Math.min(MAX_MAPS, view.u32(268)); ) {
    const [type, length] = [view.u8(at), view.u8(at + 1)];
    if (length < 6 || at + length > end) break;
    const name = type === 2 && length >= 64 ? entityText(view, at + 4) : '';
    const kind = type === 1 ? 'physical' : KINDS.find(([text]) => name === text)?.[1];
    if (kind === undefined) failAt('UnsupportedFeature', source, 0, 'a partition map of UDF', name || `type ${type}`);
    const number = view.u16(at + (type === 1 ? 4 : 38));
    const physical = partitions.get(number) ?? failAt('MissingItem', source, 0, `partition ${number}`, 'none');
    const sparable = kind === 'sparable';
    maps.push({
      kind,
      physical,
      metadataFile: kind === 'metadata' ? view.u32(at + 40) : 0,
      metadataMirror: kind === 'metadata' ? view.u32(at + 44) : 0,
      packetLength: sparable ? view.u16(at + 40) : 0,
      tables: sparable
        ? Array.from({ length: Math.min(4, view.u8(at + 42)) }, (_, i) => view.u32(at + 48 + i * 4))
        : [],
      tableSize: sparable ? view.u32(at + 44) : 0,
    });
    at += length;
  }
  return maps;
}

const KINDS = [
  ['*UDF Virtual Partition', 'virtual'],
  ['*UDF Sparable Partition', 'sparable'],
  ['*UDF Metadata Partition', 'metadata'],
] as const;

/** @throws FormatError MissingItem, InvalidHeader, UnsupportedFeature, UnexpectedEnd */
export function readLogicalVolume(source: ByteSource, findings: FindingList): LogicalVolume {
  const { anchor, sectorSize } = findAnchor(source);
  let sequence = readSequence(source, sectorSize, anchor.u32(16), anchor.u32(20));
  if (sequence.logical === null || sequence.partitions.size === 0) {
    sequence = readSequence(source, sectorSize, anchor.u32(24), anchor.u32(28));
    findings.add({
      code: 'udfReserveSequence',
      severity: 'warning',
      where: place(source, anchor.u32(20) * sectorSize),
      message: 'The main volume descriptors are damaged; the reserve ones are used.',
    });
  }
  const view =
    sequence.logical ??
    failAt('MissingItem', source, anchor.u32(20) * sectorSize, 'a logical volume descriptor', 'none');
  const blockSize = view.u32(212);
  if (blockSize !== sectorSize)
    failAt(
      'InvalidHeader',
      source,
      anchor.u32(20) * sectorSize,
      `logical blocks of ${sectorSize} bytes`,
      `${blockSize} bytes`,
    );
  const maps = mapsOf(source, sequence);
  if (maps.length === 0) failAt('MissingItem', source, 0, 'a partition', 'none');
  const revision = view.u16(240);
  return {
    sectorSize,
    blockSize,
    label: dstring(view.slice(84, 128)),
    domain: entityText(view, 216),
    revision: `${revision >> 8}.${(revision & 255).toString(16).padStart(2, '0')}`,
    fileSet: longAd(view, 248),
    maps,
    bytes: view.bytes,
  };
}

/** Runs `read` and gives null for what cannot be read. */
export function orNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof FormatError) return null;
    throw error;
  }
}
