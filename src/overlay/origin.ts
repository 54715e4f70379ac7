/**
 * Renamed directories: where the lower layers continue (0.1 `origin`, 6b.4). A name of which a layer has only the way (`path`) may
 * have an origin too: then it is what the layers below have at the old path, file or directory.
 *
 * The old path is looked up in the layers below as they merge by themselves, with their own whiteouts, opaque marks and
 * origins, as overlayfs does for `redirect_dir`. Each step down concerns fewer layers, so chains of origins end. Case counts
 * on the way where the topmost of these layers says so (F-33).
 */
import type { JoinLayer, OldPath } from './join.ts';
import { ABSENT, EntryKind } from './types.ts';

/** What is remembered while renamed directories are followed, and how many rows they may add to a union. */
export class OriginBudget {
  /** Renamed directories whose old content is not followed because the budget was spent. */
  refused = 0;
  #left: number;
  readonly #layers: readonly JoinLayer[];
  /** Old paths already looked up, by number of layers below and names. */
  readonly known = new Map<string, Int32Array>();
  readonly #children = new Map<JoinLayer, Map<number, Map<number, number[]>>>();
  readonly #sizes = new Map<JoinLayer, Uint32Array>();

  constructor(layers: readonly JoinLayer[], rows: number) {
    this.#layers = layers;
    this.#left = rows;
  }

  /**
   * Child row with that name id; ABSENT when there is none. Directories are indexed when they are first asked.
   *
   * @param spelled how it must be spelled, null where case does not count: then the first one is meant
   */
  child(layer: JoinLayer, row: number, name: number, spelled: string | null): number {
    if (row < 0) return ABSENT;
    let rows = this.#children.get(layer);
    if (rows === undefined) {
      rows = new Map();
      this.#children.set(layer, rows);
    }
    let index = rows.get(row);
    if (index === undefined) {
      index = new Map();
      const add = (child: number) => {
        const alike = index!.get(layer.nameId[child]!);
        if (alike === undefined) index!.set(layer.nameId[child]!, [child]);
        else alike.push(child);
      };
      for (let child = layer.childStart[row]!; child < layer.childEnd[row]!; child++) add(child);
      for (const child of layer.extra?.get(row) ?? []) add(child);
      rows.set(row, index);
    }
    const alike = index.get(name);
    if (alike === undefined) return ABSENT;
    return (spelled === null ? alike[0] : alike.find((child) => layer.exact(child) === spelled)) ?? ABSENT;
  }

  /** Takes the rows below these (by position in `order`) from the budget; false when they are too many. */
  take(order: readonly number[], rows: Int32Array): boolean {
    let cost = 1;
    rows.forEach((row, position) => {
      if (row >= 0) cost += this.#below(this.#layers[order[position]!]!)[row]!;
    });
    if (cost > this.#left) {
      this.refused++;
      return false;
    }
    this.#left -= cost;
    return true;
  }

  /** Rows of each subtree; children stand after their parents, markers (`extra`) at the end. */
  #below(layer: JoinLayer): Uint32Array {
    let sizes = this.#sizes.get(layer);
    if (sizes !== undefined) return sizes;
    sizes = new Uint32Array(layer.kind.length);
    for (let row = sizes.length - 1; row >= 0; row--) {
      let size = 1;
      for (let child = layer.childStart[row]!; child < layer.childEnd[row]!; child++) size += sizes[child]!;
      for (const child of layer.extra?.get(row) ?? []) size += sizes[child]!;
      sizes[row] = size;
    }
    this.#sizes.set(layer, sizes);
    return sizes;
  }
}

/** Rows that can have an origin. */
export const mayMove = (kind: number): boolean => kind === EntryKind.folder || kind === EntryKind.path;

/**
 * Position in `order` of the layer by whose word `node` was renamed, -1 when it was not: the topmost one that is seen
 * there and that nothing above it closes.
 *
 * @param allowed asked only where a layer has a renamed directory
 */
export function originAt(
  layers: readonly JoinLayer[],
  order: readonly number[],
  slots: readonly Int32Array[],
  node: number,
  allowed: () => Uint8Array | null,
): number {
  if (!order.some((layer) => layers[layer]!.origins?.has(slots[layer]![node]!))) return -1;
  const mask = allowed();
  for (let position = order.length - 1; position >= 0; position--) {
    const layer = layers[order[position]!]!;
    const row = slots[order[position]!]![node]!;
    if (row < 0 || mask?.[position] === 0) continue;
    // A leaf, a whiteout or an opaque directory ends the stack before any origin further down.
    if (!mayMove(layer.kind[row]!)) return -1;
    if (layer.origins?.has(row)) return position;
  }
  return -1;
}

