/** Cells of a matrix: all of them, or few in which every two values of two factors still meet once. */

export type Factors<T> = { readonly [K in keyof T]: readonly T[K][] };

/** Every combination that `allowed` takes, the last factor fastest. */
export function allCells<T extends object>(factors: Factors<T>, allowed: (cell: T) => boolean = () => true): T[] {
  let cells: Partial<T>[] = [{}];
  for (const key of Object.keys(factors) as (keyof T)[])
    cells = cells.flatMap((cell) => factors[key].map((value) => ({ ...cell, [key]: value })));
  return (cells as T[]).filter(allowed);
}

/** Of `cells`, few that cover every pair of values which occurs in any of them; greedy, always the same. */
export function pairwise<T extends object>(cells: readonly T[]): T[] {
  const pairsOf = (cell: T) => {
    const values = Object.entries(cell).map(([key, value]) => `${key}=${value}`);
    return values.flatMap((a, i) => values.slice(i + 1).map((b) => `${a} ${b}`));
  };
  const all = cells.map((cell) => ({ cell, pairs: pairsOf(cell) }));
  const open = new Set(all.flatMap(({ pairs }) => pairs));
  const chosen: T[] = [];
  while (open.size > 0) {
    let best = all[0]!;
    let most = -1;
    for (const candidate of all) {
      const covered = candidate.pairs.reduce((sum, pair) => sum + +open.has(pair), 0);
      if (covered <= most) continue;
      most = covered;
      best = candidate;
    }
    chosen.push(best.cell);
    for (const pair of best.pairs) open.delete(pair);
  }
  return chosen;
}
