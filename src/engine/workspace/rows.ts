/** View rows -> the rows that the page draws. */
import { filetimeMs } from '../../base/filetime.ts';
import { BYTE_STATE_NAMES, ByteState } from '../../fs/types.ts';
import { KeyFlag } from '../../hive/types.ts';
import type { RegistryOverlay } from '../../overlay/registry/overlay.ts';
import { Cell, NO_LAYER, STATE_NAMES, StateFlag, type ViewRow } from '../../overlay/types.ts';
import type { CoreCells, FileRow, KeyRow, RowFlag } from '../api.ts';
import { ROOT_NAMES } from './address.ts';
import type { Derived } from './derived.ts';

const LETTERS: Readonly<Record<Cell, string>> = {
  [Cell.absent]: '-',
  [Cell.wins]: 'w',
  [Cell.loses]: 'h',
  [Cell.mark]: 'd',
};

/** What rows need to know of the workspace. */
export interface RowContext {
  /** Layer ids by layer number of the union. */
  readonly ids: readonly string[];
  /** Layer numbers as the panel shows them, top first. */
  readonly topFirst: readonly number[];
  readonly changed: ReadonlySet<number>;
  readonly marked: ReadonlySet<number> | null;
}

/** One letter a layer, top first. A mark that a rule made is an `x`. */
export function coreCells(core: readonly Cell[], ruled: boolean, { topFirst }: RowContext): CoreCells {
  return topFirst.map((layer) => (core[layer] === Cell.mark && ruled ? 'x' : LETTERS[core[layer]!])).join('');
}

const FLAGS: readonly (readonly [bit: number, flag: RowFlag])[] = [
  [StateFlag.conflict, 'conflict'],
  [StateFlag.opaque, 'opaque'],
  [StateFlag.origin, 'origin'],
];

export function rowFlags(flags: number, excluded: boolean, byteState: number): RowFlag[] {
  const found = FLAGS.filter(([bit]) => (flags & bit) !== 0).map(([, flag]) => flag);
  if (excluded) found.push('excluded');
  if (byteState === ByteState.damaged || byteState === ByteState.missing) found.push('damaged');
  return found;
}

/** Some copy is left out by a rule. */
function excludes(row: ViewRow): boolean {
  return row.rule !== 0 && row.core.includes(Cell.mark) && (row.flags & StateFlag.whiteout) === 0;
}

/** Id of the layer a row belongs to; null for folders that several layers share. */
function layerOf(row: ViewRow, { ids }: RowContext): string | null {
  const contributing = row.core.filter((cell) => cell === Cell.wins).length;
  if (row.folder && contributing > 1) return null;
  const layer = row.winner === NO_LAYER ? (row.shown?.layer ?? -1) : row.winner;
  return ids[layer] ?? null;
}

export function fileRow(row: ViewRow, reparseTag: number, context: RowContext): FileRow {
  return {
    node: row.node,
    depth: row.depth,
    name: row.name,
    directory: row.folder,
    expandable: row.expandable,
    expanded: row.expanded,
    size: row.size,
    modified: filetimeMs(row.modifiedLo, row.modifiedHi),
    attributes: row.attributes,
    reparseTag,
    byteState: BYTE_STATE_NAMES[row.byteState] ?? 'complete',
    state: STATE_NAMES[row.state]!,
    flags: rowFlags(row.flags, excludes(row), row.byteState),
    layer: layerOf(row, context),
    core: coreCells(row.core, excludes(row), context),
    changed: context.changed.has(row.node),
    ...(context.marked?.has(row.node) ? { marked: true } : {}),
  };
}

/** @param row of a node, or of a way with the way's number, name and place */
export function keyRow(row: ViewRow, registry: RegistryOverlay, context: RowContext, derived: Derived): KeyRow {
  const main = derived.main(row.node);
  const side = derived.side(row.node);
  const place = row.shown === null ? null : registry.at(row.shown.layer, row.shown.row);
  const link = derived.isLink(row.node) || (place !== null && (row.attributes & KeyFlag.symlink) !== 0);
  const kind = row.depth === 0 ? 'root' : link ? 'link' : place !== null && place.row === 0 ? 'hive' : 'key';
  const { lastWriteLo, lastWriteHi } =
    row.winner === NO_LAYER ? { lastWriteLo: row.modifiedLo, lastWriteHi: row.modifiedHi } : registry.key(main);
  const values =
    place === null
      ? 0
      : place.hive.table.data.valueStart[place.row + 1]! - place.hive.table.data.valueStart[place.row]!;
  return {
    node: row.node,
    depth: row.depth,
    name: row.depth === 0 ? (ROOT_NAMES[row.name] ?? row.name) : row.name,
    expandable: row.expandable,
    expanded: row.expanded,
    kind,
    values,
    lastWrite: filetimeMs(lastWriteLo, lastWriteHi),
    state: STATE_NAMES[row.state]!,
    flags: rowFlags(row.flags, excludes(row), 0),
    layer: layerOf(row, context),
    core: coreCells(row.core, excludes(row), context),
    changed: context.changed.has(main),
    ...(context.marked?.has(main) ? { marked: true } : {}),
    ...(side === null ? {} : { side }),
  };
}
