/** What a squashed key is besides its name and its sub-keys (0.4, R-09 to R-11). */
import { KeyFlag, LayerKind, ValueFlag } from '../../hive/types.ts';
import type { HiveRow, RegistryLayer } from '../registry/layer.ts';
import { EntryKind } from '../types.ts';
import { LOWER, NOTHING, type Squashed, UPPER } from './squash.ts';

/** LOWER or UPPER: whose hive it stands in. */
type Side = typeof LOWER | typeof UPPER;

export interface SquashedValue {
  readonly side: Side;
  readonly place: HiveRow;
  /** Row in the hive's value table. */
  readonly value: number;
  readonly tombstone: boolean;
}

export interface SquashedKey {
  readonly layerKind: LayerKind;
  readonly link: boolean;
  /** The class is that of the layers below. */
  readonly inheritClass: boolean;
  /** Key whose class name counts, null for none. */
  readonly classFrom: (HiveRow & { readonly side: Side }) | null;
  /** Key whose security descriptor counts; null for what is no key of a hive (HKLM, HKU). */
  readonly securityFrom: (HiveRow & { readonly side: Side }) | null;
  readonly lastWriteLo: number;
  readonly lastWriteHi: number;
  /** The upper key's, then what the lower one adds. */
  readonly values: readonly SquashedValue[];
}

const KINDS: Readonly<Record<number, LayerKind>> = {
  [EntryKind.folder]: LayerKind.merge,
  [EntryKind.leaf]: LayerKind.merge,
  [EntryKind.path]: LayerKind.merge,
  [EntryKind.closed]: LayerKind.supersedeTree,
  [EntryKind.own]: LayerKind.supersedeLocal,
  [EntryKind.whiteout]: LayerKind.tombstone,
};

/** @param layers the lower and the upper one. @returns null where the squashed layer has nothing */
export function squashedKey(
  squashed: Squashed,
  layers: readonly [RegistryLayer, RegistryLayer],
  node: number,
): SquashedKey | null {
  const { union } = squashed;
  const kind = squashed.kind[node]!;
  if (kind === NOTHING) return null;
  const closed = kind === EntryKind.closed || (node > 0 && squashed.closed[union.parent[node]!] === 1);
  const at = (side: Side) => {
    const row = union.slots[side]![node]!;
    const place = row < 0 ? null : layers[side].at(row);
    return place === null ? null : { ...place, side, entry: layers[side].kind[row]!, ids: layers[side].valueIds(row) };
  };
  const upper = at(UPPER);
  const lower = at(LOWER);
  const takesLower = squashed.lower[node] === 1;
  const stack = [upper, takesLower || (upper === null && kind === EntryKind.whiteout) ? lower : null].filter(
    (k) => k !== null,
  );
  const content = squashed.content[node] === 1 ? stack : stack.slice(0, 1);
  const inherits = ({ hive, row }: HiveRow) => (hive.table.data.flags[row]! & KeyFlag.inheritClass) !== 0;
  const plain = kind === EntryKind.whiteout ? undefined : content.find((key) => !inherits(key));
  let [lastWriteLo, lastWriteHi] = [0, 0];
  for (const { hive, row } of stack) {
    const [lo, hi] = [hive.table.data.lastWriteLo[row]!, hive.table.data.lastWriteHi[row]!];
    if (hi > lastWriteHi || (hi === lastWriteHi && lo > lastWriteLo)) [lastWriteLo, lastWriteHi] = [lo, hi];
  }
  const hasClass = plain !== undefined && (plain.hive.table.data.flags[plain.row]! & KeyFlag.hasClass) !== 0;
  return {
    layerKind: kind === EntryKind.whiteout ? LayerKind.tombstone : closed ? LayerKind.supersedeTree : KINDS[kind]!,
    link: kind === EntryKind.leaf,
    inheritClass: !closed && kind !== EntryKind.whiteout && content.length > 0 && plain === undefined,
    classFrom: hasClass ? plain : null,
    securityFrom: stack[0] ?? null,
    lastWriteLo,
    lastWriteHi,
    values: kind === EntryKind.whiteout ? [] : valuesOf(content, closed),
  };
}

/** By name the upper one counts. A tombstone says something only where layers below are seen. */
function valuesOf(
  content: readonly (HiveRow & { readonly side: Side; readonly ids: Uint32Array })[],
  closed: boolean,
): SquashedValue[] {
  const met = new Set<number>();
  const values: SquashedValue[] = [];
  for (const { side, hive, row, ids } of content) {
    const { valueStart, values: data } = hive.table.data;
    for (let value = valueStart[row]!; value < valueStart[row + 1]!; value++) {
      const id = ids[value]!;
      if (met.has(id)) continue;
      met.add(id);
      const tombstone = (data.flags[value]! & ValueFlag.tombstone) !== 0;
      if (!tombstone || !closed) values.push({ side, place: { hive, row }, value, tombstone });
    }
  }
  return values;
}
