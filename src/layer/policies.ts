/**
 * Rule files of other products, found beside or inside a layer, as rules of ours: default rules that stand before the built-in
 * ones, are shown with the others, and can be switched off. Whom a rule set counts for depends on the user who is shown.
 */
import type { Finding } from '../base/findings.ts';
import {
  type Assignment,
  assignmentFindings,
  type Principal,
  readAssignments,
  resolveAssignments,
} from './foreign-rules/assignments.ts';
import { readMaskRules } from './foreign-rules/masking.ts';
import { recogniseRules } from './foreign-rules/read.ts';
import { readRedirections } from './foreign-rules/redirections.ts';
import { readSnapvol } from './foreign-rules/snapvol.ts';
import { decodeRuleText } from './foreign-rules/text.ts';
import type { ForeignRule } from './foreign-rules/types.ts';
import type { Rule } from './types.ts';

/** One rule file, read. */
export interface Policy {
  /** Its name or path, for people: stands in the ids of its rules. */
  readonly source: string;
  readonly rules: readonly ForeignRule[];
  readonly findings: readonly Finding[];
  /** For whom it counts; null for everybody. */
  readonly assignments: { readonly source: string; readonly list: readonly Assignment[] } | null;
}

export interface PolicyFile {
  readonly source: string;
  /** Null when it could not be read. */
  readonly bytes: Uint8Array | null;
}

/** Rule sets for large suites have some hundred lines; a plan holds twice as many as these. */
const MAX_BROUGHT = 2048;

/** Nobody in particular: only what counts for everybody counts. */
export const ANYBODY: Principal = { user: [], groups: [] };

const stem = (source: string): string => source.replace(/\.[^.\\/]*$/, '').toUpperCase();

/**
 * The files that are rule files, assignment files joined with the rule sets whose name they have.
 * @param profile folder that redirections speak of, when they are one user's
 */
export function readPolicies(files: readonly PolicyFile[], profile?: string): Policy[] {
  const policies: Policy[] = [];
  const assigned = new Map<string, { source: string; list: readonly Assignment[]; findings: readonly Finding[] }>();
  const masks: { source: string; text: string }[] = [];
  for (const { source, bytes } of files) {
    if (bytes === null) {
      policies.push({
        source,
        rules: [],
        findings: [told(source, 'ruleFileMissing', 'error', UNREAD)],
        assignments: null,
      });
      continue;
    }
    const kind = recogniseRules(bytes);
    const text = decodeRuleText(bytes);
    if (kind === 'assignments') {
      const { assignments, findings } = readAssignments(text, source);
      assigned.set(stem(source), { source, list: assignments, findings });
    } else if (kind === 'appMasking') masks.push({ source, text });
    else if (kind === 'redirections')
      policies.push({ source, ...readRedirections(text, source, profile), assignments: null });
    else if (kind === 'snapvol') policies.push({ source, ...readSnapvol(text, source), assignments: null });
    else
      policies.push({
        source,
        rules: [],
        findings: [told(source, 'ruleFileUnknown', 'warning', UNKNOWN)],
        assignments: null,
      });
  }
  for (const { source, text } of masks) {
    const { rules, findings } = readMaskRules(text, source);
    const found = assigned.get(stem(source));
    assigned.delete(stem(source));
    const all =
      found === undefined
        ? [told(source, 'maskUnassigned', 'info', UNASSIGNED), ...findings]
        : [...findings, ...found.findings];
    policies.push({ source, rules, findings: all, assignments: found ?? null });
  }
  for (const { source, findings } of assigned.values())
    policies.push({
      source,
      rules: [],
      findings: [told(source, 'maskMissing', 'warning', NO_RULES), ...findings],
      assignments: null,
    });
  return policies;
}

const UNREAD = 'A rule file could not be read: what it hides is shown.';
const UNKNOWN = 'A file that should have rules has none that can be read.';
const UNASSIGNED = 'The rule set has no assignment file: it is taken to count for everybody.';
const TOO_MANY = 'There are more rules than can be taken; the first ones are.';
const NO_RULES = 'An assignment file stands alone: the rule set of its name is not here.';

function told(
  source: string,
  code: string,
  severity: Finding['severity'],
  message: string,
  facts: Finding['facts'] = {},
): Finding {
  return { code, severity, where: { source, offset: null }, message, facts };
}

/** The rules that count for somebody, and everything that is to be said about the files. @param prefix begins the ids */
export function applyPolicies(
  policies: readonly Policy[],
  who: Principal,
  prefix: string,
): { readonly rules: Rule[]; readonly findings: Finding[] } {
  const rules: Rule[] = [];
  const findings: Finding[] = [];
  const ids = new Set<string>();
  for (const { source, rules: own, findings: about, assignments } of policies) {
    findings.push(...about);
    if (assignments !== null) {
      const resolved = resolveAssignments(assignments.list, who);
      findings.push(...assignmentFindings(assignments.list, resolved, assignments.source));
      if (!resolved.applies) continue;
    }
    if (own.length > MAX_BROUGHT - rules.length)
      findings.push(told(source, 'ruleFileLong', 'warning', TOO_MANY, { rules: own.length, most: MAX_BROUGHT }));
    for (const { line, target, match, action, value, to } of own.slice(0, MAX_BROUGHT - rules.length)) {
      let id = `${prefix}${source}:${line}`;
      for (let n = 2; ids.has(id); n++) id = `${prefix}${source}:${line}.${n}`;
      ids.add(id);
      const about = { ...(value === undefined ? {} : { value }), ...(to === undefined ? {} : { to }) };
      rules.push({ id, target, match, action, origin: 'default', enabled: true, ...about });
    }
  }
  return { rules, findings };
}
