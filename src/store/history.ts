/** Where one has been: a line of places with a position in it. Pure. */

export interface History<Place> {
  readonly places: readonly Place[];
  /** Index of the present place, -1 when there is none. */
  readonly at: number;
}

const LIMIT = 200;

export const NO_HISTORY: History<never> = { places: [], at: -1 };

/** Goes to a place; what lay ahead is forgotten. The same place twice is one visit. */
export function visit<Place>(
  history: History<Place>,
  place: Place,
  same: (a: Place, b: Place) => boolean,
): History<Place> {
  const now = history.places[history.at];
  if (now !== undefined && same(now, place)) return history;
  const places = [...history.places.slice(0, history.at + 1), place].slice(-LIMIT);
  return { places, at: places.length - 1 };
}

/** `steps` back (negative) or forward; null when there is nothing there. */
export function travel<Place>(history: History<Place>, steps: number): History<Place> | null {
  const at = history.at + steps;
  return at >= 0 && at < history.places.length ? { places: history.places, at } : null;
}
