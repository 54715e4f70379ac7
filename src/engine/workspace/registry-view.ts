/**
 * The rows of the registry pane: those of the merged registry, and between them the ways of `Derived` that are open. The
 * list of the merged registry stays as it is; each root and the link below HKLM\SYSTEM is a block of rows of its own at one
 * place of it.
 */
import { foldText } from '../../index/upcase.ts';
import type { RegistryOverlay } from '../../overlay/registry/overlay.ts';
import type { ViewRow, ViewSpec, ViewWindow } from '../../overlay/types.ts';
import type { View } from '../../overlay/view.ts';
import type { Derived } from './derived.ts';

/** A run of ways in the list. */
interface Block {
  /** Rows of the merged registry that stand above it. */
  readonly after: number;
  readonly nodes: readonly number[];
  readonly depths: readonly number[];
  /** Place of its first row in the whole list. */
  readonly from: number;
}

/** Rows of ways that "expand all" opens: HKCR and HKCU are long, and each shows what stands elsewhere already. */
const MAX_ROWS = 500_000;

export class RegistryView {
  generation: number;
  readonly #view: View;
  readonly #registry: RegistryOverlay;
  readonly #derived: Derived;
  /** Null in a filtered view: its hits are shown once, where they really are. */
  readonly #open: Set<number> | null;
  #blocks: readonly Block[] = [];
  #own = 0;

  /** @param expanded ways that are open; kept and changed here */
  constructor(registry: RegistryOverlay, derived: Derived, spec: ViewSpec, expanded: Set<number> | null) {
    this.#registry = registry;
    this.#derived = derived;
    this.#view = registry.openView(spec);
    this.#open = expanded;
    this.generation = this.#view.generation;
    this.#rebuild();
  }

  get total(): number {
    return this.#view.total + this.#own;
  }

  /** Open nodes of the merged registry: ways are remembered by whom they were handed in. */
  expanded(): number[] {
    return this.#view.expanded();
  }

  /* ------------------------------------------------------------- places */

