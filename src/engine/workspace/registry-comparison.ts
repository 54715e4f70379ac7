/**
 * The registries of two layers compared: hives that stand at one mount, key by key and value by value, over the columns
 * that are there already, with the classes and descriptors of the keys. Data are compared by their 64-bit hash; only what is
 * listed is read.
 */
import { fail } from '../../base/errors.ts';
import { filetimeIso } from '../../base/filetime.ts';
import { valueText, valueTypeName } from '../../content/registry-value.ts';
import { ValueFlag } from '../../hive/types.ts';
import { type CompareReader, compareKeys, type KeyDifference } from '../../index/key-compare.ts';
import type { KeyTable } from '../../index/key-table.ts';
import { foldText, windowsUpcase } from '../../index/upcase.ts';
import type { Layer, MountedHive } from '../../layer/types.ts';
import type { ImageApi } from '../api-image.ts';
import type { RegistryDifference, RegistryDifferences } from '../api-traces.ts';
import { keyPath } from './address.ts';
import { keyFacts } from './key-facts.ts';

/** Rows of the list; two unrelated installations differ in more, and nobody reads them. */
export const MAX_ROWS = 20_000;
/** Bytes of each value that are read. */
export const MAX_DATA = 2048;
const MAX_TEXT = 1024;
/** Values that are asked for in one message. */
const BATCH = 2000;
/** Keys are compared for so long before the worker answers others. */
export const STEP_MS = 30;

export interface ComparedLayer {
  readonly api: ImageApi;
  readonly layer: Layer | undefined;
}

interface HivePair {
  readonly a: MountedHive | null;
  readonly b: MountedHive | null;
}

/** Hives by mount, compared as key names are; of two layers of one hive each those two, wherever they stand. */
export function pairHives(before: readonly MountedHive[], after: readonly MountedHive[]): HivePair[] {
  if (before.length === 1 && after.length === 1) return [{ a: before[0]!, b: after[0]! }];
  const folded = ({ mount }: MountedHive) => foldText(mount, windowsUpcase());
  const mounts = new Set([...before, ...after].map(folded));
  const at = (hives: readonly MountedHive[], mount: string) => hives.find((hive) => folded(hive) === mount) ?? null;
  return [...mounts].sort().map((mount) => ({ a: at(before, mount), b: at(after, mount) }));
}

/** A row whose texts are still to be read: value rows of both sides, -1 where there is none. */
interface Pending extends HivePair {
  readonly row: Omit<RegistryDifference, 'before' | 'after'>;
  readonly left: number;
  readonly right: number;
}

function timeOf(hive: MountedHive | null, row: number): string | null {
  if (hive === null || row < 0) return null;
  const { lastWriteLo, lastWriteHi } = hive.table.data;
  return filetimeIso(lastWriteLo[row]!, lastWriteHi[row]!) ?? '';
}

/** What a comparison asks on its way: it goes on when this has resolved. @throws FormatError Cancelled */
export type Step = (done: number, total: number) => Promise<void>;

/** The comparison that the page looks at; a new one ends the one before. */
export class RegistryComparisons {
  #turn = 0;
  #progress: { readonly done: number; readonly total: number } | null = null;

  get progress(): { readonly done: number; readonly total: number } | null {
    return this.#progress;
  }

  compare(before: ComparedLayer, after: ComparedLayer): Promise<RegistryDifferences> {
    return this.run((step) => compareLayers(before, after, step));
  }

