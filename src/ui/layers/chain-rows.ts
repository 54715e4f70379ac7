/** Which lines a chain is drawn in, and what a file is called that is not there. Pure. */
import type { ChainEntry } from '../../engine/api.ts';
import type { Dictionary } from '../../i18n/en.ts';

/** Files of one kind in a row that are all here: so many are drawn one by one. */
const UNFOLDED = 4;

export type ChainRow =
  | { readonly kind: 'entry'; readonly entry: ChainEntry }
  /** Extents or parts that are all here. */
  | { readonly kind: 'folded'; readonly entries: readonly ChainEntry[] };

export function lastName(path: string): string {
  return path.replace(/^.*[\\/]/, '');
}

/** The name of a file that is wanted: as it was known, else by its number. */
export function wantedName({ id, kind, names }: ChainEntry, t: Dictionary): string {
  if (names[0] !== undefined) return names[0];
  const words = t.chain.unnamed[kind];
  return typeof words === 'string' ? words : words(id.replace(/^.*:/, ''));
}

const folds = (entry: ChainEntry): boolean =>
  entry.status === 'found' && (entry.kind === 'extent' || entry.kind === 'part');

/** Dozens of parts that are all here are one line: what is missing must not drown in them. */
export function chainRows(chain: readonly ChainEntry[]): ChainRow[] {
  const rows: ChainRow[] = [];
  let run: ChainEntry[] = [];
  const close = () => {
    const shown = run.length > UNFOLDED ? 1 : run.length;
    for (const entry of run.slice(0, shown)) rows.push({ kind: 'entry', entry });
    if (run.length > shown) rows.push({ kind: 'folded', entries: run.slice(shown) });
    run = [];
  };
  for (const entry of chain) {
    if (run.length > 0 && (!folds(entry) || run[0]!.kind !== entry.kind || run[0]!.depth !== entry.depth)) close();
    if (folds(entry)) run.push(entry);
    else rows.push({ kind: 'entry', entry });
  }
  close();
  return rows;
}
