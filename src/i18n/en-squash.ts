/** English for two layers that become one. */
import { plural } from './plural.ts';

export const enSquash = {
  squash: {
    action: 'Squash with the layer below',
    done: (upper: string, lower: string) =>
      `${upper} and ${lower} are one layer now. Both are left out: take them in again to undo it.`,
    without: (text: string, count: number) =>
      `One layer cannot say all of two (${count} ${plural('en', count, { one: 'kind', other: 'kinds' })}): ${text}`,
  },
};
export type SquashWords = typeof enSquash;