  async run(work: (step: Step) => Promise<RegistryDifferences>): Promise<RegistryDifferences> {
    const turn = ++this.#turn;
    const step: Step = async (done, total) => {
      if (turn === this.#turn) this.#progress = { done, total };
      await new Promise((resolve) => setTimeout(resolve));
      if (turn !== this.#turn) fail('Cancelled', 'workspace', null, 'the end of the comparison', 'a request to stop');
    };
    try {
      return await work(step);
    } finally {
      if (turn === this.#turn) this.#progress = null;
    }
  }

  /** Gives up what is being compared. */
  end(): void {
    this.#turn++;
    this.#progress = null;
  }
}

export async function compareLayers(
  before: ComparedLayer,
  after: ComparedLayer,
  step: Step,
): Promise<RegistryDifferences> {
  const totals = { added: 0, removed: 0, changed: 0, times: 0, same: 0 };
  const rows: (RegistryDifference | null)[] = [];
  const pending: { readonly at: number; readonly value: Pending }[] = [];
  const pairs = pairHives(before.layer?.hives ?? [], after.layer?.hives ?? []);
  const keys = pairs.reduce((sum, { a, b }) => sum + Math.max(a?.table.count ?? 0, b?.table.count ?? 0), 0);
  let total = 0;
  let done = 0;
  for (const pair of pairs) {
    const one = (pair.b ?? pair.a)!;
    const root = keyPath(one.mount.split('/'));
    const side = (hive: MountedHive | null) => ({ table: (hive ?? one).table, row: hive === null ? -1 : 0 });
    const reader = await readerOf(before.api, after.api, pair, () => step(done, keys));
    let next = performance.now() + STEP_MS;
    for (const found of compareKeys(side(pair.a), side(pair.b), windowsUpcase(), reader)) {
      done++;
      if (performance.now() > next) {
        await step(Math.min(done, keys), keys);
        next = performance.now() + STEP_MS;
      }
      totals[found.change]++;
      if (found.change === 'same') continue;
      const path = [root, ...found.path].join('\\');
      if (total++ < MAX_ROWS) rows.push(keyRow(pair, found, path));
      for (const { change, a, b } of found.values) {
        if (change === 'same' || total++ >= MAX_ROWS) continue;
        const name = b >= 0 ? pair.b!.table.valueName(b) : pair.a!.table.valueName(a);
        pending.push({
          at: rows.length,
          value: { ...pair, row: { kind: 'value', change, path, name, aspects: [] }, left: a, right: b },
        });
        rows.push(null);
      }
    }
  }
  const [left, right] = await Promise.all([
    texts(
      before.api,
      pending.map(({ value }) => ({ hive: value.a, row: value.left })),
    ),
    texts(
      after.api,
      pending.map(({ value }) => ({ hive: value.b, row: value.right })),
    ),
  ]);
  pending.forEach(({ at, value }, i) => {
    rows[at] = { ...value.row, before: left[i]!, after: right[i]! };
  });
  return { totals, rows: rows.filter((row) => row !== null), total };
}

function keyRow({ a, b }: HivePair, found: KeyDifference, path: string): RegistryDifference {
  const change = found.change === 'same' ? 'times' : found.change;
  const sides = { before: timeOf(a, found.a), after: timeOf(b, found.b) };
  return { kind: 'key', change, path, name: '', aspects: found.aspects, ...sides };
}

/** Classes and descriptors of both hives; their data count as equal when their hashes are. */
async function readerOf(
  before: ImageApi,
  after: ImageApi,
  { a, b }: HivePair,
  pause: () => Promise<void>,
): Promise<CompareReader | null> {
  if (a === null || b === null) return null;
  const [left, right] = [await keyFacts(before, a, pause), await keyFacts(after, b, pause)];
  return {
    sameData: () => true,
    sameClass: (x, y) => left.className(x) === right.className(y),
    sameSecurity: (x, y) => left.security(x) === right.security(y),
  };
}

/** Type and text of values, null where a side has none. */
async function texts(
  api: ImageApi,
  values: readonly { readonly hive: MountedHive | null; readonly row: number }[],
): Promise<(string | null)[]> {
  const out: (string | null)[] = new Array(values.length).fill(null);
  const byHive = new Map<MountedHive, number[]>();
  values.forEach(({ hive, row }, i) => {
    if (hive === null || row < 0) return;
    const known = byHive.get(hive);
    if (known === undefined) byHive.set(hive, [i]);
    else known.push(i);
  });
  for (const [{ key, table }, indices] of byHive)
    for (let from = 0; from < indices.length; from += BATCH) {
      const some = indices.slice(from, from + BATCH);
      const data = await api.hiveData(
        key,
        some.map((i) => table.data.values.ref[values[i]!.row]!),
        MAX_DATA,
      );
      some.forEach((i, k) => {
        out[i] = ofTable(table, values[i]!.row, data[k] ?? null);
      });
    }
  return out;
}

function ofTable(table: KeyTable, row: number, data: Uint8Array | null): string {
  const { type, size, flags } = table.data.values;
  return (flags[row]! & ValueFlag.tombstone) !== 0 ? 'TOMBSTONE' : said(type[row]!, size[row]!, data);
}

/** Type and text of a value. @param data the first bytes of it, null when they cannot be read */
export function said(type: number, size: number, data: Uint8Array | null): string {
  const text = data === null ? '?' : valueText(type, data, MAX_TEXT);
  // what differs may lie behind what is read: the size tells then
  const more = data !== null && size > data.length ? ` (${size} bytes)` : '';
  return `${valueTypeName(type)}  ${text}${more}`;
}
