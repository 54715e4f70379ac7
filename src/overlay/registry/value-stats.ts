/** Counts of the values of a merged registry, for the status bar and the plan's statistics. */
import { ValueFlag } from '../../hive/types.ts';
import { stackOf } from '../stack.ts';
import { NO_LAYER, NodeState, type Resolution, STATE_NAMES, type StateName } from '../types.ts';
import type { RegistryLayer } from './layer.ts';
import { mergedValues } from './values.ts';

export interface ValueStats {
  /** Values the merged registry shows. */
  readonly values: number;
  readonly states: Readonly<Record<StateName, number>>;
  /** Values shown from each layer, by layer number. */
  readonly layers: readonly number[];
}

export function countValues(resolution: Resolution, layers: readonly RegistryLayer[]): ValueStats {
  const { union, order, winner } = resolution;
  const states = { added: 0, overrides: 0, same: 0, unchanged: 0, hidden: 0 };
  const shares = layers.map(() => 0);
  for (let node = 1; node < union.count; node++) {
    const won = winner[node]!;
    if (won === NO_LAYER) continue;
    const single = order.every((layer) => layer === won || union.slots[layer]![node]! < 0);
    if (!single || stackOf(resolution, layers, node).length !== 1) {
      for (const value of mergedValues(resolution, layers, node)) {
        states[STATE_NAMES[value.state]]++;
        if (value.state !== NodeState.hidden) shares[value.layer]!++;
      }
      continue;
    }
    // Most keys stand in one layer: their values are counted without being made.
    const place = layers[won]!.at(union.slots[won]![node]!);
    if (place === null) continue;
    const { valueStart, values } = place.hive.table.data;
    let count = 0;
    for (let value = valueStart[place.row]!; value < valueStart[place.row + 1]!; value++)
      if ((values.flags[value]! & ValueFlag.tombstone) === 0) count++;
    shares[won]! += count;
    states[won === order[0] ? 'unchanged' : 'added'] += count;
  }
  return { values: shares.reduce((sum, count) => sum + count, 0), states, layers: shares };
}
