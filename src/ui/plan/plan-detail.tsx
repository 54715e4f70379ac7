/** What was exported, and what a check of an opened plan has found: the right-hand pane of the plan tab. */

import { formatSize } from '../../base/format.ts';
import type { PlanSummary } from '../../engine/api.ts';
import type { CheckedPlan } from '../../store/plan.ts';
import { download } from '../../store/save-target.ts';
import { useApp, useText } from '../context.ts';
import { Button, IconButton } from '../widgets/controls.tsx';
import { Icon } from '../widgets/icon.tsx';
import { Chip } from '../widgets/marks.tsx';
import { SCROLLABLE } from '../widgets/scrollable.ts';
import { SeverityIcon } from '../widgets/signs.tsx';
import { Splitter } from '../widgets/splitter.tsx';
import { useCopy } from '../widgets/tree-grid.tsx';
import { AgainstView } from './against-view.tsx';
import { Proof } from './proof.tsx';

function groups(hex: string): string {
  return hex.replace(/(.{8})(?=.)/g, '$1 ');
}

function Summary({ summary }: { summary: PlanSummary }) {
  const t = useText();
  const copy = useCopy();
  return (
    <>
      <table class="facts">
        <tbody>
          <tr>
            <th scope="row">{t.plan.container}</th>
            <td>{t.plan.containerText(summary.segments, summary.records, formatSize(summary.bytes, t.locale))}</td>
          </tr>
          <tr>
            <th scope="row">{t.plan.records}</th>
            <td>{t.plan.recordsText(summary.fileRecords, summary.registryRecords)}</td>
          </tr>
          <tr>
            <th scope="row">{t.plan.rules}</th>
            <td>{summary.rules}</td>
          </tr>
          <tr>
            <th scope="row" class="with-button">
              {t.plan.planId}
              <IconButton small icon="copy" label={t.detail.copy} onClick={() => copy(summary.planId)} />
            </th>
            <td class="mono">{groups(summary.planId)}</td>
          </tr>
          <tr>
            <th scope="row">{t.plan.view}</th>
            <td class="mono">{groups(summary.effectiveViewSha256)}</td>
          </tr>
          <tr>
            <th scope="row">{t.plan.binding}</th>
            <td>{t.plan.pinned}</td>
          </tr>
        </tbody>
      </table>
      {summary.warnings.length > 0 && (
        <ul class="plan-warnings">
          {summary.warnings.map((warning) => (
            <li key={warning}>
              <SeverityIcon severity="warning" />
              <span>{warning}</span>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function Check({ checked }: { checked: CheckedPlan }) {
  const { name, result: check } = checked;
  const app = useApp();
  const t = useText();
  const layers = app.layerById.value;
  return (
    <section class="detail-section" id="plan-check">
      <h3>
        {t.plan.checkTitle(name)}
        <IconButton small icon="close" label={t.plan.closeCheck} onClick={app.plan.closeCheck} />
      </h3>
      <Proof good={check.summary.proven} text={check.summary.proven ? t.plan.checkProven : t.plan.checkNotProven} />
      <ul class="matches">
        {check.layers.map((layer) => {
          const open = layers.get(layer.id);
          return (
            <li key={layer.id} class={layer.match}>
              {open !== undefined ? <Chip layer={open} /> : <Icon name="disk" />}
              <span class="trunc">
                {layer.name}{' '}
                {layer.name !== t.layers.roles[layer.role] && <span class="faint">{t.layers.roles[layer.role]}</span>}
              </span>
              <span class="match">
                {layer.match === 'exact' ? <Icon name="check" /> : <SeverityIcon severity="warning" />}
                {t.plan.match[layer.match]}
              </span>
              {layer.differs.length > 0 && (
                <span class="differs-in mono">{t.plan.differs(layer.differs.join(', '))}</span>
              )}
            </li>
          );
        })}
      </ul>
      <AgainstView checked={checked} />
      <Summary summary={check.summary} />
      {check.samples.length > 0 && (
        <>
          <h3>{t.plan.samples}</h3>
          <ul class="samples">
            {check.samples.map((sample) => (
              <li key={sample.path}>
                <span class="mono trunc" title={sample.path}>
                  {sample.path}
                </span>
                <span class="faint">{sample.action}</span>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

export function PlanDetail() {
  const app = useApp();
  const t = useText();
  const built = app.plan.built.value;
  const check = app.plan.check.value;
  const stale = built !== null && built.generation !== app.workspace.value?.generation;
  return (
    <aside class="detail" aria-label={t.detail.label}>
      <Splitter width={app.settings.detailWidth} label={t.split.detail} min={280} max={800} standard={376} side={-1} />
      <section class="detail-scroll" id="detail" {...SCROLLABLE} aria-label={t.detail.label}>
        {check !== null && <Check checked={check} />}
        <section class="detail-section" id="plan-built">
          <h3>
            {t.plan.exported}
            <span class="hint">{t.plan.exportedHint}</span>
          </h3>
          {built === null ? (
            <p class="faint">{app.layers.value.length === 0 ? t.plan.noLayers : t.plan.none}</p>
          ) : (
            <>
              <Proof good={built.summary.proven} text={built.summary.proven ? t.plan.proven : t.plan.notProven} />
              {stale && (
                <p class="proof">
                  <SeverityIcon severity="warning" />
                  <span>{t.plan.stale}</span>
                </p>
              )}
              <Summary summary={built.summary} />
              <Button small icon="save" onClick={() => download(built.file, built.name)}>
                {t.plan.save}
              </Button>
            </>
          )}
        </section>
      </section>
    </aside>
  );
}
