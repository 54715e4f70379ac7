/**
 * Join: the trees of all layers -> one node for each name in each directory, with one slot a layer.
 *
 * The walk is breadth-first, so the children of a node are neighbours and parents stand before children. Many
 * directories go through one call of the kernel, which finds equal names and puts them in NTFS order. Nothing here
 * depends on the order of layers, but for two things that are relative by nature: where the lower layers of a renamed
 * directory continue, and whether a directory compares case-sensitively (its topmost entry says so). For these two, and
 * nothing else, it also counts which layers a rule lets be seen.
 */
import { type NameSpace, SKIP } from '../codec/names.ts';
import { joinExact, mergePieces } from './join-rare.ts';
import { followOrigins, OriginBudget } from './origin.ts';
import type { Sight } from './sight.ts';
import { ABSENT, EntryKind, type Twin, type Union } from './types.ts';

/** Nodes that renamed directories may add: this many times the rows there are, and some for small trees. */
const ORIGIN_FACTOR = 2;
const ORIGIN_ROWS = 65_536;

/** Where a renamed directory was: its names as name ids, and as they are spelled, for directories where case counts. */
export interface OldPath {
  readonly ids: readonly number[];
  readonly names: readonly string[];
}

/** A layer as the core sees it: rows, and what each does in a merge. */
export interface JoinLayer {
  /** Row of the root, ABSENT when the layer has no tree. */
  readonly root: number;
  /** By row: name id, or SKIP for rows that are no content of the layer. */
  readonly nameId: Uint32Array;
  /** By row: EntryKind. */
  readonly kind: Uint8Array;
  /** Children of row r are the rows childStart[r] .. childEnd[r] - 1 ... */
  readonly childStart: Uint32Array;
  readonly childEnd: Uint32Array;
  /** ... and these rows: markers for names that have no row in the table. */
  readonly extra: ReadonlyMap<number, readonly number[]> | null;
  /** Renamed directories: row -> the path where lower layers continue. */
  readonly origins: ReadonlyMap<number, OldPath> | null;
  /** Rows whose children are compared case-sensitively, null when there are none. */
  readonly caseSensitive: ReadonlySet<number> | null;
  /** Name as it is spelled on disk. */
  exact(row: number): string;
}

/** True for rows that can have children in a merge. */
export function isOpenKind(kind: number): boolean {
  return kind !== EntryKind.leaf && kind !== EntryKind.whiteout;
}

/** Calls `visit` for each child row of a row. */
export function eachChild(layer: JoinLayer, row: number, visit: (child: number) => void): void {
  if (row < 0 || !isOpenKind(layer.kind[row]!)) return;
  const end = layer.childEnd[row]!;
  for (let child = layer.childStart[row]!; child < end; child++) visit(child);
  const extra = layer.extra?.get(row);
  if (extra !== undefined) for (const child of extra) visit(child);
}

/**
 * @param layers in the numbering of the workspace
 * @param order layer numbers in effect, base first: counts for renamed and case-sensitive directories only
 * @param sight what rules let be seen: counts for the same two, null when no rule does
 */
