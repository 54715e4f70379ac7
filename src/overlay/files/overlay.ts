/** The merged file tree of all layers. */
import type { Finding } from '../../base/findings.ts';
import type { NameSpace } from '../../codec/names.ts';
import type { NodeTable } from '../../index/node-table.ts';
import { windowsUpcase } from '../../index/upcase.ts';
import type { Layer, LayerTree, Rule } from '../../layer/types.ts';
import { type Change, Merged, type Source } from '../merged.ts';
import type { CompiledRule } from '../rules.ts';
import { type Decisions, EntryKind, type Resolution, type Union } from '../types.ts';
import type { ViewColumns } from '../view.ts';
import { compareFiles } from './compare.ts';
import { elsewhereKey, elsewhereLayer, isElsewhere } from './elsewhere.ts';
import { type FileGroup, findGroups, type MovedMember, movedMembers, withGroups } from './groups.ts';
import { type FileLayer, fileLayer, NO_FILES } from './layer.ts';

export class FileOverlay extends Merged<FileLayer> {
  protected override readonly target = 'file';
  readonly #make: (upcase: Uint16Array) => NameSpace;
  #names: NameSpace | null = null;
  #upcase: Uint16Array | null = null;
  /** Name ids of a table in the current name space: folded once, kept while the table is. */
  #folded = new WeakMap<NodeTable, Uint32Array>();
  #rows = new WeakMap<LayerTree, FileLayer>();
  #together: Rule | null = null;
  #groups: { readonly union: Union; readonly list: readonly FileGroup[] } | null = null;
  #moved: readonly MovedMember[] = [];
  #elsewhere: { readonly key: string; readonly layer: Layer } | null = null;

  /** @param make a fresh name space over a fold table (`WasmNames`) */
  constructor(make: (upcase: Uint16Array) => NameSpace) {
    super();
    this.#make = make;
  }

  /** As for any tree, with what rules show elsewhere above all layers. */
  override update(layers: readonly Layer[], rules: readonly Rule[]): Change {
    const key = elsewhereKey(rules);
    if (key !== this.#elsewhere?.key) this.#elsewhere = key === '' ? null : { key, layer: elsewhereLayer(key) };
    return super.update(this.#elsewhere === null ? layers : [...layers, this.#elsewhere.layer], rules);
  }

  protected override identity(layers: readonly Layer[]): readonly unknown[] {
    // Null trees count by their layer, so that two of them are two.
    return [this.#tableOf(layers), ...layers.map((layer) => layer.tree ?? layer.id)];
  }

  protected override build(layers: readonly Layer[]): Source<FileLayer> {
    const names = this.#namesFor(this.#tableOf(layers));
    const rows = layers.map((layer) => (layer.tree === null ? NO_FILES : this.#layer(layer.name, layer.tree, names)));
    return { names, layers: rows, compare: compareFiles(rows), columns: fileColumns(rows) };
  }

  protected override rulesFor(rules: readonly Rule[]): readonly Rule[] {
    this.#together = rules.find(({ action, enabled }) => action === 'together' && enabled) ?? null;
    return rules.filter((rule) => rule.target === 'file' && rule.action !== 'together');
  }

  /** Files that are valid only together, by names. */
  get groups(): readonly FileGroup[] {
    return this.#groupsOf(this.union);
  }
  #groupsOf(union: Union): readonly FileGroup[] {
    if (this.#groups?.union !== union) this.#groups = { union, list: findGroups(union, this.names) };
    return this.#groups.list;
  }

  /** Members of groups that are taken from the layer of their main file. */
  get moved(): readonly MovedMember[] {
    return this.#moved;
  }

  protected override settle(
    resolution: Resolution,
    decisions: Decisions<CompiledRule>,
  ): Decisions<CompiledRule> | null {
    this.#moved = [];
    if (this.#together === null || resolution.order.length < 2) return null;
    this.#moved = movedMembers(this.#groupsOf(resolution.union), resolution, this.layers, decisions);
    return this.#moved.length === 0 ? null : withGroups(decisions, this.#moved, this.#together);
  }

  /** Markers that name nothing, and renamed directories that are too many. */
  get findings(): Finding[] {
    const found = this.layers.flatMap((layer) => layer.findings);
    const { cutOrigins } = this.union;
    if (cutOrigins > 0)
      found.push({
        code: 'originsTooMany',
        severity: 'warning',
        where: { source: 'merged view', offset: null },
        message: 'Renamed directories show more of the lower layers than can be held; the rest of them is left out.',
        facts: { count: cutOrigins },
      });
    return found;
  }

  /** Two volumes of one Windows have the same table: names keep their numbers when one takes the place of the other. */
  #tableOf(layers: readonly Layer[]): Uint16Array {
    const table = upcaseOf(layers);
    const known = this.#upcase;
    if (known === null || known === table) return table;
    return table.length === known.length && table.every((unit, i) => unit === known[i]) ? known : table;
  }

  #namesFor(upcase: Uint16Array): NameSpace {
    if (this.#names !== null && this.#upcase === upcase) return this.#names;
    this.#upcase = upcase;
    this.#names = this.#make(upcase);
    this.#folded = new WeakMap();
    this.#rows = new WeakMap();
    return this.#names;
  }

  #layer(source: string, tree: LayerTree, names: NameSpace): FileLayer {
    let layer = this.#rows.get(tree);
    if (layer !== undefined) return layer;
    let ids = this.#folded.get(tree.table);
    if (ids === undefined) {
      ids = names.fold(tree.table.data);
      this.#folded.set(tree.table, ids);
    }
    layer = fileLayer(source, tree, names, ids);
    // it has no folder of its own, not even the root
    if (isElsewhere(tree)) layer.kind[layer.root] = EntryKind.path;
    this.#rows.set(tree, layer);
    return layer;
  }
}

/** F-30: the table of the volume that programs see, which is the OS layer's; Windows' own for a WIM. */
export function upcaseOf(layers: readonly Layer[]): Uint16Array {
  const os = layers.find((layer) => layer.role === 'os' && layer.tree !== null) ?? layers[0];
  return os?.tree?.upcase ?? windowsUpcase();
}

function fileColumns(layers: readonly FileLayer[]): ViewColumns {
  const data = (layer: number, row: number) => {
    const table = layers[layer]!.table;
    return table === null || row >= table.count ? null : table.data;
  };
  return {
    size: (layer, row) => data(layer, row)?.size[row] ?? 0,
    modifiedLo: (layer, row) => data(layer, row)?.modifiedLo[row] ?? 0,
    modifiedHi: (layer, row) => data(layer, row)?.modifiedHi[row] ?? 0,
    attributes: (layer, row) => data(layer, row)?.attributes[row] ?? 0,
    byteState: (layer, row) => data(layer, row)?.byteState[row] ?? 0,
  };
}
