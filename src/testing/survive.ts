/**
 * The promise to hostile input: each damaged image ends in a result or a FormatError, soon. Anything else (RangeError,
 * TypeError, a trap, a loop) fails the test with the seed or length that makes it again.
 */
import { FormatError } from '../base/errors.ts';
import { damage, fuzzCount, truncations } from './damage.ts';

/** Two seconds an image, on a machine that does other things as well. */
export const TIME_LIMIT_MS = 2000;

/** Opens `bytes` and walks everything in it. Returns or throws FormatError. */
export type Exercise = (bytes: Uint8Array) => void;

function broken(error: unknown, what: string): void {
  if (error instanceof FormatError) return;
  const name = error instanceof Error ? `${error.name} (${error.message})` : typeof error;
  throw new Error(`${what}: ${name} instead of a FormatError`, { cause: error });
}

/** Starts the watch; the returned function throws when the limit has passed, by the clock and by work done. */
export function watch(what: string): () => void {
  const start = performance.now();
  const cpu = process.cpuUsage();
  return () => {
    const elapsed = performance.now() - start;
    if (elapsed <= TIME_LIMIT_MS) return;
    const { user, system } = process.cpuUsage(cpu);
    const worked = (user + system) / 1000;
    if (worked > TIME_LIMIT_MS) throw new Error(`${what}: took ${Math.round(worked)} ms`);
  };
}

/** @throws when `exercise` breaks the promise; `what` names the image, e.g. `seed 17` */
export function survive(bytes: Uint8Array, exercise: Exercise, what: string): void {
  const check = watch(what);
  try {
    exercise(bytes);
  } catch (error) {
    broken(error, what);
  }
  check();
}

/** `survive` for work that waits. */
export async function surviveLater(
  bytes: Uint8Array,
  exercise: (bytes: Uint8Array) => Promise<void>,
  what: string,
): Promise<void> {
  const check = watch(what);
  try {
    await exercise(bytes);
  } catch (error) {
    broken(error, what);
  }
  check();
}

/** Cuts `image` at each edge and evenly over the whole. @returns how many images were tried */
export function surviveTruncations(image: Uint8Array, exercise: Exercise, edges: readonly number[] = []): number {
  const lengths = truncations(image.length, edges);
  for (const length of lengths) survive(image.subarray(0, length), exercise, `cut to ${length} bytes`);
  return lengths.length;
}

/**
 * Damages `image` with seeds 1, 2, 3 ...; FUZZ in the environment raises the count.
 * @param mend runs over each damaged image, e.g. to make its checksums right again so that the damage gets deeper
 * @returns how many images were tried
 */
export function surviveMutations(
  image: Uint8Array,
  exercise: Exercise,
  options: { count?: number; hot?: readonly number[]; mend?: (bytes: Uint8Array) => void } = {},
): number {
  const count = fuzzCount(options.count ?? 2000);
  for (let seed = 1; seed <= count; seed++) {
    const bad = damage(image, seed, options.hot);
    options.mend?.(bad);
    survive(bad, exercise, `seed ${seed}`);
  }
  return count;
}
