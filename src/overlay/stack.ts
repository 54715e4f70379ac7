/**
 * All versions of one node, top first, each with what became of it: the walk of `resolve` once more, for one node and with
 * its reasons. Used by "why this wins", the core sample and the values of a key.
 */
import type { JoinLayer } from './join.ts';
import { ABSENT, Cell, EntryKind, type HiddenBy, NO_LAYER, type Resolution, Seen } from './types.ts';

export interface Version {
  readonly layer: number;
  readonly row: number;
  readonly kind: EntryKind;
  /** Seen in the merged view: the winner, or a folder that merges into it. */
  readonly seen: boolean;
  /** For keys: own content (values, class) is seen too. */
  readonly content: boolean;
  readonly hiddenBy: HiddenBy;
  readonly byLayer: number;
}

/** Versions of the layers in effect, top first; layers without a row (or with a mere way to a marker) are left out. */
export function stackOf(resolution: Resolution, layers: readonly JoinLayer[], node: number): Version[] {
  const { union, order, floor, sight, lowerFloor } = resolution;
  const up = union.parent[node]!;
  const decided = resolution.rule[node]!;
  const rule = decided === 0 ? null : sight[decided - 1]!;
  let low = node === 0 ? 0 : floor[up]!;
  if (rule !== null && rule.seen !== Seen.all)
    low = rule.seen === Seen.noUser && lowerFloor !== null ? lowerFloor[up]! : 0;
  const reachable = node === 0 || isOpen(resolution, layers, up);
  const versions: Version[] = [];
  let won: number = NO_LAYER;
  let content = true;
  let by: { hiddenBy: HiddenBy; byLayer: number } | null = null;
  for (let position = order.length - 1; position >= 0; position--) {
    const layer = order[position]!;
    const row = union.slots[layer]![node]!;
    if (row < 0) continue;
    const kind = layers[layer]!.kind[row]! as EntryKind;
    if (kind === EntryKind.path) {
      // what an ancestor closes leads nowhere, renamed or not
      const counts = reachable && by === null && position >= low && rule?.allowed[position] !== 0;
      if (counts && layers[layer]!.origins?.has(row)) low = 0;
      continue;
    }
    const push = (seen: boolean, own: boolean, hiddenBy: HiddenBy, byLayer: number) =>
      versions.push({ layer, row, kind, seen, content: own, hiddenBy, byLayer });
    if (rule !== null && rule.allowed[position] === 0) {
      push(false, false, 'rule', NO_LAYER);
      continue;
    }
    if (!reachable || position < low) {
      push(false, false, 'ancestor', closerOf(resolution, layers, node, position));
      continue;
    }
    if (by !== null) {
      push(false, false, by.hiddenBy, by.byLayer);
      continue;
    }
    if (kind === EntryKind.whiteout) {
      push(false, false, 'none', NO_LAYER);
      by = { hiddenBy: 'whiteout', byLayer: layer };
      continue;
    }
    if (kind === EntryKind.leaf) {
      push(won === NO_LAYER, won === NO_LAYER, won === NO_LAYER ? 'none' : 'upper', won);
      if (won === NO_LAYER) won = layer;
      by = { hiddenBy: 'upper', byLayer: won };
      continue;
    }
    push(true, content, 'none', NO_LAYER);
    if (won === NO_LAYER) won = layer;
    if (kind === EntryKind.own) content = false;
    if (kind === EntryKind.closed) by = { hiddenBy: 'opaque', byLayer: layer };
    if (layers[layer]!.origins?.has(row) && kind === EntryKind.folder) low = 0;
  }
  return versions;
}

/** True when the merged view has a folder at the node. */
export function isOpen({ union, winner }: Resolution, layers: readonly JoinLayer[], node: number): boolean {
  const layer = winner[node]!;
  if (layer === NO_LAYER) return false;
  return layers[layer]!.kind[union.slots[layer]![node]!] !== EntryKind.leaf;
}

/** The layer whose entry at an ancestor hides the entry at `position`; NO_LAYER when a rule did. */
function closerOf(resolution: Resolution, layers: readonly JoinLayer[], node: number, position: number): number {
  const { union, order } = resolution;
  for (let at = node; at !== 0; at = union.parent[at]!) {
    const up = union.parent[at]!;
    for (let above = order.length - 1; above > position; above--) {
      const layer = order[above]!;
      const row = union.slots[layer]![up]!;
      if (row === ABSENT) continue;
      const kind = layers[layer]!.kind[row]!;
      if (kind === EntryKind.leaf || kind === EntryKind.whiteout || kind === EntryKind.closed) return layer;
    }
  }
  return NO_LAYER;
}

/** The core sample of a node: one cell a layer of the union, by layer number. */
export function cellsOf(resolution: Resolution, layers: readonly JoinLayer[], node: number): Cell[] {
  const cells = new Array<Cell>(resolution.union.layers).fill(Cell.absent);
  for (const version of stackOf(resolution, layers, node)) {
    if (version.seen) cells[version.layer] = Cell.wins;
    else if (version.kind === EntryKind.whiteout || version.hiddenBy === 'rule') cells[version.layer] = Cell.mark;
    else cells[version.layer] = Cell.loses;
  }
  return cells;
}
