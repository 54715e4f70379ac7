import { formatCount } from '../../base/format.ts';
import type { Tab } from '../../store/app.ts';
import { useApp, useText } from '../context.ts';

const TABS: readonly Tab[] = ['files', 'registry', 'findings', 'compare', 'plan'];

interface TabListProps<T extends string> {
  tabs: readonly { readonly id: T; readonly text: string; readonly count?: string }[];
  current: T;
  label: string;
  class: string;
  /** Ids: `tab-<id>` and `pane-<id>` with this prefix. */
  prefix?: string;
  onChange: (tab: T) => void;
}

/** A tab list as ARIA describes it: one tab stop, arrows choose. */
export function TabList<T extends string>({
  tabs,
  current,
  label,
  class: extra,
  prefix = '',
  onChange,
}: TabListProps<T>) {
  return (
    <div
      class={extra}
      role="tablist"
      aria-label={label}
      onKeyDown={(event) => {
        const at = tabs.findIndex((tab) => tab.id === current);
        const go: Record<string, number> = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 };
        const to = go[event.key];
        if (to === undefined || event.altKey) return;
        event.preventDefault();
        event.stopPropagation();
        const next = tabs[(to + tabs.length) % tabs.length]!;
        onChange(next.id);
        event.currentTarget.querySelector<HTMLElement>(`#${prefix}tab-${next.id}`)?.focus();
      }}
    >
      {tabs.map((tab) => (
        <button
          key={tab.id}
          type="button"
          role="tab"
          id={`${prefix}tab-${tab.id}`}
          aria-selected={tab.id === current}
          aria-controls={tab.id === current ? `${prefix}pane-${tab.id}` : undefined}
          tabIndex={tab.id === current ? 0 : -1}
          onClick={() => onChange(tab.id)}
        >
          {tab.text}
          {tab.count !== undefined && <span class="count">{tab.count}</span>}
        </button>
      ))}
    </div>
  );
}

export function MainTabs() {
  const app = useApp();
  const t = useText();
  const found = app.workspace.value?.findings;
  const findings = found === undefined ? 0 : found.error + found.warning + found.info;
  const rules = app.workspace.value?.rules.filter((rule) => rule.origin === 'user').length ?? 0;
  const counts: Partial<Record<Tab, number>> = { findings, plan: rules };
  return (
    <TabList
      class="tabs"
      label={t.tabs.label}
      current={app.tab.value}
      tabs={TABS.map((id) => ({
        id,
        text: t.tabs[id],
        ...((counts[id] ?? 0) > 0 ? { count: formatCount(counts[id]!, t.locale) } : {}),
      }))}
      onChange={(tab) => {
        app.mark();
        app.tab.value = tab;
      }}
    />
  );
}
