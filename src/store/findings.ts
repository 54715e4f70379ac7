/** The findings tab: what was found in the layers and in their merge, which of it is looked at, and what is done about it. */
import { computed, effect, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { Finding, Severity } from '../base/findings.ts';
import type { FindingsReport, MergeFinding, Proposal, WorkspaceApi, WorkspaceState } from '../engine/api.ts';
import { findingsCsv } from './findings-csv.ts';
import type { Notices } from './notices.ts';
import { download } from './save-target.ts';

/** Findings of one code and severity; `total` counts those that are not listed too. */
export interface ShownGroup {
  readonly key: string;
  readonly code: string;
  readonly severity: Severity;
  readonly total: number;
  readonly items: readonly (Finding | MergeFinding)[];
}

/** A line of the list: a group, or one of its findings. */
export type FindingRow =
  | { readonly kind: 'group'; readonly key: string; readonly group: ShownGroup; readonly open: boolean }
  | {
      readonly kind: 'item';
      readonly key: string;
      readonly group: ShownGroup;
      readonly finding: Finding | MergeFinding;
    }
  | { readonly kind: 'more'; readonly key: string; readonly group: ShownGroup; readonly count: number };

export interface FindingsModel {
  readonly groups: ReadonlySignal<readonly ShownGroup[] | null>;
  readonly rows: ReadonlySignal<readonly FindingRow[]>;
  readonly progress: ReadonlySignal<FindingsReport['progress']>;
  /** Severities that are listed. */
  readonly severities: Signal<ReadonlySet<Severity>>;
  /** Key of the row under the cursor. */
  readonly cursor: Signal<string | null>;
  readonly selected: ReadonlySignal<Finding | MergeFinding | null>;
  toggle(key: string, open: boolean): void;
  /** Lists one severity only and puts the cursor on its first finding. */
  show(severity: Severity): void;
  /** Takes what a finding proposes into the rules; the view and the findings follow. */
  apply(proposal: Proposal): Promise<void>;
  /** Saves what is listed, open or not, as a file for spreadsheets. */
  report(): void;
}

/** Findings of a group that are listed when it is open. */
const LISTED = 100;
export const ALL_SEVERITIES: ReadonlySet<Severity> = new Set(['error', 'warning', 'info']);

export const isMerge = (finding: Finding | MergeFinding): finding is MergeFinding => 'pain' in finding;

/** Damage of the layers beside the findings of the merge, errors first. */
export function shownGroups(report: FindingsReport, damage: readonly Finding[]): ShownGroup[] {
  const groups = new Map<string, { -readonly [K in keyof ShownGroup]: ShownGroup[K] }>();
  for (const { code, severity, total, items } of report.groups)
    groups.set(`${severity} ${code}`, { key: `${severity} ${code}`, code, severity, total, items });
  for (const finding of damage) {
    const key = `${finding.severity} ${finding.code}`;
    const group = groups.get(key);
    if (group === undefined)
      groups.set(key, { key, code: finding.code, severity: finding.severity, total: 1, items: [finding] });
    else {
      group.total++;
      group.items = [...group.items, finding];
    }
  }
  const rank = { error: 0, warning: 1, info: 2 } as const;
  return [...groups.values()].sort((a, b) => rank[a.severity] - rank[b.severity]);
}

/** Notes begin closed: there may be thousands of them, and none needs a decision. */
export function rowsOf(groups: readonly ShownGroup[], turned: ReadonlySet<string>): FindingRow[] {
  return groups.flatMap((group): FindingRow[] => {
    const open = (group.severity !== 'info') !== turned.has(group.key);
    const rows: FindingRow[] = [{ kind: 'group', key: group.key, group, open }];
    if (!open) return rows;
    const seen = new Map<string, number>();
    for (const finding of group.items.slice(0, LISTED)) {
      const place = finding.facts?.['path'];
      const name = typeof place === 'string' ? place : '';
      const twins = seen.get(name) ?? 0;
      seen.set(name, twins + 1);
      // a line keeps its key while others of its group come and go
      rows.push({ kind: 'item', key: `${group.key} ${name} ${twins}`, group, finding });
    }
    const count = group.total - Math.min(group.items.length, LISTED);
    if (count > 0) rows.push({ kind: 'more', key: `${group.key} more`, group, count });
    return rows;
  });
}

export function createFindings(
  api: WorkspaceApi,
  workspace: ReadonlySignal<WorkspaceState | null>,
  wanted: () => boolean,
  notices: Notices,
): FindingsModel {
  const groups = signal<readonly ShownGroup[] | null>(null);
  const severities = signal(ALL_SEVERITIES);
  const turned = signal<ReadonlySet<string>>(new Set());
  const cursor = signal<string | null>(null);
  const rows = computed(() =>
    rowsOf(
      (groups.value ?? []).filter(({ severity }) => severities.value.has(severity)),
      turned.value,
    ),
  );
  const selected = computed(() => {
    const row = rows.value.find(({ key }) => key === cursor.value);
    return row?.kind === 'item' ? row.finding : null;
  });

  /** Row to go to when the one under the cursor goes: the next, else the one before. */
  function follow(before: readonly FindingRow[]): void {
    const now = rows.peek();
    if (cursor.peek() !== null && now.some(({ key }) => key === cursor.peek())) return;
    const at = before.findIndex(({ key }) => key === cursor.peek());
    const keys = new Set(now.map(({ key }) => key));
    const next = before.slice(Math.max(0, at)).find(({ key }) => keys.has(key));
    const first = now.find(({ kind }) => kind === 'item') ?? now[0];
    cursor.value = (next ?? first)?.key ?? null;
  }

  let turn = 0;
  async function load(): Promise<void> {
    const mine = ++turn;
    const [report, everything] = await Promise.all([api.mergeFindings(), api.findings()]);
    if (mine !== turn) return;
    const before = rows.peek();
    groups.value = shownGroups(
      report,
      everything.filter((finding) => !isMerge(finding)),
    );
    follow(before);
  }
  let loaded = '';
  effect(() => {
    const state = workspace.value;
    if (state === null || !wanted()) return;
    const now = `${state.generation} ${state.findingsTurn}`;
    if (now === loaded) return;
    loaded = now;
    load().catch(notices.failed);
  });

  return {
    groups,
    rows,
    progress: computed(() => workspace.value?.findingsProgress ?? null),
    severities,
    cursor,
    selected,
    toggle(key, open) {
      const row = rows.value.find((one) => one.key === key);
      if (row?.kind !== 'group' || row.open === open) return;
      const next = new Set(turned.value);
      if (!next.delete(key)) next.add(key);
      turned.value = next;
    },
    show(severity) {
      severities.value = new Set([severity]);
      const group = (groups.value ?? []).find((one) => one.severity === severity);
      if (group !== undefined && severity === 'info' && !turned.value.has(group.key))
        turned.value = new Set([...turned.value, group.key]);
      cursor.value = rows.value.find(({ kind }) => kind === 'item')?.key ?? null;
    },
    report() {
      const names = new Map(workspace.value?.layers.map(({ id, name }) => [id, name]));
      const listed = (groups.value ?? []).filter(({ severity }) => severities.value.has(severity));
      download(new Blob([findingsCsv(listed, names)], { type: 'text/csv' }), 'findings.csv');
    },
    async apply({ add, drop }) {
      try {
        await api.changeRules(add, drop);
        const [first] = add;
        if (first !== undefined) notices.show({ code: 'ruleAdded', action: first.action, text: first.match.p });
        else notices.show({ code: 'ruleRemoved' });
      } catch (error) {
        notices.failed(error);
      }
    },
  };
}
