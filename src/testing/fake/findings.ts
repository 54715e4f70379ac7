/** Findings of the made world, and rules that can be taken in and away. */
import type { FindingGroup, FindingsReport, RuleDraft, RuleInfo, RulesApi, RuleTrial } from '../../engine/api.ts';
import { RULES } from './data.ts';

const CHROME = 'Program Files\\Google\\Chrome\\Application';

function stale(name: string, upper: string, lower: string): FindingGroup['items'][number] {
  const place = `${CHROME}\\${name}`;
  const path = `C:\\${place}`;
  const message = 'An old copy in an upper layer hides the newer file below it, so the update never takes effect.';
  return {
    code: 'staleUpperBinary',
    severity: 'warning',
    where: { source: 'merged view', offset: null },
    message,
    facts: { path: place },
    pain: 1,
    path,
    note: `${upper} < ${lower}`,
    evidence: [
      { layer: 'user', role: 'wins', path, facts: { size: '2797672', version: upper, linked: '2024-10-03T21:27:00Z' } },
      {
        layer: 'chrome',
        role: 'hidden',
        path,
        facts: { size: '2811496', version: lower, linked: '2024-10-26T00:38:00Z' },
      },
    ],
    proposal: { add: [{ target: 'file', match: { kind: 'exact', p: place }, action: 'keepLower' }], drop: [] },
    wider: { add: [{ target: 'file', match: { kind: 'subtree', p: CHROME }, action: 'keepLower' }], drop: [] },
    accept: null,
    means: {},
  };
}

const STALE = [
  stale('chrome.exe', '129.0.6668.100', '130.0.6723.92'),
  stale('chrome_pwa_launcher.exe', '129.0.6668.100', '130.0.6723.92'),
];

export const GROUPS: readonly FindingGroup[] = [
  { code: 'staleUpperBinary', severity: 'warning', pain: 1, total: STALE.length, items: STALE },
];

interface Made {
  readonly api: RulesApi;
  rules(): readonly RuleInfo[];
}

/** @param change makes a change seen */
export function fakeFindings(change: (apply: () => void) => Promise<void>, open: () => boolean): Made {
  let own: RuleInfo[] = [];
  let next = 1;
  const info = (draft: RuleDraft, id: string): RuleInfo => ({
    id,
    target: draft.target,
    kind: draft.match.kind,
    pattern: draft.match.p,
    action: draft.action,
    layer: draft.layer ?? null,
    origin: 'user',
    enabled: true,
    switchable: true,
    hits: 1,
    bytes: 2_797_672,
  });
  const covers = (place: string) =>
    own.some(
      ({ kind, pattern, action }) =>
        action === 'keepLower' && (kind === 'exact' ? pattern === place : place.startsWith(`${pattern}\\`)),
    );
  const groups = (): readonly FindingGroup[] =>
    !open()
      ? []
      : GROUPS.map((group) => {
          const items = group.items.filter(({ facts }) => !covers(String(facts?.['path'])));
          return { ...group, items, total: items.length };
        }).filter(({ total }) => total > 0);
  return {
    rules: () => [...own, ...RULES],
    api: {
      async changeRules(add, drop) {
        const made = add.map((draft) => info(draft, `u${next++}`));
        await change(() => {
          own = [...made, ...own.filter(({ id }) => !drop.includes(id))];
        });
        return made.map(({ id }) => id);
      },
      editRule: (id, draft) =>
        change(() => {
          own = own.map((rule) => (rule.id === id ? info(draft, id) : rule));
        }),
      applyPreset: async () => [],
      takeRuleFiles: async (files) => ({ names: files.map(({ name }) => name), rules: 0, fresh: 0, told: 0 }),
      async tryRule({ match }): Promise<RuleTrial> {
        const { kind, p } = match;
        return { kind, pattern: p, matches: 1, hits: 1, bytes: 2_797_672, samples: [p], forbidden: false };
      },
      mergeFindings: async (): Promise<FindingsReport> => ({ groups: groups(), progress: null }),
    },
  };
}
