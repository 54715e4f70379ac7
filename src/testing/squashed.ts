/** A squashed pair as descriptions, so that it can take the place of its two layers in another merge. */

import { KeyFlag } from '../hive/types.ts';
import type { FileMarker } from '../layer/types.ts';
import type { FileLayer } from '../overlay/files/layer.ts';
import type { RegistryLayer } from '../overlay/registry/layer.ts';
import { type SquashedKey, squashedKey } from '../overlay/squash/keys.ts';
import { squashedMarks } from '../overlay/squash/marks.ts';
import { NOTHING, nameAt, type Squashed, shownAt } from '../overlay/squash/squash.ts';
import { EntryKind } from '../overlay/types.ts';
import { dir, file, type KeySpec, type NodeFields, type TreeSpec } from './chunks.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

const COLUMNS = [
  'size',
  'allocated',
  'attributes',
  'flags',
  'hashHi',
  'hashLo',
  'modifiedLo',
  'modifiedHi',
  'reparseTag',
] as const;

/** @param layers the lower and the upper one */
export function squashedSketch(
  squashed: Squashed,
  layers: readonly [FileLayer, FileLayer],
): { tree: TreeSpec; markers: FileMarker[] } {
  const { childStart } = squashed.union;
  const treeOf = (node: number): TreeSpec => {
    const tree: Record<string, TreeSpec[string]> = {};
    for (let child = childStart[node]!; child < childStart[node + 1]!; child++) {
      const kind = squashed.kind[child]!;
      if (kind === NOTHING || kind === EntryKind.whiteout || kind === EntryKind.path) continue;
      const { layer, row } = shownAt(squashed, layers, child)!;
      const { data } = layers[layer].table!;
      const fields: Mutable<NodeFields> = {};
      for (const column of COLUMNS) fields[column] = data[column][row]!;
      // files of two layers are never one
      fields.links = data.links[row]!;
      fields.linkId = 2 * data.linkId[row]! + layer;
      const name = nameAt(squashed, layers, child, { layer, row });
      tree[name] = kind === EntryKind.leaf ? file(fields) : dir(fields, treeOf(child));
    }
    return tree;
  };
  return { tree: treeOf(0), markers: [...squashedMarks(squashed, layers)] };
}

/** What a table does not hold: data of values by type and hash, and what stands in a new key's security column. */
export interface Untold {
  text(type: number, hash: number): string;
  security(key: SquashedKey): number;
}

/** The hive at a node. @param layers the lower and the upper one */
export function squashedHive(
  squashed: Squashed,
  layers: readonly [RegistryLayer, RegistryLayer],
  node: number,
  untold: Untold,
): KeySpec {
  const { childStart } = squashed.union;
  const key = squashedKey(squashed, layers, node)!;
  const values: Mutable<NonNullable<KeySpec['values']>> = {};
  for (const { place, tombstone, value } of key.values) {
    const { table } = place.hive;
    const { hashHi, type } = table.data.values;
    values[table.valueName(value)] = tombstone
      ? null
      : { type: type[value]!, data: untold.text(type[value]!, hashHi[value]!) };
  }
  const keys: Record<string, KeySpec> = {};
  for (let child = childStart[node]!; child < childStart[node + 1]!; child++) {
    if (squashed.kind[child] === NOTHING) continue;
    const { layer, row } = shownAt(squashed, layers, child)!;
    keys[layers[layer].name(row)] = squashedHive(squashed, layers, child, untold);
  }
  return {
    values,
    keys,
    kind: key.layerKind,
    flags:
      (key.link ? KeyFlag.symlink : 0) |
      (key.inheritClass ? KeyFlag.inheritClass : 0) |
      (key.classFrom === null ? 0 : KeyFlag.hasClass),
    lastWrite: key.lastWriteLo,
    security: untold.security(key),
  };
}
