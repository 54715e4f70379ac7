/** Rule files of other products, dropped or named by themselves: taken in as rules of the user's. */
import type { Finding } from '../../base/findings.ts';
import type { Principal } from '../../layer/foreign-rules/assignments.ts';
import { applyPolicies, readPolicies } from '../../layer/policies.ts';
import type { RuleDraft } from '../../layer/types.ts';
import type { RuleFile, RuleFilesTaken } from '../api-findings.ts';

/**
 * Files that belong together (a rule set and its assignments) are given together.
 * @param who for whom the rules are to count
 */
export async function takeRuleFiles(
  files: readonly RuleFile[],
  who: Principal,
  change: (add: readonly RuleDraft[]) => Promise<readonly string[]>,
): Promise<{ readonly taken: RuleFilesTaken; readonly findings: readonly Finding[] }> {
  const policies = readPolicies(files.map(({ name, bytes }) => ({ source: name, bytes })));
  const { rules, findings } = applyPolicies(policies, who, '');
  const drafts = rules.map(({ target, match, action, value, to }): RuleDraft => {
    const draft = { target, match, action };
    if (value !== undefined) return { ...draft, value };
    return to === undefined ? draft : { ...draft, to };
  });
  const made = drafts.length === 0 ? [] : await change(drafts);
  return {
    taken: {
      names: policies.map(({ source }) => source),
      rules: drafts.length,
      fresh: made.length,
      told: findings.length,
    },
    findings,
  };
}
