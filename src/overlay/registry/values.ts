/**
 * The values of a merged key (0.2): by name the topmost one counts, tombstones hide, and what a superseding key closes is
 * not seen. What a rule hides is in none of them. Order R-19: the top key's stored order, then what the next lower key adds.
 */
import { ValueFlag } from '../../hive/types.ts';
import { stackOf } from '../stack.ts';
import { Cell, Evidence, type MergedValue, NodeState, type Resolution, StateFlag } from '../types.ts';
import type { HiveRow, RegistryLayer } from './layer.ts';

interface Found {
  readonly layer: number;
  readonly place: HiveRow;
  readonly value: number;
  readonly tombstone: boolean;
  /** The key it stands in contributes its content. */
  readonly seen: boolean;
}

/** All values any layer in effect has for the key; those that are not seen have state `hidden`. */
export function mergedValues(resolution: Resolution, layers: readonly RegistryLayer[], node: number): MergedValue[] {
  const byName = new Map<number, Found[]>();
  const versions = stackOf(resolution, layers, node);
  // Names of keys that are seen come first, so that hidden ones stand at the end.
  for (const seen of [true, false]) {
    for (const version of versions) {
      const content = version.seen && version.content;
      if (content !== seen) continue;
      const place = layers[version.layer]!.at(version.row);
      if (place === null) continue;
      const ids = layers[version.layer]!.valueIds(version.row);
      const { valueStart, values } = place.hive.table.data;
      for (let value = valueStart[place.row]!; value < valueStart[place.row + 1]!; value++) {
        const tombstone = (values.flags[value]! & ValueFlag.tombstone) !== 0;
        const found: Found = { layer: version.layer, place, value, tombstone, seen };
        const list = byName.get(ids[value]!);
        if (list === undefined) byName.set(ids[value]!, [found]);
        // A hive with one name twice in a key: the first one counts, as it does for Windows.
        else if (!list.some((other) => other.layer === version.layer)) list.push(found);
      }
    }
  }
  const merged: MergedValue[] = [];
  const hidden = resolution.hiddenValues?.get(node);
  for (const [name, found] of byName) {
    const value = mergeOne(resolution, found, hidden?.has(name) === true);
    if (value !== null) merged.push(value);
  }
  return merged;
}

/**
 * @param found versions of one name: seen ones top first, then those of keys whose content is closed
 * @param ruled a rule hides the value, whoever has it
 */
function mergeOne(resolution: Resolution, found: readonly Found[], ruled: boolean): MergedValue | null {
  const first = found.find((f) => f.seen) ?? null;
  const winner = first === null || first.tombstone || ruled ? null : first;
  const shown = winner ?? found.find((f) => !f.tombstone) ?? null;
  if (shown === null) return null;
  const core = new Array<Cell>(resolution.union.layers).fill(Cell.absent);
  for (const f of found) core[f.layer] = f === winner ? Cell.wins : f.tombstone ? Cell.mark : Cell.loses;
  const rank = (f: Found) => resolution.order.indexOf(f.layer);
  const { values } = shown.place.hive.table.data;
  let state: NodeState = NodeState.hidden;
  let evidence: Evidence = Evidence.none;
  if (winner !== null) {
    const below = found.filter((f) => !f.tombstone && rank(f) < rank(winner)).sort((a, b) => rank(b) - rank(a))[0];
    if (rank(winner) === 0) state = NodeState.unchanged;
    else if (below === undefined) state = NodeState.added;
    else {
      state = sameData(winner, below) ? NodeState.same : NodeState.overrides;
      evidence = Evidence.hash;
    }
  }
  return {
    name: shown.place.hive.table.valueName(shown.value),
    layer: shown.layer,
    hive: shown.place.hive.key,
    row: shown.value,
    type: values.type[shown.value]!,
    size: values.size[shown.value]!,
    state,
    flags: ruled ? StateFlag.ruled : winner === null && first?.tombstone ? StateFlag.whiteout : 0,
    evidence,
    core,
    shadowed: found
      .filter((f) => f !== shown)
      .sort((a, b) => rank(b) - rank(a))
      .map((f) => ({ layer: f.layer, hive: f.place.hive.key, row: f.value, tombstone: f.tombstone })),
  };
}

function sameData(a: Found, b: Found): boolean {
  const x = a.place.hive.table.data.values;
  const y = b.place.hive.table.data.values;
  return (
    x.type[a.value] === y.type[b.value] &&
    x.size[a.value] === y.size[b.value] &&
    x.hashHi[a.value] === y.hashHi[b.value] &&
    x.hashLo[a.value] === y.hashLo[b.value]
  );
}
