/** Letters typed into a list: those that come quickly make one prefix, the same letter again steps on. Pure. */

export interface TypeAhead {
  readonly text: string;
  readonly at: number;
}

export const NOTHING_TYPED: TypeAhead = { text: '', at: Number.NEGATIVE_INFINITY };

/** After this long a new word begins. */
export const PAUSE_MS = 900;

/** What to look for after a key at time `now`. `next`: begin behind the cursor (a new prefix or the same letter again). */
export function typed(state: TypeAhead, key: string, now: number): { state: TypeAhead; prefix: string; next: boolean } {
  const fresh = now - state.at > PAUSE_MS;
  const text = fresh ? key : state.text + key;
  const repeated = [...text].every((c) => c.toLowerCase() === key.toLowerCase());
  return { state: { text, at: now }, prefix: repeated ? key : text, next: fresh || repeated };
}
