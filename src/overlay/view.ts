/**
 * What a tree grid draws: the nodes that are open, filtered and sorted, as one list of node numbers; rows become objects
 * only for the window somebody asks for. Opening or closing a folder splices the list.
 */
import type { NameSpace } from '../codec/names.ts';
import { foldText } from '../index/upcase.ts';
import { type NamedLayer, nameOf, shownOf } from './nodes.ts';
import { cellsOf } from './stack.ts';
import {
  EntryKind,
  type Evidence,
  NO_LAYER,
  type NodeState,
  type Resolution,
  type ViewRow,
  type ViewSort,
  type ViewSpec,
  type ViewWindow,
} from './types.ts';
import { keptNodes, nameHits } from './view-filter.ts';
import { compareNodes } from './view-sort.ts';

/** Columns of a row of a layer, whatever its table is. */
export interface ViewColumns {
  size(layer: number, row: number): number;
  modifiedLo(layer: number, row: number): number;
  modifiedHi(layer: number, row: number): number;
  attributes(layer: number, row: number): number;
  byteState(layer: number, row: number): number;
  /** True when a row has children that are not read yet; absent where everything is. */
  unread?(layer: number, row: number): boolean;
}

export class View {
  /** Counts up when the list changes; a window of another generation must not be drawn. */
  generation: number;
  readonly #resolution: Resolution;
  readonly #layers: readonly NamedLayer[];
  readonly #names: NameSpace;
  readonly #columns: ViewColumns;
  readonly #sort: ViewSort;
  readonly #compare: (a: number, b: number) => number;
  /** 1 for nodes that the filter lets through, with their ancestors. */
  readonly #kept: Uint8Array;
  readonly #expanded: Uint8Array;
  #list: Uint32Array;
  #depth: Uint16Array;
  #total = 0;

