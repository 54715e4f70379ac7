/** What a merged key is beside its values and sub-keys: class, last write, security. */
import { KeyFlag } from '../../hive/types.ts';
import { stackOf } from '../stack.ts';
import type { Resolution } from '../types.ts';
import type { HiveRow, RegistryLayer } from './layer.ts';

/** A key of one layer: where to ask its hive. */
export interface KeyVersion extends HiveRow {
  readonly layer: number;
}

export interface MergedKey {
  /** Keys that contribute content (values, class, security), top first. */
  readonly content: readonly KeyVersion[];
  /** Keys that contribute sub-keys, top first. */
  readonly children: readonly KeyVersion[];
  /** Key whose class counts: the topmost that does not inherit it; null when all do. */
  readonly classFrom: KeyVersion | null;
  /** Key whose security descriptor counts: the topmost. */
  readonly securityFrom: KeyVersion | null;
  /** FILETIME halves: the latest of all contributing keys; tombstones do not count. */
  readonly lastWriteLo: number;
  readonly lastWriteHi: number;
}

export function mergedKey(resolution: Resolution, layers: readonly RegistryLayer[], node: number): MergedKey {
  const content: KeyVersion[] = [];
  const children: KeyVersion[] = [];
  for (const version of stackOf(resolution, layers, node)) {
    if (!version.seen) continue;
    const place = layers[version.layer]!.at(version.row);
    if (place === null) continue;
    const key = { ...place, layer: version.layer };
    children.push(key);
    if (version.content) content.push(key);
  }
  let lastWriteLo = 0;
  let lastWriteHi = 0;
  for (const { hive, row } of children) {
    const lo = hive.table.data.lastWriteLo[row]!;
    const hi = hive.table.data.lastWriteHi[row]!;
    if (hi > lastWriteHi || (hi === lastWriteHi && lo > lastWriteLo)) {
      lastWriteHi = hi;
      lastWriteLo = lo;
    }
  }
  return {
    content,
    children,
    classFrom: content.find(({ hive, row }) => (hive.table.data.flags[row]! & KeyFlag.inheritClass) === 0) ?? null,
    securityFrom: content[0] ?? null,
    lastWriteLo,
    lastWriteHi,
  };
}
