/** The marks of a squashed layer's files, in normal form. */
import type { FileMarker } from '../../layer/types.ts';
import type { FileLayer } from '../files/layer.ts';
import { EntryKind } from '../types.ts';
import { NOTHING, nameAt, type Squashed, shownAt } from './squash.ts';

/** Names from the root down, as the squashed layer spells them; empty for the root. */
export function squashedPath(squashed: Squashed, layers: readonly [FileLayer, FileLayer], node: number): string[] {
  const path: string[] = [];
  for (let at = node; at !== 0; at = squashed.union.parent[at]!) {
    const shown = shownAt(squashed, layers, at)!;
    path.push(nameAt(squashed, layers, at, shown));
  }
  return path.reverse();
}

/** Parents before children. */
export function* squashedMarks(squashed: Squashed, layers: readonly [FileLayer, FileLayer]): Generator<FileMarker> {
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
        from: from.names,
      };
  }
}
