/**
 * Squash: two adjacent layers as one that still lies over unknown lower layers (merge-semantics 0.4).
 *
 *     upper \ lower   absent       leaf      folder     closed     own (keys)  whiteout
 *     absent          -            leaf      folder     closed     own         whiteout
 *     leaf            leaf         leaf      leaf       leaf       leaf        leaf
 *     folder          folder       closed*   folder     closed     own         closed*
 *     closed          closed*      closed*   closed*    closed*    closed*     closed*
 *     own             own          closed*   own*       closed*    own*        closed*
 *     whiteout        whiteout     whiteout  whiteout   whiteout   whiteout    whiteout
 *
 * `*`: of own content (metadata, values) the upper entry's alone. Below a closed entry nothing of the layers underneath is
 * seen, so markers there say nothing and are dropped. The two traps of naive tools are folder over whiteout and folder
 * over leaf: both close, or what was deleted comes back.
 *
 * A renamed directory continues at its old path in the layers below, that is in the lower of the two and, through that
 * one's own marks, below both. So an origin of the upper layer is looked up in the lower one: what stands there merges, and
 * the origin that is left is the path that the lower layer gives to the layers below it (one step, never a chain).
 *
 * Names are compared as the two layers compare them: where another layer decides whether case counts (F-33), `case.ts` tells
 * what comes out otherwise.
 */
import type { NameSpace } from '../../codec/names.ts';
import { type JoinLayer, join, type OldPath } from '../join.ts';
import { isRenamed, type NamedLayer, newName } from '../nodes.ts';
import { mayMove, OriginBudget, originAt, rowOfPath } from '../origin.ts';
import { ABSENT, EntryKind, type Union } from '../types.ts';

/** `Squashed.kind` of a node that the squashed layer does not have. */
export const NOTHING = 255;
/** Numbers of the two layers in `Squashed.union`. */
export const LOWER = 0;
export const UPPER = 1;

export interface Squashed {
  /** The two layers joined: slots[LOWER], slots[UPPER]. Nodes are its nodes. */
  readonly union: Union;
  /** By node the EntryKind of the squashed layer's entry, NOTHING when it has none. */
  readonly kind: Uint8Array;
  /** By node 1 when an entry of the lower layer takes part: alone, or merged into the upper one. */
  readonly lower: Uint8Array;
  /** By node 1 when own content of the lower entry counts too, where the upper one does not say otherwise (values, class). */
  readonly content: Uint8Array;
  /** By node 1 when nothing of the layers below the pair is seen inside. */
  readonly closed: Uint8Array;
  /** Renamed directories: the path where the layers below the pair continue. */
  readonly origins: ReadonlyMap<number, OldPath>;
}

export interface SquashOptions {
  /** regf wants every key below a superseding one to supersede too; of files the topmost opaque mark says it all. */
  readonly closeAll: boolean;
}

const isEntry = (kind: number) => kind !== ABSENT && kind !== EntryKind.path;

/** The table above for two entries that are there. */
function combined(upper: number, lower: number): number {
  if (lower === EntryKind.leaf || lower === EntryKind.whiteout || lower === EntryKind.closed) return EntryKind.closed;
  return upper === EntryKind.own || lower === EntryKind.own ? EntryKind.own : EntryKind.folder;
}

