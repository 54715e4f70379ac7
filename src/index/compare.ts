/**
 * What differs between two trees: names that only one has, and of common names what changed and how that is known.
 *
 * Evidence, the best there is: the hash both images state; else the size; else the time of the last change, which proves nothing
 * when it differs. Data that is not here has no size that counts. Where links lead, what other streams there are and what the
 * security descriptors say is not in the columns: a caller who can read them looks closer. Names are common when they are equal
 * under the fold table; where a directory holds several names that fold to one, they must be equal unit by unit.
 */
import { ByteState, NodeFlag } from '../fs/types.ts';
import type { NodeTable } from './node-table.ts';
import { foldText } from './upcase.ts';

/** `metadata`: the data is the same, attributes, security or times are not. */
export type Change = 'added' | 'removed' | 'changed' | 'metadata' | 'same';
/** Links that lead elsewhere, other named streams, something of them that cannot be read; another security descriptor. */
export type CloserEvidence = 'target' | 'streams' | 'missing' | 'security';
/**
 * `sizeTime`: no hash, but size and time agree. `reparse`: another kind of link. `type`: a file here, a directory there.
 * `missing`: the data of one of them is not here and no hash is stated, so nobody can say that it is the same.
 */
export type Evidence =
  | 'type'
  | 'reparse'
  | 'hash'
  | 'size'
  | 'time'
  | 'sizeTime'
  | 'attributes'
  | 'times'
  | CloserEvidence;

/** What a closer look at two entries found, null when it found nothing. */
export type Closer = (rowA: number, rowB: number) => CloserEvidence | null;

export interface Difference {
  readonly change: Change;
  /** With the names of the second tree where it has the entry; separated by `\`. */
  readonly path: string;
  /** Rows in the two tables, -1 where there is none. */
  readonly a: number;
  readonly b: number;
  /** Null for what only one tree has, and for directories. */
  readonly evidence: Evidence | null;
}

interface Pair {
  readonly a: number;
  readonly b: number;
  readonly path: string;
}

/**
 * Every entry of both trees but the roots, directory by directory, in the order of folded names; the content of a directory
 * stands behind it.
 * @param upcase fold table, 65,536 units. @param closer for `alikePairs`
 */
export function* compareTrees(
  a: NodeTable,
  b: NodeTable,
  upcase: Uint16Array,
  closer: Closer = () => null,
): Generator<Difference> {
  const stack: Pair[] = [{ a: 0, b: 0, path: '' }];
  for (let pair = stack.pop(); pair !== undefined; pair = stack.pop()) {
    if (pair.path !== '') yield { ...pair, ...verdict(a, b, pair, closer) };
    const below = pairsBelow(a, b, pair, upcase);
    for (let i = below.length - 1; i >= 0; i--) stack.push(below[i]!);
  }
}

/** Rows of both trees that are alike as far as the columns say. */
export function* alikePairs(
  a: NodeTable,
  b: NodeTable,
  upcase: Uint16Array,
): Generator<readonly [rowA: number, rowB: number]> {
  for (const { change, a: rowA, b: rowB } of compareTrees(a, b, upcase))
    if (change === 'same' || change === 'metadata') yield [rowA, rowB];
}

function verdict(
  a: NodeTable,
  b: NodeTable,
  pair: Pair,
  closer: Closer,
): { change: Change; evidence: Evidence | null } {
  if (pair.a < 0) return { change: 'added', evidence: null };
  if (pair.b < 0) return { change: 'removed', evidence: null };
  const found = compareEntries(a, pair.a, b, pair.b);
  const more = found.change === 'same' || found.change === 'metadata' ? closer(pair.a, pair.b) : null;
  if (more === null) return found;
  return { change: more === 'security' ? 'metadata' : 'changed', evidence: more };
}

const KIND = NodeFlag.directory | NodeFlag.link;

/** Two entries of one name. */
export function compareEntries(
  a: NodeTable,
  rowA: number,
  b: NodeTable,
  rowB: number,
): { change: Change; evidence: Evidence | null } {
  const [x, y] = [a.data, b.data];
  if (((x.flags[rowA]! ^ y.flags[rowB]!) & KIND) !== 0) return { change: 'changed', evidence: 'type' };
  if (x.reparseTag[rowA] !== y.reparseTag[rowB]) return { change: 'changed', evidence: 'reparse' };
  const sameTime = x.modifiedLo[rowA] === y.modifiedLo[rowB] && x.modifiedHi[rowA] === y.modifiedHi[rowB];
  const directory = a.isDirectory(rowA);
  let evidence: Evidence | null = null;
  if (!directory) {
    const hashed = (x.hashHi[rowA]! | x.hashLo[rowA]!) !== 0 && (y.hashHi[rowB]! | y.hashLo[rowB]!) !== 0;
    const empty = x.size[rowA] === 0 || y.size[rowB] === 0;
    const missing = x.byteState[rowA] === ByteState.missing || y.byteState[rowB] === ByteState.missing;
    if (hashed) {
      const same = x.hashHi[rowA] === y.hashHi[rowB] && x.hashLo[rowA] === y.hashLo[rowB];
      if (!same) return { change: 'changed', evidence: 'hash' };
      evidence = 'hash';
    } else if (missing && empty) return { change: 'changed', evidence: 'missing' };
    else if (x.size[rowA] !== y.size[rowB]) return { change: 'changed', evidence: 'size' };
    else if (empty) evidence = 'size';
    else if (!sameTime) return { change: 'changed', evidence: 'time' };
    else evidence = 'sizeTime';
  }
  // one file system may have no streams at all: then they are gone
  if (((x.flags[rowA]! ^ y.flags[rowB]!) & NodeFlag.streams) !== 0) return { change: 'changed', evidence: 'streams' };
  if (x.attributes[rowA] !== y.attributes[rowB]) return { change: 'metadata', evidence: 'attributes' };
  const sameBirth = x.createdLo[rowA] === y.createdLo[rowB] && x.createdHi[rowA] === y.createdHi[rowB];
  if (!sameTime || !sameBirth) return { change: 'metadata', evidence: 'times' };
  return { change: 'same', evidence };
}

