/** What the trees of the compare tab are called. */
import type { Dictionary } from '../../i18n/en.ts';
import type { CompareChoice } from '../../store/compare-choices.ts';

/** A tree by its name, a merged view in words. */
export function choiceText({ text, view, stored }: Pick<CompareChoice, 'text' | 'view' | 'stored'>, t: Dictionary) {
  if (stored === true) return t.compare.stored(text);
  if (view === undefined) return text;
  return view === null ? t.compare.view : t.compare.viewWithout(view);
}
