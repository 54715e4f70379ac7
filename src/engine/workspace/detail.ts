/** The detail of one node: why it is what it is, and its versions in all layers, top first. */
import { fail } from '../../base/errors.ts';
import { filetimeMs } from '../../base/filetime.ts';
import { valueText, valueTypeName } from '../../content/registry-value.ts';
import { BYTE_STATE_NAMES } from '../../fs/types.ts';
import type { Merged } from '../../overlay/merged.ts';
import type { NamedLayer } from '../../overlay/nodes.ts';
import { type MergedValue, STATE_NAMES, type Why, type WhyVersion } from '../../overlay/types.ts';
import type { RuleInfo, ValueRow, VersionInfo, WhyStep } from '../api.ts';
import type { Merge } from './merge.ts';
import { coreCells, type RowContext, rowFlags } from './rows.ts';

const STEPS = {
  neverMerge: 'neverMerge',
  internal: 'internal',
  entry: 'planEntries',
  rule: 'rules',
  order: 'ruleOrder',
  default: 'default',
} as const;

export function whySteps(why: Why, rules: readonly RuleInfo[]): WhyStep[] {
  return why.steps.map(({ step, result, ruleId }) => ({
    step: STEPS[step],
    result,
    rule: ruleId === null ? null : (rules.find((rule) => rule.id === ruleId) ?? null),
  }));
}

function reasonOf({ role, hiddenBy }: WhyVersion): VersionInfo['reason'] {
  if (role === 'wins' || role === 'contributes' || role === 'marker' || role === 'absent') return role;
  if (hiddenBy === 'rule' || hiddenBy === 'disabled') return hiddenBy;
  return hiddenBy === 'upper' ? 'below' : 'closed';
}

const NO_DATA = {
  ref: null,
  size: 0,
  modified: Number.NaN,
  attributes: 0,
  byteState: 'complete',
  typeName: null,
  text: null,
} as const;

/** Versions in panel order: disabled layers stay at their place. */
function inPanelOrder<L extends NamedLayer>(
  merged: Merged<L>,
  why: Why,
  order: readonly string[],
  make: (v: WhyVersion, layer: string) => VersionInfo,
): VersionInfo[] {
  const byLayer = new Map(why.versions.map((version) => [merged.layerIds[version.layer]!, version]));
  return order.flatMap((id) => {
    const version = byLayer.get(id);
    return version === undefined ? [] : [make(version, id)];
  });
}

const header = (version: WhyVersion, layer: string) => ({
  layer,
  present: version.role !== 'absent' && version.role !== 'marker',
  wins: version.role === 'wins',
  reason: reasonOf(version),
});

/** @param order layer ids, top first */
export function fileVersions({ files }: Merge, why: Why, order: readonly string[]): VersionInfo[] {
  return inPanelOrder(files, why, order, (version, layer) => {
    const table = files.layers[version.layer]!.table;
    const { row } = version;
    if (table === null || row < 0 || row >= table.count)
      return { ...NO_DATA, ...header(version, layer), present: false };
    const d = table.data;
    return {
      ...NO_DATA,
      ...header(version, layer),
      ref: d.ref[row]!,
      size: d.size[row]!,
      modified: filetimeMs(d.modifiedLo[row]!, d.modifiedHi[row]!),
      attributes: d.attributes[row]!,
      byteState: BYTE_STATE_NAMES[d.byteState[row]!] ?? 'complete',
    };
  });
}

export function keyVersions({ registry }: Merge, why: Why, order: readonly string[]): VersionInfo[] {
  return inPanelOrder(registry, why, order, (version, layer) => {
    const place = registry.at(version.layer, version.row);
    if (place === null) return { ...NO_DATA, ...header(version, layer) };
    const d = place.hive.table.data;
    return {
      ...NO_DATA,
      ...header(version, layer),
      ref: d.ref[place.row]!,
      size: d.valueStart[place.row + 1]! - d.valueStart[place.row]!,
      modified: filetimeMs(d.lastWriteLo[place.row]!, d.lastWriteHi[place.row]!),
    };
  });
}

/** A value's versions. @param dataOf data of a value row of a hive, null when it cannot be read */
export function valueVersions(
  merge: Merge,
  value: MergedValue,
  order: readonly string[],
  dataOf: (hive: string, row: number) => Uint8Array | null,
): VersionInfo[] {
  const { registry } = merge;
  const hidden = STATE_NAMES[value.state] === 'hidden';
  const all = [
    { layer: value.layer, hive: value.hive, row: value.row, tombstone: false, shown: true },
    ...value.shadowed.map((other) => ({ ...other, shown: false })),
  ];
  return order.map((layer): VersionInfo => {
    const found = all.find((version) => registry.layerIds[version.layer] === layer);
    if (found === undefined) return { ...NO_DATA, layer, present: false, wins: false, reason: 'absent' };
    if (found.tombstone) return { ...NO_DATA, layer, present: false, wins: false, reason: 'marker' };
    const table = hiveTable(merge, found.hive);
    const { type, size } = table.data.values;
    const data = dataOf(found.hive, found.row);
    const wins = found.shown && !hidden;
    return {
      ...NO_DATA,
      layer,
      present: true,
      wins,
      reason: wins ? 'wins' : hidden ? 'closed' : 'below',
      ref: table.data.values.ref[found.row]!,
      size: size[found.row]!,
      typeName: valueTypeName(type[found.row]!),
      text: data === null ? null : valueText(type[found.row]!, data),
    };
  });
}

/** Table of a hive by its key. */
export function hiveTable({ layers }: Merge, key: string) {
  for (const layer of layers) for (const hive of layer.hives) if (hive.key === key) return hive.table;
  return fail('MissingItem', key, null, 'an open hive', 'none');
}

export function valueRow(value: MergedValue, data: Uint8Array | null, context: RowContext): ValueRow {
  const state = STATE_NAMES[value.state]!;
  return {
    name: value.name,
    type: value.type,
    typeName: valueTypeName(value.type),
    text: data === null ? '' : valueText(value.type, data),
    size: value.size,
    state,
    flags: rowFlags(value.flags, false, 0),
    layer: context.ids[value.layer] ?? '',
    core: coreCells(value.core, false, context),
    damaged: data === null,
  };
}
