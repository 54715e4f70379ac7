/** The marks of a squashed layer's files, in normal form. */
import type { NameSpace } from '../../codec/names.ts';
import type { FileMarker } from '../../layer/types.ts';
import type { FileLayer } from '../files/layer.ts';
import { EntryKind } from '../types.ts';
import { NOTHING, type Squashed, shownAt } from './squash.ts';

/** Names from the root down, as the squashed layer spells them; empty for the root. */
export function squashedPath(squashed: Squashed, layers: readonly [FileLayer, FileLayer], node: number): string[] {
  const path: string[] = [];
  for (let at = node; at !== 0; at = squashed.union.parent[at]!) {
    const shown = shownAt(squashed, layers, at)!;
    path.push(layers[shown.layer]!.name(shown.row));
  }
  return path.reverse();
}

/** Parents before children. Old paths are given folded: they are looked up without regard to case. */
export function* squashedMarks(
  squashed: Squashed,
  layers: readonly [FileLayer, FileLayer],
  names: NameSpace,
): Generator<FileMarker> {
  const { kind, origins, union } = squashed;
  for (let node = 1; node < union.count; node++) {
    if (kind[node] === NOTHING) continue;
    const from = origins.get(node);
    if (kind[node] === EntryKind.whiteout) yield { kind: 'whiteout', path: squashedPath(squashed, layers, node) };
    else if (kind[node] === EntryKind.closed) yield { kind: 'opaque', path: squashedPath(squashed, layers, node) };
    else if (from !== undefined)
      yield {
        kind: 'origin',
        path: squashedPath(squashed, layers, node),
        from: from.map((name) => names.text(name)),
      };
  }
}

/**
 * Nodes whose marks, or marks inside, cannot be said: marks do not regard case, and in a case-sensitive directory the
 * layer has another entry that is told from this one by case alone.
 */
export function* clashingMarks({ kind, origins, union }: Squashed): Generator<number> {
  const { nameId, parent } = union;
  /** 1 where the node or something inside it has a mark. Children stand behind their parents. */
  const marked = new Uint8Array(union.count);
  for (let node = union.count - 1; node > 0; node--) {
    const own = kind[node] === EntryKind.whiteout || kind[node] === EntryKind.closed || origins.has(node);
    if (own) marked[node] = 1;
    if (marked[node] === 1) marked[parent[node]!] = 1;
  }
  // equal names are neighbours
  for (let node = 2; node < union.count; node++) {
    const before = node - 1;
    if (nameId[node] !== nameId[before] || parent[node] !== parent[before]) continue;
    if (kind[node] === NOTHING || kind[before] === NOTHING) continue;
    if (marked[before] === 1) yield before;
    else if (marked[node] === 1) yield node;
  }
}
