/** Collects what detectors find: everything is counted, a bounded number of each kind is kept. */
import type { Severity } from '../../base/findings.ts';
import type { FindingGroup, Found, MergeFinding, Pain, Proposal, Sink } from './types.ts';

/** Findings of one code and severity that are kept, unless somebody asks for more. */
export const KEPT = 200;

export class Collector implements Sink {
  readonly #pain: Pain;
  readonly #groups = new Map<string, { total: number; items: MergeFinding[]; code: string; severity: Severity }>();

  readonly #kept: number;

  /** @param kept findings of one code and severity that are kept */
  constructor(pain: Pain, kept = KEPT) {
    this.#pain = pain;
    this.#kept = kept;
  }

  add(found: Found): void {
    const key = `${found.severity} ${found.code}`;
    let group = this.#groups.get(key);
    if (group === undefined) {
      group = { total: 0, items: [], code: found.code, severity: found.severity };
      this.#groups.set(key, group);
    }
    group.total++;
    if (group.items.length < this.#kept) group.items.push(toFinding(found, this.#pain));
  }

  groups(): FindingGroup[] {
    return [...this.#groups.values()].map((group) => ({ ...group, pain: this.#pain }));
  }
}

function toFinding(
  { place, proposal = null, wider = null, accept = null, means = {}, ...found }: Found,
  pain: Pain,
): MergeFinding {
  const facts = {
    ...(place === null ? {} : { path: place }),
    ...(found.note === '' ? {} : { note: found.note }),
    evidence: found.evidence.map(({ layer, role, facts: own }) => ({ layer, role, ...own })),
  };
  const ways = { proposal: sayable(proposal), wider: sayable(wider), accept: sayable(accept) };
  return { ...found, pain, where: { source: 'merged view', offset: null }, facts, ...ways, means };
}

/**
 * Names of keys, and of files of other systems, may hold `*` and `?`, which rules read as patterns: such a rule would fit more
 * than it was proposed for.
 */
function sayable(proposal: Proposal | null): Proposal | null {
  const wild = proposal?.add.some(({ match }) => match.kind !== 'glob' && /[*?]/.test(match.p));
  return wild === true ? null : proposal;
}

const RANK = { error: 0, warning: 1, info: 2 } as const;

/** Errors first, then by pain and code. */
export function sortGroups(groups: readonly FindingGroup[]): FindingGroup[] {
  return groups.toSorted(
    (a, b) =>
      RANK[a.severity] - RANK[b.severity] || a.pain - b.pain || (a.code < b.code ? -1 : a.code > b.code ? 1 : 0),
  );
}
