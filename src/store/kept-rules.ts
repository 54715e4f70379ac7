/** Rules, switches and hive modes of a workspace as they are kept, and as they are set again when it is opened anew. */
import type { HiveMountInfo, LayerInfo, RuleDraft, RuleInfo, WorkspaceApi } from '../engine/api.ts';

export interface KeptRules {
  /** The user's own rules, first ones first. */
  readonly rules: readonly {
    readonly target: RuleDraft['target'];
    readonly kind: RuleDraft['match']['kind'];
    readonly p: string;
    readonly action: string;
    /** Index into the layers, for a redirect. */
    readonly layer?: number;
    /** Of a key that is hidden this value alone. */
    readonly value?: string;
    /** Of an account that is mapped the SID in the base. */
    readonly sid?: string;
    /** Of a path that shows another one. */
    readonly to?: string;
    readonly off?: true;
  }[];
  /** Ids of default rules that are switched off. */
  readonly off: readonly string[];
  readonly modes: readonly { readonly mount: string; readonly mode: HiveMountInfo['mode'] }[];
}

/** @param layers top first */
export function keepRules(
  rules: readonly RuleInfo[],
  mounts: readonly HiveMountInfo[],
  layers: readonly LayerInfo[],
): KeptRules {
  return {
    rules: rules
      .filter(({ origin }) => origin === 'user')
      .map(({ target, kind, pattern, action, layer, enabled, draft }) => ({
        target,
        kind,
        p: draft?.match.p ?? pattern,
        action,
        ...(draft?.value === undefined ? {} : { value: draft.value }),
        ...(draft?.sid === undefined ? {} : { sid: draft.sid }),
        ...(draft?.to === undefined ? {} : { to: draft.to }),
        ...(layer === null ? {} : { layer: layers.findIndex(({ id }) => id === layer) }),
        ...(enabled ? {} : { off: true as const }),
      })),
    // rules that a layer brings along have ids of this visit
    off: rules
      .filter(({ id, origin, enabled }) => origin === 'default' && !enabled && !id.includes(':'))
      .map(({ id }) => id),
    modes: mounts.filter(({ chosen }) => chosen).map(({ mount, mode }) => ({ mount, mode })),
  };
}

/** Sets what was kept. Rules that fit no longer (their layer was left out) are left out too. */
export async function restoreRules(
  api: Pick<WorkspaceApi, 'changeRules' | 'setRuleEnabled' | 'setHiveMode'>,
  kept: KeptRules,
  layers: readonly LayerInfo[],
): Promise<void> {
  const drafts = kept.rules.flatMap(({ target, kind, p, action, layer, off, value, sid, to }) => {
    const id = layer === undefined ? undefined : layers[layer]?.id;
    if (layer !== undefined && id === undefined) return [];
    const more = { ...(value === undefined ? {} : { value }), ...(sid === undefined ? {} : { sid }) };
    const there = to === undefined ? {} : { to };
    const draft = { target, match: { kind, p }, action: action as RuleDraft['action'], ...more, ...there };
    return [{ draft: id === undefined ? draft : { ...draft, layer: id }, off: off === true }];
  });
  // one by one from the last: each comes before those that are there
  for (const { draft, off } of drafts.toReversed()) {
    const [id] = await api.changeRules([draft], []);
    if (off && id !== undefined) await api.setRuleEnabled(id, false);
  }
  for (const id of kept.off) await api.setRuleEnabled(id, false);
  for (const { mount, mode } of kept.modes) await api.setHiveMode(mount, mode);
}
