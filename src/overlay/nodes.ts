/** Questions about nodes of a merged view that do not depend on whether they are files or keys. */
import { foldText } from '../index/upcase.ts';
import type { JoinLayer } from './join.ts';
import { ABSENT, EntryKind, NO_LAYER, type Resolution, type Union } from './types.ts';

/** A layer whose rows have names. */
export interface NamedLayer extends JoinLayer {
  name(row: number): string;
}

/**
 * Layer and row whose columns stand for a node: the winner's; for a hidden node the topmost copy in effect, else any
 * layer's; null for nodes that are markers only.
 */
export function shownOf(
  resolution: Resolution,
  layers: readonly JoinLayer[],
  node: number,
): { readonly layer: number; readonly row: number } | null {
  const { union, order, winner } = resolution;
  const won = winner[node]!;
  if (won !== NO_LAYER) return { layer: won, row: union.slots[won]![node]! };
  for (let position = order.length - 1; position >= 0; position--) {
    const layer = order[position]!;
    if (hasEntry(union, layers, layer, node)) return { layer, row: union.slots[layer]![node]! };
  }
  return null;
}

/** True when the layer has an entry (no marker, no mere way to one) at the node. */
export function hasEntry(union: Union, layers: readonly JoinLayer[], layer: number, node: number): boolean {
  const row = union.slots[layer]![node]!;
  if (row < 0) return false;
  const kind = layers[layer]!.kind[row]!;
  return kind !== EntryKind.whiteout && kind !== EntryKind.path;
}

/** Name as the merged view spells it: the topmost entry's (F-32), but for one that was renamed by a layer above it. */
export function nameOf(resolution: Resolution, layers: readonly NamedLayer[], node: number): string {
  const shown = shownOf(resolution, layers, node);
  if (shown !== null) {
    const { layer, row } = shown;
    const renamed = resolution.union.ordered && node !== 0 && isRenamed(resolution.union, layers, node, layer, row);
    return renamed ? newName(resolution.union, layers, node, layer, row) : layers[layer]!.name(row);
  }
  for (let layer = resolution.union.layers - 1; layer >= 0; layer--) {
    const row = resolution.union.slots[layer]![node]!;
    if (row !== ABSENT) return layers[layer]!.name(row);
  }
  return '';
}

/** True when a row stands at a node that has another name than it. */
export function isRenamed(
  union: Union,
  layers: readonly JoinLayer[],
  node: number,
  layer: number,
  row: number,
): boolean {
  return layers[layer]!.nameId[row] !== union.nameId[node];
}

/** The name that some layer gave to what `layer` has under its old one. */
export function newName(union: Union, layers: readonly NamedLayer[], node: number, layer: number, row: number): string {
  for (let other = union.layers - 1; other >= 0; other--) {
    const at = union.slots[other]![node]!;
    if (at >= 0 && !isRenamed(union, layers, node, other, at)) return layers[other]!.name(at);
  }
  return layers[layer]!.name(row);
}

/** Names from the root down; empty for the root. */
export function pathParts(resolution: Resolution, layers: readonly NamedLayer[], node: number): string[] {
  const parts: string[] = [];
  for (let at = node; at !== 0; at = resolution.union.parent[at]!) parts.push(nameOf(resolution, layers, at));
  return parts.reverse();
}

/** Node of a path, -1 when no layer has it. Names are compared under `upcase`; a spelling that fits exactly comes first. */
export function findNode(
  resolution: Resolution,
  layers: readonly NamedLayer[],
  path: readonly string[],
  upcase: Uint16Array,
): number {
  const { union } = resolution;
  let node = 0;
  for (const part of path) {
    const folded = foldText(part, upcase);
    let found = -1;
    for (let child = union.childStart[node]!; child < union.childStart[node + 1]!; child++) {
      const name = nameOf(resolution, layers, child);
      if (name === part) {
        found = child;
        break;
      }
      if (found < 0 && name.length === folded.length && foldText(name, upcase) === folded) found = child;
    }
    if (found < 0) return -1;
    node = found;
  }
  return node;
}

/**
 * Nodes of another union of the same names at the same paths, those that it has: carries what was open or selected over a
 * new join. Each directory on the way is looked through once, so that a tree opened whole costs no more than its rows.
 */
export function carryNodes(from: Union, nodes: Iterable<number>, to: Union): number[] {
  const carried = new Map<number, number>([[0, 0]]);
  const children = new Map<number, Map<number, number>>();
  const childOf = (node: number, nameId: number): number => {
    let index = children.get(node);
    if (index === undefined) {
      index = new Map();
      // A case-sensitive directory may have one name id twice: the first one counts.
      for (let child = to.childStart[node + 1]! - 1; child >= to.childStart[node]!; child--)
        index.set(to.nameId[child]!, child);
      children.set(node, index);
    }
    return index.get(nameId) ?? -1;
  };
  const found: number[] = [];
  for (const node of nodes) {
    const way: number[] = [];
    let at = node;
    for (; !carried.has(at); at = from.parent[at]!) way.push(at);
    let now = carried.get(at)!;
    for (const step of way.reverse()) {
      now = now < 0 ? -1 : childOf(now, from.nameId[step]!);
      carried.set(step, now);
    }
    if (now >= 0) found.push(now);
  }
  return found;
}
