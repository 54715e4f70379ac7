/** Random stacks, many in one merge, each pair of their layers squashed: how they are made, compared and told. */
import { expect } from 'vitest';
import { randomRun } from './layers.ts';
import { randomBelow } from './merged-trees.ts';

/** A pair whose squashed layer shows something else in the place of the two. */
export interface ShowsOther {
  /** Place of its stack in the batch, and of its lower layer in the stack. */
  readonly stack: number;
  readonly at: number;
  readonly shows: string;
  readonly expected: string;
}

/** @param normal stacks without FUZZ. @returns pairs that were compared for each stack */
export function squashRounds<Stack>(
  normal: number,
  batch: number,
  make: (random: (n: number) => number) => Stack,
  compare: (stacks: readonly Stack[]) => { readonly pairs: number; readonly wrong: readonly ShowsOther[] },
): number {
  const { seed, count } = randomRun(normal);
  let compared = 0;
  for (let from = 0; from < count; from += batch) {
    const stacks = Array.from({ length: Math.min(batch, count - from) }, (_, n) => make(randomBelow(seed + from + n)));
    const { pairs, wrong } = compare(stacks);
    compared += pairs;
    for (const { at, expected, shows, stack } of wrong)
      expect(shows, `seed ${seed + from + stack}, pair ${at}: ${JSON.stringify(stacks[stack])}`).toBe(expected);
  }
  return compared / count;
}
