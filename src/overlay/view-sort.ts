/** Orders of siblings by the columns of the grid. */
import type { NameSpace } from '../codec/names.ts';
import { type NamedLayer, shownOf } from './nodes.ts';
import type { Resolution, ViewSort } from './types.ts';
import type { ViewColumns } from './view.ts';

/** Compares two siblings by the chosen column; equal ones stay in NTFS order, which is the order of node numbers. */
export function compareNodes(
  resolution: Resolution,
  layers: readonly NamedLayer[],
  names: NameSpace,
  columns: ViewColumns,
  sort: ViewSort,
): (a: number, b: number) => number {
  const of = (node: number) => shownOf(resolution, layers, node);
  const number = (pick: (layer: number, row: number) => number) => (a: number, b: number) => {
    const [x, y] = [of(a), of(b)];
    return (x === null ? 0 : pick(x.layer, x.row)) - (y === null ? 0 : pick(y.layer, y.row));
  };
  const rank = new Map(resolution.order.map((layer, position) => [layer, position]));
  const keys: Record<ViewSort['by'], (a: number, b: number) => number> = {
    name: (a, b) => a - b,
    size: number(columns.size),
    modified: (a, b) => number(columns.modifiedHi)(a, b) || number(columns.modifiedLo)(a, b),
    type: (a, b) => {
      const [x, y] = [
        extension(names.text(resolution.union.nameId[a]!)),
        extension(names.text(resolution.union.nameId[b]!)),
      ];
      return x < y ? -1 : x > y ? 1 : 0;
    },
    layer: (a, b) => (rank.get(resolution.winner[a]!) ?? -1) - (rank.get(resolution.winner[b]!) ?? -1),
    state: (a, b) => resolution.state[a]! - resolution.state[b]!,
  };
  const key = keys[sort.by];
  const sign = sort.descending ? -1 : 1;
  return (a, b) => sign * key(a, b) || a - b;
}

function extension(name: string): string {
  const dot = name.lastIndexOf('.');
  return dot <= 0 ? '' : name.slice(dot + 1);
}
