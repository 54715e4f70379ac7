/** The extents of a descriptor, each from its file, one after the other as one disk. */
import type { FindingList } from '../../base/findings.ts';
import type { Codecs } from '../../codec/types.ts';
import type { FingerprintPart, Need, Resolve } from '../../source/format.ts';
import { failAt, place } from '../../source/place.ts';
import { emptyRun, MappedSource, type Run, RunListSource, storedRun } from '../../source/run-list.ts';
import type { ByteSource } from '../../source/types.ts';
import { attempt, isSound } from '../attempt.ts';
import type { Behind } from '../parent.ts';
import { COWD_MAGIC, readCowd } from './cowd.ts';
import { type Descriptor, extentFiles, type VmdkExtent } from './descriptor.ts';
import { type GrainMap, MAX_CHECKED, readGrains } from './grains.ts';
import { readSparseHeader, SECTOR } from './header.ts';
import { hostedLayout, type Layout } from './layout.ts';
import { readSeSparse, SESPARSE_MAGIC } from './sesparse.ts';

const FLAT = ['FLAT', 'VMFS', 'VMFSRDM', 'VMFSRAW'];
const SPARSE = ['SPARSE', 'VMFSSPARSE', 'SESPARSE'];

/** A sparse extent that is open. */
export interface Sparse {
  readonly layout: Layout;
  readonly grains: GrainMap;
}

export interface Disk {
  readonly source: ByteSource;
  readonly sparse: readonly Sparse[];
}

/** What opening needs to know of the disk besides its descriptor. */
export interface Surroundings {
  readonly behind: Behind;
  readonly resolve: Resolve;
  readonly codecs: Codecs;
  readonly findings: FindingList;
}

/** The index of the extent that is the file with the embedded descriptor itself, -1 for a descriptor alone. */
export function ownExtent({ extents }: Descriptor, name: string, embedded: boolean): number {
  if (!embedded) return -1;
  const named = extents.findIndex(({ file }) => file !== null && file.split(/[\\/]/).at(-1) === name);
  return named >= 0 ? named : extents.findIndex(({ type }) => type === 'SPARSE');
}

/** Needs for the files of all extents but `own`. One of several may be absent: its part of the disk is missing then. */
export function extentNeeds({ extents }: Descriptor, own: number): Need[] {
  const required = extents.filter(({ file }) => file !== null).length === 1;
  return extents.flatMap(({ file }, i) =>
    file === null || i === own
      ? []
      : [
          {
            id: `extent:${i}`,
            kind: 'extent',
            want: 'file',
            match: [],
            names: [file],
            hashes: [],
            title: `the extent "${file}"`,
            required,
          },
        ],
  );
}

/** The layout of a sparse extent by its content. @throws FormatError as its format does */
export function readLayout(source: ByteSource): Layout {
  const start = new Uint8Array(Math.min(8, source.size));
  source.readInto(0, start);
  const magic = String.fromCharCode(...start);
  if (magic.startsWith(COWD_MAGIC)) return readCowd(source);
  return magic === SESPARSE_MAGIC ? readSeSparse(source) : hostedLayout(readSparseHeader(source));
}

/** @throws FormatError as readGrains does */
export function openSparse(source: ByteSource, layout: Layout, around: Surroundings, base = 0): Sparse {
  if (layout.uncleanShutdown)
    around.findings.add({
      code: 'vmdkUnclean',
      severity: 'info',
      where: place(source, layout.at + 16),
      message: 'The disk was not closed properly by the machine that used it.',
    });
  const behind: Behind = (offset, length) => {
    const run = around.behind(base + offset, length);
    return { ...run, offset: run.offset - base };
  };
  return { layout, grains: readGrains(source, layout, behind, around.codecs, around.findings) };
}

/**
 * @param source the file with the descriptor, which is the extent `own` as well unless that is -1
 * @throws FormatError MissingPart when no file of an extent is there, UnsupportedFeature for an unknown kind of extent
 */
