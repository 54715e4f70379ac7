/** The merged registry of all layers' hives. */
import type { Finding } from '../../base/findings.ts';
import type { NameSpace } from '../../codec/names.ts';
import { KeyFlag } from '../../hive/types.ts';
import { type KeyTable, Unread } from '../../index/key-table.ts';
import { foldText, windowsUpcase } from '../../index/upcase.ts';
import { hiveRuleAmong } from '../../layer/defaults.ts';
import type { HiveRule, Layer, Rule, RuleSet } from '../../layer/types.ts';
import { type Change, Merged, type Source } from '../merged.ts';
import type { Compare } from '../resolve.ts';
import { EntryKind, Evidence, type MergedValue, NO_LAYER, NodeState, type Resolution } from '../types.ts';
import type { ViewColumns } from '../view.ts';
import { hiddenValues, isValueRule } from './hidden-values.ts';
import { type MergedKey, mergedKey } from './keys.ts';
import { type FoldedHive, type HiveRow, type RegistryLayer, registryLayer } from './layer.ts';
import { countValues } from './value-count.ts';
import { mergedValues } from './values.ts';

export class RegistryOverlay extends Merged<RegistryLayer> {
  protected override readonly target = 'key';
  readonly #names: NameSpace;
  readonly #folded = new WeakMap<KeyTable, FoldedHive>();
  #hiveRules: readonly HiveRule[] = [];
  #set: RuleSet | null = null;
  #mounted = '';
  #all: readonly Rule[] = [];
  #valueRules: readonly Rule[] = [];
  #valueHits: ReadonlyMap<string, number> = new Map();
  #controlSet: number | null = null;

  /** @param make a fresh name space over a fold table; keys and values share one over Windows' own table (R-16) */
  constructor(make: (upcase: Uint16Array) => NameSpace) {
    super();
    this.#names = make(windowsUpcase());
  }

