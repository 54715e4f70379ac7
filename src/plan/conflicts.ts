/** Findings of the merge as conflict records: sorted, numbered, with the plan's layer ids. A report, nothing to act on. */
import type { Fact, Facts, Finding } from '../base/findings.ts';
import { isWellFormed } from '../base/utf16.ts';
import { canonical } from './canonical.ts';
import { textField } from './encode.ts';

const RANK = { error: 0, warning: 1, info: 2 } as const;

export function conflictRecords(findings: readonly Finding[], ids: ReadonlyMap<string, string>) {
  const made = findings.map((finding) => {
    const { path, ...facts } = finding.facts ?? {};
    return {
      sev: finding.severity,
      code: finding.code,
      message: wellFormed(finding.message),
      ...(typeof path === 'string' ? textField('p', path) : {}),
      facts: clean(facts, ids) as Facts,
    };
  });
  return made
    .map((record) => ({ record, order: canonical(record) }))
    .sort((a, b) => RANK[a.record.sev] - RANK[b.record.sev] || (a.order < b.order ? -1 : a.order > b.order ? 1 : 0))
    .map(({ record }, i) => ({ id: `f${i + 1}`, ...record }));
}

/** Facts with workspace ids replaced and text that JSON can carry. */
function clean(fact: Fact, ids: ReadonlyMap<string, string>): Fact {
  if (typeof fact === 'string') return ids.get(fact) ?? wellFormed(fact);
  if (typeof fact === 'number') return Number.isFinite(fact) ? fact : null;
  if (fact === null || typeof fact === 'boolean') return fact;
  if (Array.isArray(fact)) return fact.map((part: Fact) => clean(part, ids));
  return Object.fromEntries(Object.entries(fact).map(([key, value]) => [key, clean(value, ids)]));
}

/** Lone surrogates as U+FFFD: a report for people may lose them, a path may not. */
function wellFormed(text: string): string {
  return isWellFormed(text)
    ? text
    : text.replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, '\ufffd');
}
