/**
 * Where one layer cannot stand for two because another layer decides how names compare (F-33): the topmost entry of a
 * directory says whether case counts in it. If that is not an entry of the two, names of theirs that differ by case alone
 * are told apart in the stack and one in the squashed layer, or the other way round. So it is on the way to where a renamed
 * directory was: the lower layer has its word there, and the squashed one cannot, whose old paths are those of the layers
 * below it.
 */
import { isCaseSensitive, type JoinLayer } from '../join.ts';
import { caseOnWay, OriginBudget, rowOfPath } from '../origin.ts';
import type { Resolution } from '../types.ts';

/**
 * @param pair layer numbers, the lower one first
 * @returns nodes of the stack: of such names the first in each directory, and such renamed directories
 */
export function* casedElsewhere(
  { order, rule, sight, union }: Resolution,
  layers: readonly JoinLayer[],
  pair: readonly [number, number],
): Generator<number> {
  if (!order.some((layer) => (layers[layer]!.caseSensitive?.size ?? 0) > 0)) return;
  const { childStart, nameId, slots, twins } = union;
  /** More names of the two by node, where case does not count. */
  const alike = new Map<number, Set<string>>();
  for (const { layer, node, row } of twins) {
    if (!pair.includes(layer)) continue;
    const known = alike.get(node) ?? new Set();
    alike.set(node, known.add(layers[layer]!.exact(row)));
  }
  const has = (node: number) => pair.some((layer) => slots[layer]![node]! >= 0);

  /** Names of the two at a node where case does not count. */
  const spellings = (node: number): Set<string> => {
    const names = new Set(alike.get(node));
    for (const layer of pair) if (slots[layer]![node]! >= 0) names.add(layers[layer]!.exact(slots[layer]![node]!));
    return names;
  };

  const [lower, upper] = pair;
  const position = order.indexOf(lower);
  const budget = new OriginBudget(layers, 0);
  const own = new OriginBudget(layers, 0);
  /** Case counts on the way to an old path as the lower layer and those below it say each by themselves. */
  const agrees = (row: number): boolean => {
    const path = layers[upper]!.origins?.get(row);
    if (path === undefined) return true;
    const { below } = rowOfPath(layers[lower]!, path, budget);
    const both = caseOnWay(layers, order.slice(0, position + 1), path, budget);
    const alone = caseOnWay(layers, [lower], path, own);
    const deeper = below === null ? [] : caseOnWay(layers, order.slice(0, position), below, budget);
    const same = (a: boolean | null | undefined, b: boolean | null | undefined) => a == null || b == null || a === b;
    return both.every((cased, i) => same(cased, alone[i]) && same(cased, deeper.at(i - both.length)));
  };

  for (let node = 0; node < union.count; node++) {
    if (slots[upper]![node]! >= 0 && !agrees(slots[upper]![node]!)) yield node;
    const [first, end] = [childStart[node]!, childStart[node + 1]!];
    if (first === end || !has(node)) continue;
    const inStack = isCaseSensitive(layers, order, slots, node, () =>
      rule[node] === 0 ? null : sight[rule[node]! - 1]!.allowed,
    );
    if (inStack === isCaseSensitive(layers, pair, slots, node, () => null)) continue;
    for (let child = first; child < end; child++) {
      // names that case alone tells apart are neighbours
      const apart = inStack
        ? child + 1 < end && nameId[child] === nameId[child + 1] && has(child) && has(child + 1)
        : spellings(child).size > 1;
      if (!apart) continue;
      yield child;
      break;
    }
  }
}
