/**
 * Rebase, files: what the layers above hide that another base changed.
 *
 * The layers are joined with the new base below and the old base beside them, switched off: it takes no part in the merge
 * and has a slot in each node. What the two bases have otherwise is what the update brings; what of that the merged view
 * does not show, and why, is the report.
 *
 *     old base   new base   above      told as
 *     a          b          older b    rebaseHidesNewer       a program: version or link time
 *     a          b          x          rebaseHidesChange
 *     -          b          x          rebaseAddedInBoth
 *     a          b          mark       rebaseDeletesChange
 *     a/         b/ ...     file/mark  rebaseHidesFolder      once, with the number of changes below
 *     a          -          x          rebaseKeepsRemoved
 *     a          -          mark       rebaseStaleMark
 */
import { foldText } from '../../index/upcase.ts';
import { compareFiles } from '../files/compare.ts';
import { PROGRAM } from '../findings/detectors/stale-binary.ts';
import type { MergeView } from '../findings/view.ts';
import { isOpenKind } from '../join.ts';
import { EntryKind, Evidence as How, NO_LAYER, NodeState, StateFlag } from '../types.ts';

/** A layer's row. */
export interface RowOf {
  readonly layer: number;
  readonly row: number;
}

/** An upper copy over a file that the new base changed or added. */
export interface HiddenFile {
  readonly node: number;
  readonly upper: RowOf;
  readonly below: RowOf;
  /** Null when the old base had no such file. */
  readonly before: RowOf | null;
  readonly program: boolean;
  /** The sizes are equal and no hash is known: only what the program says of itself can tell. */
  readonly unsure: boolean;
}

/** Changes that are not seen because of what stands at one folder. */
export interface HiddenFolder {
  readonly node: number;
  /** Layer that closes it. */
  readonly by: number;
  readonly mark: boolean;
  count: number;
  readonly first: number[];
}

export interface FileChanges {
  /** Files that the new base has otherwise, has and the old one had not, had and has no longer. */
  readonly changed: number;
  readonly added: number;
  readonly removed: number;
  readonly hidden: readonly HiddenFile[];
  readonly folders: readonly HiddenFolder[];
  /** Upper copies of files that the new base no longer has. */
  readonly kept: readonly { readonly node: number; readonly upper: RowOf; readonly before: RowOf }[];
  /** Marks whose file the new base no longer has. */
  readonly stale: readonly { readonly node: number; readonly by: number; readonly before: RowOf }[];
}

/** Folders that are named in an item of a closed folder. */
const SAMPLES = 5;