  constructor(
    resolution: Resolution,
    layers: readonly NamedLayer[],
    names: NameSpace,
    columns: ViewColumns,
    spec: ViewSpec,
    generation: number,
  ) {
    this.#resolution = resolution;
    this.#layers = layers;
    this.#names = names;
    this.#columns = columns;
    this.#sort = spec.sort;
    this.generation = generation * GENERATIONS;
    const { kept, inner } = keptNodes(resolution, layers, names, spec.filter);
    this.#kept = kept;
    this.#compare = compareNodes(resolution, layers, names, columns, spec.sort);
    this.#expanded = inner ?? new Uint8Array(resolution.union.count);
    for (const node of spec.expanded) if (node < this.#expanded.length) this.#expanded[node] = 1;
    this.#expanded[0] = 1;
    this.#list = new Uint32Array(1024);
    this.#depth = new Uint16Array(1024);
    this.#rebuild();
  }

  /** Visible rows. */
  get total(): number {
    return this.#total;
  }

  /** Open nodes, root not counted: to open the next view alike. */
  expanded(): number[] {
    const nodes: number[] = [];
    for (let node = 1; node < this.#expanded.length; node++) if (this.#expanded[node] === 1) nodes.push(node);
    return nodes;
  }

  /** Rows `from` .. `from + count - 1`; null when the list has changed since `generation`. */
  rows(generation: number, from: number, count: number): ViewWindow | null {
    if (generation !== this.generation) return null;
    const first = Math.max(0, Math.min(from, this.#total));
    const last = Math.max(first, Math.min(first + count, this.#total));
    const rows: ViewRow[] = [];
    for (let index = first; index < last; index++) rows.push(this.#row(index));
    return { generation, total: this.#total, from: first, rows };
  }

  /** Node at a place of the list, -1 outside. */
  nodeAt(index: number): number {
    return index >= 0 && index < this.#total ? this.#list[index]! : -1;
  }

  /** Place of a node in the list, -1 when it is not visible. */
  indexOf(node: number): number {
    const index = this.#list.indexOf(node);
    return index < this.#total ? index : -1;
  }

  isExpanded(node: number): boolean {
    return this.#expanded[node] === 1;
  }

  /** True when the filter lets the node through. */
  keeps(node: number): boolean {
    return this.#kept[node] === 1;
  }

  /** Depth of a row, 0 for the children of the root; -1 outside the list. */
  depthAt(index: number): number {
    return index >= 0 && index < this.#total ? this.#depth[index]! : -1;
  }

  /** Opens or closes a folder. @returns true when the list changed */
  toggle(node: number, open: boolean): boolean {
    if (this.isExpanded(node) === open || node === 0) return false;
    this.#expanded[node] = open ? 1 : 0;
    const index = this.indexOf(node);
    if (index < 0) return false;
    if (open) this.#insert(index, node);
    else this.#remove(index);
    this.generation++;
    return true;
  }

  /** Opens a folder and all below it (`*` in a tree). */
  expandAll(node: number): void {
    const { childStart } = this.#resolution.union;
    const queue = [node];
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      this.#expanded[next] = 1;
      for (let child = childStart[next]!; child < childStart[next + 1]!; child++)
        if (this.#kept[child] === 1 && childStart[child] !== childStart[child + 1]) queue.push(child);
    }
    this.#rebuild();
    this.generation++;
  }

  /** Opens the ancestors of a node. @returns its place, -1 when the filter leaves it out */
  reveal(node: number): number {
    const { parent } = this.#resolution.union;
    if (node === 0 || this.#kept[node] === 0) return -1;
    let changed = false;
    for (let at = parent[node]!; at !== 0; at = parent[at]!) {
      if (this.#expanded[at] === 0) changed = true;
      this.#expanded[at] = 1;
    }
    if (changed) {
      this.#rebuild();
      this.generation++;
    }
    return this.indexOf(node);
  }

  /**
   * Next node whose name contains `text` (or fits it, when it has wildcards), in the order of the whole tree (closed folders included), going round at the end.
   * @param from node to start after; @returns -1 when there is none
   */
  find(text: string, from: number, backwards: boolean): number {
    const hits = nameHits(this.#names, text);
    const { union } = this.#resolution;
    const matches: number[] = [];
    // Depth first, as the rows stand when everything is open.
    const stack = this.#children(0).reverse();
    let place = -1;
    for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
      if (node === from) place = matches.length;
      if (hits[union.nameId[node]!] === 1) matches.push(node);
      if (union.childStart[node] !== union.childStart[node + 1])
        for (const child of this.#children(node).reverse()) stack.push(child);
    }
    if (matches.length === 0) return -1;
    const onHit = matches[place] === from;
    if (place < 0) return backwards ? matches.at(-1)! : matches[0]!;
    if (backwards) return matches[(place - 1 + matches.length) % matches.length]!;
    return matches[(place + (onHit ? 1 : 0)) % matches.length]!;
  }

  /** Next visible row after `index` whose name begins with `text` (type-ahead), going round; -1 when there is none. */
  typeAhead(text: string, index: number): number {
    const wanted = foldText(text, this.#names.upcase);
    for (let step = 1; step <= this.#total; step++) {
      const at = (index + step + this.#total) % this.#total;
      if (this.#names.text(this.#resolution.union.nameId[this.#list[at]!]!).startsWith(wanted)) return at;
    }
    return -1;
  }

  /** Kept children in the order of the rows: folders first. Siblings are numbered in NTFS order, so by name nothing is sorted. */
  #children(node: number): number[] {
    const { childStart } = this.#resolution.union;
    const folders: number[] = [];
    const others: number[] = [];
    for (let child = childStart[node]!; child < childStart[node + 1]!; child++)
      if (this.#kept[child] === 1) (this.#isFolder(child) ? folders : others).push(child);
    const { by, descending } = this.#sort;
    if (by !== 'name') {
      folders.sort(this.#compare);
      others.sort(this.#compare);
    } else if (descending) {
      folders.reverse();
      others.reverse();
    }
    for (const other of others) folders.push(other);
    return folders;
  }

  #isFolder(node: number): boolean {
    const { winner, union } = this.#resolution;
    const layer = winner[node]!;
    if (layer !== NO_LAYER) return this.#layers[layer]!.kind[union.slots[layer]![node]!] !== EntryKind.leaf;
    const shown = shownOf(this.#resolution, this.#layers, node);
    return shown !== null && this.#layers[shown.layer]!.kind[shown.row] !== EntryKind.leaf;
  }

  /** The open part of the subtree below `node`, appended to the two lists. */
  #walk(node: number, depth: number, push: (node: number, depth: number) => void): void {
    const { childStart } = this.#resolution.union;
    const stack: number[] = [];
    const depths: number[] = [];
    const add = (of: number, level: number) => {
      const children = this.#children(of);
      for (let i = children.length - 1; i >= 0; i--) {
        stack.push(children[i]!);
        depths.push(level);
      }
    };
    add(node, depth);
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      const level = depths.pop()!;
      push(next, level);
      if (this.#expanded[next] === 1 && childStart[next] !== childStart[next + 1]) add(next, level + 1);
    }
  }

  #reserve(total: number): void {
    if (total <= this.#list.length) return;
    const size = Math.max(total, this.#list.length * 2);
    const [list, depth] = [this.#list, this.#depth];
    this.#list = new Uint32Array(size);
    this.#depth = new Uint16Array(size);
    this.#list.set(list);
    this.#depth.set(depth);
  }

  #rebuild(): void {
    this.#total = 0;
    this.#walk(0, 0, (node, depth) => {
      this.#reserve(this.#total + 1);
      this.#list[this.#total] = node;
      this.#depth[this.#total++] = depth;
    });
    this.#list.fill(0, this.#total);
  }

  #insert(index: number, node: number): void {
    const nodes: number[] = [];
    const depths: number[] = [];
    this.#walk(node, this.#depth[index]! + 1, (child, depth) => {
      nodes.push(child);
      depths.push(depth);
    });
    this.#reserve(this.#total + nodes.length);
    this.#list.copyWithin(index + 1 + nodes.length, index + 1, this.#total);
    this.#depth.copyWithin(index + 1 + nodes.length, index + 1, this.#total);
    this.#list.set(nodes, index + 1);
    this.#depth.set(depths, index + 1);
    this.#total += nodes.length;
  }

  #remove(index: number): void {
    const depth = this.#depth[index]!;
    let end = index + 1;
    while (end < this.#total && this.#depth[end]! > depth) end++;
    this.#list.copyWithin(index + 1, end, this.#total);
    this.#depth.copyWithin(index + 1, end, this.#total);
    this.#total -= end - index - 1;
    this.#list.fill(0, this.#total);
  }

  #row(index: number): ViewRow {
    const node = this.#list[index]!;
    const { childStart } = this.#resolution.union;
    let expandable = false;
    for (let child = childStart[node]!; child < childStart[node + 1]! && !expandable; child++)
      expandable = this.#kept[child] === 1;
    expandable ||= this.#columns.unread !== undefined && isUnread(this.#resolution, this.#columns.unread, node);
    const expanded = expandable && this.#expanded[node] === 1;
    return { ...rowOf(this.#resolution, this.#layers, this.#columns, node, this.#depth[index]!), expandable, expanded };
  }
}

function isUnread({ union }: Resolution, unread: NonNullable<ViewColumns['unread']>, node: number): boolean {
  return union.slots.some((slot, layer) => slot[node]! >= 0 && unread(layer, slot[node]!));
}

/** A node as a row of a view in which it is closed. */
export function rowOf(
  resolution: Resolution,
  layers: readonly NamedLayer[],
  columns: ViewColumns,
  node: number,
  depth: number,
): ViewRow {
  const { union, winner, state, flags, evidence, rule } = resolution;
  const shown = shownOf(resolution, layers, node);
  const of = (pick: (layer: number, row: number) => number) => (shown === null ? 0 : pick(shown.layer, shown.row));
  return {
    node,
    depth,
    name: nameOf(resolution, layers, node),
    folder: shown !== null && layers[shown.layer]!.kind[shown.row] !== EntryKind.leaf,
    expandable: union.childStart[node] !== union.childStart[node + 1],
    expanded: false,
    state: state[node]! as NodeState,
    flags: flags[node]!,
    evidence: evidence[node]! as Evidence,
    winner: winner[node]!,
    shown,
    core: cellsOf(resolution, layers, node),
    rule: rule[node]!,
    size: of(columns.size),
    modifiedLo: of(columns.modifiedLo),
    modifiedHi: of(columns.modifiedHi),
    attributes: of(columns.attributes),
    byteState: of(columns.byteState),
  };
}

/** Changes of one view before its numbers meet those of the next merge. */
const GENERATIONS = 2 ** 20;
