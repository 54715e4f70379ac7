/**
 * A merged tree that follows its layers: joins again when a tree changed, decides again when rules changed, and only
 * resolves when layers were re-ordered or switched (with renamed or case-sensitive directories it joins for these too). Files and keys differ in how a layer becomes rows and in what is compared.
 *
 * Layer numbers are those of the last join and stay when layers move; `layerIds` names them.
 */

import { fail } from '../base/errors.ts';
import type { NameSpace } from '../codec/names.ts';
import type { Layer, Rule } from '../layer/types.ts';
import { delta } from './delta.ts';
import { join } from './join.ts';
import { carryNodes, findNode, type NamedLayer, nameOf, pathParts } from './nodes.ts';
import { type Compare, resolve } from './resolve.ts';
import { type CompiledRule, compareSpecificity, decide, matchingRules, type RuleInput } from './rules.ts';
import { sightOf } from './sight.ts';
import { stackOf } from './stack.ts';
import { stats } from './stats.ts';
import {
  type Decisions,
  type Delta,
  EntryKind,
  MAX_LAYERS,
  NO_LAYER,
  type Resolution,
  type Stats,
  type Union,
  type ViewRow,
  type ViewSpec,
  type Why,
} from './types.ts';
import { rowOf, View, type ViewColumns } from './view.ts';
import { why } from './why.ts';

/** What changed by an update. */
export interface Change {
  /** True when nodes have new numbers: everything that holds a node must be carried over (`carry`). */
  readonly joined: boolean;
  /** Nodes that look different now; null after a join. */
  readonly delta: Delta | null;
}

/** What a kind of tree (files, keys) gives the shared part. */
export interface Source<L extends NamedLayer> {
  readonly names: NameSpace;
  readonly layers: readonly L[];
  readonly compare: Compare;
  readonly columns: ViewColumns;
  /** Looks again at what the core could not compare; called after each resolve. */
  refine?(resolution: Resolution): void;
}

export abstract class Merged<L extends NamedLayer> {
  protected source: Source<L> | null = null;
  #union: Union | null = null;
  #before: Union | null = null;
  /** By rules alone, and with what `settle` adds. */
  #ruledNodes: Decisions<CompiledRule> | null = null;
  #decisions: Decisions<CompiledRule> | null = null;
  #resolution: Resolution | null = null;
  #ruleInput: RuleInput | null = null;
  #layerIds: readonly string[] = [];
  #joined: readonly unknown[] = [];
  #ruled: readonly Rule[] | null = null;
  /** Layers with what a join of renamed or case-sensitive directories depends on, in their order. */
  #stack = '';
  /** Counts up with every change; views made before are out of date. */
  generation = 0;

  protected abstract readonly target: 'file' | 'key';
  /** What the join of a layer depends on: the same values mean that its rows need not be joined again. */
  protected abstract identity(layers: readonly Layer[]): readonly unknown[];
  protected abstract build(layers: readonly Layer[]): Source<L>;
  /** Rules for this kind of tree, in list order. */
  protected abstract rulesFor(rules: readonly Rule[]): readonly Rule[];
  /** Decisions that follow from a first resolution; null when there are none. */
  protected settle(_resolution: Resolution, _decisions: Decisions<CompiledRule>): Decisions<CompiledRule> | null {
    return null;
  }

