/** What scrolls must be reachable by keys, so it is a tab stop though nothing in it need be. */
export const SCROLLABLE = { tabIndex: 0 } as const;
