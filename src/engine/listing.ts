/** The rows of `ls`: what a person or a script sees of one tree, in directory order. */

import type { ByteWriter } from '../base/byte-writer.ts';
import { fail } from '../base/errors.ts';
import { filetimeIso } from '../base/filetime.ts';
import type { Finding } from '../base/findings.ts';
import { PRINTED_STYLE } from '../base/text-bytes.ts';
import { writePathLines } from '../codec/path-lines.ts';
import type { WasmModules } from '../codec/types.ts';
import { BYTE_STATE_NAMES, NodeFlag } from '../fs/types.ts';
import type { NodeTable } from '../index/node-table.ts';
import { NodeTableBuilder } from '../index/node-table-builder.ts';
import { pathsOf, SortedWalk } from '../index/order.ts';
import { childOf, lookup, pathOf, splitPath } from '../index/path.ts';
import { PathBytes } from '../index/path-bytes.ts';
import { windowsUpcase } from '../index/upcase.ts';
import type { ImageApi, NodeDetailInfo } from './api-image.ts';
import { type ReadControl, readTree } from './read-tree.ts';
import { resolvePath } from './select.ts';

/** Keys and order as in the command line's contract. */
export interface ListEntry {
  readonly path: string;
  readonly type: 'file' | 'dir' | 'link';
  readonly size: number;
  readonly created: string | null;
  readonly modified: string | null;
  readonly changed: string | null;
  readonly accessed: string | null;
  readonly attributes: number;
  readonly shortName?: string;
  readonly links: number;
  readonly sha1?: string;
  readonly reparseTag?: string;
  readonly target?: string;
  readonly streams?: readonly { readonly name: string; readonly size: number }[];
  readonly bytes: string;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export interface Listing {
  readonly table: NodeTable;
  /** Volume-relative path of what is listed. */
  readonly base: string;
  /** Rows in order, below `base`; a file lists itself. */
  readonly walk: SortedWalk;
  readonly upcase: Uint16Array;
  /** The row below which everything is listed; null when `walk` is not deep, or begins with a file itself. */
  readonly below: number | null;
  readonly findings: readonly Finding[];
}

/** Reads what is needed: one directory from its index, or with `deep` everything below it by a scan. A file lists itself. */
export async function openListing(
  image: ImageApi,
  mount: string,
  name: string,
  path: string,
  deep: boolean,
  control: ReadControl = {},
): Promise<Listing> {
  if (deep) return openDeep(image, mount, name, path, control);
  const info = await image.treeInfo(mount);
  const upcase = info.upcase ?? windowsUpcase();
  const at = await resolvePath(image, mount, path, name);
  const file = at.directory ? null : at.found;
  const directoryRef = file === null ? at.ref : file.parentRef;
  const chunk = file === null ? await image.list(mount, at.ref) : file.chunk;
  const builder = new NodeTableBuilder(name, chunk.count > 0 ? chunk.parent[0]! : info.rootId, directoryRef);
  builder.push(chunk);
  const { table, findings } = builder.seal();
  const shallow = { upcase, below: null };
  if (file === null)
    return { ...shallow, table, findings, base: at.path, walk: new SortedWalk(table, 0, upcase, false) };
  // sealing sorts the rows: the file is found again by its name as it is on disk
  const row = childOf(table, 0, at.path.slice(at.path.lastIndexOf('\\') + 1), upcase);
  if (row < 0) fail('MissingItem', name, null, `${path} in its directory`, 'no such path');
  return { ...shallow, table, findings, base: at.path, walk: new SortedWalk(table, row, upcase, false, true) };
}

async function openDeep(
  image: ImageApi,
  mount: string,
  name: string,
  path: string,
  control: ReadControl,
): Promise<Listing> {
  const { table, findings, info } = await readTree(image, mount, name, control);
  const upcase = info.upcase ?? windowsUpcase();
  const wanted = splitPath(path.replaceAll('/', '\\'));
  let start = lookup(table, wanted, upcase);
  // short names are known to the directories only
  if (start < 0) start = lookup(table, (await resolvePath(image, mount, path, name)).path, upcase);
  if (start < 0) fail('MissingItem', name, null, `${path} in the tree`, 'no such path');
  const self = start !== 0 && !table.isDirectory(start);
  const walk = new SortedWalk(table, start, upcase, true, self);
  return { table, findings, base: pathOf(table, start), walk, upcase, below: self ? null : start };
}

/** The rows of a listing with their paths. */
export function listedRows({ table, walk, base }: Listing): Iterable<{ readonly row: number; readonly path: string }> {
  return pathsOf(table, walk, base);
}

/** One path a line, for people. */
export function writePaths(modules: WasmModules, { table, walk, base, upcase, below }: Listing, out: ByteWriter): void {
  const path = new PathBytes(table, base, PRINTED_STYLE);
  const start = path.bytes.subarray(0, path.length);
  const write = (lines: Uint8Array) => out.through(lines);
  if (below !== null && writePathLines(modules.paths, table.data, upcase, below, start, write)) return;
  while (walk.next()) {
    path.follow(walk);
    out.raw(path.bytes, path.length);
    out.newline();
  }
}

/** True when the columns do not tell all of a row: its hash, link target or streams have to be asked for. */
export function needsDetail({ data }: NodeTable, row: number): boolean {
  const hashed = data.hashHi[row] !== 0 || data.hashLo[row] !== 0;
  const more = hashed || data.reparseTag[row] !== 0 || (data.flags[row]! & NodeFlag.streams) !== 0;
  return more && data.ref[row]! >= 0;
}

/** Everything about one row. @param more the image's description of it where `needsDetail` says so, else null */
export function listEntry(table: NodeTable, row: number, path: string, more: NodeDetailInfo | null): ListEntry {
  const d = table.data;
  const flags = d.flags[row]!;
  const tag = d.reparseTag[row]!;
  const link = (flags & NodeFlag.link) !== 0;
  const short = table.shortName(row);
  const entry: Mutable<ListEntry> = {
    path,
    type: link ? 'link' : (flags & NodeFlag.directory) !== 0 ? 'dir' : 'file',
    size: d.size[row]!,
    created: filetimeIso(d.createdLo[row]!, d.createdHi[row]!),
    modified: filetimeIso(d.modifiedLo[row]!, d.modifiedHi[row]!),
    changed: filetimeIso(d.changedLo[row]!, d.changedHi[row]!),
    accessed: filetimeIso(d.accessedLo[row]!, d.accessedHi[row]!),
    attributes: d.attributes[row]!,
  } as ListEntry; // the rest follows, in the order of the contract
  if (short !== '') entry.shortName = short;
  entry.links = d.links[row]!;
  if (more?.sha1 != null) entry.sha1 = more.sha1;
  if (tag !== 0) entry.reparseTag = `0x${tag.toString(16).padStart(8, '0')}`;
  if (more?.reparseTarget != null) entry.target = more.reparseTarget;
  if (more !== null && (flags & NodeFlag.streams) !== 0) {
    const named = more.streams.filter((stream) => stream.name !== '');
    if (named.length > 0) entry.streams = named.map(({ name, size }) => ({ name, size }));
  }
  entry.bytes = BYTE_STATE_NAMES[d.byteState[row]!] ?? 'complete';
  return entry;
}

/** Attribute letters as Explorer and `attrib` show them. */
export function attributeLetters(attributes: number): string {
  const letters: [number, string][] = [
    [0x1, 'R'],
    [0x2, 'H'],
    [0x4, 'S'],
    [0x20, 'A'],
    [0x400, 'L'],
    [0x800, 'C'],
    [0x4000, 'E'],
    [0x1000, 'O'],
    [0x200, 'P'],
  ];
  return letters.map(([bit, letter]) => ((attributes & bit) !== 0 ? letter : '')).join('');
}
