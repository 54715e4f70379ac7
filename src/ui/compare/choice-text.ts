/** What the trees of the compare tab are called. */
import type { Dictionary } from '../../i18n/en.ts';
import type { CompareChoice } from '../../store/compare-choices.ts';

/** A tree by its name, a merged view in words. */
export function choiceText({ text, view }: Pick<CompareChoice, 'text' | 'view'>, t: Dictionary): string {
  if (view === undefined) return text;
  return view === null ? t.compare.view : t.compare.viewWithout(view);
}
