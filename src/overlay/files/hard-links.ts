/**
 * Hard links in the merge (F-19): one file of a layer under several names. An upper copy of one name breaks the group: its
 * other names keep the old content. Where a rule leaves the upper copy out, the group is kept, and has to stay so.
 */

import { stackOf } from '../stack.ts';
import { EntryKind, NO_LAYER, NodeState, type Resolution, StateFlag } from '../types.ts';
import type { FileLayer } from './layer.ts';

export interface LinkGroup {
  /** Layer that the file with several names stands in. */
  readonly layer: number;
  /** Names that an upper copy has taken, and those that a rule has kept from one; nodes. */
  readonly broken: readonly number[];
  readonly kept: readonly number[];
  /** The names that show this layer's file, the kept ones too; nodes. */
  readonly shown: readonly number[];
}

/** Groups that an upper copy has touched; the others are as their file system keeps them. */
export function linkGroups(resolution: Resolution, layers: readonly FileLayer[]): LinkGroup[] {
  const { union, winner, state, flags, order } = resolution;
  if (layers.every(({ table }) => table === null || !table.data.links.some((count) => count > 1))) return [];
  const groups = new Map<string, { layer: number; broken: number[]; kept: number[]; shown: number[] }>();
  const groupOf = (layer: number, row: number) => {
    const data = layers[layer]!.table?.data;
    if (data === undefined || row < 0 || row >= data.count || data.linkId[row] === 0 || data.links[row]! < 2)
      return null;
    const key = `${layer} ${data.linkId[row]}`;
    let group = groups.get(key);
    if (group === undefined) {
      group = { layer, broken: [], kept: [], shown: [] };
      groups.set(key, group);
    }
    return group;
  };
  for (let node = 1; node < union.count; node++) {
    const won = winner[node]!;
    // a folder in the place of a file is no copy of it
    if (won === NO_LAYER || layers[won]!.kind[union.slots[won]![node]!] !== EntryKind.leaf) continue;
    const ruled = (flags[node]! & StateFlag.ruled) !== 0;
    if (state[node] !== NodeState.overrides && !ruled) continue;
    const stack = stackOf(resolution, layers, node);
    if (state[node] === NodeState.overrides)
      for (const { layer, row, hiddenBy } of stack) {
        const group = hiddenBy === 'upper' ? groupOf(layer, row) : null;
        if (group === null) continue;
        group.broken.push(node);
        break;
      }
    const place = order.indexOf(won);
    const left = ({ layer, kind, hiddenBy }: (typeof stack)[number]) =>
      hiddenBy === 'rule' && kind === EntryKind.leaf && order.indexOf(layer) > place;
    if (ruled && stack.some(left)) groupOf(won, union.slots[won]![node]!)?.kept.push(node);
  }
  if (groups.size === 0) return [];
  for (const layer of order) {
    const data = layers[layer]!.table?.data;
    if (data === undefined) continue;
    const slots = union.slots[layer]!;
    for (let node = 1; node < union.count; node++) {
      const row = slots[node]!;
      if (winner[node] !== layer || row < 0 || row >= data.count || data.linkId[row] === 0) continue;
      groups.get(`${layer} ${data.linkId[row]}`)?.shown.push(node);
    }
  }
  return [...groups.values()];
}
