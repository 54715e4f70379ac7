/** The rows of `ls`: what a person or a script sees of one tree, in directory order. */

import { fail } from '../base/errors.ts';
import { filetimeIso } from '../base/filetime.ts';
import type { Finding } from '../base/findings.ts';
import { BYTE_STATE_NAMES, type NodeChunk, NodeFlag } from '../fs/types.ts';
import type { NodeTable } from '../index/node-table.ts';
import { NodeTableBuilder } from '../index/node-table-builder.ts';
import { walkSorted } from '../index/order.ts';
import { lookup, splitPath } from '../index/path.ts';
import { windowsUpcase } from '../index/upcase.ts';
import type { ImageApi } from './api.ts';
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

export interface Listing {
  readonly table: NodeTable;
  /** Rows in order; `path` is relative to the volume. */
  rows(): Iterable<{ readonly row: number; readonly path: string }>;
  readonly findings: readonly Finding[];
}

const joinPath = (a: string, b: string) => (a === '' ? b : `${a}\\${b}`);

/** Reads what is needed: one directory from its index, or with `deep` everything below it by a scan. */
export async function openListing(
  image: ImageApi,
  mount: string,
  name: string,
  path: string,
  deep: boolean,
  control: ReadControl = {},
): Promise<Listing> {
  const clean = splitPath(path.replaceAll('/', '\\')).join('\\');
  if (!deep) {
    const info = await image.treeInfo(mount);
    const upcase = info.upcase ?? windowsUpcase();
    const at = await resolvePath(image, mount, clean, name);
    if (!at.directory) return single(image, mount, name, clean, info.rootId, upcase);
    const chunk = await image.list(mount, at.ref);
    const builder = new NodeTableBuilder(name, chunk.count > 0 ? chunk.parent[0]! : 0, at.ref);
    builder.push(chunk);
    const { table, findings } = builder.seal();
    return { table, findings, rows: () => walkSorted(table, 0, clean, upcase, false) };
  }
  const { table, findings, info } = await readTree(image, mount, name, control);
  const upcase = info.upcase ?? windowsUpcase();
  const start = lookup(table, clean, upcase);
  if (start < 0) fail('MissingItem', name, null, `${path} in the tree`, 'no such path');
  return { table, findings, rows: () => walkSorted(table, start, clean, upcase, true) };
}

/** A listing of one file: its row in its directory. */
async function single(
  image: ImageApi,
  mount: string,
  name: string,
  path: string,
  rootId: number,
  upcase: Uint16Array,
): Promise<Listing> {
  const parts = splitPath(path);
  const parent = await resolvePath(image, mount, parts.slice(0, -1).join('\\'), name);
  const chunk: NodeChunk = await image.list(mount, parent.ref);
  const builder = new NodeTableBuilder(name, chunk.count > 0 ? chunk.parent[0]! : rootId, parent.ref);
  builder.push(chunk);
  const { table, findings } = builder.seal();
  const row = lookup(table, parts.slice(-1), upcase);
  const at = joinPath(parts.slice(0, -1).join('\\'), row < 0 ? parts[parts.length - 1]! : table.name(row));
  return { table, findings, rows: () => (row < 0 ? [] : [{ row, path: at }]) };
}

/** Everything about one row; asks the image only for what the columns do not hold. */
export async function listEntry(
  image: ImageApi,
  mount: string,
  table: NodeTable,
  row: number,
  path: string,
): Promise<ListEntry> {
  const d = table.data;
  const flags = d.flags[row]!;
  const tag = d.reparseTag[row]!;
  const link = (flags & NodeFlag.link) !== 0;
  const hashed = d.hashHi[row] !== 0 || d.hashLo[row] !== 0;
  const short = table.shortName(row);
  const ref = d.ref[row]!;
  const more =
    ref >= 0 && (hashed || tag !== 0 || (flags & NodeFlag.streams) !== 0) ? await image.describe(mount, ref) : null;
  const named = more?.streams.filter((stream) => stream.name !== '') ?? [];
  return {
    path,
    type: link ? 'link' : (flags & NodeFlag.directory) !== 0 ? 'dir' : 'file',
    size: d.size[row]!,
    created: filetimeIso(d.createdLo[row]!, d.createdHi[row]!),
    modified: filetimeIso(d.modifiedLo[row]!, d.modifiedHi[row]!),
    changed: filetimeIso(d.changedLo[row]!, d.changedHi[row]!),
    accessed: filetimeIso(d.accessedLo[row]!, d.accessedHi[row]!),
    attributes: d.attributes[row]!,
    ...(short === '' ? {} : { shortName: short }),
    links: d.links[row]!,
    ...(more?.sha1 == null ? {} : { sha1: more.sha1 }),
    ...(tag === 0 ? {} : { reparseTag: `0x${tag.toString(16).padStart(8, '0')}` }),
    ...(more?.reparseTarget == null ? {} : { target: more.reparseTarget }),
    ...(named.length === 0 ? {} : { streams: named.map(({ name, size }) => ({ name, size })) }),
    bytes: BYTE_STATE_NAMES[d.byteState[row]!] ?? 'complete',
  };
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
