/** What detectors see: the two merged trees with short ways to what is asked most. */
import { foldText, windowsUpcase } from '../../index/upcase.ts';
import type { Layer, LayerRole, Rule, RuleDraft } from '../../layer/types.ts';
import type { FileOverlay } from '../files/overlay.ts';
import { shownRow } from '../files/short-names.ts';
import type { Merged } from '../merged.ts';
import type { NamedLayer } from '../nodes.ts';
import type { RegistryOverlay } from '../registry/overlay.ts';
import { stackOf, type Version } from '../stack.ts';
import { EntryKind, type MergedValue, NO_LAYER, NodeState } from '../types.ts';
import type { Evidence, Proposal, ValueWant } from './types.ts';

/** What the engine knows of a layer beside its tree. */
export interface LayerAbout {
  /** What the layer's store says it was made over (`store.json`), null when it says nothing. */
  readonly madeOver: string | null;
  /** `26100.2033` of an OS image that says so, else null. */
  readonly build: string | null;
}

export interface RuleHits {
  readonly rule: Rule;
  readonly hits: number;
  readonly bytes: number;
}

const ROOTS: Readonly<Record<string, string>> = { HKLM: 'HKEY_LOCAL_MACHINE', HKU: 'HKEY_USERS' };

export class MergeView {
  readonly files: FileOverlay;
  readonly registry: RegistryOverlay;
  /** Base first, switched-off ones too. */
  readonly layers: readonly Layer[];
  readonly rules: readonly RuleHits[];
  readonly about: ReadonlyMap<string, LayerAbout>;
  readonly #byId: ReadonlyMap<string, Layer>;
  readonly #ids = new Map<object, Map<string, number>>();

  constructor(
    files: FileOverlay,
    registry: RegistryOverlay,
    layers: readonly Layer[],
    rules: readonly RuleHits[] = [],
    about: ReadonlyMap<string, LayerAbout> = new Map(),
  ) {
    this.files = files;
    this.registry = registry;
    this.layers = layers;
    this.rules = rules;
    this.about = about;
    this.#byId = new Map(layers.map((layer) => [layer.id, layer]));
  }

  /** The layer everything lies on, among those in effect. */
  get base(): Layer | null {
    return this.layers.find((layer) => layer.enabled) ?? null;
  }
  get controlSet(): number | null {
    return this.layers[0]?.controlSet ?? null;
  }

  role(tree: Merged<NamedLayer>, layer: number): LayerRole {
    return this.#byId.get(tree.layerIds[layer]!)!.role;
  }
  /** True for the lowest layer in effect. */
  isBase(tree: Merged<NamedLayer>, layer: number): boolean {
    return tree.resolution.order[0] === layer;
  }

