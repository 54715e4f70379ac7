/** Merged registries compared: with and without a layer. Data are compared by their 64-bit hash; only what is listed is read. */
import { filetimeIso } from '../../base/filetime.ts';
import { type CompareReader, compareKeys } from '../../index/key-compare.ts';
import { windowsUpcase } from '../../index/upcase.ts';
import type { KeyView } from '../../overlay/compare/view-tables.ts';
import type { RegistryDifference, RegistryDifferences } from '../api-traces.ts';
import { type MergedKeys, sideData, type ValueSide } from '../compare-views.ts';
import { keyPath } from './address.ts';
import type { Reading } from './reading.ts';
import { MAX_DATA, MAX_ROWS, STEP_MS, type Step, said } from './registry-comparison.ts';

interface Row {
  readonly row: Omit<RegistryDifference, 'before' | 'after'>;
  /** Rows in both tables, -1 where there is none: of values, or of keys. */
  readonly a: number;
  readonly b: number;
}

export async function compareKeyTables(
  view: Reading,
  before: MergedKeys,
  after: MergedKeys,
  reader: CompareReader,
  step: Step,
): Promise<RegistryDifferences> {
  const totals = { added: 0, removed: 0, changed: 0, times: 0, same: 0 };
  const rows: Row[] = [];
  const all = Math.max(before.keys.table.count, after.keys.table.count);
  const side = ({ keys }: MergedKeys) => ({ table: keys.table, row: 0 });
  let [total, done, next] = [0, 0, performance.now() + STEP_MS];
  for (const found of compareKeys(side(before), side(after), windowsUpcase(), reader)) {
    if (found.path.length === 0) continue;
    done++;
    if (performance.now() > next) {
      await step(Math.min(done, all), all);
      next = performance.now() + STEP_MS;
    }
    totals[found.change]++;
    if (found.change === 'same') continue;
    const { a, aspects, b, change } = found;
    const path = keyPath(found.path);
    if (total++ < MAX_ROWS) rows.push({ row: { kind: 'key', change, path, name: '', aspects }, a, b });
    for (const value of found.values) {
      if (value.change === 'same' || total++ >= MAX_ROWS) continue;
      const { name } = value.b < 0 ? before.keys.values[value.a]! : after.keys.values[value.b]!;
      const row = { kind: 'value', change: value.change, path, name, aspects: [] } as const;
      rows.push({ row, a: value.a, b: value.b });
    }
  }
  const [left, right] = [await texts(view, before, rows, 'a'), await texts(view, after, rows, 'b')];
  return { totals, rows: rows.map(({ row }, i) => ({ ...row, before: left[i]!, after: right[i]! })), total };
}

/** Last writes of keys, type and text of values; null where the side has none. */
async function texts(
  view: Reading,
  { keys, layers }: MergedKeys,
  rows: readonly Row[],
  side: 'a' | 'b',
): Promise<(string | null)[]> {
  const values = rows.map(({ row, [side]: at }): ValueSide | null => {
    const value = row.kind === 'value' ? keys.values[at] : undefined;
    return value === undefined ? null : { layer: layers[value.layer]!, value };
  });
  const data = await sideData(view, values, MAX_DATA);
  return rows.map(({ row, [side]: at }, i) => {
    if (row.kind === 'key') return timeOf(keys, at);
    const value = values[i]?.value;
    return value === undefined ? null : said(value.type, value.size, data[i] ?? null);
  });
}

function timeOf({ table }: KeyView, row: number): string | null {
  if (row < 0) return null;
  return filetimeIso(table.data.lastWriteLo[row]!, table.data.lastWriteHi[row]!) ?? '';
}
