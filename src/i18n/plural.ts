/** Plural forms by the language's own rules. */

const rules = new Map<string, Intl.PluralRules>();

/** The form for `count` with `{n}` replaced by the number as that language writes it. */
export function plural(locale: string, count: number, forms: { one?: string; other: string }): string {
  let rule = rules.get(locale);
  if (rule === undefined) {
    rule = new Intl.PluralRules(locale);
    rules.set(locale, rule);
  }
  const form = rule.select(count) === 'one' ? (forms.one ?? forms.other) : forms.other;
  return form.replace('{n}', count.toLocaleString(locale));
}