  /** Node of a path by name ids: a few integers to compare a level, however large the folders are. -1: no layer has it. */
  find(tree: Merged<NamedLayer>, path: readonly string[], from = 0): number {
    const { union } = tree;
    let node = from;
    for (const part of path) {
      const id = this.#id(tree, part);
      let found = -1;
      for (let child = union.childStart[node]!; child < union.childStart[node + 1]!; child++) {
        if (union.nameId[child] !== id) continue;
        if (found < 0 || (!tree.visible(found) && tree.visible(child))) found = child;
      }
      if (found < 0) return -1;
      node = found;
    }
    return node;
  }
  #id(tree: Merged<NamedLayer>, name: string): number {
    const { names } = tree;
    let known = this.#ids.get(names);
    if (known === undefined) {
      known = new Map();
      this.#ids.set(names, known);
    }
    let id = known.get(name);
    if (id === undefined) {
      id = names.id(name);
      known.set(name, id);
    }
    return id;
  }
  /** As `find` in the merged files, where a name may also be the 8.3 name of an entry that is seen (F-34). */
  findShort(path: readonly string[]): number {
    let node = 0;
    for (const part of path) {
      const long = this.find(this.files, [part], node);
      const found = long >= 0 && this.files.visible(long) ? long : this.#short(node, part);
      if (found < 0) return -1;
      node = found;
    }
    return node;
  }
  /** As `findShort`, in one layer by itself: what its own programs meant by the path when they were installed. */
  findShortIn(layer: number, path: readonly string[]): number {
    const { names, layers, union } = this.files;
    const table = layers[layer]?.table ?? null;
    const slots = union.slots[layer];
    if (table === null || slots === undefined) return -1;
    let node = 0;
    for (const part of path) {
      const wanted = foldText(part, names.upcase);
      let found = -1;
      for (const child of this.children(this.files, node)) {
        const row = slots[child]!;
        if (row < 0 || row >= table.count) continue;
        if (names.text(union.nameId[child]!) === wanted) found = child;
        else if (found < 0 && foldText(table.shortName(row), names.upcase) === wanted) found = child;
      }
      if (found < 0) return -1;
      node = found;
    }
    return node;
  }
  /** Of several entries that claim the name the lowest layer's keeps it (F-35). */
  #short(folder: number, name: string): number {
    const { names, resolution, layers } = this.files;
    const wanted = foldText(name, names.upcase);
    let found = -1;
    let lowest = resolution.order.length;
    for (const child of this.children(this.files, folder)) {
      const won = shownRow(resolution, layers, child);
      if (won === null) continue;
      const table = layers[won.layer]!.table!;
      if (table.data.shortLength[won.row] === 0) continue;
      const place = resolution.order.indexOf(won.layer);
      if (place >= lowest || foldText(table.shortName(won.row), names.upcase) !== wanted) continue;
      found = child;
      lowest = place;
    }
    return found;
  }
  /** Child nodes, the hidden ones too. */
  *children(tree: Merged<NamedLayer>, node: number): Generator<number> {
    if (node < 0) return;
    const { childStart } = tree.union;
    for (let child = childStart[node]!; child < childStart[node + 1]!; child++) yield child;
  }
  /** Versions of the layers in effect, top first. */
  stack(tree: Merged<NamedLayer>, node: number): Version[] {
    return stackOf(tree.resolution, tree.layers, node);
  }

  /* --------------------------------------------------------------- files */

  /** `C:\Windows\...` */
  filePath(node: number): string {
    return `C:\\${this.filePlace(node)}`;
  }
  /** As rules and plans write it. */
  filePlace(node: number): string {
    return this.files.path(node).join('\\');
  }
  isFolder(node: number): boolean {
    const { winner, union } = this.files.resolution;
    const won = winner[node]!;
    return won !== NO_LAYER && this.files.layers[won]!.kind[union.slots[won]![node]!] !== EntryKind.leaf;
  }
  fileEvidence(node: number, version: Pick<Version, 'layer' | 'row'>, role: Evidence['role'], facts = {}): Evidence {
    const data = this.files.layers[version.layer]?.table?.data;
    const size = data !== undefined && version.row >= 0 && version.row < data.count && role !== 'mark';
    const own = size && !this.files.layers[version.layer]!.table!.isDirectory(version.row);
    return {
      layer: this.files.layerIds[version.layer] ?? null,
      role,
      path: this.filePath(node),
      facts: { ...(own ? { size: String(data.size[version.row]!) } : {}), ...facts },
    };
  }
  /** Each layer's copy, mark or absence at a node, for the evidence of a finding. */
  sides(node: number): Evidence[] {
    return this.stack(this.files, node).map((version) =>
      this.fileEvidence(node, version, version.kind === EntryKind.whiteout ? 'mark' : version.seen ? 'wins' : 'hidden'),
    );
  }

  /* ------------------------------------------------------------ registry */

  /** `HKEY_LOCAL_MACHINE\SOFTWARE\...` */
  keyPath(node: number): string {
    const [root = '', ...rest] = this.registry.path(node);
    return [ROOTS[root] ?? root, ...rest].join('\\');
  }
  /** `HKLM/SOFTWARE\...`, as rules and plans write it. */
  keyPlace(node: number): string {
    const [root = '', mount = '', ...rest] = this.registry.path(node);
    return [`${root}/${mount}`, ...rest].join('\\');
  }
  /** Key below a mount. */
  key(mount: string, path: string): number {
    return this.find(this.registry, [...mount.split('/'), ...path.split('\\').filter((part) => part !== '')]);
  }
  /** Mounts below HKU that are whole user hives (no `_Classes`, no `.DEFAULT`), as nodes. */
  userKeys(classes = false): number[] {
    return [...this.children(this.registry, this.find(this.registry, ['HKU']))].filter((node) => {
      const name = this.registry.name(node);
      return !name.startsWith('.') && /_Classes$/i.test(name) === classes;
    });
  }
  keySides(node: number): Evidence[] {
    return this.stack(this.registry, node).map((version) => ({
      layer: this.registry.layerIds[version.layer] ?? null,
      role: version.kind === EntryKind.whiteout ? 'mark' : version.seen ? 'wins' : 'hidden',
      path: this.keyPath(node),
      facts: {},
    }));
  }
  /** A value that the merged view shows, null when it shows none of that name. */
  value(node: number, name: string): MergedValue | null {
    const wanted = foldText(name, windowsUpcase());
    const found = this.registry
      .values(node)
      .find((value) => value.state !== NodeState.hidden && foldText(value.name, windowsUpcase()) === wanted);
    return found ?? null;
  }
}

export const want = ({ layer, hive, row }: Pick<MergedValue, 'layer' | 'hive' | 'row'>): ValueWant => ({
  kind: 'value',
  layer,
  hive,
  row,
});

export function fileRule(kind: RuleDraft['match']['kind'], p: string, action: RuleDraft['action'], layer?: string) {
  return { target: 'file', match: { kind, p }, action, ...(layer === undefined ? {} : { layer }) } as const;
}
export function keyRule(kind: RuleDraft['match']['kind'], p: string, action: RuleDraft['action'], layer?: string) {
  return { target: 'key', match: { kind, p }, action, ...(layer === undefined ? {} : { layer }) } as const;
}
export const adding = (...add: readonly RuleDraft[]): Proposal => ({ add, drop: [] });
export const dropping = (...drop: readonly string[]): Proposal => ({ add: [], drop });
