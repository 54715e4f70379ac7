/** What the plan reads of a resolved overlay, files and keys alike: which layers make each node, and from where. */
import { type NamedLayer, nameOf } from '../overlay/nodes.ts';
import { stackOf } from '../overlay/stack.ts';
import { ABSENT, EntryKind, NO_LAYER, type Resolution, Seen } from '../overlay/types.ts';

/** A resolved tree with what it was resolved from; layers by their number in the join. */
export interface PlanTree<L extends NamedLayer> {
  readonly resolution: Resolution;
  readonly layers: readonly L[];
  /** Id of each layer in the plan, by layer number. */
  readonly ids: readonly string[];
}

/** Looks up which layers contribute to a node. */
export class Contributors<L extends NamedLayer> {
  readonly merged: PlanTree<L>;

  constructor(merged: PlanTree<L>) {
    this.merged = merged;
  }

  /** Layer numbers, top first: those whose folders merge here; the winner alone for a leaf; none for a hidden node. */
  of(node: number): number[] {
    const { resolution, layers } = this.merged;
    return stackOf(resolution, layers, node)
      .filter((version) => version.seen)
      .map((version) => version.layer);
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
    return nameOf(this.merged.resolution, this.merged.layers, node);
  }
}
