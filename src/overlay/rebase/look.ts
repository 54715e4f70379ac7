/**
 * What another base makes look different: what was shown before is held against what is shown now, item by item. A file that
 * both bases have alike looks the same whichever of them it comes from.
 */
import type { NameSpace } from '../../codec/names.ts';
import { foldText } from '../../index/upcase.ts';
import type { MountedHive } from '../../layer/types.ts';
import { compareFiles } from '../files/compare.ts';
import type { FileLayer } from '../files/layer.ts';
import type { Merged } from '../merged.ts';
import { hasEntry, type NamedLayer, nameOf } from '../nodes.ts';
import type { RegistryLayer } from '../registry/layer.ts';
import { sameValues } from '../registry/overlay.ts';
import { mergedValues } from '../registry/values.ts';
import { EntryKind, type MergedValue, NO_LAYER, NodeState, type Resolution } from '../types.ts';

/** A merged tree as it stood at one time: updates make new resolutions and leave this one alone. */
export interface Snapshot<L extends NamedLayer> {
  readonly resolution: Resolution;
  readonly layers: readonly L[];
  readonly layerIds: readonly string[];
  readonly names: NameSpace;
}

export function snapshot<L extends NamedLayer>({ resolution, layers, layerIds, names }: Merged<L>): Snapshot<L> {
  return { resolution, layers, layerIds, names };
}

export interface Look {
  /** Nodes of the later view that are shown and look different, ascending. */
  readonly nodes: readonly number[];
  /** Items that were shown and are not any more. */
  readonly gone: number;
}

const nameAt = ({ resolution, layers }: Snapshot<NamedLayer>, node: number) => nameOf(resolution, layers, node);

/** By node of the earlier view the node of the later one at the same path, -1 where there is none; null: the same numbers. */
function nodeMap(before: Snapshot<NamedLayer>, after: Snapshot<NamedLayer>): Int32Array | null {
  const [from, to] = [before.resolution.union, after.resolution.union];
  if (from === to) return null;
  // other fold tables number names anew
  const same = before.names === after.names;
  const key = (of: Snapshot<NamedLayer>, node: number) =>
    same ? of.resolution.union.nameId[node]! : foldText(nameAt(of, node), after.names.upcase);
  const map = new Int32Array(from.count).fill(-1);
  map[0] = 0;
  for (let node = 0; node < from.count; node++) {
    const there = map[node]!;
    const [start, end] = [from.childStart[node]!, from.childStart[node + 1]!];
    if (there < 0 || start === end) continue;
    const names = new Map<number | string, number[]>();
    for (let child = to.childStart[there]!; child < to.childStart[there + 1]!; child++) {
      const name = key(after, child);
      const known = names.get(name);
      if (known === undefined) names.set(name, [child]);
      else known.push(child);
    }
    for (let child = start; child < end; child++) {
      const found = names.get(key(before, child));
      if (found === undefined) continue;
      // a case-sensitive directory has names that are one under the fold table: the spelling tells them apart
      const spelled = found.length === 1 ? undefined : found.find((at) => nameAt(after, at) === nameAt(before, child));
      map[child] = spelled ?? found[0]!;
    }
  }
  return map;
}

/** @param differs asked of nodes that are shown on both sides */
function look(
  before: Snapshot<NamedLayer>,
  after: Snapshot<NamedLayer>,
  differs: (was: number, now: number) => boolean,
): Look {
  const [was, now] = [before.resolution, after.resolution];
  const map = nodeMap(before, after);
  const nodes: number[] = [];
  const seen = new Uint8Array(now.union.count);
  let gone = 0;
  for (let node = 1; node < was.union.count; node++) {
    if (was.winner[node] === NO_LAYER) continue;
    const there = map === null ? node : map[node]!;
    if (there < 0 || now.winner[there] === NO_LAYER) gone++;
    else {
      seen[there] = 1;
      if (differs(node, there)) nodes.push(there);
    }
  }
  for (let node = 1; node < now.union.count; node++)
    if (now.winner[node] !== NO_LAYER && seen[node] === 0) nodes.push(node);
  return { nodes: nodes.sort((a, b) => a - b), gone };
}

/** Files with other content, and whatever is shown anew or as another kind of entry. */
export function filesThatDiffer(before: Snapshot<FileLayer>, after: Snapshot<FileLayer>): Look {
  const compare = compareFiles([...after.layers, ...before.layers]);
  const [x, y] = [before.resolution, after.resolution];
  return look(before, after, (was, now) => {
    const [earlier, later] = [x.winner[was]!, y.winner[now]!];
    const [a, b] = [x.union.slots[earlier]![was]!, y.union.slots[later]![now]!];
    const [left, right] = [before.layers[earlier]!, after.layers[later]!];
    if (left.table === right.table && a === b) return false;
    const leaf = right.kind[b] === EntryKind.leaf;
    if (leaf !== (left.kind[a] === EntryKind.leaf)) return true;
    return leaf && (compare(later, b, after.layers.length + earlier, a, true) & 15) !== NodeState.same;
  });
}

/**
 * Keys with other values, and keys that are shown anew.
 * @param bases ids of the layers that may have made a difference. @param hives of all layers
 */
export function keysThatDiffer(
  before: Snapshot<RegistryLayer>,
  after: Snapshot<RegistryLayer>,
  bases: readonly [before: string, after: string],
  hives: readonly MountedHive[],
): Look {
  const tables = new Map(hives.map((hive) => [hive.key, hive.table]));
  const own = ({ layers, layerIds, resolution }: Snapshot<RegistryLayer>, id: string, node: number) => {
    const layer = layerIds.indexOf(id);
    return layer >= 0 && hasEntry(resolution.union, layers, layer, node)
      ? { layer: layers[layer]!, row: resolution.union.slots[layer]![node]! }
      : null;
  };
  const values = ({ resolution, layers, names }: Snapshot<RegistryLayer>, node: number) =>
    new Map(
      mergedValues(resolution, layers, node)
        .filter(({ state }) => state !== NodeState.hidden)
        .map((value) => [foldText(value.name, names.upcase), value]),
    );
  const same = (a: MergedValue, b: MergedValue | undefined) => {
    if (b === undefined || a.type !== b.type || a.size !== b.size) return false;
    const [x, y] = [tables.get(a.hive)!.data.values, tables.get(b.hive)!.data.values];
    return x.hashHi[a.row] === y.hashHi[b.row] && x.hashLo[a.row] === y.hashLo[b.row];
  };
  return look(before, after, (was, now) => {
    const [x, y] = [own(before, bases[0], was), own(after, bases[1], now)];
    if (x === null && y === null) return false;
    // the quick way: most keys are the same in both bases
    if (x !== null && y !== null && sameValues(y.layer, y.row, x.layer, x.row)) return false;
    const [a, b] = [values(before, was), values(after, now)];
    return a.size !== b.size || [...a].some(([name, value]) => !same(value, b.get(name)));
  });
}
