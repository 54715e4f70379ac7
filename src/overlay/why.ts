/** "Why this wins": the six steps of precedence with the one that decided, and every version of the node, top first. */
import type { JoinLayer } from './join.ts';
import type { CompiledRule } from './rules.ts';
import { stackOf } from './stack.ts';
import { ABSENT, EntryKind, NO_LAYER, type Resolution, type Why, type WhyStep, type WhyVersion } from './types.ts';

const STEPS = ['neverMerge', 'internal', 'entry', 'rule'] as const;

/**
 * @param rules rules of the Decisions the resolution was made with
 * @param matching all rules that fit this node, best first (`matchingRules`): two of one rank mean that list order decided
 */
export function why(
  resolution: Resolution,
  layers: readonly JoinLayer[],
  node: number,
  rules: readonly CompiledRule[],
  matching: readonly CompiledRule[],
  ties: (a: CompiledRule, b: CompiledRule) => boolean,
): Why {
  const { union, order, winner, state, flags, evidence, rule } = resolution;
  const decided = rule[node] === 0 ? null : rules[rule[node]! - 1]!;
  const tied = decided !== null && matching.some((other) => other !== decided && ties(decided, other));
  const steps: WhyStep[] = [];
  let answered = false;
  const step = (name: WhyStep['step'], decides: boolean, ruleId: string | null) => {
    steps.push({ step: name, result: answered ? 'notNeeded' : decides ? 'decides' : 'noMatch', ruleId });
    if (decides) answered = true;
  };
  for (const name of STEPS) {
    const here = decided !== null && decided.step === name;
    // Rules of equal specificity: the step "rules" finds several, the list order picks one.
    if (name === 'rule' && here && tied) step(name, false, decided.source.id);
    else step(name, here, here ? decided.source.id : null);
  }
  step('order', decided !== null && !answered, decided !== null && !answered ? decided.source.id : null);
  step('default', decided === null, null);

  const versions: WhyVersion[] = [];
  const inOrder = new Map(stackOf(resolution, layers, node).map((version) => [version.layer, version]));
  for (let position = order.length - 1; position >= 0; position--) {
    const layer = order[position]!;
    const version = inOrder.get(layer);
    if (version === undefined) versions.push(absent(layer));
    else {
      const { row, kind, seen, hiddenBy, byLayer } = version;
      const role =
        kind === EntryKind.whiteout ? 'marker' : layer === winner[node] ? 'wins' : seen ? 'contributes' : 'hidden';
      versions.push({ layer, row, kind, role, hiddenBy, byLayer });
    }
  }
  for (let layer = union.layers - 1; layer >= 0; layer--) {
    if (order.includes(layer)) continue;
    const row = union.slots[layer]![node]!;
    const kind = row < 0 ? null : (layers[layer]!.kind[row]! as EntryKind);
    if (kind === null || kind === EntryKind.path) versions.push(absent(layer));
    else versions.push({ layer, row, kind, role: 'hidden', hiddenBy: 'disabled', byLayer: NO_LAYER });
  }
  return {
    node,
    state: state[node]! as Why['state'],
    flags: flags[node]!,
    evidence: evidence[node]! as Why['evidence'],
    winner: winner[node]!,
    steps,
    versions,
  };
}

function absent(layer: number): WhyVersion {
  return { layer, row: ABSENT, kind: null, role: 'absent', hiddenBy: 'none', byLayer: NO_LAYER };
}