export function join(
  names: NameSpace,
  layers: readonly JoinLayer[],
  order: readonly number[],
  sight: Sight | null = null,
): Union {
  let most = 1;
  for (const layer of layers) if (layer.root !== ABSENT) most += layer.kind.length;
  let parent = new Uint32Array(most);
  let nameId = new Uint32Array(most);
  let childStart = new Uint32Array(most + 1);
  const slots = layers.map((layer) => {
    const slot = new Int32Array(most).fill(ABSENT);
    slot[0] = layer.root;
    return slot;
  });
  const twins: Twin[] = [];
  const origins = layers.some((l) => l.origins !== null && l.origins.size > 0);
  /** Renamed directories show lower rows a second time: a hostile store must not multiply them without end. */
  const budget = origins ? new OriginBudget(layers, most * ORIGIN_FACTOR + ORIGIN_ROWS) : null;
  const cased = layers.some((l) => l.caseSensitive !== null && l.caseSensitive.size > 0);
  const { entries, unique, groups } = names.window();
  const limit = entries.length;
  const count = layers.length;
  const queued = new Uint32Array(groups.length);

  let tail = 1;
  let node = 0;
  let at = 0;
  let queue = 0;

  /** Layers that are seen at a node, by position in `order`; null for all. */
  const seenAt = (of: number) => () => {
    if (sight === null) return null;
    const way: number[] = [];
    for (let up = of; up !== 0; up = parent[up]!) way.push(nameId[up]!);
    return sight(way.reverse());
  };

  /** Without renamed directories there are never more nodes than rows. */
  const reserve = (needed: number) => {
    const longer = <T extends Uint32Array | Int32Array>(column: T, fresh: T): T => {
      fresh.set(column);
      return fresh;
    };
    const old = most;
    most = Math.max(needed, most * 2);
    parent = longer(parent, new Uint32Array(most));
    nameId = longer(nameId, new Uint32Array(most));
    childStart = longer(childStart, new Uint32Array(most + 1));
    for (let l = 0; l < count; l++) slots[l] = longer(slots[l]!, new Int32Array(most).fill(ABSENT, old));
  };

  /** Gives the children of a node their numbers. `places[k]` = place of the k-th child row in `ids`. */
  const assign = (of: number, ids: Uint32Array, first: number, distinct: number, places: Uint32Array, from: number) => {
    if (tail + distinct > most) reserve(tail + distinct);
    for (let k = 0; k < distinct; k++) {
      parent[tail + k] = of;
      nameId[tail + k] = ids[first + k]!;
    }
    let e = from;
    for (let l = 0; l < count; l++) {
      const layer = layers[l]!;
      const row = slots[l]![of]!;
      if (row < 0 || !isOpenKind(layer.kind[row]!)) continue;
      const slot = slots[l]!;
      const end = layer.childEnd[row]!;
      for (let child = layer.childStart[row]!; child < end; child++) {
        const place = places[e++]!;
        if (place === SKIP) continue;
        if (slot[tail + place] === ABSENT) slot[tail + place] = child;
        else twins.push({ node: tail + place, layer: l, row: child });
      }
      const extra = layer.extra?.get(row);
      if (extra === undefined) continue;
      for (const child of extra) {
        const place = places[e++]!;
        if (place !== SKIP && slot[tail + place] === ABSENT) slot[tail + place] = child;
      }
    }
    tail += distinct;
    return e;
  };

  /** Hands the collected directories to the kernel. */
  const flush = () => {
    if (queue === 0) return;
    names.join(queue);
    let u = 0;
    let e = 0;
    for (let g = 0; g < queue; g++) {
      const of = queued[g]!;
      childStart[of] = tail;
      e = assign(of, unique, u, groups[g]!, entries, e);
      u += groups[g]!;
    }
    queue = 0;
    at = 0;
  };

  /** A directory that goes its own way: larger than the window, or case-sensitive. */
  const alone = (of: number, size: number, exact: boolean) => {
    flush();
    const ids = new Uint32Array(size);
    const spelled: string[] = [];
    let k = 0;
    layers.forEach((layer, l) => {
      eachChild(layer, slots[l]![of]!, (child) => {
        if (exact) spelled.push(layer.exact(child));
        ids[k++] = layer.nameId[child]!;
      });
    });
    const joined = exact ? joinExact(names, ids, spelled) : mergePieces(names, ids);
    childStart[of] = tail;
    assign(of, joined.unique, 0, joined.unique.length, joined.places, 0);
  };

  for (; ; node++) {
    if (node === tail) {
      flush();
      if (node === tail) break;
    }
    if (budget !== null) followOrigins(layers, order, slots, node, budget, seenAt(node));
    let size = 0;
    for (let l = 0; l < count; l++) {
      const row = slots[l]![node]!;
      if (row < 0) continue;
      const layer = layers[l]!;
      if (!isOpenKind(layer.kind[row]!)) continue;
      size += layer.childEnd[row]! - layer.childStart[row]!;
      if (layer.extra !== null) size += layer.extra.get(row)?.length ?? 0;
    }
    if (cased && size > 0 && isCaseSensitive(layers, order, slots, node, seenAt(node))) {
      alone(node, size, true);
      continue;
    }
    if (size > limit) {
      alone(node, size, false);
      continue;
    }
    if (size > limit - at || queue === queued.length) flush();
    for (let l = 0; l < count && size > 0; l++) {
      const row = slots[l]![node]!;
      if (row < 0) continue;
      const layer = layers[l]!;
      if (!isOpenKind(layer.kind[row]!)) continue;
      const ids = layer.nameId;
      const end = layer.childEnd[row]!;
      for (let child = layer.childStart[row]!; child < end; child++) entries[at++] = ids[child]!;
      const extra = layer.extra?.get(row);
      if (extra !== undefined) for (const child of extra) entries[at++] = ids[child]!;
    }
    queued[queue] = node;
    groups[queue++] = size;
  }
  childStart[tail] = tail;
  if (tail < most) {
    parent = parent.slice(0, tail);
    nameId = nameId.slice(0, tail);
    childStart = childStart.slice(0, tail + 1);
    for (let l = 0; l < count; l++) slots[l] = slots[l]!.slice(0, tail);
  }
  return {
    count: tail,
    layers: count,
    parent,
    childStart,
    nameId,
    slots,
    twins,
    ordered: origins || cased,
    cutOrigins: budget?.refused ?? 0,
  };
}

/** F-33: the topmost entry of a directory that is seen says how its children are compared. */
export function isCaseSensitive(
  layers: readonly JoinLayer[],
  order: readonly number[],
  slots: readonly Int32Array[],
  node: number,
  allowed: () => Uint8Array | null,
): boolean {
  if (!order.some((layer) => layers[layer]!.caseSensitive?.has(slots[layer]![node]!))) return false;
  const mask = allowed();
  for (let position = order.length - 1; position >= 0; position--) {
    const layer = layers[order[position]!]!;
    const row = slots[order[position]!]![node]!;
    if (row < 0 || layer.kind[row] === EntryKind.path || mask?.[position] === 0) continue;
    return layer.caseSensitive?.has(row) ?? false;
  }
  return false;
}
