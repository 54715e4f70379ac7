/**
 * 8.3 names in the merge (F-34, F-35): two entries of one folder that come from different layers may claim one. The lower
 * one keeps it, since more of Windows was installed with it in place; the upper one gets another, or none.
 */
import { foldText } from '../../index/upcase.ts';
import { NO_LAYER, type Resolution } from '../types.ts';
import type { FileLayer } from './layer.ts';

export interface ShortNameClash {
  /** Nodes of the entry that gives way and of the one that keeps the name. */
  readonly upper: number;
  readonly lower: number;
  readonly name: string;
  /** What the upper entry is called instead, unique in the folder; null when no name is left. */
  readonly becomes: string | null;
}

/** Numbers that are tried behind the tilde. */
const MAX_NUMBER = 999;

/** Layer and table row of the entry that is seen; null for none, and for rows that only markers have. */
export function shownRow(
  { winner, union }: Resolution,
  layers: readonly FileLayer[],
  node: number,
): { readonly layer: number; readonly row: number } | null {
  const layer = winner[node]!;
  if (layer === NO_LAYER) return null;
  const row = union.slots[layer]![node]!;
  const { table } = layers[layer]!;
  return table === null || row < 0 || row >= table.count ? null : { layer, row };
}

/** Clashes of the whole view, folder by folder. @param upcase case table of the view */
export function* shortNameClashes(
  resolution: Resolution,
  layers: readonly FileLayer[],
  upcase: Uint16Array,
): Generator<ShortNameClash> {
  const { union, order } = resolution;
  const short = layers.map(({ table }) => table?.data.shortLength ?? null);
  const place = new Uint8Array(layers.length);
  order.forEach((layer, position) => {
    place[layer] = position;
  });
  for (let folder = 0; folder < union.count; folder++) {
    const [from, to] = [union.childStart[folder]!, union.childStart[folder + 1]!];
    if (to - from < 2) continue;
    let owners = 0;
    let last = -1;
    for (let node = from; node < to; node++) {
      const won = shownRow(resolution, layers, node);
      if (won === null || short[won.layer]![won.row] === 0) continue;
      if (won.layer !== last) owners++;
      last = won.layer;
    }
    // short names of one layer are unique in a folder: its file system has seen to that
    if (owners > 1) yield* ofFolder(from, to);
  }

  function* ofFolder(from: number, to: number): Generator<ShortNameClash> {
    /** Folded short name -> the entries that have it, lowest layer first. */
    const claims = new Map<string, { node: number; layer: number; name: string }[]>();
    const taken = new Set<string>();
    /** First number that is worth a try, by what stands before and behind it. */
    const next = new Map<string, number>();
    for (let node = from; node < to; node++) {
      const won = shownRow(resolution, layers, node);
      if (won === null) continue;
      const table = layers[won.layer]!.table!;
      taken.add(foldText(table.name(won.row), upcase));
      const name = table.shortName(won.row);
      if (name === '') continue;
      const folded = foldText(name, upcase);
      taken.add(folded);
      const claim = { node, layer: won.layer, name };
      const known = claims.get(folded);
      if (known === undefined) claims.set(folded, [claim]);
      else known.push(claim);
    }
    for (const claim of claims.values()) {
      if (claim.length < 2) continue;
      claim.sort((a, b) => place[a.layer]! - place[b.layer]! || a.node - b.node);
      const [lower, ...uppers] = claim as [(typeof claim)[number], ...typeof claim];
      for (const { node, layer, name } of uppers)
        if (layer !== lower.layer)
          yield { upper: node, lower: lower.node, name, becomes: freeName(name, taken, next, upcase) };
    }
  }
}

/**
 * `PROGRA~1.TXT` -> the first of `PROGRA~2.TXT` ... that nothing in the folder has; it is taken then. Names are only ever taken, so
 * that the next search for one like it goes on where this one ended.
 */
function freeName(name: string, taken: Set<string>, next: Map<string, number>, upcase: Uint16Array): string | null {
  const dot = name.lastIndexOf('.');
  const [stem, end] = dot < 0 ? [name, ''] : [name.slice(0, dot), name.slice(dot)];
  const plain = stem.replace(/~\d+$/, '');
  const like = `${foldText(plain, upcase)}*${foldText(end, upcase)}`;
  for (let number = next.get(like) ?? 1; number <= MAX_NUMBER; number++) {
    next.set(like, number + 1);
    const tail = `~${number}`;
    const wanted = `${plain.slice(0, 8 - tail.length)}${tail}${end}`;
    const folded = foldText(wanted, upcase);
    if (taken.has(folded)) continue;
    taken.add(folded);
    return wanted;
  }
  return null;
}
