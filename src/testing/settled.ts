/** Takes a proposal in, as the click does: what is still found then, and whether the plan that holds its rules proves. */

import { expect } from 'vitest';
import { windowsUpcase } from '../index/upcase.ts';
import type { RuleDraft } from '../layer/types.ts';
import { upcaseOf } from '../overlay/files/overlay.ts';
import { buildPlan } from '../plan/build.ts';
import { planLayerIds } from '../plan/manifest.ts';
import { prove } from '../plan/prove.ts';
import { simLayers } from '../plan/simulate.ts';
import type { RuleEntry } from '../plan/spec.ts';
import { look, mergeAll, type Offer, setKnown } from './findings.ts';
import { sha256 } from './plan-input.ts';

export interface Settled {
  /** What the same code says of the same place: nothing, or less than before. */
  readonly left: readonly string[];
  /** The user's rules in the plan. */
  readonly rules: readonly RuleEntry[];
  readonly proven: boolean;
}

export async function settled({ layers, drafts, about, said, item, proposal }: Offer): Promise<Settled> {
  const kept = drafts.filter((_, i) => !proposal.drop.includes(`u${i}`));
  const all: RuleDraft[] = [...proposal.add, ...kept];
  setKnown(said);
  const left = (look(layers, all, about).get(item.code) ?? []).filter(
    ({ severity, path, note }) =>
      (severity !== 'info' || severity === item.severity) && path === item.path && note === item.note,
  );
  const { plan, proven } = await planOf(layers, all);
  const rules = plan.manifest.rules.filter(({ origin }) => origin === 'user');
  return { left: left.map(({ severity, note }) => `${severity} ${note}`), rules, proven };
}

/** Each kind of proposal once: it settles what it is for, and the plan that holds its rules proves. */
export async function expectSettled(offers: readonly Offer[]): Promise<void> {
  const seen = new Set<string>();
  for (const offer of offers) {
    const { code, severity } = offer.item;
    const { add, drop } = offer.proposal;
    const key = [code, severity, ...add.map(({ target, action }) => `${target} ${action}`), ...drop].join();
    if (seen.has(key)) continue;
    seen.add(key);
    const { left, rules, proven } = await settled(offer);
    expect([key, left, proven]).toEqual([key, [], true]);
    for (const { action, match } of add) expect(rules).toContainEqual(expect.objectContaining({ action, match }));
  }
  expect(seen.size).toBeGreaterThan(5);
}

/** The plan of made layers, replayed against them. */
export async function planOf(all: Offer['layers'], drafts: readonly RuleDraft[]) {
  const { files, registry, rules } = mergeAll(all, drafts);
  const layers = all.filter(({ enabled }) => enabled);
  const [upcase, keyUpcase] = [upcaseOf(all), windowsUpcase()];
  const input = {
    version: '1.2.3',
    layers: layers.map(({ id, role }, i) => ({
      id,
      role,
      writable: role === 'user',
      source: { kind: 'test', index: i },
      os: null,
      volume: null,
      fingerprint: [{ what: 'test', sha256: String(i).padStart(64, '0') }],
    })),
    files,
    registry,
    upcase,
    keyUpcase,
    rules: rules.rules,
    mounts: [...new Set(layers.flatMap(({ hives }) => hives.map(({ mount }) => mount)))]
      .sort()
      .map((mount) => ({ mount, mode: 'merge' as const, allow: [], states: [] })),
    controlSet: all[0]?.controlSet ?? null,
    findings: [],
  };
  const { plan } = await buildPlan(input, { sha256, fetch: async (requests) => requests.map(() => null) });
  const sim = simLayers(all, planLayerIds(layers), upcase, keyUpcase);
  const { proven } = await prove(plan, sim, null, sha256);
  return { plan, sim, proven };
}
