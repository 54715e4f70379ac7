/**
 * VHD: the virtual disk of Virtual PC, Hyper-V 2008 and Azure.
 *
 *     fixed      | disk ........................................ | footer |
 *     dynamic    | footer copy | header | BAT | block | block .. | footer |
 *     a block    | sector bitmap, padded to 512 | data (BlockSize) |
 *
 * - Footer: 512 bytes at the very end, 511 in files by old Virtual PC. All fields big-endian; the checksum is the one's
 *   complement of the byte sum. Dynamic and differencing files keep a copy at 0, which rules when the end is damaged.
 * - BAT: one 32-bit sector number a block, 0xFFFFFFFF where nothing is stored: zeros in a dynamic disk, the parent's
 *   data in a differencing one. Block sizes other than 2 MiB are legal, the last block may be short.
 * - The bitmap of a dynamic disk is not asked: some writers leave bits 0 for sectors that are there.
 * - CurrentSize is the disk's size. The CHS geometry of old files rounds it down, and tools that believe it lose the tail.
 * - A differencing disk names its parent by unique id and stored paths; the chain is not followed yet.
 *
 * Sources: Microsoft, "Virtual Hard Disk Image Format Specification" 1.0 (2006); files by Hyper-V, Virtual PC and qemu.
 */
import { type Facts, FindingList } from '../../base/findings.ts';
import type { FingerprintPart, Identity, Need, ProbeWindow } from '../../source/format.ts';
import { failAt, place } from '../../source/place.ts';
import { readView } from '../../source/read.ts';
import { emptyRun, MappedSource, type Run, RunListSource, storedRun } from '../../source/run-list.ts';
import type { ByteSource } from '../../source/types.ts';
import type { ContainerFormat, OpenedContainer } from '../types.ts';
import { readBlocks } from './blocks.ts';
import { checkFooter, type Found, findFooter } from './footer.ts';
import { parentNames } from './parent.ts';
import {
  DISK_TYPE_NAMES,
  DiskType,
  type DynamicHeader,
  FOOTER_COOKIE,
  FOOTER_SIZE,
  type Footer,
  HEADER_COOKIE,
  HEADER_SIZE,
  OLD_FOOTER_SIZE,
  readDynamicHeader,
  SECTOR,
} from './structures.ts';

export const vhd: ContainerFormat = {
  id: 'vhd',
  title: 'VHD',
  extensions: ['.vhd', '.avhd'],
  reads: ['fixed and dynamic disks', 'any block size', 'the footer copy when the end is damaged'],
  notYet: ['differencing disks (the parent is named)'],

  probe({ head, tail }: ProbeWindow): boolean {
    return (
      cookieAt(tail, tail.length - FOOTER_SIZE, FOOTER_COOKIE) ||
      cookieAt(tail, tail.length - OLD_FOOTER_SIZE, FOOTER_COOKIE) ||
      cookieAt(head, 0, FOOTER_COOKIE)
    );
  },

  identify(source: ByteSource): Identity {
    const { footer } = findFooter(source, new FindingList());
    return { self: identityOf(footer), needs: needsOf(source, footer), setPart: null };
  },

  open(source: ByteSource): OpenedContainer {
    const findings = new FindingList();
    const found = findFooter(source, findings);
    const { footer } = found;
    checkFooter(source, found, findings);
    if (footer.diskType === DiskType.differencing) refuseDifferencing(source, footer, found.offset);
    const disk =
      footer.diskType === DiskType.fixed ? openFixed(source, found, findings) : openDynamic(source, found, findings);
    return {
      format: 'vhd',
      facts: { ...factsOf(footer), ...disk.facts },
      findings: findings.items,
      identity: identityOf(footer),
      fingerprint: () => [{ what: 'vhd.footer', bytes: footer.raw }, ...disk.fingerprint],
      parts: [{ key: '', title: `Disk of ${source.name}`, facts: {}, source: disk.source }],
    };
  },
};

interface Disk {
  readonly source: ByteSource;
  readonly facts: Facts;
  readonly fingerprint: readonly FingerprintPart[];
}

