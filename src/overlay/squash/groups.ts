/**
 * Consistency groups in a squashed layer. In the stack all members of a group come from the layer of its main file; in one
 * layer nothing tells any more whose they were. So the squashed layer has what the two show: the main file's own members,
 * and a deletion where only the other layer has one.
 */
import type { NameSpace } from '../../codec/names.ts';
import { findGroups } from '../files/groups.ts';
import type { FileLayer } from '../files/layer.ts';
import { ABSENT, EntryKind } from '../types.ts';
import { LOWER, NOTHING, type Squashed, shownAt, UPPER } from './squash.ts';

/** Changes `squashed`. @returns how many members gave way */
export function keepGroups(squashed: Squashed, layers: readonly [FileLayer, FileLayer], names: NameSpace): number {
  const { closed, content, kind, lower, union } = squashed;
  /** Layer whose file a node is, null for what is none. */
  const layerOf = (node: number) => (kind[node] === EntryKind.leaf ? shownAt(squashed, layers, node)!.layer : null);
  const leafIn = (layer: number, node: number) => {
    const row = union.slots[layer]![node]!;
    return row >= 0 && layers[layer as 0 | 1].kind[row] === EntryKind.leaf;
  };
  let changed = 0;
  for (const { main, members } of findGroups(union, names)) {
    const to = layerOf(main);
    if (to === null) continue;
    for (const node of members) {
      const from = layerOf(node);
      if (from === null || from === to) continue;
      changed++;
      if (to === LOWER && leafIn(LOWER, node)) {
        union.slots[UPPER]![node] = ABSENT;
        lower[node] = content[node] = 1;
      } else {
        kind[node] = closed[union.parent[node]!] === 1 ? NOTHING : EntryKind.whiteout;
        lower[node] = content[node] = 0;
      }
    }
  }
  return changed;
}
