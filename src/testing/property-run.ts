/** How properties of fast-check are tried: the same cases at each run, so that a failure is of the change that it meets. */
import process from 'node:process';
import { fuzzCount } from './damage.ts';

/** @param normal cases without FUZZ; FUZZ_SEED sets the seed */
export function propertyRun(normal = 100): { readonly numRuns: number; readonly seed: number } {
  return { numRuns: fuzzCount(normal), seed: Number(process.env['FUZZ_SEED'] ?? 20261121) };
}