interface Name {
  readonly row: number;
  readonly name: string;
  readonly folded: string;
}

function namesBelow(table: NodeTable, row: number, upcase: Uint16Array): Name[] {
  if (row < 0 || (row !== 0 && !table.isFolder(row))) return [];
  const names: Name[] = [];
  const end = table.data.childStart[row + 1]!;
  for (let child = table.data.childStart[row]!; child < end; child++) {
    const name = table.name(child);
    names.push({ row: child, name, folded: foldText(name, upcase) });
  }
  // Equal folds stand in the order of the names themselves.
  return names.sort((p, q) => order(p.folded, q.folded) || order(p.name, q.name));
}

function order(p: string, q: string): number {
  return p < q ? -1 : p > q ? 1 : 0;
}

function pairsBelow(a: NodeTable, b: NodeTable, dir: Pair, upcase: Uint16Array): Pair[] {
  const [left, right] = [namesBelow(a, dir.a, upcase), namesBelow(b, dir.b, upcase)];
  const pairs: Pair[] = [];
  const push = (x: Name | undefined, y: Name | undefined) =>
    pairs.push({
      a: x?.row ?? -1,
      b: y?.row ?? -1,
      path: `${dir.path === '' ? '' : `${dir.path}\\`}${(y ?? x)!.name}`,
    });
  for (let i = 0, k = 0; i < left.length || k < right.length; ) {
    const fold = k >= right.length || (i < left.length && left[i]!.folded <= right[k]!.folded) ? left[i]! : right[k]!;
    const [fromA, fromB] = [i, k];
    while (i < left.length && left[i]!.folded === fold.folded) i++;
    while (k < right.length && right[k]!.folded === fold.folded) k++;
    if (i - fromA === 1 && k - fromB === 1) push(left[fromA], right[fromB]);
    else mergeExact(left.slice(fromA, i), right.slice(fromB, k), push);
  }
  return pairs;
}

/** Names that fold to one: common only when equal. */
function mergeExact(left: Name[], right: Name[], push: (x: Name | undefined, y: Name | undefined) => void): void {
  for (let i = 0, k = 0; i < left.length || k < right.length; ) {
    const way = i >= left.length ? 1 : k >= right.length ? -1 : order(left[i]!.name, right[k]!.name);
    push(way <= 0 ? left[i] : undefined, way >= 0 ? right[k] : undefined);
    if (way <= 0) i++;
    if (way >= 0) k++;
  }
}

export interface DataShare {
  /** Different contents, and their bytes, each counted once. */
  readonly blobs: number;
  readonly bytes: number;
}

export interface SharedData {
  readonly both: DataShare;
  readonly onlyA: DataShare;
  readonly onlyB: DataShare;
}

/** What two trees whose images state hashes have in common, by content. Entries without a hash do not count. */
export function sharedData(a: NodeTable, b: NodeTable): SharedData {
  const [left, right] = [contents(a), contents(b)];
  const sum = (share: { blobs: number; bytes: number }, size: number) => {
    share.blobs++;
    share.bytes += size;
  };
  const both = { blobs: 0, bytes: 0 };
  const onlyA = { blobs: 0, bytes: 0 };
  const onlyB = { blobs: 0, bytes: 0 };
  for (const [key, size] of left) sum(right.has(key) ? both : onlyA, size);
  for (const [key, size] of right) if (!left.has(key)) sum(onlyB, size);
  return { both, onlyA, onlyB };
}

/** Hash -> size. 53 bits of the hash are the key: among a million contents two meet by chance once in ten thousand images. */
function contents({ data, count }: NodeTable): Map<number, number> {
  const found = new Map<number, number>();
  for (let row = 1; row < count; row++) {
    const [hi, lo] = [data.hashHi[row]!, data.hashLo[row]!];
    if ((hi | lo) !== 0) found.set(hi * 2 ** 21 + (lo >>> 11), data.size[row]!);
  }
  return found;
}
