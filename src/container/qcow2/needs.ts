/**
 * The other files of a qcow2: the backing file below it and the external data file. The format states no identity, so they
 * are known by the names that stand in the header.
 */
import type { Need, Resolve } from '../../source/format.ts';
import { failAt } from '../../source/place.ts';
import type { ByteSource } from '../../source/types.ts';
import { parentNeed } from '../parent.ts';
import { hasFeature, Incompatible, type Qcow2Header } from './header.ts';

/** Nesting of `json:` descriptions that is followed. */
const MAX_JSON_DEPTH = 8;

/** The backing file, null for a disk without one. What is called raw is taken as it is and never looked into. */
export function backingNeed({ backingFile, backingFormat }: Qcow2Header): Need | null {
  if (backingFile === null) return null;
  const names = fileNames(backingFile);
  const title = `the backing file "${names[0] ?? backingFile}"`;
  return { ...parentNeed([], names, title), want: backingFormat === 'raw' ? 'file' : 'disk' };
}

/** The file that holds the clusters, null when they stand in the qcow2 itself. */
export function dataNeed(header: Qcow2Header): Need | null {
  if (!hasFeature(header, Incompatible.externalData)) return null;
  const names = header.dataFile === null ? [] : fileNames(header.dataFile);
  const title = names.length === 0 ? 'the data file of no stored name' : `the data file "${names[0]}"`;
  return { id: 'extent:data', kind: 'extent', want: 'file', match: [], names, hashes: [], title, required: true };
}

export function needsOf(header: Qcow2Header): Need[] {
  return [backingNeed(header), dataNeed(header)].filter((need) => need !== null);
}

/** The source of the clusters. @throws FormatError MissingPart */
export function dataFile(source: ByteSource, header: Qcow2Header, resolve: Resolve): ByteSource {
  const need = dataNeed(header);
  if (need === null) return source;
  const [file] = need.names.length === 0 ? [] : resolve(need);
  return file ?? failAt('MissingPart', source, 72, need.title, 'no such file among those opened');
}

/** A name as qemu takes it: a path, a `file:` name, or a `json:` description with file names in it. */
function fileNames(name: string): string[] {
  if (!name.startsWith('json:')) return [name.replace(/^file:(?:\/\/(?=\/))?/, '')];
  try {
    return jsonNames(JSON.parse(name.slice(5)), 0);
  } catch (error) {
    if (error instanceof SyntaxError) return [name];
    throw error;
  }
}

function jsonNames(value: unknown, depth: number): string[] {
  if (typeof value !== 'object' || value === null || depth > MAX_JSON_DEPTH) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    /(?:^|\.)filename$/.test(key) && typeof inner === 'string' ? [inner] : jsonNames(inner, depth + 1),
  );
}
