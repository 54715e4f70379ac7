/** The two things the engine does with plans: make one of what is merged, and look at one that was dropped. */
import { FormatError, fail, isCancelled } from '../base/errors.ts';
import { windowsUpcase } from '../index/upcase.ts';
import type { Layer } from '../layer/types.ts';
import { buildPlan, viewLines } from './build.ts';
import { readPlan, writePlan } from './file.ts';
import type { PlanHost, PlanInput } from './input.ts';
import { planLayerIds } from './manifest.ts';
import type { Sha256 } from './merkle.ts';
import type { Plan } from './plan.ts';
import { type Proof, prove } from './prove.ts';
import { simLayers } from './simulate.ts';
import {
  compareLayers,
  type LayerMatch,
  type OpenLayer,
  type PlanSummary,
  type RecordSample,
  sampleRecords,
  summarize,
} from './summary.ts';
import { verifyPlan } from './verify.ts';

export interface ExportedPlan {
  readonly plan: Plan;
  readonly file: Blob;
  readonly summary: PlanSummary;
  /** Null when the simulator refused the plan: `summary.warnings` says why. */
  readonly proof: Proof | null;
}

/**
 * Builds a plan, replays it by the simulated driver and packs it.
 * @param layers all layers that the overlay merged, in its order (base first); those that `input` does not name are skipped
 * @throws FormatError when a value changed while it was read; whatever `host` throws
 */
export async function exportPlan(input: PlanInput, layers: readonly Layer[], host: PlanHost): Promise<ExportedPlan> {
  const built = await buildPlan(input, host);
  const sim = simLayers(layers, planLayerIds(input.layers), input.upcase, input.keyUpcase);
  const pause = () => host.pause?.(0) ?? Promise.resolve();
  const warnings = [...built.warnings];
  let proof: Proof | null = null;
  try {
    proof = await prove(built.plan, sim, () => viewLines(input, built.unreadable), host.sha256, pause);
    if (!proof.proven) warnings.push(differenceSentence(proof));
  } catch (error) {
    // A plan that the simulator refuses is not proven; whatever else ends here (cancelling) is the caller's.
    if (!(error instanceof FormatError) || isCancelled(error)) throw error;
    warnings.push(`The simulated driver refuses the plan: ${error.message}`);
  }
  const summary = summarize(built.plan, proof?.proven ?? false, warnings);
  return { plan: built.plan, file: await writePlan(built.plan), summary, proof };
}

function differenceSentence({ difference }: Proof): string {
  const { simulated, merged } = difference ?? { simulated: null, merged: null };
  return `The simulated driver does not come to the merged view: ${simulated ?? 'the end'} instead of ${merged ?? 'the end'}.`;
}

export interface InspectedPlan {
  readonly plan: Plan;
  readonly summary: PlanSummary;
  readonly layers: readonly LayerMatch[];
  readonly samples: readonly RecordSample[];
  /** As `verifyPlan` says. */
  readonly ordered: boolean;
}

export interface OpenedLayer extends OpenLayer {
  readonly layer: Layer;
}

/**
 * Reads and checks a plan, compares it with the open layers (base first) and, when all of them are the plan's, replays it.
 * @param tables case tables of the open layers and of Windows
 * @throws FormatError for a plan that must not be believed
 */
export async function inspectPlan(
  bytes: Uint8Array,
  open: readonly OpenedLayer[],
  tables: { readonly files: Uint16Array; readonly keys: Uint16Array },
  sha256: Sha256,
  source?: string,
): Promise<InspectedPlan> {
  const plan = readPlan(bytes, source);
  const { ordered } = await verifyPlan(plan, [tables.files, tables.keys], sha256);
  const layers = compareLayers(plan.manifest, open);
  const warnings: string[] = [];
  let proven = false;
  if (!ordered) warnings.push('The case table of the plan is not at hand: the order of records was not checked.');
  else if (layers.every((layer) => layer.match === 'exact')) {
    const ids = new Map(layers.map(({ id, open: index }) => [open[index!]!.layer.id, id]));
    const used = layers.map(({ open: index }) => open[index!]!.layer);
    try {
      const proof = await prove(plan, simLayers(used, ids, tables.files, tables.keys), null, sha256);
      proven = proof.proven;
      if (!proven) warnings.push('The simulated driver comes to another view than the plan says.');
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      warnings.push(`The simulated driver refuses the plan: ${error.message}`);
    }
  }
  return { plan, summary: summarize(plan, proven, warnings), layers, samples: sampleRecords(plan), ordered };
}

/** A plan that stands for itself, every digest checked. @throws FormatError for one that must not be believed */
export async function openPlan(bytes: Uint8Array, sha256: Sha256, source: string): Promise<Plan> {
  const plan = readPlan(bytes, source);
  await verifyPlan(plan, [windowsUpcase()], sha256);
  return plan;
}

/** Plans larger than this are not read into memory at once. */
const MAX_PLAN = 512 * 1024 * 1024;

/** Bytes of a dropped plan. @throws FormatError when it is too large */
export async function planBytes(file: Blob, source = 'merge plan'): Promise<Uint8Array> {
  if (file.size > MAX_PLAN) fail('UnsupportedSize', source, null, `at most ${MAX_PLAN} bytes`, file.size);
  return new Uint8Array(await file.arrayBuffer());
}
