/** A plan that was opened, held against the open layers: are they its own, does it hold, and does it give what is shown here? */

import { fail } from '../../base/errors.ts';
import { rulePlace } from '../../layer/rule-draft.ts';
import { type AgainstView, againstView, planLayers } from '../../plan/against-view.ts';
import { fieldText } from '../../plan/encode.ts';
import { inspectPlan, planBytes } from '../../plan/export-plan.ts';
import { simLayers, simulate } from '../../plan/simulate.ts';
import type { PlanCheck, PlanRuleChange } from '../api.ts';
import { inEffect, type PlanContext, pauser, planInput } from './plan.ts';

/** Differences that a page shows. */
const TOLD = 500;

/** A plan that was read and held against the layers in effect. */
async function inspected(file: Blob, context: PlanContext) {
  const effective = inEffect(context);
  const input = await planInput(context);
  const open = effective.map(({ record, layer }, i) => ({
    layer,
    role: record.role,
    name: record.name,
    fingerprint: input.layers[i]!.fingerprint,
  }));
  const tables = { files: input.upcase, keys: input.keyUpcase };
  const bytes = await planBytes(file);
  return { input, open, ...(await inspectPlan(bytes, open, tables, context.host.sha256)) };
}

/** Reads a plan, checks every digest, and holds it against the open layers; with all of them exact it is replayed too. */
export async function checkPlan(file: Blob, context: PlanContext, told = TOLD): Promise<PlanCheck> {
  const { input, open, plan, summary, layers, samples, ordered } = await inspected(file, context);
  const own = open.map(({ layer }) => layer);
  const pause = pauser(context.host);
  const { view, refused, rules } =
    own.length === 0 ? NO_VIEW : await againstView(plan, layers, input, own, ordered, { told, pause });
  const extra = open.filter((_, i) => layers.every(({ open: index }) => index !== i));
  return {
    summary,
    layers,
    samples,
    view,
    refused,
    rules: rules.map(ruleChange),
    extra: extra.map(({ layer, role, name }) => ({ id: layer.id, role, name })),
  };
}

/**
 * The view that a plan gives over the open layers, line by line (view-lines.ts).
 * @throws FormatError for a plan that must not be believed or cannot be replayed over them
 */
export async function replayPlan(file: Blob, context: PlanContext): Promise<Generator<string>> {
  const { input, open, plan, layers, ordered } = await inspected(file, context);
  const own = open.map(({ layer }) => layer);
  const used = planLayers(layers, own);
  const where = 'merge plan';
  if (used === null) {
    const gone = layers.filter(({ match }) => match === 'absent').map(({ id }) => id);
    return fail(
      'MissingPart',
      where,
      null,
      `layers ${layers.map(({ id }) => id).join(', ')}`,
      `none for ${gone.join(', ')}`,
    );
  }
  if (!ordered) fail('UnsupportedFeature', where, null, 'a case table that is at hand', 'another one');
  return simulate(plan, simLayers(used.layers, used.ids, input.upcase, input.keyUpcase));
}

const NO_VIEW: AgainstView = { view: null, refused: null, rules: [] };
const CHANGES = { added: 'onlyHere', removed: 'onlyPlan', changed: 'moved' } as const;

function ruleChange({ change, before, after }: AgainstView['rules'][number]): PlanRuleChange {
  const rule = (before ?? after)!;
  const { target, match, action, sid } = rule;
  const pattern = rulePlace({
    p: fieldText(match, 'p') ?? '',
    value: fieldText(rule, 'v') ?? undefined,
    sid,
    to: fieldText(rule, 'to') ?? undefined,
  });
  return { change: CHANGES[change], target, kind: match.kind, pattern, action };
}