  #rebuild(): void {
    this.#blocks = [];
    this.#own = 0;
    if (this.#open === null) return;
    const { above, below } = this.#derived.roots();
    const blocks: Block[] = [];
    const add = (after: number, ways: readonly number[], depth: number) => {
      const nodes: number[] = [];
      const depths: number[] = [];
      this.#walk(ways, depth, nodes, depths);
      if (nodes.length === 0) return;
      blocks.push({ after, nodes, depths, from: after + this.#own });
      this.#own += nodes.length;
    };
    add(0, above, 0);
    const link = this.#linkPlace();
    if (link !== null) add(link.after, [link.node], link.depth);
    add(this.#view.total, below, 0);
    this.#blocks = blocks;
  }

  /** Where CurrentControlSet stands: among its neighbours by name, when HKLM\SYSTEM is open. */
  #linkPlace(): { readonly after: number; readonly node: number; readonly depth: number } | null {
    const system = this.#registry.find(['HKLM', 'SYSTEM']);
    const node = system < 0 ? -1 : this.#derived.linkBelow(system);
    const at = node < 0 || !this.#view.isExpanded(system) ? -1 : this.#view.indexOf(system);
    if (at < 0) return null;
    const depth = this.#view.depthAt(at) + 1;
    let after = at + 1;
    for (; this.#view.depthAt(after) >= depth; after++) {
      if (this.#view.depthAt(after) !== depth) continue;
      const name = foldText(this.#registry.name(this.#view.nodeAt(after)), this.#registry.names.upcase);
      if (name > 'CURRENTCONTROLSET') break;
    }
    return { after, node, depth };
  }

  #walk(ways: readonly number[], depth: number, nodes: number[], depths: number[]): void {
    const stack = [...ways].reverse().map((node) => ({ node, depth }));
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      nodes.push(next.node);
      depths.push(next.depth);
      if (this.#open?.has(next.node) !== true) continue;
      const below = this.#kept(next.node);
      for (let i = below.length - 1; i >= 0; i--) stack.push({ node: below[i]!, depth: next.depth + 1 });
    }
  }

  #kept(way: number): number[] {
    return this.#derived.children(way).filter((child) => this.#view.keeps(this.#derived.main(child)));
  }

  /** Block and row in it, or row of the merged registry. */
  #at(index: number): { readonly block: Block | null; readonly row: number } {
    let row = index;
    for (const block of this.#blocks) {
      if (index < block.from) break;
      if (index < block.from + block.nodes.length) return { block, row: index - block.from };
      row -= block.nodes.length;
    }
    return { block: null, row };
  }

  nodeAt(index: number): number {
    if (index < 0 || index >= this.total) return -1;
    const { block, row } = this.#at(index);
    return block === null ? this.#view.nodeAt(row) : block.nodes[row]!;
  }

  indexOf(node: number): number {
    if (this.#derived.has(node)) {
      for (const block of this.#blocks) {
        const row = block.nodes.indexOf(node);
        if (row >= 0) return block.from + row;
      }
      return -1;
    }
    const at = this.#view.indexOf(node);
    if (at < 0) return -1;
    let index = at;
    for (const block of this.#blocks) if (block.after <= at) index += block.nodes.length;
    return index;
  }

  /* --------------------------------------------------------------- rows */

  rows(generation: number, from: number, count: number): ViewWindow | null {
    if (generation !== this.generation) return null;
    const first = Math.max(0, Math.min(from, this.total));
    const last = Math.max(first, Math.min(first + count, this.total));
    const rows: ViewRow[] = [];
    for (let index = first; index < last; index++) rows.push(this.#row(index));
    return { generation, total: this.total, from: first, rows };
  }

  #row(index: number): ViewRow {
    const { block, row } = this.#at(index);
    if (block === null) return this.#view.rows(this.#view.generation, row, 1)!.rows[0]!;
    const node = block.nodes[row]!;
    const expandable = this.#derived.children(node).some((child) => this.#view.keeps(this.#derived.main(child)));
    return {
      ...this.#registry.row(this.#derived.main(node)),
      node,
      depth: block.depths[row]!,
      name: this.#derived.name(node),
      expandable,
      expanded: expandable && this.#open?.has(node) === true,
    };
  }

  /* ------------------------------------------------------------ changes */

  toggle(node: number, open: boolean): boolean {
    if (this.#derived.has(node)) {
      if (this.#open === null || this.#open.has(node) === open) return false;
      if (open) this.#open.add(node);
      else this.#open.delete(node);
    } else if (!this.#view.toggle(node, open)) return false;
    this.#changed();
    return true;
  }

  #changed(): void {
    this.#rebuild();
    this.generation++;
  }

  expandAll(node: number): void {
    if (this.#derived.has(node)) {
      const queue = [node];
      let rows = 0;
      for (let next = queue.pop(); next !== undefined && rows < MAX_ROWS; next = queue.pop(), rows++) {
        const below = this.#kept(next);
        if (below.length > 0) this.#open?.add(next);
        for (const child of below) queue.push(child);
      }
    } else this.#view.expandAll(node);
    this.#changed();
  }

  reveal(node: number): number {
    if (!this.#derived.has(node)) {
      const index = this.#view.reveal(node);
      if (index >= 0) this.#changed();
      return this.indexOf(node);
    }
    if (this.#open === null || !this.#view.keeps(this.#derived.main(node))) return -1;
    let at = this.#derived.parent(node);
    for (; this.#derived.has(at); at = this.#derived.parent(at)) this.#open.add(at);
    if (at > 0) {
      this.#view.reveal(at);
      this.#view.toggle(at, true);
    }
    this.#changed();
    return this.indexOf(node);
  }

  /** Searches the merged registry only: what ways lead to is found where it really is. */
  find(text: string, from: number, backwards: boolean): number {
    return this.#view.find(text, this.#derived.main(from), backwards);
  }

  typeAhead(text: string, index: number): number {
    const { upcase } = this.#registry.names;
    const wanted = foldText(text, upcase);
    const { total } = this;
    for (let step = 1; step <= total; step++) {
      const at = (index + step + total) % total;
      if (foldText(this.#derived.name(this.nodeAt(at)), upcase).startsWith(wanted)) return at;
    }
    return -1;
  }
}
