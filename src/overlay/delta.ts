/** What changed between two resolutions of one union: the rows that flash. */
import type { Delta, Resolution } from './types.ts';

/** Nodes whose winner, state or flags differ; null for resolutions of different unions, whose nodes are not the same. */
export function delta(before: Resolution, after: Resolution): Delta | null {
  if (before.union !== after.union) return null;
  const nodes: number[] = [];
  for (let node = 0; node < after.union.count; node++) {
    if (
      before.winner[node] !== after.winner[node] ||
      before.state[node] !== after.state[node] ||
      before.flags[node] !== after.flags[node]
    )
      nodes.push(node);
  }
  return { nodes: Uint32Array.from(nodes) };
}
