/**
 * Resolve: union + order -> which layer wins each node (merge-semantics 0.1 and 0.2 in one pass, parents first).
 *
 * What an upper layer closes it closes for all layers below it and for the whole subtree, so the state handed down is
 * one number: the position of the lowest layer that is still seen (`floor`). Re-ordering and switching layers is this pass alone.
 */
import { isCaseSensitive, type JoinLayer } from './join.ts';
import { originAt } from './origin.ts';
import {
  type Decisions,
  EntryKind,
  Evidence,
  NO_LAYER,
  NodeState,
  type Resolution,
  Seen,
  StateFlag,
  type Union,
} from './types.ts';

export interface SeenRule {
  readonly seen: Seen;
  /** Layer number for `Seen.layer`. */
  readonly layer: number;
}

/** Compares an upper entry with the next lower one of the same type. `result >> 4` = Evidence, `result & 15` = NodeState. */
export type Compare = (
  upperLayer: number,
  upperRow: number,
  lowerLayer: number,
  lowerRow: number,
  leaf: boolean,
) => number;

export interface ResolveInput {
  readonly union: Union;
  readonly layers: readonly JoinLayer[];
  /** Layer numbers in effect, base first. */
  readonly order: readonly number[];
  /** By layer number: true for layers of role `user`. */
  readonly user: readonly boolean[];
  readonly compare: Compare;
  readonly decisions: Decisions<SeenRule> | null;
}

export function resolve({ union, layers, order, user, compare, decisions }: ResolveInput): Resolution {
  const { count, parent } = union;
  const winner = new Uint8Array(count).fill(NO_LAYER);
  const state = new Uint8Array(count);
  const flags = new Uint8Array(count);
  const evidence = new Uint8Array(count);
  const floor = new Uint8Array(count);
  const rule = decisions?.rule ?? new Uint16Array(count);
  /** 1 where the merged view has a folder, so that what stands below can be reached. */
  const open = new Uint8Array(count);
  const slots = order.map((l) => union.slots[l]!);
  const kinds = order.map((l) => layers[l]!.kind);
  const origins = order.map((l) => layers[l]!.origins);
  const positions = order.length;
  const modes = (decisions?.rules ?? []).map((r) => modeOf(r, order, user));
  const lowFloor = modes.some((m) => m.seen === Seen.noUser)
    ? lowerFloors(union, layers, order, user, modes, rule)
    : null;

  for (let node = 0; node < count; node++) {
    const up = parent[node]!;
    const decided = rule[node]!;
    const mode = decided === 0 ? null : modes[decided - 1]!;
    let low = node === 0 ? 0 : floor[up]!;
    if (mode !== null && mode.seen !== Seen.all)
      low = mode.seen === Seen.noUser && lowFloor !== null ? lowFloor[up]! : 0;
    let won = -1;
    let wonKind = 0;
    let bits = 0;
    let ground = low;
    let moved = false;
    const reachable = node === 0 || open[up] === 1;
    for (let position = positions - 1; position >= low && reachable; position--) {
      const row = slots[position]![node]!;
      if (row < 0) continue;
      const kind = kinds[position]![row]!;
      if (kind === EntryKind.path) {
        if (!origins[position]?.has(row) || (mode !== null && mode.allowed[position] === 0)) continue;
        // The name is what the layers below have elsewhere: the join has put their rows here.
        if (won < 0) moved = true;
        bits |= StateFlag.origin;
        low = 0;
        ground = 0;
        continue;
      }
      if (mode !== null && mode.allowed[position] === 0) {
        bits |= StateFlag.ruled;
        continue;
      }
      if (kind === EntryKind.whiteout) {
        if (won < 0) bits |= StateFlag.whiteout;
        ground = position;
        break;
      }
      if (kind === EntryKind.leaf) {
        if (won < 0) {
          won = position;
          wonKind = kind;
        } else if (wonKind !== EntryKind.leaf) bits |= StateFlag.conflict;
        ground = position;
        break;
      }
      if (won < 0) {
        won = position;
        wonKind = kind;
        if (kind !== EntryKind.folder) bits |= StateFlag.opaque;
      }
      if (kind === EntryKind.closed) {
        ground = position;
        break;
      }
      if (origins[position]?.has(row) && kind === EntryKind.folder) {
        if (won === position) bits |= StateFlag.origin;
        // The layers below continue at the old path: the join has put their rows there, nothing else is left to close.
        low = 0;
        ground = 0;
      }
    }
    floor[node] = ground;
    if (won < 0) {
      state[node] = NodeState.hidden;
      if (bits & StateFlag.whiteout && !hasEntryBelow(slots, kinds, node, ground)) bits |= StateFlag.stale;
      flags[node] = bits;
      continue;
    }
    const leaf = wonKind === EntryKind.leaf;
    if (!leaf) open[node] = 1;
    winner[node] = order[won]!;
    if (moved) state[node] = NodeState.added;
    else if (won === 0) state[node] = NodeState.unchanged;
    else {
      let below = won - 1;
      let kind: number = EntryKind.path;
      /** A whiteout between the two says that the lower entry was deleted on purpose. */
      let deleted = false;
      for (; below >= 0; below--) {
        const row = slots[below]![node]!;
        if (row < 0) continue;
        kind = kinds[below]![row]!;
        if (kind === EntryKind.whiteout) deleted = true;
        else if (kind !== EntryKind.path) break;
      }
      if (below < 0) state[node] = NodeState.added;
      else if ((kind === EntryKind.leaf) !== leaf) {
        state[node] = NodeState.overrides;
        if (leaf && below >= low && !deleted) bits |= StateFlag.conflict;
      } else {
        const result = compare(order[won]!, slots[won]![node]!, order[below]!, slots[below]![node]!, leaf);
        state[node] = wonKind === EntryKind.closed || wonKind === EntryKind.own ? NodeState.overrides : result & 15;
        evidence[node] = leaf ? result >> 4 : Evidence.none;
      }
    }
    flags[node] = bits;
  }
  for (const twin of union.twins) flags[twin.node]! |= StateFlag.twins;
  if (union.ordered && layers.some((l) => l.caseSensitive !== null)) {
    for (let node = 0; node < count; node++) {
      const allowed = rule[node] === 0 ? null : modes[rule[node]! - 1]!.allowed;
      if (open[node] === 1 && isCaseSensitive(layers, order, union.slots, node, () => allowed))
        flags[node]! |= StateFlag.caseSensitive;
    }
  }
  return { union, order, winner, state, flags, evidence, floor, rule, sight: modes, lowerFloor: lowFloor };
}

