/** A scan in progress: bounded steps, so that the worker can answer reads and cancel between them. */
export interface Scan {
  /** Works for about `budgetMs` milliseconds; true when everything has been delivered. */
  step(budgetMs: number): boolean;
  /** Work done and to do in one unit (records, bytes); `total` is null while it is not known. */
  readonly done: number;
  readonly total: number | null;
}
