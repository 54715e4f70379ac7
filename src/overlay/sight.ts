/**
 * What rules let be seen at single paths, for the join: a directory was renamed, or compares case-sensitively, only by
 * the word of a layer that is seen there. Where a rule leaves that layer out, the layers below keep their own entries.
 */
import type { JoinLayer } from './join.ts';
import { modeOf } from './resolve.ts';
import { type RuleInput, rankRules, ruleMatcher } from './rules.ts';

/** By position in the order 1 for layers that are seen at the path of these name ids, null when all are. */
export type Sight = (way: readonly number[]) => Uint8Array | null;

/** @returns null when nothing in the join depends on rules */
export function sightOf(
  input: Omit<RuleInput, 'union'>,
  layers: readonly JoinLayer[],
  order: readonly number[],
  user: readonly boolean[],
): Sight | null {
  if (layers.every((layer) => layer.origins === null && layer.caseSensitive === null)) return null;
  const ranked = rankRules(input.rules, input.target, input.layerOf);
  if (ranked.length === 0) return null;
  const masks = ranked.map((rule) => modeOf(rule, order, user).allowed);
  const fits = ruleMatcher(input, ranked);
  return (way) => {
    const [best] = fits(way);
    return best === undefined ? null : masks[best]!;
  };
}
