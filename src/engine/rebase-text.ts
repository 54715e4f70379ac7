/**
 * The rebase report as a file: JSON for programs, CSV (RFC 4180) for spreadsheets, Markdown for people who have to decide.
 * Layers stand by the names that they are given.
 */
import { csvRow } from '../base/csv.ts';
import type { Evidence, MergeFinding, Proposal } from '../overlay/findings/types.ts';
import type { RebaseFormat, RebaseReport } from './api-rebase.ts';

/** Name of a layer id. */
export type NameOf = (layer: string) => string;

const SIDES = ['above', 'new', 'old'] as const;
const FACTS = ['version', 'linked', 'sha1', 'size', 'type', 'data'] as const;
/** Items of one kind in a document for people. */
const LISTED = 500;

export function rebaseText(report: RebaseReport, format: RebaseFormat, nameOf: NameOf): string {
  return format === 'json'
    ? asJson(report, nameOf)
    : format === 'csv'
      ? asCsv(report, nameOf)
      : asMarkdown(report, nameOf);
}

/** The sides of one item: what stands above, what the new base brings, what the old one had. */
function sidesOf(finding: MergeFinding): Record<(typeof SIDES)[number], Evidence | null> {
  const of = (...roles: Evidence['role'][]) => finding.evidence.find(({ role }) => roles.includes(role)) ?? null;
  return { above: of('wins', 'mark'), new: of('hidden'), old: of('before') };
}

const ruleOf = (proposal: Proposal | null): string =>
  (proposal?.add ?? []).map(({ action, match }) => `${action} ${match.kind} ${match.p}`).join('; ');

/** One finding as an object, with layers by name. */
export function rebaseItem(finding: MergeFinding, nameOf: NameOf): object {
  const { severity, code, path, note, message, proposal } = finding;
  const side = (evidence: Evidence | null) =>
    evidence === null
      ? null
      : {
          layer: evidence.layer === null ? null : nameOf(evidence.layer),
          mark: evidence.role === 'mark',
          path: evidence.path,
          ...evidence.facts,
        };
  const sides = sidesOf(finding);
  return {
    severity,
    code,
    path,
    note,
    message,
    above: side(sides.above),
    new: side(sides.new),
    old: side(sides.old),
    rules: proposal?.add ?? [],
  };
}

function headOf({ before, after, files, values, unreadPrograms }: RebaseReport) {
  const base = ({ name, build }: RebaseReport['before']) => ({ name, build });
  return { before: base(before), after: base(after), files, values, unreadPrograms };
}

function asJson(report: RebaseReport, nameOf: NameOf): string {
  const totals = report.groups.map(({ severity, code, total }) => ({ severity, code, total }));
  const items = report.groups.flatMap((group) => group.items.map((item) => rebaseItem(item, nameOf)));
  return `${JSON.stringify({ ...headOf(report), totals, items }, null, 1)}\n`;
}

function asCsv({ groups }: RebaseReport, nameOf: NameOf): string {
  const head = [
    'severity',
    'code',
    'path',
    'note',
    'layer',
    ...SIDES.flatMap((s) => FACTS.map((f) => `${s} ${f}`)),
    'rule',
  ];
  const rows = groups.flatMap(({ items }) =>
    items.map((finding) => {
      const sides = sidesOf(finding);
      const layer = sides.above?.layer ?? null;
      const facts = SIDES.flatMap((side) => FACTS.map((fact) => sides[side]?.facts[fact] ?? ''));
      const { severity, code, path, note, proposal } = finding;
      return [severity, code, path ?? '', note, layer === null ? '' : nameOf(layer), ...facts, ruleOf(proposal)];
    }),
  );
  return [head, ...rows].map(csvRow).join('');
}

/** Text inside a table of Markdown. */
const cell = (text: string) => text.replace(/[\\`*_{}[\]<>|#]/g, '\\$&').replace(/[\r\n]+/g, ' ');
const HEADS = { error: 'Errors', warning: 'Warnings', info: 'Notes' } as const;

function factsOf(side: Evidence | null): string {
  if (side === null) return '';
  if (side.role === 'mark') return 'deleted';
  const { version, linked, sha1, size, data } = side.facts;
  const parts = [
    version,
    linked?.slice(0, 10),
    version === undefined ? sha1 : undefined,
    size && `${size} bytes`,
    data,
  ];
  return cell(parts.filter((part) => part !== undefined && part !== '').join(', '));
}

function asMarkdown(report: RebaseReport, nameOf: NameOf): string {
  const { before, after, files, values, groups } = report;
  const base = ({ name, build }: RebaseReport['before']) => cell(build === null ? name : `${name} (${build})`);
  const lines = [
    `# ${base(before)} -> ${base(after)}`,
    '',
    `The new base changes ${files.changed} files, brings ${files.added}, drops ${files.removed}; ` +
      `it changes or brings ${values.changed} registry values and drops ${values.removed}.`,
    '',
  ];
  if (report.unreadPrograms > 0) lines.push(`The versions of ${report.unreadPrograms} programs were not read.`, '');
  if (groups.length === 0) lines.push('The layers above hide nothing of it.', '');
  let severity = '';
  for (const group of groups) {
    if (group.severity !== severity) lines.push(`## ${HEADS[group.severity]}`, '');
    severity = group.severity;
    lines.push(`### ${group.code}: ${group.total}`, '', cell(group.items[0]?.message ?? ''), '');
    lines.push('| Path | | Layer | Above | New base | Old base |', '|---|---|---|---|---|---|');
    for (const finding of group.items.slice(0, LISTED)) {
      const { above, new: now, old } = sidesOf(finding);
      const layer = above?.layer ?? null;
      const columns = [cell(finding.path ?? ''), cell(finding.note), layer === null ? '' : cell(nameOf(layer))];
      lines.push(`| ${[...columns, factsOf(above), factsOf(now), factsOf(old)].join(' | ')} |`);
    }
    const left = group.total - Math.min(group.items.length, LISTED);
    if (left > 0) lines.push('', `${left} more are not listed.`);
    lines.push('');
  }
  return lines.join('\n');
}
