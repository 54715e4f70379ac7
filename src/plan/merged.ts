/** What the plan reads of a resolved overlay, files and keys alike: which layers make each node, and from where. */
import type { NamedLayer } from '../overlay/nodes.ts';
import { ABSENT, EntryKind, NO_LAYER, type Resolution, Seen } from '../overlay/types.ts';

/** A resolved tree with what it was resolved from; layers by their number in the join. */
export interface Merged<L extends NamedLayer> {
  readonly resolution: Resolution;
  readonly layers: readonly L[];
  /** Id of each layer in the plan, by layer number. */
  readonly ids: readonly string[];
}

/** Looks up which layers contribute to a node. */
export class Contributors<L extends NamedLayer> {
  readonly merged: Merged<L>;
  readonly #position: Int32Array;

  constructor(merged: Merged<L>) {
    this.merged = merged;
    const { order } = merged.resolution;
    this.#position = new Int32Array(merged.resolution.union.layers).fill(-1);
    order.forEach((layer, position) => {
      this.#position[layer] = position;
    });
  }

  /** Layer numbers, top first: those whose folders merge here; the winner alone for a leaf; none for a hidden node. */
  of(node: number): number[] {
    const { union, order, winner, floor, rule, sight } = this.merged.resolution;
    const top = winner[node]!;
    if (top === NO_LAYER) return [];
    const allowed = rule[node] === 0 ? null : sight[rule[node]! - 1]!.allowed;
    const stack: number[] = [];
    for (let position = this.#position[top]!; position >= floor[node]!; position--) {
      const layer = order[position]!;
      const row = union.slots[layer]![node]!;
      if (row < 0 || (allowed !== null && allowed[position] === 0)) continue;
      const kind = this.merged.layers[layer]!.kind[row]!;
      if (kind === EntryKind.path) continue;
      if (kind === EntryKind.whiteout) break;
      if (kind === EntryKind.leaf && stack.length > 0) break;
      stack.push(layer);
      if (kind === EntryKind.closed || kind === EntryKind.leaf) break;
    }
    return stack;
  }

  /** True when the node is shown and can have children. */
  isFolder(node: number): boolean {
    const { union, winner } = this.merged.resolution;
    const top = winner[node]!;
    return top !== NO_LAYER && this.merged.layers[top]!.kind[union.slots[top]![node]!] !== EntryKind.leaf;
  }

  /** What the rule that decides a node lets be seen. */
  seen(node: number): Seen {
    const { rule, sight } = this.merged.resolution;
    return rule[node] === 0 ? Seen.all : sight[rule[node]! - 1]!.seen;
  }

  /** Row of the layer's own table at a node, ABSENT when it has none (or only a marker past the table's end). */
  row(layer: number, node: number, rows: number): number {
    const row = this.merged.resolution.union.slots[layer]![node]!;
    return row < rows ? row : ABSENT;
  }

  /** Name in the spelling of the merged view. */
  name(node: number): string {
    const { union, winner } = this.merged.resolution;
    const top = winner[node]!;
    return this.merged.layers[top]!.name(union.slots[top]![node]!);
  }
}
