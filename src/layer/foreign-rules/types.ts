/** Rules that other products keep beside their layers, in our words. */
import type { Finding, Severity } from '../../base/findings.ts';
import { normalMatch } from '../rule-draft.ts';
import type { Rule, RuleDraft, RuleMatch } from '../types.ts';

/** A rule and where it stands. */
export interface ForeignRule extends RuleDraft {
  readonly line: number;
}

export interface ForeignRules {
  readonly rules: readonly ForeignRule[];
  /** Lines that are no rules of ours: what they do in the product, or that they cannot be read. None is dropped silently. */
  readonly findings: readonly Finding[];
}

/**
 * A place as rule files write it: they speak of the running Windows, in which the current control set has a name of its own.
 * @throws FormatError InvalidArgument
 */
export function foreignMatch(target: Rule['target'], written: RuleMatch): RuleMatch {
  const { kind, p } = normalMatch(target, written);
  return { kind, p: target === 'key' ? p.replace(/^(HKLM\/SYSTEM\\)CurrentControlSet(?=\\|$)/i, '$1{ControlSet}') : p };
}

/** A finding about a line of a rule file. */
export function lineFinding(
  source: string,
  line: number,
  code: string,
  severity: Severity,
  message: string,
  facts: Finding['facts'] = {},
): Finding {
  return { code, severity, where: { source, offset: null }, message, facts: { line, ...facts } };
}

/** The line makes no sense, or names something that no rule can name. */
export function unreadableLine(source: string, line: number, text: string, why: string): Finding {
  return lineFinding(
    source,
    line,
    'ruleLineUnreadable',
    'warning',
    'A line of a rule file is no rule that can be taken.',
    {
      text: text.slice(0, 300),
      why,
    },
  );
}
