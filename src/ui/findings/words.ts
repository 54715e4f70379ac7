/** Words for findings: by code where the dictionary knows it, else the sentence that came with it. */
import type { Finding } from '../../base/findings.ts';
import type { Dictionary } from '../../i18n/en.ts';

export function titleOf(code: string, t: Dictionary): string {
  const titles: Readonly<Record<string, string>> = { ...t.damage.titles, ...t.findings.titles };
  return titles[code] ?? code;
}

/** Why it hurts; one kind may hurt otherwise by how bad it is. */
export function whyOf(
  { code, severity, message }: Pick<Finding, 'code' | 'severity' | 'message'>,
  t: Dictionary,
): string {
  const whys: Readonly<Record<string, string>> = { ...t.damage.whys, ...t.findings.whys };
  return whys[`${code}:${severity}`] ?? whys[code] ?? message;
}

/** What to do where no rule settles it. */
export function wayOf({ code, severity }: Pick<Finding, 'code' | 'severity'>, t: Dictionary): string {
  const ways: Readonly<Record<string, string>> = t.findings.ways;
  return ways[`${code}:${severity}`] ?? ways[code] ?? t.findings.noProposal;
}

export function factName(fact: string, t: Dictionary): string {
  const names: Readonly<Record<string, string>> = t.findings.facts;
  return names[fact] ?? fact;
}
