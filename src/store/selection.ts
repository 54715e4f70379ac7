/** Cursor and selected rows of a list, by index: what a key or a click makes of them. Pure. */

export interface Selection {
  /** Row with the cursor, -1 when the list is empty or untouched. */
  readonly cursor: number;
  /** Where a range begins. */
  readonly anchor: number;
  /** Selected ranges, `to` inclusive, sorted, not touching. */
  readonly ranges: readonly (readonly [from: number, to: number])[];
}

export type SelectMode = 'one' | 'range' | 'toggle' | 'move';

export const NO_SELECTION: Selection = { cursor: -1, anchor: -1, ranges: [] };

export function selectOne(index: number): Selection {
  return index < 0 ? NO_SELECTION : { cursor: index, anchor: index, ranges: [[index, index]] };
}

export function isSelected(selection: Selection, index: number): boolean {
  return selection.ranges.some(([from, to]) => index >= from && index <= to);
}

export function selectedCount(selection: Selection): number {
  return selection.ranges.reduce((sum, [from, to]) => sum + to - from + 1, 0);
}

function merged(ranges: readonly (readonly [number, number])[]): [number, number][] {
  const result: [number, number][] = [];
  for (const [from, to] of [...ranges].sort((a, b) => a[0] - b[0])) {
    const last = result.at(-1);
    if (last !== undefined && from <= last[1] + 1) last[1] = Math.max(last[1], to);
    else result.push([from, to]);
  }
  return result;
}

/** `one` selects a row, `range` from the anchor to it, `toggle` turns it alone, `move` only moves the cursor. */
export function select(selection: Selection, index: number, mode: SelectMode): Selection {
  if (mode === 'one' || selection.cursor < 0) return selectOne(index);
  if (mode === 'move') return { ...selection, cursor: index };
  if (mode === 'range') {
    const anchor = selection.anchor;
    return { cursor: index, anchor, ranges: [[Math.min(anchor, index), Math.max(anchor, index)]] };
  }
  if (!isSelected(selection, index))
    return { cursor: index, anchor: index, ranges: merged([...selection.ranges, [index, index]]) };
  const ranges = selection.ranges.flatMap(([from, to]): [number, number][] => {
    if (index < from || index > to) return [[from, to]];
    const rest: [number, number][] = [];
    if (from < index) rest.push([from, index - 1]);
    if (index < to) rest.push([index + 1, to]);
    return rest;
  });
  return { cursor: index, anchor: index, ranges };
}
