/**
 * What a delta lacks: hashes that its images state and its blob table does not. No field says that a WIM is a delta, and only
 * the metadata tells which hashes, which costs as much as listing every image. So the sums are compared first: the XML data
 * states for each image the bytes of all its files (TOTALBYTES), the blob table sizes and numbers of uses. A WIM that
 * accounts for what its images claim lacks nothing. (Counts lie; a file that misleads this test still says of each file
 * of which data is missing, when it is listed.)
 */
import { Bytes } from '../../base/bytes.ts';
import { FormatError } from '../../base/errors.ts';
import { FindingList } from '../../base/findings.ts';
import { fromHex, hex } from '../../base/guid.ts';
import type { Codecs } from '../../codec/types.ts';
import { readBytes } from '../../source/read.ts';
import type { ByteSource } from '../../source/types.ts';
import {
  BLOB_ENTRY_SIZE,
  BlobTable,
  type BlobTableBytes,
  halvesOf,
  SOLID_RESOURCE_SIZE,
  wordAt,
} from './blob-table.ts';
import { streamRoles } from './dentry.ts';
import { ResourceFlag, readHeader } from './header.ts';
import { readImageInfo } from './image-info.ts';
import { gatherMembers, MAX_BLOB_TABLE, type Member } from './members.ts';
import { isEmptySha1 } from './rows.ts';
import { finish } from './steps.ts';
import type { ImageTree } from './tree.ts';
import { WimFile } from './wim-file.ts';

/** Enough that a WIM with part of the data is found too; a part of a set lacks mostly what is in the other parts. */
const SAMPLE = 64;
const SAMPLE_OF_SET = 512;
/** Entries looked at for each hash that is taken, so that the sample comes from all over an image. */
const SPREAD = 7;
/** Identifying must end soon, also for a table that does not add up. */
const MAX_IMAGES_WALKED = 16;

/** SHA-1s in hex of some data that the images use and this file lacks; empty when nothing says so. Never throws FormatError. */
export function lackingHashes(source: ByteSource, codecs: Codecs): string[] {
  const found = new Set<string>();
  try {
    const members = gatherMembers(source, codecs, () => [], new FindingList());
    const [main] = members.files;
    if (accountsForItself(main!)) return [];
    const sample = main!.header.usTotalParts > 1 ? SAMPLE_OF_SET : SAMPLE;
    const file = new WimFile(members, codecs);
    const images = Math.min(file.blobs.images.length, MAX_IMAGES_WALKED);
    for (let image = 0; image < images && found.size < sample; image++)
      sampleOf(file.blobs, finish(file.tree(image)), sample, found);
  } catch (error) {
    // What is wrong is told when the file is opened.
    if (!(error instanceof FormatError)) throw error;
  }
  return [...found];
}

/** True when the blobs of the file, each as often as it is used, are at least as many bytes as the images claim. */
function accountsForItself({ header, reader, table }: Member): boolean {
  const xml = reader.open(header.rhXmlData, 'XML data');
  const { images } = readImageInfo(xml, header.dwImageCount, new FindingList());
  let claimed = 0;
  for (const { facts } of images) {
    if (typeof facts['bytes'] !== 'number') return false;
    claimed += facts['bytes'];
  }
  return heldBytes(table) >= claimed;
}

/** Bytes of the blobs that are here, each as often as it is used: straight from the table, without an index over it. */
function heldBytes({ bytes: { bytes }, part }: BlobTableBytes): number {
  const halves = halvesOf(bytes);
  let held = 0;
  for (let at = 0; at + BLOB_ENTRY_SIZE / 2 <= halves.length; at += BLOB_ENTRY_SIZE / 2) {
    const flags = halves[at + 3]! >> 8;
    if (flags & (ResourceFlag.free | ResourceFlag.metadata) || halves[at + 12] !== part) continue;
    const size = wordAt(halves, at + 8) + wordAt(halves, at + 10) * 0x1_0000_0000;
    const solid = (flags & ResourceFlag.solid) !== 0;
    if (solid && size === SOLID_RESOURCE_SIZE) continue;
    // In a solid run the stored size is the blob's own.
    const own = solid ? wordAt(halves, at) + (wordAt(halves, at + 2) & 0xff_ffff) * 0x1_0000_0000 : size;
    held += own * wordAt(halves, at + 13);
  }
  return held;
}

function sampleOf(blobs: BlobTable, tree: ImageTree, sample: number, found: Set<string>): void {
  const { metadata, offsets, count } = tree;
  for (let first = 0; first < SPREAD; first++)
    for (let row = first; row < count && found.size < sample; row += SPREAD) {
      const at = offsets[row]!;
      const hash = metadata.streams(at) > 0 ? streamRoles(metadata, at).data : metadata.hashIndex(at);
      if (hash < 0 || metadata.isZeroHash(hash) || isEmptySha1(metadata.u32, hash)) continue;
      if (blobs.find(metadata.u32, hash) < 0) found.add(hex(metadata.bytes.subarray(hash * 4, hash * 4 + 20)));
    }
}

/** Whether one of the blobs lies in this WIM. False for a compressed blob table, which no known writer makes. */
export function holds(source: ByteSource, hashes: readonly string[]): boolean {
  try {
    const { dwImageCount, rhOffsetTable, usPartNumber } = readHeader(source);
    const { bFlags, liOffset, ullSize } = rhOffsetTable;
    if (bFlags & ResourceFlag.compressed || ullSize > MAX_BLOB_TABLE) return false;
    const bytes = new Bytes(readBytes(source, liOffset, ullSize), source.name, liOffset);
    const blobs = new BlobTable([{ bytes, part: usPartNumber, images: dwImageCount, fileSize: source.size }]);
    const words = new Uint32Array(5);
    return hashes.some((text) => {
      new Uint8Array(words.buffer).set(fromHex(text).subarray(0, 20));
      const blob = blobs.find(words, 0);
      return blob >= 0 && blobs.kind(blob) !== 'elsewhere';
    });
  } catch (error) {
    if (error instanceof FormatError) return false;
    throw error;
  }
}
