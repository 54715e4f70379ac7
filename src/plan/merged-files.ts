/** The merged files with what records and view lines need to know about them. */
import { NodeFlag } from '../fs/types.ts';
import type { FileLayer } from '../overlay/files/layer.ts';
import { isRenamed, newName } from '../overlay/nodes.ts';
import { ABSENT, EntryKind, StateFlag } from '../overlay/types.ts';
import { type FileKind, fileKind } from './content-identity.ts';
import { Contributors, type PlanTree } from './merged.ts';

export type PlanFiles = PlanTree<FileLayer>;

export class FileView extends Contributors<FileLayer> {
  readonly #moves: boolean;
  /** Layers with names that fall together: there only the exact spelling says which of them is meant. */
  readonly #twins: ReadonlySet<number>;

  constructor(merged: PlanFiles) {
    super(merged);
    this.#moves = merged.layers.some((layer) => layer.origins !== null && layer.origins.size > 0);
    this.#twins = new Set(merged.resolution.union.twins.map((twin) => twin.layer));
  }

  /** Row of a layer's table at a node, whatever it does in the merge; ABSENT for rows that only markers have. */
  tableRow(layer: number, node: number): number {
    return this.row(layer, node, this.merged.layers[layer]!.table?.count ?? 0);
  }

  kind(layer: number, node: number): FileKind {
    return fileKind(this.merged.layers[layer]!.table!, this.tableRow(layer, node));
  }

  /** Name of what is not shown, as the layer spells it that would show it; a new one where that has it under an old one. */
  absentName(from: number, node: number): string {
    const { union } = this.merged.resolution;
    const { layers } = this.merged;
    const row = union.slots[from]![node]!;
    const here = row >= 0 && !isRenamed(union, layers, node, from, row);
    return here ? layers[from]!.name(row) : newName(union, layers, node, from, row);
  }

  /** True when names of a shown folder are compared case-sensitively; `own` asks what the row of one layer says. */
  caseSensitive(node: number): boolean {
    return (this.merged.resolution.flags[node]! & StateFlag.caseSensitive) !== 0;
  }
  ownCase(layer: number, node: number): boolean {
    return (this.merged.layers[layer]!.table!.data.flags[this.tableRow(layer, node)]! & NodeFlag.caseSensitive) !== 0;
  }

  /**
   * Path in the layer when the view's path does not lead there: below renamed directories, in profiles that lie elsewhere in
   * the base, and where names of a layer fall together. Null when it does.
   */
  layerPath(layer: number, node: number, viewPath: string): string | null {
    // only the exact spelling says which of two names is meant, and where a folder lies that has another name in the view
    const spelled = this.#twins.has(layer) || this.merged.layers[layer]!.renamed;
    if (!this.#moves && !spelled) return null;
    const { union } = this.merged.resolution;
    const { table, root, nameId } = this.merged.layers[layer]!;
    let moved = false;
    const parts: string[] = [];
    let at = node;
    for (let row = this.tableRow(layer, node); row !== root; row = table!.data.parent[row]!) {
      parts.push(table!.name(row));
      moved ||= at === 0 || nameId[row] !== union.nameId[at];
      if (at !== 0) at = union.parent[at]!;
    }
    const path = parts.reverse().join('\\');
    return moved || at !== 0 || (spelled && path !== viewPath) ? path : null;
  }

  /** Layers that have an entry of the name, top first, seen or not. */
  holders(node: number): number[] {
    const { order, union } = this.merged.resolution;
    return order
      .filter((layer) => {
        const row = union.slots[layer]![node]!;
        if (row === ABSENT) return false;
        const kind = this.merged.layers[layer]!.kind[row]!;
        return kind !== EntryKind.whiteout && kind !== EntryKind.path;
      })
      .reverse();
  }
}
