/** Findings as a table for those who have to settle them: a line each, with its sides and the rule that would do it. */
import { csvRow } from '../base/csv.ts';
import type { Finding } from '../base/findings.ts';
import type { MergeFinding } from '../engine/api.ts';
import { isMerge, type ShownGroup } from './findings.ts';

const HEAD = ['severity', 'code', 'place', 'note', 'layers', 'message', 'rule'];

/** @param names of layers by id */
export function findingsCsv(groups: readonly ShownGroup[], names: ReadonlyMap<string, string>): string {
  const rows = groups.flatMap(({ items, total, code, severity }) => {
    const told = items.map((finding) => rowOf(finding, names));
    const left = total - items.length;
    return left === 0 ? told : [...told, [severity, code, '', '', '', `${left} more of this kind are not listed.`, '']];
  });
  return [HEAD, ...rows].map(csvRow).join('');
}

function rowOf(finding: Finding | MergeFinding, names: ReadonlyMap<string, string>): string[] {
  const { severity, code, message } = finding;
  if (!isMerge(finding)) {
    const path = finding.facts?.['path'];
    return [severity, code, typeof path === 'string' ? path : finding.where.source, '', '', message, ''];
  }
  const layers = new Set(finding.evidence.flatMap(({ layer }) => (layer === null ? [] : [names.get(layer) ?? layer])));
  const rules = (finding.proposal?.add ?? []).map(({ action, match, layer }) =>
    [action, layer === undefined ? '' : `(${names.get(layer) ?? layer})`, match.kind, match.p]
      .filter(Boolean)
      .join(' '),
  );
  const drops = finding.proposal?.drop.length ?? 0;
  const way = drops > 0 && rules.length === 0 ? 'take the rule away' : rules.join('; ');
  return [severity, code, finding.path ?? '', finding.note, [...layers].join(', '), message, way];
}