/** Puts the rows at the old path into the slots of the layers below the topmost renamed entry of `node`. */
export function followOrigins(
  layers: readonly JoinLayer[],
  order: readonly number[],
  slots: readonly Int32Array[],
  node: number,
  budget: OriginBudget,
  allowed: () => Uint8Array | null,
): void {
  const position = originAt(layers, order, slots, node, allowed);
  if (position < 0) return;
  const layer = layers[order[position]!]!;
  const row = slots[order[position]!]![node]!;
  const lower = order.slice(0, position);
  const found = lookupBelow(layers, lower, layer.origins!.get(row)!, budget, layer.kind[row] === EntryKind.path);
  if (!budget.take(lower, found)) found.fill(ABSENT);
  for (let below = 0; below < position; below++) slots[lower[below]!]![node] = found[below]!;
}

/** Does case count in the directory that these rows are, by position? Null where no layer has it. */
function isCased(layers: readonly JoinLayer[], order: readonly number[], rows: Int32Array): boolean | null {
  for (let position = order.length - 1; position >= 0; position--) {
    const [layer, row] = [layers[order[position]!]!, rows[position]!];
    if (row >= 0 && layer.kind[row] !== EntryKind.path) return layer.caseSensitive?.has(row) ?? false;
  }
  return rows.some((row) => row >= 0) ? false : null;
}

/** For each name of an old path whether case counts where it is looked up; null where no layer has the directory. */
export function caseOnWay(
  layers: readonly JoinLayer[],
  order: readonly number[],
  path: OldPath,
  budget: OriginBudget,
): (boolean | null)[] {
  const cased: (boolean | null)[] = [];
  lookupBelow(layers, order, path, budget, true, cased);
  return cased;
}

/**
 * Rows of the directory at `path` by position, ABSENT where a layer does not contribute. Each old path is looked up once.
 *
 * @param files true when what stands there may be a file as well
 */
function lookupBelow(
  layers: readonly JoinLayer[],
  order: readonly number[],
  path: OldPath,
  budget: OriginBudget,
  files: boolean,
  way: (boolean | null)[] | null = null,
): Int32Array {
  // names of Linux may hold whatever would stand between them
  const key = `${files ? 'f' : ''}${order.length}:${JSON.stringify(path.names)}`;
  const known = budget.known.get(key);
  if (known !== undefined && way === null) return known.slice();
  let rows = Int32Array.from(order, (layer) => layers[layer]!.root);
  for (const [i, name] of path.ids.entries()) {
    const last = i === path.ids.length - 1;
    const next = new Int32Array(order.length).fill(ABSENT);
    const cased = isCased(layers, order, rows);
    way?.push(cased);
    const spelled = cased === true ? path.names[i]! : null;
    for (let position = order.length - 1; position >= 0; position--) {
      const layer = layers[order[position]!]!;
      const row = budget.child(layer, rows[position]!, name, spelled);
      if (row === ABSENT) continue;
      const kind = layer.kind[row]!;
      if (kind === EntryKind.leaf && files && last) next[position] = row;
      if (kind === EntryKind.whiteout || kind === EntryKind.leaf) break;
      next[position] = row;
      if (kind === EntryKind.closed) break;
      const from = mayMove(kind) ? layer.origins?.get(row) : undefined;
      if (from === undefined) continue;
      next.set(lookupBelow(layers, order.slice(0, position), from, budget, files && last && kind === EntryKind.path));
      break;
    }
    rows = next;
  }
  budget.known.set(key, rows.slice());
  return rows;
}

/**
 * The row at an old path in one layer alone, and where the layers below it continue: the path that its own marks make of
 * it, null when it closes the way. `lookupBelow` gives the same row, and the rows at that path in the layers below.
 */
export function rowOfPath(
  layer: JoinLayer,
  path: OldPath,
  budget: OriginBudget,
): { readonly row: number; readonly below: OldPath | null } {
  let row = layer.root;
  let below: { ids: number[]; names: string[] } | null = { ids: [], names: [] };
  for (const [i, id] of path.ids.entries()) {
    const name = path.names[i]!;
    below?.ids.push(id);
    below?.names.push(name);
    row = budget.child(layer, row, id, layer.caseSensitive?.has(row) === true ? name : null);
    if (row === ABSENT) continue;
    const kind = layer.kind[row]!;
    if (kind === EntryKind.whiteout || kind === EntryKind.leaf) return { row: ABSENT, below: null };
    const from = mayMove(kind) ? layer.origins?.get(row) : undefined;
    if (from !== undefined) below = { ids: [...from.ids], names: [...from.names] };
    else if (kind === EntryKind.closed) below = null;
  }
  return { row, below };
}
