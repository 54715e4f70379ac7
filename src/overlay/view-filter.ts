/** The filter of a view: which nodes stay. Ancestors of what stays stay as well, so that it can be reached. */
import type { NameSpace } from '../codec/names.ts';
import { foldText } from '../index/upcase.ts';
import { type NamedLayer, shownOf } from './nodes.ts';
import { wildcard } from './rules.ts';
import { NO_LAYER, NodeState, type Resolution, StateFlag, type ViewFilter } from './types.ts';

/**
 * @returns `kept`: 1 for nodes that stay; `inner`: 1 for those that have a hit below them (they are opened), null when
 *   nothing is filtered
 */
export function keptNodes(
  resolution: Resolution,
  layers: readonly NamedLayer[],
  names: NameSpace,
  filter: ViewFilter,
): { kept: Uint8Array; inner: Uint8Array | null } {
  const { union, winner, state, flags } = resolution;
  const { count, parent, nameId } = union;
  const conflictsOnly = filter.conflictsOnly === true;
  const kept = new Uint8Array(count);
  const hits = filter.text === '' ? null : nameHits(names, filter.text);
  const states = filter.states === null ? null : new Set<number>(filter.states);
  const wanted = filter.layers === null ? null : new Set<number>(filter.layers);
  const among = filter.among ?? null;
  const filtered = conflictsOnly || among !== null || hits !== null || states !== null || wanted !== null;
  for (let node = 1; node < count; node++) {
    if (state[node] === NodeState.hidden) {
      if (!filter.showHidden) continue;
      // What only markers know is no item.
      const shown = shownOf(resolution, layers, node);
      if (shown === null || (wanted !== null && !wanted.has(shown.layer))) continue;
    } else if (wanted !== null && (winner[node] === NO_LAYER || !wanted.has(winner[node]!))) continue;
    if (among !== null && !among.has(node)) continue;
    if (conflictsOnly && (flags[node]! & StateFlag.conflict) === 0) continue;
    if (states !== null && !states.has(state[node]!)) continue;
    if (hits !== null && hits[nameId[node]!] !== 1) continue;
    kept[node] = 1;
  }
  if (!filtered) return { kept, inner: null };
  const inner = new Uint8Array(count);
  for (let node = count - 1; node > 0; node--) {
    if (kept[node] === 0) continue;
    kept[parent[node]!] = 1;
    inner[parent[node]!] = 1;
  }
  return { kept, inner };
}

/** For each name id 1 when it is a hit: names that contain the text, or fit it when it has wildcards. */
export function nameHits(names: NameSpace, text: string): Uint8Array {
  if (!/[*?]/.test(text)) return names.search(text);
  const fits = wildcard(foldText(text, names.upcase));
  const hits = new Uint8Array(names.count);
  for (let id = 0; id < hits.length; id++) if (fits(names.text(id))) hits[id] = 1;
  return hits;
}
