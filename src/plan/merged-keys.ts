/** The merged registry with what records and view lines need to know about its keys and values. */
import { ticks } from '../base/filetime.ts';
import { KeyFlag, ValueFlag } from '../hive/types.ts';
import { type MergedKey, mergedKey } from '../overlay/registry/keys.ts';
import type { RegistryLayer } from '../overlay/registry/layer.ts';
import { mergedValues } from '../overlay/registry/values.ts';
import { ABSENT, EntryKind, type MergedValue, NO_LAYER, NodeState } from '../overlay/types.ts';
import { compareNames } from './encode.ts';
import { Contributors, type PlanTree } from './merged.ts';
import { hashText } from './value-hash.ts';

export type PlanKeys = PlanTree<RegistryLayer>;

/** A value of the view, or of one layer's key. */
export interface KeyValue {
  readonly name: string;
  readonly layer: number;
  readonly hive: string;
  /** Cell of the value: what the hive takes. */
  readonly ref: number;
  readonly type: number;
  readonly size: number;
  /** Null when the data cannot be read. */
  readonly hash: string | null;
}

export interface MountNode {
  readonly node: number;
  /** `HKLM/SOFTWARE`: the first component of every path below. */
  readonly mount: string;
  /** Layers whose hives contribute, top first. */
  readonly stack: readonly number[];
}

/** Names one value of one hive. */
export const valueKey = (value: Pick<KeyValue, 'layer' | 'hive' | 'ref'>) =>
  `${value.layer} ${value.ref} ${value.hive}`;

export class KeyView extends Contributors<RegistryLayer> {
  readonly #upcase: Uint16Array;
  /** Values whose data turned out to be unreadable although their hive had hashed them. */
  readonly unreadable: ReadonlySet<string>;

  constructor(merged: PlanKeys, upcase: Uint16Array, unreadable: ReadonlySet<string> = new Set()) {
    super(merged);
    this.#upcase = upcase;
    this.unreadable = unreadable;
  }

  /** Mounts that the view shows, in path order. */
  mounts(): MountNode[] {
    const { union, winner } = this.merged.resolution;
    const found: MountNode[] = [];
    for (let group = union.childStart[0]!; group < union.childStart[1]!; group++) {
      if (winner[group] === NO_LAYER) continue;
      for (let node = union.childStart[group]!; node < union.childStart[group + 1]!; node++)
        if (winner[node] !== NO_LAYER)
          found.push({ node, mount: `${this.name(group)}/${this.name(node)}`, stack: this.of(node) });
    }
    return found.sort((a, b) => compareNames(a.mount, b.mount, this.#upcase));
  }

  key(node: number): MergedKey {
    return mergedKey(this.merged.resolution, this.merged.layers, node);
  }

  lastWrite(key: MergedKey): string {
    return ticks(key.lastWriteLo, key.lastWriteHi).toString();
  }

  /** True when a layer has a key (no tombstone) at the node. */
  has(layer: number, node: number): boolean {
    const row = this.merged.resolution.union.slots[layer]![node]!;
    return row !== ABSENT && this.merged.layers[layer]!.kind[row] !== EntryKind.whiteout;
  }

  hasClass(version: MergedKey['classFrom']): boolean {
    return version !== null && (version.hive.table.data.flags[version.row]! & KeyFlag.hasClass) !== 0;
  }

  /** Values that the view shows, by name. */
  values(node: number): KeyValue[] {
    return mergedValues(this.merged.resolution, this.merged.layers, node)
      .filter((value) => value.state !== NodeState.hidden)
      .map((value) => this.#value(node, value))
      .sort((a, b) => compareNames(a.name, b.name, this.#upcase));
  }

  #value(node: number, { layer, row }: MergedValue): KeyValue {
    const slot = this.merged.resolution.union.slots[layer]![node]!;
    const { hive } = this.merged.layers[layer]!.at(slot)!;
    return this.#read(layer, hive, row);
  }

  #read(layer: number, hive: NonNullable<ReturnType<RegistryLayer['at']>>['hive'], row: number): KeyValue {
    const { values } = hive.table.data;
    const value = { layer, hive: hive.key, ref: values.ref[row]! };
    const readable = (values.flags[row]! & ValueFlag.damaged) === 0 && !this.unreadable.has(valueKey(value));
    return {
      ...value,
      name: hive.table.valueName(row),
      type: values.type[row]!,
      size: values.size[row]!,
      hash: readable ? hashText(values.hashHi[row]!, values.hashLo[row]!) : null,
    };
  }

  /** Values that one layer's own key has, by folded name; the first of equal names counts, tombstones do not. */
  ownValues(layer: number, node: number, fold: (name: string) => string): Map<string, KeyValue> {
    const own = new Map<string, KeyValue>();
    const place = this.merged.layers[layer]!.at(this.merged.resolution.union.slots[layer]![node]!);
    if (place === null) return own;
    const { valueStart, values } = place.hive.table.data;
    const seen = new Set<string>();
    for (let row = valueStart[place.row]!; row < valueStart[place.row + 1]!; row++) {
      const name = fold(place.hive.table.valueName(row));
      if (seen.has(name)) continue;
      seen.add(name);
      if ((values.flags[row]! & ValueFlag.tombstone) === 0) own.set(name, this.#read(layer, place.hive, row));
    }
    return own;
  }
}