export function openExtents(source: ByteSource, descriptor: Descriptor, own: number, around: Surroundings): Disk {
  const { extents } = descriptor;
  const needs = new Map(extentNeeds(descriptor, own).map((need) => [need.id, need]));
  const files = extents.map((_, i): ByteSource | null => {
    const need = needs.get(`extent:${i}`);
    return i === own ? source : need === undefined ? null : (around.resolve(need)[0] ?? null);
  });
  if (needs.size > 0 && files.every((file) => file === null))
    failAt(
      'MissingPart',
      source,
      0,
      `the data of the disk in ${extentFiles(descriptor)}`,
      'no such file among those opened',
    );
  const runs: Run[] = [];
  const sparse: Sparse[] = [];
  const seen = new Set<ByteSource>();
  let at = 0;
  extents.forEach((extent, i) => {
    const length = extent.sectors * SECTOR;
    if (length === 0) return;
    const file = files[i] ?? null;
    if (file !== null && SPARSE.includes(extent.type)) {
      // each is opened and checked as a whole: one file under many names would be the work of as many
      if (seen.has(file))
        failAt('InvalidHeader', source, 0, 'sparse extents in files of their own', `"${extent.file}" twice`);
      seen.add(file);
    }
    const opened = openExtent(source, extent, files[i]!, at, around);
    if (opened.sparse !== null) sparse.push(opened.sparse);
    for (const run of opened.runs) runs.push({ ...run, offset: run.offset + at });
    at += length;
  });
  return { source: new RunListSource(source.name, at, runs, 'an extent of the disk'), sparse };
}

/** Runs of one extent, from 0. */
function openExtent(
  descriptor: ByteSource,
  extent: VmdkExtent,
  file: ByteSource | null,
  base: number,
  around: Surroundings,
): { runs: Run[]; sparse: Sparse | null } {
  const { type, sectors, offset } = extent;
  const length = sectors * SECTOR;
  if (type === 'ZERO') return { runs: [emptyRun('zero', 0, length)], sparse: null };
  if (!FLAT.includes(type) && !SPARSE.includes(type))
    failAt('UnsupportedFeature', descriptor, 0, 'flat, sparse and zero extents', `an extent of type ${type}`);
  const lost = (code: string, message: string, have: number, at: ByteSource): void =>
    around.findings.add({
      code,
      severity: 'error',
      where: place(at, 0),
      message,
      facts: { extent: extent.file, size: length, stored: have },
    });
  const missing = [emptyRun('missing', 0, length)];
  if (file === null) {
    lost(
      'vmdkExtentMissing',
      `The extent "${extent.file}" is not among the files; its part is missing.`,
      0,
      descriptor,
    );
    return { runs: missing, sparse: null };
  }
  let below = file;
  let at = offset * SECTOR;
  let opened: Sparse | null = null;
  if (SPARSE.includes(type)) {
    const found = attempt(() => openSparse(file, readLayout(file), around, base));
    if (!isSound(found)) {
      lost('vmdkExtentDamaged', `The extent "${extent.file}" cannot be read: ${found.message}.`, 0, file);
      return { runs: missing, sparse: null };
    }
    opened = found;
    below = new MappedSource(file.name, found.layout.capacity, found.grains.map, 'a grain of the disk');
    at = 0;
  }
  const have = Math.max(0, Math.min(length, below.size - at));
  if (have < length)
    lost('vmdkExtentShort', `The extent "${extent.file}" is shorter than stated; its end is missing.`, have, file);
  const runs = [storedRun(0, have, below, at), emptyRun('missing', have, length - have)];
  return { runs: runs.filter((run) => run.length > 0), sparse: opened };
}

/** Headers and tables of sparse extents. */
export function sparsePrints(sparse: readonly Sparse[]): FingerprintPart[] {
  return sparse.flatMap(({ layout, grains }, i) => [
    { what: `vmdk.header:${i}`, bytes: layout.raw },
    { what: `vmdk.tables:${i}`, bytes: grains.tables.bytes(MAX_CHECKED) },
  ]);
}
