/**
 * What the columns of two trees do not say: where links lead, and what other streams files have. Read of both sides for
 * the entries that have such things, as far as everything else about them is the same.
 */
import { FormatError } from '../base/errors.ts';
import type { Closer, CloserEvidence } from '../index/compare.ts';
import type { NodeTable } from '../index/node-table.ts';
import type { ImageApi, NodeDetailInfo } from './api-image.ts';

/** Streams up to this are compared byte by byte; larger ones by their sizes. */
const SMALL_STREAM = 64 << 10;

export interface CloserSide {
  readonly image: Pick<ImageApi, 'describe' | 'read'>;
  readonly mount: string;
  readonly table: NodeTable;
}

export interface CloserControl {
  readonly cancelled?: () => boolean;
}

/**
 * Looks closer at pairs of rows. Entries that cannot be read are told by the trees' own findings, and count as `missing`.
 * @throws FormatError Cancelled
 */
export async function lookCloser(
  a: CloserSide,
  b: CloserSide,
  pairs: Iterable<readonly [rowA: number, rowB: number]>,
  control: CloserControl = {},
): Promise<Closer> {
  const found = new Map<number, CloserEvidence>();
  for (const [rowA, rowB] of pairs) {
    if (control.cancelled?.())
      throw new FormatError({
        code: 'Cancelled',
        where: { source: 'comparison', offset: null },
        expected: 'the end of the comparison',
        actual: 'a request to stop',
      });
    const evidence = await differsIn(a, rowA, b, rowB);
    if (evidence !== null) found.set(rowA, evidence);
  }
  return (rowA) => found.get(rowA) ?? null;
}

async function differsIn(a: CloserSide, rowA: number, b: CloserSide, rowB: number): Promise<CloserEvidence | null> {
  try {
    const before = await a.image.describe(a.mount, a.table.ref(rowA));
    const after = await b.image.describe(b.mount, b.table.ref(rowB));
    if (before.reparseTarget !== after.reparseTarget) return 'target';
    return (await sameStreams(a, rowA, before, b, rowB, after)) ? null : 'streams';
  } catch (error) {
    if (error instanceof FormatError) return 'missing';
    throw error;
  }
}

/** The named streams in the order of their names. */
function named({ streams }: NodeDetailInfo) {
  const all = streams.filter(({ name }) => name !== '');
  return all.sort((x, y) => (x.name < y.name ? -1 : 1));
}

async function sameStreams(
  a: CloserSide,
  rowA: number,
  before: NodeDetailInfo,
  b: CloserSide,
  rowB: number,
  after: NodeDetailInfo,
): Promise<boolean> {
  const [left, right] = [named(before), named(after)];
  if (left.length !== right.length) return false;
  for (const [i, { name, size }] of left.entries()) {
    if (right[i]!.name !== name || right[i]!.size !== size) return false;
    if (size === 0 || size > SMALL_STREAM) continue;
    const x = await a.image.read(a.mount, a.table.ref(rowA), name, 0, size);
    const y = await b.image.read(b.mount, b.table.ref(rowB), name, 0, size);
    if (x.length !== y.length || x.some((byte, at) => byte !== y[at])) return false;
  }
  return true;
}
