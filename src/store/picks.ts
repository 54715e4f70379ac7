/** What was chosen by hand: for which need of which file another one stands. */
import type { Taken } from './dropped.ts';
import type { SavedWorkspace } from './persist.ts';

export type HandPicks = ReadonlyMap<Taken, ReadonlyMap<string, Taken>>;

/** What a saved workspace had chosen by hand, with its files as they are now. */
export function picksOf(saved: SavedWorkspace, files: readonly Taken[]): HandPicks {
  const picks = new Map<Taken, Map<string, Taken>>();
  for (const { file, need, picked } of saved.picks ?? []) {
    const [main, taken] = [files[file], files[picked]];
    if (main === undefined || taken === undefined) continue;
    picks.set(main, (picks.get(main) ?? new Map<string, Taken>()).set(need, taken));
  }
  return picks;
}
