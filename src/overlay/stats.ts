/** Counts of a merged view for the status bar and the bar of shares: one pass. */
import type { JoinLayer } from './join.ts';
import {
  EntryKind,
  type LayerShare,
  NO_LAYER,
  NodeState,
  type Resolution,
  STATE_NAMES,
  StateFlag,
  type Stats,
} from './types.ts';

type Share = { -readonly [K in keyof LayerShare]: LayerShare[K] };

/** @param size bytes of a row, 0 where that means nothing (keys) */
export function stats(
  resolution: Resolution,
  layers: readonly JoinLayer[],
  size: (layer: number, row: number) => number,
): Stats {
  const { union, order, winner, state, flags } = resolution;
  const shares: Share[] = Array.from({ length: union.layers }, () => ({
    files: 0,
    folders: 0,
    bytes: 0,
    hidden: 0,
    overrides: 0,
    added: 0,
    whiteouts: 0,
    opaque: 0,
  }));
  const counts = { added: 0, overrides: 0, same: 0, unchanged: 0, hidden: 0 };
  let conflicts = 0;
  for (let node = 1; node < union.count; node++) {
    const won = winner[node]!;
    let entries = false;
    for (const layer of order) {
      const row = union.slots[layer]![node]!;
      if (row < 0) continue;
      const kind = layers[layer]!.kind[row]!;
      const share = shares[layer]!;
      if (kind === EntryKind.whiteout) share.whiteouts++;
      else if (kind === EntryKind.closed) share.opaque++;
      if (kind === EntryKind.whiteout || kind === EntryKind.path) continue;
      entries = true;
      if (won !== layer && (won === NO_LAYER || kind === EntryKind.leaf)) share.hidden++;
    }
    // A node that only markers have is no item of any layer.
    if (!entries) continue;
    if (flags[node]! & StateFlag.conflict) conflicts++;
    counts[STATE_NAMES[state[node]!]!]++;
    if (won === NO_LAYER) continue;
    const row = union.slots[won]![node]!;
    const share = shares[won]!;
    if (layers[won]!.kind[row] === EntryKind.leaf) {
      share.files++;
      share.bytes += size(won, row);
    } else share.folders++;
    if (state[node] === NodeState.overrides) share.overrides++;
    else if (state[node] === NodeState.added) share.added++;
  }
  const sum = (pick: (share: LayerShare) => number) => shares.reduce((total, share) => total + pick(share), 0);
  return {
    files: sum((s) => s.files),
    folders: sum((s) => s.folders),
    bytes: sum((s) => s.bytes),
    hidden: counts.hidden,
    conflicts,
    states: counts,
    layers: shares,
  };
}
