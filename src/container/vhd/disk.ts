/** The disk inside a VHD, of each of the three kinds. */
import { type Facts, FindingList } from '../../base/findings.ts';
import type { FingerprintPart, Need, Resolve } from '../../source/format.ts';
import { failAt, place } from '../../source/place.ts';
import { readView } from '../../source/read.ts';
import { emptyRun, MappedSource, type Run, RunListSource, storedRun } from '../../source/run-list.ts';
import type { ByteSource } from '../../source/types.ts';
import { parentBehind } from '../parent.ts';
import { readBlocks } from './blocks.ts';
import type { Found } from './footer.ts';
import { needOf, parentFacts } from './parent.ts';
import { DiskType, type DynamicHeader, HEADER_COOKIE, HEADER_SIZE, readDynamicHeader } from './structures.ts';

export interface Disk {
  readonly source: ByteSource;
  readonly facts: Facts;
  readonly fingerprint: readonly FingerprintPart[];
}

/** @throws FormatError, MissingParent when the disk is a differencing one whose parent is not here */
export function openDisk(source: ByteSource, found: Found, resolve: Resolve, findings: FindingList): Disk {
  return found.footer.diskType === DiskType.fixed
    ? openFixed(source, found, findings)
    : openDynamic(source, found, resolve, findings);
}

/** The need of a differencing disk for its parent; none for the other kinds. */
export function needsOf(source: ByteSource, found: Found): Need[] {
  if (found.footer.diskType !== DiskType.differencing) return [];
  return [needOf(source, readHeader(source, found, new FindingList()).header)];
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

function openDynamic(source: ByteSource, found: Found, resolve: Resolve, findings: FindingList): Disk {
  const { footer, offset } = found;
  const size = footer.currentSize;
  const { header, at } = readHeader(source, found, findings);
  const isChild = footer.diskType === DiskType.differencing;
  const parent = isChild ? parentBehind(source, offset + 60, needOf(source, header), resolve, size, findings) : null;
  const { map, table, allocated } = readBlocks(source, header, at, size, parent, findings);
  const proof = new Uint8Array(header.raw.length + table.length);
  proof.set(header.raw);
  proof.set(table, header.raw.length);
  return {
    source: new MappedSource(source.name, size, map, 'a block of the disk'),
    facts: {
      blockSize: header.blockSize,
      blocks: Math.ceil(size / header.blockSize),
      allocatedBlocks: allocated,
      ...(isChild ? { parent: parentFacts(source, header) } : {}),
    },
    fingerprint: [{ what: 'vhd.header+BAT', bytes: proof }],
  };
}

/** @throws FormatError InvalidOffset, InvalidSignature, UnexpectedEnd */
function readHeader(
  source: ByteSource,
  { footer, offset }: Found,
  findings: FindingList,
): { header: DynamicHeader; at: number } {
  const at = footer.dataOffset;
  if (at === null) failAt('InvalidOffset', source, offset + 16, 'the place of the dynamic header', 'none');
  const view = readView(source, at, HEADER_SIZE);
  const cookie = view.ascii(0, 8);
  if (cookie !== HEADER_COOKIE) failAt('InvalidSignature', source, at, `"${HEADER_COOKIE}"`, JSON.stringify(cookie));
  const header = readDynamicHeader(view);
  if (!header.checksumOk)
    findings.add({
      code: 'vhdHeaderChecksum',
      severity: 'warning',
      where: place(source, at + 36),
      message: 'The checksum of the dynamic header is wrong; its fields may be damaged.',
    });
  return { header, at };
}
