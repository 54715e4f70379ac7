/** All findings of one severity, grouped by code. */
import { useEffect, useState } from 'preact/hooks';
import { hexOffset } from '../../base/errors.ts';
import type { Finding, Severity } from '../../base/findings.ts';
import { formatCount } from '../../base/format.ts';
import { parseAddress } from '../../store/paths.ts';
import { useApp, useText } from '../context.ts';
import { TabList } from '../frame/tabs.tsx';
import { Button, LinkButton } from '../widgets/controls.tsx';
import { Dialog } from '../widgets/dialog.tsx';
import { SCROLLABLE } from '../widgets/scrollable.ts';
import { SeverityIcon } from '../widgets/signs.tsx';
import { groupByCode } from './group-by-code.ts';

const SEVERITIES: readonly Severity[] = ['error', 'warning', 'info'];
/** Findings of one code that are drawn at once. */
const SHOWN = 50;

/** The path in a finding's facts, when it has one to go to. */
function pathOf(finding: Finding): string | null {
  const path = finding.facts?.['path'];
  return typeof path === 'string' && parseAddress(path) !== null ? path : null;
}

export function FindingsDialog({ severity, onClose }: { severity: Severity; onClose: () => void }) {
  const app = useApp();
  const t = useText();
  const [chosen, choose] = useState(severity);
  const findings = app.findings.value;
  useEffect(app.loadFindings, [findings]);
  const counts = app.workspace.value?.findings;
  const groups = groupByCode(findings?.filter((f) => f.severity === chosen) ?? []);
  return (
    <Dialog
      wide
      title={t.findings.title}
      onClose={onClose}
      footer={
        <Button autofocus onClick={onClose}>
          {t.keys.close}
        </Button>
      }
    >
      <TabList
        class="subtabs"
        prefix="finding-"
        label={t.findings.title}
        current={chosen}
        tabs={SEVERITIES.map((id) => ({
          id,
          text: t.findings.severity[id],
          count: formatCount(counts?.[id] ?? 0, t.locale),
        }))}
        onChange={choose}
      />
      <div
        class="findings"
        {...SCROLLABLE}
        role="tabpanel"
        id={`finding-pane-${chosen}`}
        aria-labelledby={`finding-tab-${chosen}`}
      >
        {findings !== null && groups.length === 0 && (
          <p class="faint">{findings.length === 0 ? t.findings.none : t.findings.noneOfKind}</p>
        )}
        {groups.map((group) => (
          <section key={group.code}>
            <h3>
              <SeverityIcon severity={chosen} />
              <span class="mono">{group.code}</span>
              <span class="number">{formatCount(group.items.length, t.locale)}</span>
            </h3>
            <ul>
              {group.items.slice(0, SHOWN).map((finding, i) => {
                const path = pathOf(finding);
                const { source, offset } = finding.where;
                return (
                  <li key={i}>
                    <span>{finding.message}</span>
                    {path !== null ? (
                      <LinkButton
                        onClick={() => {
                          onClose();
                          void app.go(path);
                        }}
                      >
                        <span class="mono">{path}</span>
                      </LinkButton>
                    ) : (
                      <span class="mono faint">
                        {offset === null ? source : t.findings.at(source, hexOffset(offset))}
                      </span>
                    )}
                  </li>
                );
              })}
              {group.items.length > SHOWN && <li class="faint">{t.findings.more(group.items.length - SHOWN)}</li>}
            </ul>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
