/** Findings in lines and objects: damage of the layers, then what the merge does to people. */
import type { Finding } from '../base/findings.ts';
import type { MergeFinding, Proposal, RuleDraft } from '../engine/api.ts';
import { layerNames } from '../engine/merged-listing.ts';
import type { Workspace } from '../engine/workspace/workspace.ts';
import { grouped, printable } from './output.ts';

/** Everything there is to find, layers by the names that listings give them. */
export async function examine(workspace: Workspace): Promise<(Finding | MergeFinding)[]> {
  await workspace.examined();
  const names = layerNames(workspace);
  const name = <T extends string | null>(id: T) => (id === null ? null : (names.get(id) ?? id));
  const { groups } = await workspace.mergeFindings();
  const merged = groups.flatMap(({ items, total, code }) => {
    const told = items.map((finding): MergeFinding => {
      const evidence = finding.evidence.map((side) => ({ ...side, layer: name(side.layer) }));
      const { path } = finding.facts ?? {};
      const { layer } = finding.means;
      return {
        ...finding,
        facts: path === undefined ? {} : { path },
        evidence,
        proposal: proposalOf(finding.proposal, name),
        wider: proposalOf(finding.wider, name),
        accept: proposalOf(finding.accept, name),
        means: { ...finding.means, ...(layer === undefined ? {} : { layer: name(layer) ?? layer }) },
      };
    });
    const rest = total - items.length;
    const last = told.at(-1);
    if (rest === 0 || last === undefined) return told;
    const more: Finding = {
      code,
      severity: last.severity,
      where: last.where,
      message: `${grouped(rest)} more of the kind ${code} are not listed.`,
      facts: { more: rest },
    };
    return [...told, more];
  });
  return [...workspace.damage(), ...merged];
}

function proposalOf(proposal: Proposal | null, name: (id: string) => string | null): Proposal | null {
  if (proposal === null) return null;
  const add = proposal.add.map((draft): RuleDraft => {
    const layer = draft.layer === undefined ? null : name(draft.layer);
    return layer === null ? draft : { ...draft, layer };
  });
  return { ...proposal, add };
}

/** One line for what it is, and below it what would settle it. */
export function findingLines(finding: Finding | MergeFinding): string[] {
  const { severity, where, message } = finding;
  if (!('pain' in finding)) return [`${severity}: ${where.source}: ${printable(message)}`];
  const { path, note, proposal, code } = finding;
  const place = path === null ? note : note === '' ? path : `${path} (${note})`;
  const lines = [`${severity}: ${printable(place)}: ${message} [${code}]`];
  for (const { action, match, layer } of proposal?.add ?? []) {
    const to = layer === undefined ? '' : ` to ${layer}`;
    lines.push(`  settled by: ${action}${to} ${match.kind} ${printable(match.p)}`);
  }
  return lines;
}
