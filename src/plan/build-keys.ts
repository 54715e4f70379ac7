/**
 * Resolved registry -> records. The default source of a mount is its lowest hive, for all keys below: registry records carry
 * the data of values, so nothing else has to be read from upper hives to show the merged registry.
 */
import { foldText } from '../index/upcase.ts';
import { originAt } from '../overlay/origin.ts';
import { EntryKind, NO_LAYER, Seen } from '../overlay/types.ts';
import type { Fields } from './build-files.ts';
import { isKeyName, type PlanPath, textField } from './encode.ts';
import { type KeyValue, KeyView, type MountNode, type PlanKeys } from './merged-keys.ts';

/** What must be read before a record is complete. */
export type Want =
  | { readonly what: 'data' | 'target'; readonly value: KeyValue }
  | { readonly what: 'class'; readonly layer: number; readonly hive: string; readonly ref: number };

export interface KeyRecordAt {
  readonly key: PlanPath;
  /** Null for the record of the key itself. */
  readonly name: string | null;
  readonly record: Fields;
  readonly wants: Want | null;
}

export interface KeyStatistics {
  keys: number;
  values: number;
  overrides: number;
  tombstones: number;
  unaddressable: number;
}

/** Name of the one value that a REG_LINK key has, in lower case. */
const LINK_VALUE = 'symboliclinkvalue';

/** Records in plan order. @param upcase case table of keys */
export function* keyRecords(merged: PlanKeys, upcase: Uint16Array, statistics: KeyStatistics): Generator<KeyRecordAt> {
  const view = new KeyView(merged, upcase);
  for (const mount of view.mounts()) yield* mountRecords(view, mount, upcase, statistics);
}

interface Frame {
  readonly path: PlanPath;
  /** Does the base's key of the parent show its sub-keys here? */
  readonly base: boolean;
  next: number;
  readonly end: number;
}

function* mountRecords(
  view: KeyView,
  mount: MountNode,
  upcase: Uint16Array,
  statistics: KeyStatistics,
): Generator<KeyRecordAt> {
  const { union } = view.merged.resolution;
  const base = mount.stack.at(-1)!;
  const walk: Frame[] = [];
  const enter = function* (node: number, path: PlanPath, open: boolean): Generator<KeyRecordAt> {
    const made = keyRecord(view, node, base, open);
    if (made.record !== null) yield { key: path, name: null, record: made.record, wants: made.wants };
    if (made.absent) {
      statistics.tombstones++;
      return;
    }
    statistics.keys++;
    yield* valueRecords(view, node, path, base, made.content, upcase, statistics);
    const end = union.childStart[node + 1]!;
    walk.push({ path, base: made.children, next: union.childStart[node]!, end });
  };
  yield* enter(mount.node, [mount.mount], true);
  for (let frame = walk.at(-1); frame !== undefined; frame = walk.at(-1)) {
    if (frame.next === frame.end) {
      walk.pop();
      continue;
    }
    const node = frame.next++;
    const shown = view.merged.resolution.winner[node] !== NO_LAYER;
    if (!shown && !(frame.base && view.has(base, node))) continue;
    const name = shown ? view.name(node) : view.merged.layers[base]!.name(union.slots[base]![node]!);
    if (isKeyName(name)) yield* enter(node, [...frame.path, name], frame.base);
    else statistics.unaddressable++;
  }
}

interface MadeKey {
  readonly record: Fields | null;
  readonly wants: Want | null;
  readonly absent: boolean;
  /** Do the base's values and sub-keys show through what the record says? */
  readonly content: boolean;
  readonly children: boolean;
}

/** @param open whether the base's key is in reach at all */
function keyRecord(view: KeyView, node: number, base: number, open: boolean): MadeKey {
  const { resolution, layers, ids } = view.merged;
  // what the base has under this name is another key than the one that was renamed to it
  const renamed = isRenamed(view, node);
  const there = open && !renamed && view.has(base, node);
  const top = resolution.winner[node]!;
  if (top === NO_LAYER) {
    const hidden = view.seen(node) === Seen.none;
    return {
      record: { a: hidden ? 'hide' : 'tombstoneKey' },
      wants: null,
      absent: true,
      content: false,
      children: false,
    };
  }
  const key = view.key(node);
  const link = layers[top]!.kind[resolution.union.slots[top]![node]!] === EntryKind.leaf;
  const seen = { absent: false, content: true, children: !link };
  if (there && key.children.length === 1 && key.children[0]!.layer === base)
    return { record: null, wants: null, ...seen };
  const baseContent = there && key.content.some((version) => version.layer === base);
  const baseChildren = there && key.children.some((version) => version.layer === base);
  const facts = { l: ids[top]!, lw: view.lastWrite(key) };
  if (link) {
    const value = view.values(node).find((v) => v.name.toLowerCase() === LINK_VALUE && v.hash !== null);
    const wants: Want | null = value === undefined ? null : { what: 'target', value };
    return { record: { a: 'link', ...facts }, wants, absent: false, content: false, children: false };
  }
  const action = renamed
    ? 'supersedeTree'
    : !there || (baseContent && baseChildren)
      ? 'ensureKey'
      : baseChildren
        ? 'supersedeLocal'
        : 'supersedeTree';
  const merged = action === 'ensureKey' && there;
  const from = key.classFrom;
  const inherits = from !== null && from.layer === base && merged;
  const record = { a: action, ...facts, ...(view.hasClass(from) && inherits ? { class: 'inherit' } : {}) };
  const wants: Want | null =
    view.hasClass(from) && !inherits
      ? { what: 'class', layer: from!.layer, hive: from!.hive.key, ref: from!.hive.table.ref(from!.row) }
      : null;
  return { record, wants, absent: false, content: merged, children: merged || action === 'supersedeLocal' };
}

/** True when a layer says of the key that the layers below have it under another name. */
function isRenamed({ merged: { resolution, layers } }: KeyView, node: number): boolean {
  const { union, order, rule, sight } = resolution;
  if (!union.ordered) return false;
  const allowed = rule[node] === 0 ? null : sight[rule[node]! - 1]!.allowed;
  return originAt(layers, order, union.slots, node, () => allowed) >= 0;
}

function* valueRecords(
  view: KeyView,
  node: number,
  path: PlanPath,
  base: number,
  content: boolean,
  upcase: Uint16Array,
  statistics: KeyStatistics,
): Generator<KeyRecordAt> {
  const fold = (name: string) => foldText(name, upcase);
  const shown = view.values(node);
  statistics.values += shown.length;
  const left = content && view.has(base, node) ? view.ownValues(base, node, fold) : new Map<string, KeyValue>();
  const records: { name: string; value: KeyValue | null }[] = [];
  for (const value of shown) {
    const name = fold(value.name);
    const below = left.get(name);
    left.delete(name);
    const same =
      below !== undefined &&
      below.name === value.name &&
      below.type === value.type &&
      (value.hash === null ? value.layer === base : below.hash === value.hash && below.size === value.size);
    if (!same) records.push({ name: value.name, value });
  }
  for (const value of left.values()) records.push({ name: value.name, value: null });
  if (left.size > 0) records.sort((a, b) => (fold(a.name) < fold(b.name) ? -1 : 1));
  for (const { name, value } of records) {
    if (value === null) statistics.tombstones++;
    else statistics.overrides++;
    const record: Fields =
      value === null
        ? { ...textField('v', name), a: 'tombstoneValue' }
        : { ...textField('v', name), a: 'override', t: value.type, l: view.merged.ids[value.layer]! };
    yield { key: path, name, record, wants: value === null || value.hash === null ? null : { what: 'data', value } };
  }
}
