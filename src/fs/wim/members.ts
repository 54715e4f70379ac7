/**
 * The files that one WIM is read from: parts of a split set, and WIMs that a delta refers to.
 *
 *     split set   x.swm, x2.swm, x3.swm: each has a header with the same GUID, its number and the number of parts, and the
 *                 blob table of its own data; the images' metadata is in part 1; the XML data is in every part
 *     delta       a WIM whose images use data that is not in it: the hashes are in the blob table of another WIM
 *
 * Which parts there are is known from the header, which hashes a delta lacks only from its metadata. The first member is
 * the one whose images are shown: part 1 of a set, whichever part was asked for.
 */
import { Bytes } from '../../base/bytes.ts';
import { FormatError } from '../../base/errors.ts';
import type { FindingList } from '../../base/findings.ts';
import type { Codecs } from '../../codec/types.ts';
import type { Need, Resolve } from '../../source/format.ts';
import { failAt, place } from '../../source/place.ts';
import { readBytes } from '../../source/read.ts';
import type { ByteSource } from '../../source/types.ts';
import { type BlobTableBytes, checkTable } from './blob-table.ts';
import { type ResourceHeader, readHeader, type WimHeader } from './header.ts';
import { ChunkCaches, ResourceReader } from './resource.ts';

/** Five million blobs; real files have some hundred thousand. */
export const MAX_BLOB_TABLE = 1 << 28;
/** Sets have some dozens of parts, chains of deltas a handful of WIMs. */
const MAX_MEMBERS = 4096;

export interface Member {
  readonly source: ByteSource;
  readonly header: WimHeader;
  readonly reader: ResourceReader;
  readonly table: BlobTableBytes;
  /** A reference lends its data only; it is another image, checked when it is opened itself. */
  readonly role: 'part' | 'reference';
}

export interface Members {
  /** The one with the images first. */
  readonly files: readonly Member[];
  /** Numbers of the parts that are not here. */
  readonly missingParts: readonly number[];
}

/** One need for each other part: part 1 is required, data of the others is missing while they are. */
export function partNeeds(header: WimHeader): Need[] {
  const { gWIMGuid, usPartNumber, usTotalParts } = header;
  const needs: Need[] = [];
  for (let part = 1; part <= Math.min(usTotalParts, MAX_MEMBERS); part++) {
    if (part === usPartNumber) continue;
    needs.push({
      id: `part:${part}`,
      kind: 'part',
      want: 'file',
      match: [{ guid: gWIMGuid, part }],
      names: [],
      hashes: [],
      title: `part ${part} of ${usTotalParts}`,
      required: part === 1,
    });
  }
  return needs;
}

/** The need for the WIMs that hold data which this one names and lacks. `hashes`: a sample of it. */
export function blobsNeed(hashes: readonly string[]): Need {
  return {
    id: 'blobs',
    kind: 'blobs',
    want: 'file',
    match: [],
    names: [],
    hashes,
    title: 'another WIM that holds its data',
    required: false,
  };
}

/**
 * Reads the headers of everything that `resolve` has for this file.
 * @throws FormatError for what is wrong with `source` itself; MissingPart when the part with the images is not here
 */
export function gatherMembers(source: ByteSource, codecs: Codecs, resolve: Resolve, findings: FindingList): Members {
  const caches = new ChunkCaches();
  let opened = 0;
  const member = (file: ByteSource, role: Member['role']): Member => {
    const header = readHeader(file);
    const reader = new ResourceReader(file, header, codecs, caches, opened++);
    const table = blobTableOf({ source: file, header, reader });
    checkTable(table);
    return { source: file, header, reader, table, role };
  };
  const other = (file: ByteSource, role: Member['role'], title: string): Member | null => {
    try {
      return member(file, role);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      findings.add({
        code: 'wimMemberUnreadable',
        severity: 'warning',
        where: error.where,
        message: 'A file that should complete this WIM cannot be read; its data is missing.',
        facts: { file: file.name, for: title, expected: error.expected, actual: error.actual },
      });
      return null;
    }
  };

  const own = member(source, 'part');
  const { gWIMGuid, usPartNumber, usTotalParts } = own.header;
  const parts = new Map<number, Member>([[usPartNumber, own]]);
  for (const need of partNeeds(own.header)) {
    for (const file of resolve(need)) {
      const found = other(file, 'part', need.title);
      if (found === null || parts.has(found.header.usPartNumber)) continue;
      const { header } = found;
      if (header.gWIMGuid === gWIMGuid && header.usTotalParts === usTotalParts) parts.set(header.usPartNumber, found);
      else tellForeign(findings, found, need.title);
    }
  }
  const first = parts.get(1);
  if (first === undefined)
    failAt('MissingPart', source, 40, `part 1 of ${usTotalParts}, which has the files' names`, `part ${usPartNumber}`);
  parts.delete(1);
  const files = [first, ...[...parts].sort(([a], [b]) => a - b).map(([, part]) => part)];
  const missingParts = partNeeds(first.header)
    .map((_, i) => i + 2)
    .filter((part) => !parts.has(part));

  const known = new Set(files.map((file) => file.source));
  for (const file of resolve(blobsNeed([])).slice(0, MAX_MEMBERS)) {
    if (known.has(file)) continue;
    known.add(file);
    const reference = other(file, 'reference', 'data of a delta');
    if (reference !== null && !files.some((held) => isSame(held, reference))) files.push(reference);
  }
  return { files, missingParts };
}

/** One part of a set seen through two sources. */
function isSame({ header: a }: Member, { header: b }: Member): boolean {
  return a.usTotalParts > 1 && a.gWIMGuid === b.gWIMGuid && a.usPartNumber === b.usPartNumber;
}

function tellForeign(findings: FindingList, { source, header }: Member, title: string): void {
  findings.add({
    code: 'wimPartForeign',
    severity: 'warning',
    where: place(source, 24),
    message: 'A file that was given as a part of this split set belongs to another one.',
    facts: { file: source.name, for: title, guid: header.gWIMGuid, part: header.usPartNumber },
  });
}

/** The blob table of one file, read whole. @throws FormatError */
function blobTableOf(file: Pick<Member, 'source' | 'header' | 'reader'>): BlobTableBytes {
  const { source, header } = file;
  const table = wholeOf(file, header.rhOffsetTable, `${source.name} blob table`, MAX_BLOB_TABLE);
  const where = place(source, header.rhOffsetTable.liOffset);
  return {
    bytes: new Bytes(table, where.source, where.offset ?? 0),
    part: header.usPartNumber,
    images: header.dwImageCount,
    fileSize: source.size,
  };
}

/** A resource of one file read whole. @throws FormatError UnsupportedSize above `limit` */
export function wholeOf(
  { source, reader }: Pick<Member, 'source' | 'reader'>,
  resource: ResourceHeader,
  name: string,
  limit: number,
): Uint8Array {
  const content = reader.open(resource, name);
  bound(source, content, limit, resource);
  return readBytes(content, 0, content.size);
}

/** @throws FormatError UnsupportedSize when `content` of a resource of `file` is larger than `limit` */
export function bound(file: ByteSource, content: ByteSource, limit: number, { liOffset }: ResourceHeader): void {
  if (content.size > limit)
    failAt('UnsupportedSize', file, liOffset, `${content.name} of at most ${limit} bytes`, content.size);
}