/** @param old layer number of the old base, which is switched off */
export function fileChanges(view: MergeView, old: number): FileChanges {
  const { files } = view;
  const { union, winner, order, flags } = files.resolution;
  const base = order[0];
  const found = {
    changed: 0,
    added: 0,
    removed: 0,
    hidden: [] as HiddenFile[],
    folders: new Map<number, HiddenFolder>(),
    kept: [] as { node: number; upper: RowOf; before: RowOf }[],
    stale: [] as { node: number; by: number; before: RowOf }[],
  };
  if (base === undefined) return { ...found, folders: [] };
  const compare = compareFiles(files.layers);
  const now = union.slots[base]!;
  const oldRows = oldRowsOf(view, base, old);
  const leaf = (layer: number, row: number) => files.layers[layer]!.kind[row] === EntryKind.leaf;
  const real = (layer: number, row: number) => row >= 0 && row < (files.layers[layer]!.table?.count ?? 0);
  const blocker = new Int32Array(union.count).fill(-1);

  for (let node = 1; node < union.count; node++) {
    const up = union.parent[node]!;
    const won = winner[node]!;
    if (won === NO_LAYER) {
      const own = (flags[node]! & StateFlag.whiteout) !== 0;
      if (own) blocker[node] = node;
      else if (blocker[up]! >= 0) blocker[node] = blocker[up]!;
      else if (winner[up] !== NO_LAYER && closes(up)) blocker[node] = up;
    }
    const row = now[node]!;
    const before = oldRows(node, row);
    const had = real(old, before) && leaf(old, before);
    if (!real(base, row)) {
      if (had) gone(node, { layer: old, row: before });
      continue;
    }
    if (!leaf(base, row)) {
      // a folder in the place of a file: what was there is gone
      if (had) gone(node, { layer: old, row: before });
      continue;
    }
    const result = had ? compare(base, row, old, before, true) : -1;
    if (had && (result & 15) === NodeState.same) continue;
    if (had) found.changed++;
    else found.added++;
    if (won === base) continue;
    if (won === NO_LAYER) {
      if (blocker[node]! >= 0) below(blocker[node]!, node);
      continue;
    }
    const upperRow = union.slots[won]![node]!;
    if (!real(won, upperRow)) continue;
    if (!leaf(won, upperRow)) below(node, node);
    // held against the new base itself: the state of a node is about the copy right below, which may be another layer's
    else if ((compare(won, upperRow, base, row, true) & 15) !== NodeState.same)
      found.hidden.push({
        node,
        upper: { layer: won, row: upperRow },
        below: { layer: base, row },
        before: had ? { layer: old, row: before } : null,
        program: PROGRAM.test(files.name(node)),
        unsure: had && result >> 4 === How.unknown,
      });
  }
  return { ...found, folders: [...found.folders.values()] };

  /** True for a shown entry below which lower layers are not seen. */
  function closes(node: number): boolean {
    const kind = files.layers[winner[node]!]!.kind[union.slots[winner[node]!]![node]!]!;
    if (kind === EntryKind.leaf || kind === EntryKind.closed) return true;
    // a merged folder of which an upper layer's part is opaque, without being the topmost
    return isOpenKind(kind) && files.resolution.floor[node]! > 0;
  }

  function gone(node: number, before: RowOf): void {
    found.removed++;
    const won = winner[node]!;
    if (won !== NO_LAYER && won !== base) {
      const row = union.slots[won]![node]!;
      if (real(won, row) && leaf(won, row)) found.kept.push({ node, upper: { layer: won, row }, before });
    } else if (won === NO_LAYER && (flags[node]! & StateFlag.whiteout) !== 0) {
      const by = markAt(node);
      if (by >= 0) found.stale.push({ node, by, before });
    }
  }

  function markAt(node: number): number {
    return (
      order.findLast((layer) => files.layers[layer]!.kind[union.slots[layer]![node]!] === EntryKind.whiteout) ?? -1
    );
  }

  function below(place: number, node: number): void {
    let folder = found.folders.get(place);
    if (folder === undefined) {
      const mark = winner[place] === NO_LAYER;
      const by = mark ? markAt(place) : order[Math.max(files.resolution.floor[place]!, 0)]!;
      folder = { node: place, by: by < 0 ? winner[place]! : by, mark, count: 0, first: [] };
      found.folders.set(place, folder);
    }
    folder.count++;
    if (folder.first.length < SAMPLES) folder.first.push(node);
  }
}

/**
 * Row of the old base for a node. Below a renamed directory the new base's rows lie elsewhere than the old base's, which
 * takes no part in the merge: there the old row is looked up by the new base's own path.
 */
function oldRowsOf(view: MergeView, base: number, old: number): (node: number, row: number) => number {
  const { union } = view.files;
  const slots = union.slots[old]!;
  if (!union.ordered) return (node) => slots[node]!;
  const { upcase } = view.files.names;
  const [now, before] = [view.files.layers[base]!, view.files.layers[old]!];
  const index = new Map<number, Map<string, number>>();
  const childOf = (row: number, name: string) => {
    let names = index.get(row);
    if (names === undefined) {
      names = new Map();
      for (let child = before.childStart[row]!; child < before.childEnd[row]!; child++)
        names.set(foldText(before.name(child), upcase), child);
      index.set(row, names);
    }
    return names.get(foldText(name, upcase)) ?? -1;
  };
  const known = new Map<number, number>([[now.root, before.root]]);
  const parents = now.table?.data.parent;
  const find = (row: number): number => {
    const way: number[] = [];
    let at = row;
    for (; !known.has(at) && at > 0; at = parents![at]!) way.push(at);
    let found = known.get(at) ?? -1;
    for (const step of way.reverse()) {
      found = found < 0 ? -1 : childOf(found, now.name(step));
      known.set(step, found);
    }
    return found;
  };
  return (node, row) => {
    if (row < 0 || now.table === null || row >= now.table.count) return slots[node]!;
    return find(row);
  };
}
