/** What the hives of one layer at one mount tell besides their trees, with paths as the merged registry has them. */
import { fail } from '../../base/errors.ts';
import type { Layer } from '../../layer/types.ts';
import type { ImageApi } from '../api-image.ts';
import type { DeletedRow, DeletedRows, ReplayedRow, ReplayedRows } from '../api-traces.ts';
import { keyPath } from './address.ts';

function hivesAt(layer: Layer | undefined, mount: string): readonly string[] {
  const keys = layer?.hives.filter((hive) => hive.mount === mount).map(({ key }) => key) ?? [];
  return keys.length > 0 ? keys : fail('MissingItem', 'workspace', null, `a hive at ${mount} in this layer`, 'none');
}

const below = (mount: string) => {
  const root = keyPath(mount.split('/'));
  return (path: string) => (path === '' ? root : `${root}\\${path}`);
};

export async function deletedOf(api: ImageApi, layer: Layer | undefined, mount: string): Promise<DeletedRows> {
  const full = below(mount);
  const rows: DeletedRow[] = [];
  let total = 0;
  for (const hive of hivesAt(layer, mount)) {
    const found = await api.hiveDeletedRows(hive);
    for (const row of found.rows) rows.push({ ...row, path: row.path === null ? null : full(row.path) });
    total += found.total;
  }
  return { rows, total };
}

export async function replayedOf(api: ImageApi, layer: Layer | undefined, mount: string): Promise<ReplayedRows | null> {
  const full = below(mount);
  const all: ReplayedRows[] = [];
  for (const hive of hivesAt(layer, mount)) {
    const found = await api.hiveReplayedRows(hive);
    if (found !== null) all.push(found);
  }
  if (all.length === 0) return null;
  const sum = (of: (found: ReplayedRows) => number) => all.reduce((whole, found) => whole + of(found), 0);
  return {
    rows: all.flatMap(({ rows }) => rows.map((row): ReplayedRow => ({ ...row, path: full(row.path) }))),
    total: sum(({ total }) => total),
    readableBefore: all.every(({ readableBefore }) => readableBefore),
    ranges: sum(({ ranges }) => ranges),
    bytes: sum(({ bytes }) => bytes),
  };
}
