import type { Finding } from '../../base/findings.ts';

/** Groups by code, in the order of first appearance. */
export function groupByCode(findings: readonly Finding[]): { code: string; items: Finding[] }[] {
  const groups = new Map<string, Finding[]>();
  for (const finding of findings) {
    const items = groups.get(finding.code);
    if (items === undefined) groups.set(finding.code, [finding]);
    else items.push(finding);
  }
  return [...groups].map(([code, items]) => ({ code, items }));
}