  /**
   * @param layers base first
   * @param rules in list order, defaults and built-in ones included
   */
  update(layers: readonly Layer[], rules: readonly Rule[]): Change {
    if (layers.length > MAX_LAYERS)
      fail('UnsupportedSize', 'layers', null, `at most ${MAX_LAYERS} layers`, layers.length);
    const identity = this.identity(layers);
    const known = new Map(this.#layerIds.map((id, number) => [id, number]));
    const same =
      sameSet(identity, this.#joined) && layers.length === known.size && layers.every((l) => known.has(l.id));
    const orderOf = (numbers: ReadonlyMap<string, number>) =>
      layers.filter((layer) => layer.enabled).map((layer) => numbers.get(layer.id)!);
    const controlSet = layers[0]?.controlSet ?? null;
    const ruled = this.#ruled !== rules || this.#ruleInput?.controlSet !== controlSet;
    const before = this.#resolution;
    const stack = layers.map((layer) => `${layer.id} ${layer.enabled} ${layer.role}`).join();
    const moved = this.#union?.ordered === true && (ruled || stack !== this.#stack);
    this.#stack = stack;
    const joined = !same || moved || this.#union === null || this.source === null;
    if (joined) {
      const names = this.source?.names ?? null;
      this.source = this.build(layers);
      // Another case table numbers names anew: nodes of the old union cannot be found by them.
      this.#before = names === this.source.names ? this.#union : null;
      this.#layerIds = layers.map((layer) => layer.id);
      this.#joined = identity;
    }
    const source = this.source!;
    const numbers = new Map(this.#layerIds.map((id, number) => [id, number]));
    const byNumber = this.#layerIds.map((id) => layers.find((layer) => layer.id === id)!);
    const user = byNumber.map((layer) => layer.role === 'user');
    const order = orderOf(numbers);
    if (joined || ruled) {
      this.#ruled = rules;
      const input = {
        names: source.names,
        rules: this.rulesFor(rules),
        target: this.target,
        layerOf: (id: string) => numbers.get(id) ?? -1,
        controlSet,
      };
      if (joined) this.#union = join(source.names, source.layers, order, sightOf(input, source.layers, order, user));
      this.#ruleInput = { ...input, union: this.#union! };
      this.#ruledNodes = decide(this.#ruleInput);
    }
    const union = this.#union!;
    const { layers: rows, compare } = source;
    const decided = this.#ruledNodes!;
    let resolution = resolve({ union, layers: rows, order, user, compare, decisions: decided });
    this.#decisions = this.settle(resolution, decided);
    if (this.#decisions === null) this.#decisions = decided;
    else resolution = resolve({ union, layers: rows, order, user, compare, decisions: this.#decisions });
    source.refine?.(resolution);
    this.#resolution = resolution;
    this.generation++;
    return { joined, delta: joined || before === null ? null : delta(before, resolution) };
  }

  /** @throws TypeError before the first update */
  get resolution(): Resolution {
    if (this.#resolution === null) throw new TypeError('the merged tree has no layers yet');
    return this.#resolution;
  }
  get union(): Union {
    return this.resolution.union;
  }
  get decisions(): Decisions<CompiledRule> {
    return this.#decisions ?? { rules: [], rule: new Uint16Array(this.union.count) };
  }
  /** Layer ids by layer number. */
  get layerIds(): readonly string[] {
    return this.#layerIds;
  }
  get layers(): readonly L[] {
    return this.source?.layers ?? [];
  }
  get names(): NameSpace {
    return this.source!.names;
  }

  name(node: number): string {
    return nameOf(this.resolution, this.layers, node);
  }
  /** Names from the root down. */
  path(node: number): string[] {
    return pathParts(this.resolution, this.layers, node);
  }
  /** Node of a path, -1 when no layer has it. */
  find(path: readonly string[]): number {
    return findNode(this.resolution, this.layers, path, this.names.upcase);
  }
  /** Numbers that nodes of the union before the last join have now; those that are gone are left out. */
  carry(nodes: Iterable<number>): number[] {
    return this.#before === null ? [] : carryNodes(this.#before, nodes, this.union);
  }
  /** Numbers of the layers that have a copy which is not seen, top first: what lies below, and what a rule left out. */
  shadowed(node: number): number[] {
    return stackOf(this.resolution, this.layers, node)
      .filter((version) => !version.seen && version.kind !== EntryKind.whiteout)
      .map((version) => version.layer);
  }
  /** Visible nodes whose name contains `text`, in breadth-first order; at most `limit`. */
  search(text: string, limit: number): number[] {
    const hits = this.names.search(text);
    const { union } = this;
    const found: number[] = [];
    for (let node = 1; node < union.count && found.length < limit; node++)
      if (hits[union.nameId[node]!] === 1 && this.visible(node)) found.push(node);
    return found;
  }
  /** The rule that decides a node, null when none does. */
  rule(node: number): Rule | null {
    const index = this.resolution.rule[node]!;
    return index === 0 ? null : this.decisions.rules[index - 1]!.source;
  }
  why(node: number): Why {
    const { rules } = this.decisions;
    const matching = this.#ruleInput === null ? [] : matchingRules(this.#ruleInput, rules, node);
    const ties = (a: CompiledRule, b: CompiledRule) =>
      a.step === b.step && compareSpecificity(a.source, b.source) === 0;
    return why(this.resolution, this.layers, node, rules, matching, ties);
  }
  stats(): Stats {
    const { columns } = this.source!;
    return stats(this.resolution, this.layers, (layer, row) => columns.size(layer, row));
  }
  openView(spec: ViewSpec): View {
    return new View(this.resolution, this.layers, this.names, this.source!.columns, spec, this.generation);
  }
  /** A node as a row, whatever the open views show. */
  row(node: number): ViewRow {
    let depth = -1;
    for (let at = node; at !== 0; at = this.union.parent[at]!) depth++;
    return rowOf(this.resolution, this.layers, this.source!.columns, node, depth);
  }
  /** True when the merged view shows the node. */
  visible(node: number): boolean {
    return this.resolution.winner[node] !== NO_LAYER;
  }
}

/** The same things in any order: moving layers joins nothing again. */
function sameSet(a: readonly unknown[], b: readonly unknown[]): boolean {
  if (a.length !== b.length) return false;
  const all = new Set(b);
  return a.every((item) => all.has(item));
}