  /** As `update`, with the hive modes: they say what is mounted and become rules on the mounts. */
  updateSet(layers: readonly Layer[], set: RuleSet): Change {
    const modes = modeRules(layers, set.hives);
    const mounted = modes.map((rule) => rule.id).join();
    // The same array as before tells `update` that no rule has changed.
    if (set !== this.#set || mounted !== this.#mounted) this.#all = [...set.rules, ...modes];
    this.#set = set;
    this.#mounted = mounted;
    this.#hiveRules = set.hives;
    this.#controlSet = layers[0]?.controlSet ?? null;
    return this.update(layers, this.#all);
  }

  protected override rulesFor(rules: readonly Rule[]): readonly Rule[] {
    this.#valueRules = rules.filter((rule) => rule.target === 'key' && isValueRule(rule));
    return rules.filter((rule) => rule.target === 'key' && !isValueRule(rule) && rule.action !== 'mapSid');
  }

  /** Rules that hide values decide no keys: what they hide is noted beside the resolution. */
  protected override settle(resolution: Resolution): null {
    const hidden = hiddenValues(resolution.union, this.#names, this.#valueRules, this.#controlSet);
    this.#valueHits = hidden?.hits ?? new Map();
    if (hidden !== null) resolution.hiddenValues = hidden.names;
    return null;
  }

  /** By value rule the keys that it was met at. */
  get valueHits(): ReadonlyMap<string, number> {
    return this.#valueHits;
  }

  protected override identity(layers: readonly Layer[]): readonly unknown[] {
    const base = layers[0];
    return [
      ...layers.flatMap((layer) => layer.hives),
      ...layers.map(
        (layer) => `${layer.id} ${layer === base} ${layer.controlSet} ${base?.controlSet} ${sidText(layer)}`,
      ),
      ...this.#hiveRules.filter((rule) => rule.enabled).map((rule) => `${rule.mount} ${rule.mode}`),
    ];
  }

  protected override build(layers: readonly Layer[]): Source<RegistryLayer> {
    const rows = layers.map((layer, number) =>
      registryLayer(layer, {
        names: this.#names,
        rules: this.#hiveRules,
        controlSet: layers[0]?.controlSet ?? null,
        isBase: number === 0,
        folded: (table) => this.#fold(table),
      }),
    );
    return {
      names: this.#names,
      layers: rows,
      compare: compareKeys(rows),
      columns: keyColumns(rows),
      refine: (resolution) => refineKeys(resolution, rows),
    };
  }

  #fold(table: KeyTable): FoldedHive {
    let folded = this.#folded.get(table);
    if (folded === undefined) {
      folded = { keys: this.#names.fold(table.data), values: this.#names.fold(table.data.values) };
      this.#folded.set(table, folded);
    }
    return folded;
  }

  get findings(): Finding[] {
    return this.layers.flatMap((layer) => layer.findings);
  }
  /** Values of a key, seen and hidden. */
  values(node: number): MergedValue[] {
    return mergedValues(this.resolution, this.layers, node);
  }
  /** How many values the merged registry shows: one pass over all keys. */
  valueCount(): number {
    return countValues(this.resolution, this.layers, this.#names.count);
  }
  /** Class, last write and security of a key, with the keys that contribute. */
  key(node: number): MergedKey {
    return mergedKey(this.resolution, this.layers, node);
  }
  /** Hive and row of one layer's key; null where it has none. */
  at(layer: number, row: number): HiveRow | null {
    return row < 0 ? null : this.layers[layer]!.at(row);
  }
}

const sidText = ({ sids = [] }: Layer) => sids.map(({ from, to }) => `${from}>${to}`).join();

/** Hive modes as rules on the mounts that are there: `baseOnly` passes through, its allow-list merges. */
export function modeRules(layers: readonly Layer[], rules: readonly HiveRule[]): Rule[] {
  const mounts = [...new Set(layers.flatMap((layer) => layer.hives.map((hive) => hive.mount)))].sort();
  const made: Rule[] = [];
  for (const mount of mounts) {
    const rule = hiveRuleAmong(mount, rules, layers);
    if (rule === null) continue;
    const of = (p: string, action: Rule['action']): Rule => ({
      id: `${rule.id}:${p}`,
      target: 'key',
      match: { kind: 'subtree', p },
      action,
      origin: 'default',
      enabled: true,
    });
    if (rule.mode === 'replace') {
      const pair = pairedLayer(mount, layers);
      if (pair !== null) {
        const paired = of(pair.mount, 'redirect');
        made.push({ ...paired, id: `${paired.id}:${pair.layer}`, layer: pair.layer });
      }
    }
    if (rule.mode !== 'baseOnly') continue;
    made.push(of(mount, 'passthrough'), ...rule.allow.map((key) => of(`${mount}\\${key}`, 'merge')));
  }
  return made;
}

/**
 * A user's hive that is taken whole takes the user's classes along: both from one layer, or the classes from none. Null when
 * they come from one layer anyway.
 */
function pairedLayer(
  mount: string,
  layers: readonly Layer[],
): { readonly mount: string; readonly layer: string } | null {
  if (!/^HKU\/(?!\.)/.test(mount) || mount.endsWith('_Classes')) return null;
  const fold = (text: string) => foldText(text, windowsUpcase());
  const top = (wanted: string) =>
    layers.findLast(({ enabled, hives }) => enabled && hives.some((hive) => fold(hive.mount) === fold(wanted)));
  const classes = `${mount}_Classes`;
  const [owner, other] = [top(mount), top(classes)];
  return owner === undefined || other === undefined || owner === other ? null : { mount: classes, layer: owner.id };
}

/** Links are the same when they hold the same value. Folders compare by class here, by values in `refineKeys`. */
function compareKeys(layers: readonly RegistryLayer[]): Compare {
  return (upperLayer, upper, lowerLayer, lower, leaf) => {
    const [a, b] = [layers[upperLayer]!, layers[lowerLayer]!];
    if (leaf) return sameValues(a, upper, b, lower) ? NodeState.same | (Evidence.hash << 4) : NodeState.overrides;
    const [x, y] = [a.at(upper), b.at(lower)];
    if (x === null || y === null) return NodeState.unchanged;
    const [above, below] = [x.hive.table.data.flags[x.row]!, y.hive.table.data.flags[y.row]!];
    const differ = (above & KeyFlag.inheritClass) === 0 && ((above ^ below) & KeyFlag.hasClass) !== 0;
    return differ ? NodeState.overrides : NodeState.unchanged;
  };
}

/** True when two keys hold the same values in the same order: the common case of a hive that was copied whole. */
export function sameValues(upper: RegistryLayer, upperRow: number, lower: RegistryLayer, lowerRow: number): boolean {
  const [a, b] = [upper.at(upperRow), lower.at(lowerRow)];
  if (a === null || b === null) return a === b;
  const [x, y] = [a.hive.table.data, b.hive.table.data];
  const [from, other] = [x.valueStart[a.row]!, y.valueStart[b.row]!];
  const count = x.valueStart[a.row + 1]! - from;
  if (count !== y.valueStart[b.row + 1]! - other) return false;
  const [ids, otherIds] = [upper.valueIds(upperRow), lower.valueIds(lowerRow)];
  for (let i = 0; i < count; i++) {
    if (
      ids[from + i] !== otherIds[other + i] ||
      x.values.hashHi[from + i] !== y.values.hashHi[other + i] ||
      x.values.hashLo[from + i] !== y.values.hashLo[other + i] ||
      x.values.type[from + i] !== y.values.type[other + i] ||
      x.values.size[from + i] !== y.values.size[other + i] ||
      x.values.flags[from + i] !== y.values.flags[other + i]
    )
      return false;
  }
  return true;
}

/** A key that several layers share is `overrides` when any of its values is not the base layer's. */
function refineKeys(resolution: Resolution, layers: readonly RegistryLayer[]): void {
  const { union, order, winner, state } = resolution;
  for (let node = 1; node < union.count; node++) {
    const won = winner[node]!;
    if (won === NO_LAYER || state[node] !== NodeState.unchanged || won === order[0]) continue;
    let base = NO_LAYER;
    let suspect = false;
    for (const layer of order) {
      const row = union.slots[layer]![node]!;
      if (row < 0 || layers[layer]!.kind[row] === EntryKind.whiteout) continue;
      const place = layers[layer]!.at(row);
      if (place === null) continue;
      if (base === NO_LAYER) {
        base = layer;
        continue;
      }
      const { valueStart } = place.hive.table.data;
      if (valueStart[place.row] === valueStart[place.row + 1]) continue;
      if (!sameValues(layers[layer]!, row, layers[base]!, union.slots[base]![node]!)) suspect = true;
    }
    if (!suspect) continue;
    const differs = mergedValues(resolution, layers, node).some(
      (value) => value.state !== NodeState.unchanged && value.state !== NodeState.same,
    );
    if (differs) state[node] = NodeState.overrides;
  }
}

function keyColumns(layers: readonly RegistryLayer[]): ViewColumns {
  const at = (layer: number, row: number) => layers[layer]!.at(row);
  const pick = (column: 'lastWriteLo' | 'lastWriteHi' | 'flags') => (layer: number, row: number) => {
    const place = at(layer, row);
    return place === null ? 0 : place.hive.table.data[column][place.row]!;
  };
  const partial = layers.some((layer) => layer.partial);
  const unread = (layer: number, row: number) => {
    const place = at(layer, row);
    return place !== null && ((place.hive.table.data.unread?.[place.row] ?? 0) & Unread.keys) !== 0;
  };
  return {
    ...(partial ? { unread } : {}),
    size: () => 0,
    modifiedLo: pick('lastWriteLo'),
    modifiedHi: pick('lastWriteHi'),
    attributes: pick('flags'),
    byteState: () => 0,
  };
}
