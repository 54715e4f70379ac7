/** What the filter chips make of a view's specification. Pure. */
import type { RowState, ViewSpec } from '../../engine/api.ts';

const ALL: readonly RowState[] = ['added', 'overrides', 'same', 'unchanged', 'hidden'];

/** `same` stands for `unchanged` too: both are what the base already had. */
function family(state: RowState): readonly RowState[] {
  return state === 'same' || state === 'unchanged' ? ['same', 'unchanged'] : [state];
}

export function isStateShown(spec: ViewSpec, state: RowState): boolean {
  if (state === 'hidden' && !spec.showHidden) return false;
  return spec.states === null || spec.states.includes(state);
}

export function toggledState(spec: ViewSpec, state: RowState): Partial<ViewSpec> {
  const shown = ALL.filter((s) => isStateShown(spec, s));
  const next = isStateShown(spec, state)
    ? shown.filter((s) => !family(state).includes(s))
    : [...shown, ...family(state)];
  const hidden = next.includes('hidden');
  return {
    states: ALL.every((s) => next.includes(s)) ? null : ALL.filter((s) => next.includes(s)),
    showHidden: hidden,
  };
}

export function toggledLayer(spec: ViewSpec, layer: string, all: readonly string[]): Partial<ViewSpec> {
  const shown = spec.layers ?? all;
  const next = shown.includes(layer) ? shown.filter((id) => id !== layer) : [...shown, layer];
  return { layers: all.every((id) => next.includes(id)) ? null : all.filter((id) => next.includes(id)) };
}

/** `a r m u`: added, removed, modified, unmodified. */
export const STATE_KEYS: Readonly<Record<string, RowState>> = { a: 'added', r: 'hidden', m: 'overrides', u: 'same' };
