/** A plan against what is shown now: the plan's view over the same layers, and the rules in force here. */
import { FormatError, isCancelled } from '../base/errors.ts';
import type { Layer } from '../layer/types.ts';
import { viewLines } from './build.ts';
import { compareViews, type ViewComparison } from './compare-view.ts';
import { diffRules, type PlanChange } from './diff.ts';
import type { PlanInput } from './input.ts';
import { rulesOf } from './manifest.ts';
import type { Plan } from './plan.ts';
import { simLayers, simulate } from './simulate.ts';
import type { Manifest } from './spec.ts';
import type { LayerMatch } from './summary.ts';

const NOTHING: ReadonlySet<string> = new Set();

export interface AgainstView {
  /** Null when the plan cannot be replayed over these layers: `refused` says why. */
  readonly view: ViewComparison | null;
  readonly refused: string | null;
  /** `removed`: only in the plan; `added`: only here; `changed`: at another rank. */
  readonly rules: readonly PlanChange<Manifest['rules'][number]>[];
}

/** What a plan is replayed over: open layers under the ids that the plan has for them. Null when one of them is not there. */
export function planLayers(
  matches: readonly LayerMatch[],
  open: readonly Layer[],
): { readonly layers: readonly Layer[]; readonly ids: Map<string, string> } | null {
  const layers: Layer[] = [];
  const ids = new Map<string, string>();
  for (const { id, open: index } of matches) {
    if (index === null) return null;
    layers.push(open[index]!);
    ids.set(open[index]!.id, id);
  }
  return { layers, ids };
}

/**
 * @param plan that has been verified
 * @param matches of its layers with those of `input`
 * @param open the layers of `input`, in its order
 * @param told differences that are told; all are counted
 * @param ordered as `verifyPlan` says: an unknown case table cannot be replayed
 */
export async function againstView(
  plan: Plan,
  matches: readonly LayerMatch[],
  input: PlanInput,
  open: readonly Layer[],
  ordered: boolean,
  { told, pause }: { readonly told: number; readonly pause?: () => Promise<void> },
): Promise<AgainstView> {
  const used = planLayers(matches, open);
  // layers that the plan does not know keep the workspace's names, which no plan has
  const ids = new Map(input.layers.map(({ id }) => [id, used?.ids.get(id) ?? id]));
  const rules = diffRules(plan.manifest.rules, rulesOf(input, ids) as Manifest['rules']);
  if (used === null) return { view: null, refused: null, rules };
  if (!ordered) return { view: null, refused: 'its case table is not at hand', rules };
  try {
    const sim = simLayers(used.layers, used.ids, input.upcase, input.keyUpcase);
    const view = await compareViews(simulate(plan, sim), viewLines(input, NOTHING, ids), told, pause);
    return { view, refused: null, rules };
  } catch (error) {
    if (!(error instanceof FormatError) || isCancelled(error)) throw error;
    return { view: null, refused: error.message, rules };
  }
}
