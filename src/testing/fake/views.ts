/** Resolving and flattening of the made trees. */
import type { FileRow, KeyRow, RowFlag, RowState, ViewInfo, ViewSpec } from '../../engine/api.ts';
import { type FakeNode, type FakeTree, fakePath } from './tree.ts';

export interface Resolved {
  readonly state: RowState;
  readonly layer: string | null;
  readonly core: string;
  readonly present: boolean;
}

/** `order`: all layers top first; `enabled`: those that count; `base`: the OS layer. */
export function resolve(
  node: FakeNode,
  order: readonly string[],
  enabled: ReadonlySet<string>,
  base: string,
): Resolved {
  let winner: string | null = null;
  let closed = false;
  let contributing = 0;
  let below = false;
  const core = order
    .map((id) => {
      const copy = node.copies.get(id);
      if (copy === undefined || !enabled.has(id)) return '-';
      if (winner === null) {
        winner = id;
        contributing = 1;
        closed = copy.kind !== 'copy';
        return copy.kind === 'mark' ? 'd' : 'w';
      }
      below = true;
      if (node.directory && !closed) {
        contributing++;
        return 'w';
      }
      return 'h';
    })
    .join('');
  if (winner === null) return { state: 'unchanged', layer: null, core, present: false };
  const top = node.copies.get(winner)!;
  const state: RowState =
    top.kind === 'mark'
      ? 'hidden'
      : winner === base
        ? 'unchanged'
        : below && !(node.directory && contributing > 1)
          ? 'overrides'
          : 'added';
  const merged = node.directory && contributing > 1;
  return { state: merged ? 'same' : state, layer: merged ? null : winner, core, present: true };
}

const collator = new Intl.Collator('en', { sensitivity: 'base' });

export class FakeView {
  readonly tree: FakeTree;
  readonly expanded: Set<number>;
  rows: { node: FakeNode; depth: number; resolved: Resolved }[] = [];
  spec: ViewSpec;

  constructor(tree: FakeTree, spec: ViewSpec, expanded: Set<number>) {
    this.tree = tree;
    this.spec = spec;
    this.expanded = expanded;
  }

  build(order: readonly string[], enabled: ReadonlySet<string>, base: string): void {
    const { spec } = this;
    const pattern =
      spec.filter === ''
        ? null
        : new RegExp(
            spec.filter
              .replace(/[.+^${}()|[\]\\]/g, '\\$&')
              .replaceAll('*', '.*')
              .replaceAll('?', '.'),
            'i',
          );
    const passes = (node: FakeNode, r: Resolved): boolean => {
      if (!r.present || (r.state === 'hidden' && !spec.showHidden)) return false;
      if (spec.conflictsOnly && !node.conflict) return false;
      if (spec.states !== null && !spec.states.includes(r.state)) return false;
      if (spec.layers !== null && r.layer !== null && !spec.layers.includes(r.layer)) return false;
      return pattern === null || pattern.test(node.name);
    };
    const narrowed = spec.states !== null || spec.layers !== null || spec.conflictsOnly || pattern !== null;
    const keep = new Set<number>();
    if (narrowed)
      for (const node of this.tree.nodes)
        if (passes(node, resolve(node, order, enabled, base)))
          for (let at: FakeNode | null = node; at !== null && !keep.has(at.id); at = at.parent) keep.add(at.id);
    this.rows = [];
    const sign = spec.sort.descending ? -1 : 1;
    const sizeOf = (node: FakeNode) => [...node.copies.values()][0]?.size ?? 0;
    const walk = (parent: FakeNode, depth: number) => {
      const children = [...parent.children].sort((a, b) => {
        if (a.directory !== b.directory) return a.directory ? -1 : 1;
        const by = spec.sort.by === 'size' ? sizeOf(a) - sizeOf(b) : 0;
        return sign * (by !== 0 ? by : collator.compare(a.name, b.name));
      });
      for (const node of children) {
        const resolved = resolve(node, order, enabled, base);
        if (!resolved.present || (resolved.state === 'hidden' && !spec.showHidden)) continue;
        if (narrowed && !keep.has(node.id)) continue;
        this.rows.push({ node, depth, resolved });
        if (this.expanded.has(node.id) || (pattern !== null && node.children.some((c) => keep.has(c.id))))
          walk(node, depth + 1);
      }
    };
    walk(this.tree.root, 0);
  }

  info(view: number, generation: number): ViewInfo {
    return { view, generation, count: this.rows.length };
  }

  #flags(node: FakeNode): RowFlag[] {
    const flags: RowFlag[] = [];
    if (node.conflict) flags.push('conflict');
    if (node.damaged) flags.push('damaged');
    if ([...node.copies.values()].some((copy) => copy.kind === 'opaque')) flags.push('opaque');
    return flags;
  }

  fileRow(index: number, changed: ReadonlySet<number>): FileRow {
    const { node, depth, resolved } = this.rows[index]!;
    const copy = node.copies.get(resolved.layer ?? '') ?? [...node.copies.values()][0]!;
    const shown = copy.kind === 'mark' ? ([...node.copies.values()][1] ?? copy) : copy;
    return {
      node: node.id,
      depth,
      name: node.name,
      directory: node.directory,
      expandable: node.children.length > 0,
      expanded: this.expanded.has(node.id),
      size: shown.size,
      modified: shown.modified,
      attributes: shown.attributes,
      reparseTag: node.reparseTag,
      byteState: shown.byteState,
      state: resolved.state,
      flags: this.#flags(node),
      layer: resolved.layer,
      core: resolved.core,
      changed: changed.has(node.id),
    };
  }

  keyRow(index: number, changed: ReadonlySet<number>): KeyRow {
    const { node, depth, resolved } = this.rows[index]!;
    return {
      node: node.id,
      depth,
      name: node.name,
      expandable: node.children.length > 0,
      expanded: this.expanded.has(node.id),
      kind: depth === 0 ? 'root' : depth === 1 ? 'hive' : node.reparseTag !== 0 ? 'link' : 'key',
      values: 4,
      lastWrite: [...node.copies.values()][0]!.modified,
      state: resolved.state,
      flags: this.#flags(node),
      layer: resolved.layer,
      core: resolved.core,
      changed: changed.has(node.id),
    };
  }

  /** Node at a path, by names without case. */
  find(path: string): FakeNode | null {
    const parts = path.split('\\').filter((part) => part !== '');
    let at = this.tree.root;
    if (at.name !== '' && parts[0]?.toLowerCase() === at.name.toLowerCase()) parts.shift();
    for (const part of parts) {
      const next = at.children.find((child) => child.name.toLowerCase() === part.toLowerCase());
      if (next === undefined) return null;
      at = next;
    }
    return at;
  }
}

export { fakePath };