/** @param names the name space that both layers' rows were folded in */
export function squash(names: NameSpace, upper: JoinLayer, lower: JoinLayer, { closeAll }: SquashOptions): Squashed {
  const layers = [lower, upper];
  const order = [LOWER, UPPER];
  const union = join(names, layers, order);
  const { count, parent, slots } = union;
  const kind = new Uint8Array(count).fill(NOTHING);
  const takesLower = new Uint8Array(count);
  const content = new Uint8Array(count);
  const closed = new Uint8Array(count);
  const origins = new Map<number, OldPath>();
  /** 1 where rows of the lower layer below the node still count. */
  const open = new Uint8Array(count);
  /** 1 where the squashed layer goes on below the node. */
  const inside = new Uint8Array(count);
  const paths = new OriginBudget(layers, 0);

  for (let node = 0; node < count; node++) {
    const up = parent[node]!;
    if (node > 0 && inside[up] === 0) continue;
    const upperRow = slots[UPPER]![node]!;
    const upperKind = upperRow < 0 ? ABSENT : upper.kind[upperRow]!;
    let below = node > 0 && closed[up] === 1;
    let origin: OldPath | null = null;
    let lowerRow = slots[LOWER]![node]!;
    if (originAt(layers, order, slots, node, () => null) === UPPER) {
      origin = rowOfPath(lower, upper.origins!.get(upperRow)!, paths).below;
      below = origin === null;
    } else if (node > 0 && open[up] === 0) lowerRow = ABSENT;
    const lowerKind = lowerRow < 0 ? ABSENT : lower.kind[lowerRow]!;
    // a name that is only what the layers below have elsewhere, where they have nothing
    if (below && upperKind === EntryKind.path && upper.origins?.has(upperRow) && !isEntry(lowerKind)) {
      if (node === 0 || closed[up] === 0) kind[node] = EntryKind.whiteout;
      continue;
    }

    if (upperKind === EntryKind.whiteout || upperKind === EntryKind.leaf) {
      if (upperKind === EntryKind.leaf || !below) kind[node] = upperKind;
      continue;
    }
    if (!isEntry(upperKind) && (lowerKind === EntryKind.whiteout || lowerKind === EntryKind.leaf)) {
      if (lowerKind === EntryKind.whiteout && below) continue;
      kind[node] = lowerKind;
      takesLower[node] = content[node] = lowerKind === EntryKind.leaf ? 1 : 0;
      continue;
    }
    const before = below;
    // the lower layer's own word for what is below both
    const moved = lowerKind === EntryKind.path && origin === null ? lower.origins?.get(lowerRow) : undefined;
    if (moved !== undefined && upperKind !== EntryKind.closed && !(upper.origins?.has(upperRow) ?? false)) {
      origin = moved;
      below = false;
    }
    let result: number;
    if (!isEntry(upperKind) && !isEntry(lowerKind)) {
      // only the way to markers further down, which have nothing to say where all is closed
      if (below || (upperKind === ABSENT && lowerKind === ABSENT)) continue;
      result = EntryKind.path;
      open[node] = lowerKind === EntryKind.path ? 1 : 0;
    } else if (upperKind === EntryKind.closed) {
      result = EntryKind.closed;
    } else if (!isEntry(lowerKind)) {
      result = upperKind;
      open[node] = lowerKind === EntryKind.path ? 1 : 0;
    } else {
      result = isEntry(upperKind) ? combined(upperKind, lowerKind) : lowerKind;
      const merges = lowerKind !== EntryKind.leaf && lowerKind !== EntryKind.whiteout;
      open[node] = takesLower[node] = merges ? 1 : 0;
      content[node] = merges && upperKind !== EntryKind.own ? 1 : 0;
      const from = mayMove(lowerKind) && origin === null ? lower.origins?.get(lowerRow) : undefined;
      // an origin of the upper layer that the lower one closes stays closed
      if (from !== undefined && !(upper.origins?.has(upperRow) ?? false)) {
        origin = from;
        below = false;
      }
    }
    if (result === EntryKind.closed) below = true;
    else if (below && result !== EntryKind.path) {
      const parentClosed = node > 0 && closed[up] === 1;
      if (closeAll || !parentClosed || !before) result = EntryKind.closed;
      else result = EntryKind.folder;
    }
    if (below) origin = null;
    if (origin !== null) origins.set(node, origin);
    kind[node] = result;
    closed[node] = below ? 1 : 0;
    inside[node] = 1;
  }
  return { union, kind, lower: takesLower, content, closed, origins };
}

/** Name of a node of the squashed layer: the upper one's where that gave what the lower one has another name. */
export function nameAt(
  squashed: Squashed,
  layers: readonly [NamedLayer, NamedLayer],
  node: number,
  { layer, row }: { readonly layer: 0 | 1; readonly row: number },
): string {
  const { union } = squashed;
  const renamed = union.ordered && isRenamed(union, layers, node, layer, row);
  return renamed ? newName(union, layers, node, layer, row) : layers[layer].name(row);
}

/** Layer and row whose name and metadata the squashed layer has at a node; null where it has nothing. */
export function shownAt(
  { union, kind, lower }: Squashed,
  layers: readonly [JoinLayer, JoinLayer],
  node: number,
): { readonly layer: typeof LOWER | typeof UPPER; readonly row: number } | null {
  if (kind[node] === NOTHING) return null;
  const upperRow = union.slots[UPPER]![node]!;
  const upperKind = upperRow < 0 ? ABSENT : layers[UPPER].kind[upperRow]!;
  if (isEntry(upperKind)) return { layer: UPPER, row: upperRow };
  const lowerRow = union.slots[LOWER]![node]!;
  if (lowerRow >= 0 && (lower[node] === 1 || kind[node] === EntryKind.whiteout || upperRow < 0))
    return { layer: LOWER, row: lowerRow };
  return { layer: UPPER, row: upperRow };
}
