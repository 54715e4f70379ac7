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
 * Whiteouts that a mark cannot name: marks do not regard case, and beside the deleted name the layer has one that is told
 * from it by case alone, in a case-sensitive directory.
 */
export function* clashingMarks({ kind, union }: Squashed): Generator<number> {
  // equal names are neighbours
  for (let node = 2; node < union.count; node++) {
    const before = node - 1;
    if (union.nameId[node] !== union.nameId[before] || union.parent[node] !== union.parent[before]) continue;
    const [a, b] = [kind[before]!, kind[node]!];
    if (a === EntryKind.whiteout && b !== NOTHING && b !== EntryKind.whiteout) yield before;
    if (b === EntryKind.whiteout && a !== NOTHING && a !== EntryKind.whiteout) yield node;
  }
}