function openFixed(source: ByteSource, { footer, end }: Found, findings: FindingList): Disk {
  const size = footer.currentSize;
  const stored = Math.min(size, end);
  const runs: Run[] = stored > 0 ? [storedRun(0, stored, source, 0)] : [];
  if (stored < size) {
    runs.push(emptyRun('missing', stored, size - stored));
    findings.add({
      code: 'vhdDataShort',
      severity: 'error',
      where: place(source, end),
      message: 'The file holds less than the size of the disk; the end of the disk is missing.',
      facts: { currentSize: size, stored },
    });
  }
  return { source: new RunListSource(source.name, size, runs, 'the end of the disk'), facts: {}, fingerprint: [] };
}

function openDynamic(source: ByteSource, { footer, offset }: Found, findings: FindingList): Disk {
  const at = footer.dataOffset;
  if (at === null) failAt('InvalidOffset', source, offset + 16, 'the place of the dynamic header', 'none');
  const header = readHeader(source, at);
  if (!header.checksumOk)
    findings.add({
      code: 'vhdHeaderChecksum',
      severity: 'warning',
      where: place(source, at + 36),
      message: 'The checksum of the dynamic header is wrong; its fields may be damaged.',
    });
  const { map, table, allocated } = readBlocks(source, header, at, footer.currentSize, findings);
  const proof = new Uint8Array(header.raw.length + table.length);
  proof.set(header.raw);
  proof.set(table, header.raw.length);
  return {
    source: new MappedSource(source.name, footer.currentSize, map, 'a block of the disk'),
    facts: {
      blockSize: header.blockSize,
      blocks: Math.ceil(footer.currentSize / header.blockSize),
      allocatedBlocks: allocated,
    },
    fingerprint: [{ what: 'vhd.header+BAT', bytes: proof }],
  };
}

/** @throws FormatError InvalidSignature, UnexpectedEnd */
function readHeader(source: ByteSource, offset: number): DynamicHeader {
  const view = readView(source, offset, HEADER_SIZE);
  const cookie = view.ascii(0, 8);
  if (cookie !== HEADER_COOKIE)
    failAt('InvalidSignature', source, offset, `"${HEADER_COOKIE}"`, JSON.stringify(cookie));
  return readDynamicHeader(view);
}

function refuseDifferencing(source: ByteSource, footer: Footer, offset: number): never {
  const [need] = needsOf(source, footer);
  failAt(
    'UnsupportedFeature',
    source,
    offset + 60,
    'a fixed or dynamic disk',
    `a differencing disk; it needs ${need?.title} with the id ${need?.match[0]?.['uniqueId'] ?? 'unknown'}`,
  );
}

function needsOf(source: ByteSource, footer: Footer): Need[] {
  if (footer.diskType !== DiskType.differencing || footer.dataOffset === null) return [];
  const header = readHeader(source, footer.dataOffset);
  const names = parentNames(source, header);
  const match = [{ format: 'vhd', uniqueId: header.parentUniqueId }];
  const title = names.length > 0 ? `the parent "${names[0]}"` : 'the parent of no stored name';
  return [{ id: 'parent', kind: 'parent', want: 'disk', match, names, hashes: [], title, required: true }];
}

function identityOf(footer: Footer): Facts {
  return { format: 'vhd', uniqueId: footer.uniqueId, timeStamp: footer.timeStamp };
}

function factsOf(footer: Footer): Facts {
  const { cylinders, heads, sectorsPerTrack } = footer.geometry;
  return {
    type: DISK_TYPE_NAMES[footer.diskType]!,
    virtualSize: footer.currentSize,
    originalSize: footer.originalSize,
    sectorSize: SECTOR,
    uniqueId: footer.uniqueId,
    timeStamp: footer.timeStamp,
    creator: `${footer.creatorApplication} ${footer.creatorVersion} (${footer.creatorHostOS})`,
    geometry: `${cylinders}/${heads}/${sectorsPerTrack}`,
    savedState: footer.savedState,
  };
}

function cookieAt(bytes: Uint8Array, offset: number, cookie: string): boolean {
  if (offset < 0 || cookie.length > bytes.length - offset) return false;
  for (let i = 0; i < cookie.length; i++) if (bytes[offset + i] !== cookie.charCodeAt(i)) return false;
  return true;
}
