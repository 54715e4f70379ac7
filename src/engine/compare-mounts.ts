/** Two mounted trees side by side: two images of one WIM, two disks, a disk and the image it was made from. */
import { filetimeIso } from '../base/filetime.ts';
import { type Change, compareTrees, type Difference, sharedData } from '../index/compare.ts';
import type { NodeTable } from '../index/node-table.ts';
import { windowsUpcase } from '../index/upcase.ts';
import type { ComparedEntry, ComparedSide, CompareReport } from './api-compare.ts';
import type { ImageApi } from './api-image.ts';
import { type CloserSide, lookCloser } from './compare-closer.ts';
import { type ReadControl, readTree, type TreeResult } from './read-tree.ts';

export interface MountedTree {
  readonly image: ImageApi;
  readonly mount: string;
  /** For findings and errors. */
  readonly name: string;
}

/** A tree that is there already, and where its rows are read. */
export interface ReadyTree extends Pick<CloserSide, 'readerOf'> {
  readonly tree: TreeResult;
}

export interface Comparison {
  readonly a: TreeResult;
  readonly b: TreeResult;
  readonly totals: CompareReport['totals'];
  readonly shared: CompareReport['shared'];
  /** Every entry of both trees, afresh for each call. */
  differences(): Generator<Difference>;
}

/**
 * Reads both trees and compares them under the fold table of the second.
 * @throws FormatError when a tree cannot be read, Cancelled
 */
export async function compareMounts(
  a: MountedTree | ReadyTree,
  b: MountedTree | ReadyTree,
  control: ReadControl = {},
): Promise<Comparison> {
  const read = (side: MountedTree | ReadyTree, owner: string) =>
    'tree' in side ? side.tree : readTree(side.image, side.mount, side.name, { ...control, owner });
  const [left, right] = [await read(a, 'compare a'), await read(b, 'compare b')];
  const upcase = right.info.upcase ?? windowsUpcase();
  const side = (of: MountedTree | ReadyTree, { table }: TreeResult): CloserSide => ({
    table,
    readerOf: 'tree' in of ? (row) => of.readerOf(row) : () => of,
  });
  const closer = await lookCloser(side(a, left), side(b, right), upcase, control);
  const differences = () => compareTrees(left.table, right.table, upcase, closer);
  const totals = countDifferences(left.table, right.table, differences());
  const shared = statesHashes(left.table) && statesHashes(right.table) ? sharedData(left.table, right.table) : null;
  return { a: left, b: right, totals, shared, differences };
}

/** Entries and bytes of each kind of difference. */
export function countDifferences(
  a: NodeTable,
  b: NodeTable,
  differences: Iterable<Difference>,
): CompareReport['totals'] {
  const totals = Object.fromEntries(CHANGES.map((change) => [change, { entries: 0, bytes: 0 }])) as Record<
    Change,
    { entries: number; bytes: number }
  >;
  for (const { change, a: rowA, b: rowB } of differences) {
    totals[change].entries++;
    totals[change].bytes += rowB >= 0 ? b.data.size[rowB]! : a.data.size[rowA]!;
  }
  return totals;
}

const CHANGES: readonly Change[] = ['added', 'removed', 'changed', 'metadata', 'same'];

function statesHashes({ data }: NodeTable): boolean {
  return data.hashHi.some((word) => word !== 0);
}

function side(table: NodeTable, row: number): ComparedSide | null {
  if (row < 0) return null;
  const { attributes, hashHi, hashLo, modifiedHi, modifiedLo, reparseTag, size } = table.data;
  const link = !table.isFolder(row) && reparseTag[row] !== 0;
  const [hi, lo] = [hashHi[row]!, hashLo[row]!];
  const word = (value: number) => value.toString(16).padStart(8, '0');
  return {
    type: link ? 'link' : table.isDirectory(row) ? 'dir' : 'file',
    size: size[row]!,
    modified: filetimeIso(modifiedLo[row]!, modifiedHi[row]!),
    attributes: attributes[row]!,
    ...((hi | lo) !== 0 && { sha1Start: word(hi) + word(lo) }),
  };
}

export function comparedEntry({ a, b }: Comparison, difference: Difference): ComparedEntry {
  return comparedTables(a.table, b.table, difference);
}

export function comparedTables(
  a: NodeTable,
  b: NodeTable,
  { path, change, evidence, ...rows }: Difference,
): ComparedEntry {
  return { path, change, evidence, before: side(a, rows.a), after: side(b, rows.b) };
}
