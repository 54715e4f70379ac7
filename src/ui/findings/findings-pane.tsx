/** Findings by severity and kind, with what is listed of them. */
import type { Severity } from '../../base/findings.ts';
import { formatCount } from '../../base/format.ts';
import { ALL_SEVERITIES } from '../../store/findings.ts';
import { useApp, useText } from '../context.ts';
import { Button } from '../widgets/controls.tsx';
import { EmptyState } from '../widgets/empty-state.tsx';
import { SeverityIcon } from '../widgets/signs.tsx';
import { FindingList } from './finding-list.tsx';

const SEVERITIES: readonly Severity[] = ['error', 'warning', 'info'];

function Filters() {
  const app = useApp();
  const t = useText();
  const { severities } = app.found;
  const counts = app.workspace.value?.findings;
  const progress = app.found.progress.value;
  return (
    <div class="tools" role="toolbar" aria-label={t.filters.label}>
      {SEVERITIES.map((severity) => (
        <button
          key={severity}
          type="button"
          class="filter"
          aria-pressed={severities.value.has(severity)}
          onClick={() => {
            const next = new Set(severities.value);
            if (!next.delete(severity)) next.add(severity);
            severities.value = next.size === 0 ? ALL_SEVERITIES : next;
          }}
        >
          <SeverityIcon severity={severity} />
          <span class="label">{t.findings.severity[severity]}</span>
          <span class="count">{formatCount(counts?.[severity] ?? 0, t.locale)}</span>
        </button>
      ))}
      <span class="grow trunc faint" role="status">
        {progress !== null && t.findings.looking(progress.done, progress.total)}
      </span>
      <Button small icon="save" disabled={app.found.rows.value.length === 0} onClick={() => app.found.report()}>
        {t.findings.report}
      </Button>
    </div>
  );
}

export function FindingsPane() {
  const { found } = useApp();
  const t = useText();
  const nothing = found.groups.value !== null && found.rows.value.length === 0;
  return (
    <div class="pane" id="pane-findings" role="tabpanel" aria-labelledby="tab-findings">
      <Filters />
      {nothing ? (
        <EmptyState icon="check" title={found.groups.value?.length === 0 ? t.findings.none : t.findings.noneOfKind} />
      ) : (
        <FindingList model={found} />
      )}
    </div>
  );
}