/** What a rule lets be seen, by position in `order`. */
export function modeOf(rule: SeenRule, order: readonly number[], user: readonly boolean[]) {
  const allowed = Uint8Array.from(order, (layer, position) => {
    if (rule.seen === Seen.base) return position === 0 ? 1 : 0;
    if (rule.seen === Seen.noUser) return user[layer] ? 0 : 1;
    if (rule.seen === Seen.layer) return layer === rule.layer ? 1 : 0;
    return rule.seen === Seen.all ? 1 : 0;
  });
  return { seen: rule.seen, allowed };
}

/**
 * Floors as they would be without user layers: what `exclude` and `keepLower` start from. Renamed directories stand as
 * the join has followed them, whoever renamed them; one that it has not followed, because a user layer closes it, shows
 * nothing of the layers below it, whose rows there belong to another directory.
 */
function lowerFloors(
  union: Union,
  layers: readonly JoinLayer[],
  order: readonly number[],
  user: readonly boolean[],
  modes: readonly { readonly allowed: Uint8Array }[],
  rule: Uint16Array,
): Uint8Array {
  const floor = new Uint8Array(union.count);
  const slots = order.map((l) => union.slots[l]!);
  const rows = order.map((l) => layers[l]!);
  for (let node = 0; node < union.count; node++) {
    let low = node === 0 ? 0 : floor[union.parent[node]!]!;
    const allowed = rule[node] === 0 ? null : modes[rule[node]! - 1]!.allowed;
    const followed = union.ordered ? originAt(layers, order, union.slots, node, () => allowed) : -1;
    for (let position = order.length - 1; position >= low; position--) {
      if (position === followed) low = 0;
      if (user[order[position]!] || position === followed) continue;
      const row = slots[position]![node]!;
      if (row < 0) continue;
      const kind = rows[position]!.kind[row]!;
      const renamed = kind === EntryKind.folder && rows[position]!.origins?.has(row) === true;
      if (!renamed && (kind === EntryKind.folder || kind === EntryKind.own || kind === EntryKind.path)) continue;
      low = position;
    }
    floor[node] = low;
  }
  return floor;
}

function hasEntryBelow(
  slots: readonly Int32Array[],
  kinds: readonly Uint8Array[],
  node: number,
  position: number,
): boolean {
  for (let below = position - 1; below >= 0; below--) {
    const row = slots[below]![node]!;
    if (row < 0) continue;
    const kind = kinds[below]![row]!;
    if (kind !== EntryKind.path && kind !== EntryKind.whiteout) return true;
  }
  return false;
}
