/** The count of the values of a merged registry, for the status bar. */
import { ValueFlag } from '../../hive/types.ts';
import { stackOf } from '../stack.ts';
import { NO_LAYER, type Resolution } from '../types.ts';
import type { RegistryLayer } from './layer.ts';

/**
 * Values that the merged registry shows (0.2): each name of a key once, unless its topmost value is a tombstone. One pass
 * that makes no values: `mergedValues` says the same of a single key, with all there is to know.
 *
 * @param names how many name ids there are
 */
export function countValues(resolution: Resolution, layers: readonly RegistryLayer[], names: number): number {
  const { union, order, winner } = resolution;
  /** By name id the node in which it was last met. */
  const met = new Uint32Array(names);
  let count = 0;
  const add = (node: number, layer: number, row: number) => {
    const place = layers[layer]!.at(row);
    if (place === null) return;
    const ids = layers[layer]!.valueIds(row);
    const hidden = resolution.hiddenValues?.get(node);
    const { valueStart, values } = place.hive.table.data;
    const end = valueStart[place.row + 1]!;
    for (let value = valueStart[place.row]!; value < end; value++) {
      const id = ids[value]!;
      if (met[id] === node) continue;
      met[id] = node;
      if ((values.flags[value]! & ValueFlag.tombstone) === 0 && hidden?.has(id) !== true) count++;
    }
  };
  for (let node = 1; node < union.count; node++) {
    const won = winner[node]!;
    if (won === NO_LAYER) continue;
    // Most keys stand in one layer: there is nothing to look for below.
    if (order.every((layer) => layer === won || union.slots[layer]![node]! < 0))
      add(node, won, union.slots[won]![node]!);
    else
      for (const { layer, row, seen, content } of stackOf(resolution, layers, node))
        if (seen && content) add(node, layer, row);
  }
  return count;
}
