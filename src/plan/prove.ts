/**
 * Proof of a plan: the simulated driver must come to the very view that was merged. The digest is compared first; when it
 * differs, both sides are run again side by side to name the first line on which they part.
 */
import type { Sha256 } from './merkle.ts';
import type { Plan } from './plan.ts';
import { type SimLayers, simulate } from './simulate.ts';
import { viewDigest } from './view-lines.ts';

export interface Proof {
  readonly proven: boolean;
  readonly effectiveViewSha256: string;
  /** First difference: a line of the simulated driver and one of the merged view; null where a side had ended. */
  readonly difference: { readonly simulated: string | null; readonly merged: string | null } | null;
}

/**
 * @param merged makes the lines of the merged view again, for the place of a difference; null when there is no merged view
 * @throws FormatError when the plan does not fit the layers
 */
export async function prove(
  plan: Plan,
  layers: SimLayers,
  merged: (() => Iterable<string>) | null,
  sha256: Sha256,
  pause?: () => Promise<void>,
): Promise<Proof> {
  const effectiveViewSha256 = await viewDigest(simulate(plan, layers), sha256, pause);
  const proven = effectiveViewSha256 === plan.manifest.integrity.effectiveViewSha256;
  const difference = proven || merged === null ? null : firstDifference(simulate(plan, layers), merged());
  return { proven, effectiveViewSha256, difference };
}

function firstDifference(simulated: Iterable<string>, merged: Iterable<string>): Proof['difference'] {
  const a = simulated[Symbol.iterator]();
  const b = merged[Symbol.iterator]();
  for (;;) {
    const x = a.next();
    const y = b.next();
    if (x.done && y.done) return null;
    if (x.done || y.done || x.value !== y.value)
      return { simulated: x.done ? null : x.value, merged: y.done ? null : y.value };
  }
}
