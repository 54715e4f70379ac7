/**
 * What the columns of two trees do not say: where links lead, what other streams files have, and what their security
 * descriptors are. Read of both sides for the entries that have such things, as far as everything else about them is the same.
 */
import { FormatError } from '../base/errors.ts';
import { hex } from '../base/guid.ts';
import { NodeFlag } from '../fs/types.ts';
import { alikePairs, type Closer, type CloserEvidence } from '../index/compare.ts';
import type { NodeTable } from '../index/node-table.ts';
import type { ImageApi, NodeDetailInfo } from './api-image.ts';

/** Streams up to this are compared byte by byte; larger ones by their sizes. */
const SMALL_STREAM = 64 << 10;

/** A mounted tree. */
export interface Reader {
  readonly image: Pick<ImageApi, 'describe' | 'read'>;
  readonly mount: string;
}

export interface CloserSide {
  readonly table: NodeTable;
  /** Where a row is read; null for one that stands in no image. */
  readerOf(row: number): Reader | null;
}

export interface CloserControl {
  readonly cancelled?: () => boolean;
}

/**
 * Looks closer at all that is alike. Entries that cannot be read are told by the trees' own findings, and count as `missing`.
 * Descriptors count where both images number them; each number is read once. @throws FormatError Cancelled
 */
export async function lookCloser(
  a: CloserSide,
  b: CloserSide,
  upcase: Uint16Array,
  control: CloserControl = {},
): Promise<Closer> {
  const found = new Map<number, CloserEvidence>();
  const [left, right] = [new Descriptors(a), new Descriptors(b)];
  for (const [rowA, rowB] of alikePairs(a.table, b.table, upcase)) {
    if (control.cancelled?.())
      throw new FormatError({
        code: 'Cancelled',
        where: { source: 'comparison', offset: null },
        expected: 'the end of the comparison',
        actual: 'a request to stop',
      });
    const special = (a.table.data.flags[rowA]! & (NodeFlag.link | NodeFlag.streams)) !== 0;
    const evidence =
      (special ? await differsIn(a, rowA, b, rowB) : null) ?? (await otherSecurity(left, rowA, right, rowB));
    if (evidence !== null) found.set(rowA, evidence);
  }
  return (rowA) => found.get(rowA) ?? null;
}

/** Descriptors of a side by their numbers. */
class Descriptors {
  readonly #side: CloserSide;
  readonly #known = new Map<Reader['image'], Map<string, string | null>>();

  constructor(side: CloserSide) {
    this.#side = side;
  }

  /** As text that is equal for equal bytes; null when the row has no number, or its descriptor cannot be read. */
  of(row: number): string | null | Promise<string | null> {
    const id = this.#side.table.data.securityId[row]!;
    const reader = id === 0 ? null : this.#side.readerOf(row);
    if (reader === null) return null;
    const known = this.#known.get(reader.image) ?? new Map<string, string | null>();
    this.#known.set(reader.image, known);
    const key = `${reader.mount} ${id}`;
    const text = known.get(key);
    return text === undefined ? this.#read(reader, row, known, key) : text;
  }

  async #read(reader: Reader, row: number, known: Map<string, string | null>, key: string): Promise<string | null> {
    let text: string | null = null;
    try {
      const { security } = await reader.image.describe(reader.mount, this.#side.table.ref(row));
      if (security !== null) text = hex(security);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
    }
    known.set(key, text);
    return text;
  }
}

async function otherSecurity(
  left: Descriptors,
  rowA: number,
  right: Descriptors,
  rowB: number,
): Promise<'security' | null> {
  const [before, after] = [await left.of(rowA), await right.of(rowB)];
  return before !== null && after !== null && before !== after ? 'security' : null;
}

async function differsIn(a: CloserSide, rowA: number, b: CloserSide, rowB: number): Promise<CloserEvidence | null> {
  const [from, to] = [a.readerOf(rowA), b.readerOf(rowB)];
  if (from === null || to === null) return null;
  try {
    const before = await from.image.describe(from.mount, a.table.ref(rowA));
    const after = await to.image.describe(to.mount, b.table.ref(rowB));
    if (before.reparseTarget !== after.reparseTarget) return 'target';
    const read = (reader: Reader, ref: number) => (stream: string, size: number) =>
      reader.image.read(reader.mount, ref, stream, 0, size);
    const same = await sameStreams(
      { detail: before, read: read(from, a.table.ref(rowA)) },
      { detail: after, read: read(to, b.table.ref(rowB)) },
    );
    return same ? null : 'streams';
  } catch (error) {
    if (error instanceof FormatError) return 'missing';
    throw error;
  }
}

interface Described {
  readonly detail: NodeDetailInfo;
  read(stream: string, size: number): Uint8Array | Promise<Uint8Array>;
}

/** The named streams in the order of their names. */
function named({ streams }: NodeDetailInfo) {
  const all = streams.filter(({ name }) => name !== '');
  return all.sort((x, y) => (x.name < y.name ? -1 : 1));
}

async function sameStreams(before: Described, after: Described): Promise<boolean> {
  const [left, right] = [named(before.detail), named(after.detail)];
  if (left.length !== right.length) return false;
  for (const [i, { name, size }] of left.entries()) {
    if (right[i]!.name !== name || right[i]!.size !== size) return false;
    if (size === 0 || size > SMALL_STREAM) continue;
    const [x, y] = [await before.read(name, size), await after.read(name, size)];
    if (x.length !== y.length || x.some((byte, at) => byte !== y[at])) return false;
  }
  return true;
}
