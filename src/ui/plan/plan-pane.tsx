/** Rules in order of precedence, hives, export and check. */
import { useRef, useState } from 'preact/hooks';
import { formatCount, formatSize } from '../../base/format.ts';
import type { RuleInfo } from '../../engine/api.ts';
import { download } from '../../store/save-target.ts';
import { useApp, useText } from '../context.ts';
import { ErrorText } from '../error-text.tsx';
import { MODES } from '../registry/hive-bar.tsx';
import { Button, LinkButton, Select } from '../widgets/controls.tsx';
import { Chip } from '../widgets/marks.tsx';
import { SCROLLABLE } from '../widgets/scrollable.ts';
import { SeverityIcon } from '../widgets/signs.tsx';

function RuleRow({ rule, number }: { rule: RuleInfo; number: number | null }) {
  const app = useApp();
  const t = useText();
  const actions: Record<string, string> = t.plan.actions;
  const classes = `row rule${rule.hits === 0 ? ' idle' : ''}${rule.origin === 'user' ? '' : ' fixed'}${rule.enabled ? '' : ' off'}`;
  const pattern = rule.pattern === '' || rule.pattern === '**' ? t.plan.everything : rule.pattern;
  return (
    <div class={classes} role="row">
      <span class="cell-order" role="gridcell">
        {rule.switchable ? (
          <input
            type="checkbox"
            checked={rule.enabled}
            aria-label={t.plan.switchRule(pattern)}
            onChange={(event) =>
              void app.bridge.workspace.setRuleEnabled(rule.id, event.currentTarget.checked).catch(app.notices.failed)
            }
          />
        ) : (
          (number ?? '')
        )}
      </span>
      <span class="cell-action" role="gridcell">
        {actions[rule.action] ?? rule.action}
      </span>
      <span class="cell-pattern" role="gridcell" title={pattern}>
        {pattern}
        {rule.hits === 0 && <span class="more"> {t.plan.noEffect}</span>}
      </span>
      <span class="cell-number" role="gridcell">
        {formatCount(rule.hits, t.locale)}
      </span>
      <span class="cell-number col-bytes" role="gridcell">
        {rule.target === 'file' && rule.bytes > 0 ? formatSize(rule.bytes, t.locale) : ''}
      </span>
      <span class="cell-second col-origin" role="gridcell">
        {t.plan.origins[rule.origin]}
      </span>
    </div>
  );
}

function Rules() {
  const app = useApp();
  const t = useText();
  const all = app.workspace.value?.rules ?? [];
  const [whole, setWhole] = useState(false);
  // the built-in list is long and mostly about what is not there
  const idle = (rule: RuleInfo) => rule.origin === 'builtin' && rule.hits === 0;
  const rules = whole ? all : all.filter((rule) => !idle(rule));
  const left = all.filter(idle).length;
  let order = 0;
  return (
    <>
      <div class="rules grid" role="grid" aria-label={t.plan.rules} aria-rowcount={rules.length + 1}>
        <div class="head" role="row">
          <span role="columnheader">{t.plan.columns.on}</span>
          <span role="columnheader">{t.plan.columns.action}</span>
          <span role="columnheader">{t.plan.columns.pattern}</span>
          <span role="columnheader" class="head-number">
            {t.plan.columns.items}
          </span>
          <span role="columnheader" class="head-number col-bytes">
            {t.plan.columns.bytes}
          </span>
          <span role="columnheader" class="col-origin">
            {t.plan.columns.origin}
          </span>
        </div>
        {rules.map((rule) => (
          <RuleRow key={rule.id} rule={rule} number={rule.origin === 'user' ? ++order : null} />
        ))}
      </div>
      {left > 0 && (
        <p class="idle-rules">
          <LinkButton onClick={() => setWhole(!whole)}>
            {whole ? t.plan.hideIdle(left) : t.plan.showIdle(left)}
          </LinkButton>
        </p>
      )}
    </>
  );
}

function Hives() {
  const app = useApp();
  const t = useText();
  const layers = app.layerById.value;
  const mounts = app.workspace.value?.mounts ?? [];
  const states: Record<string, string> = t.registry.hiveStates;
  if (mounts.length === 0) return null;
  return (
    <section class="plan-section">
      <h2>
        {t.plan.hives}
        <span class="hint">{t.plan.hivesHint}</span>
      </h2>
      <ul class="hives">
        {mounts.map((mount) => (
          <li key={mount.mount}>
            <span class="mono trunc">{mount.mount}</span>
            <span class="chips">
              {mount.stack.map((id) => {
                const layer = layers.get(id);
                return layer === undefined ? null : <Chip key={id} layer={layer} />;
              })}
            </span>
            <span class="faint trunc">{states[mount.state] ?? mount.state}</span>
            <Select
              value={mount.mode}
              label={t.plan.modeOf(mount.path)}
              disabled={!mount.switchable}
              options={MODES.map((mode) => ({ value: mode, text: t.registry.modes[mode] }))}
              onChange={(mode) => void app.bridge.workspace.setHiveMode(mount.mount, mode).catch(app.notices.failed)}
            />
          </li>
        ))}
      </ul>
    </section>
  );
}

export function PlanPane() {
  const app = useApp();
  const t = useText();
  const { plan } = app;
  const input = useRef<HTMLInputElement>(null);
  const state = app.workspace.value;
  const busy = plan.busy.value;
  const error = plan.error.value;
  const exportPlan = async () => {
    const built = await plan.build(state?.generation ?? 0);
    if (built === null) return;
    download(built.file, built.name);
    app.notices.show({ code: 'planSaved', name: built.name });
  };
  const progress = state?.layers.find((layer) => layer.progress?.what === 'plan')?.progress;
  return (
    <div class="pane" id="pane-plan" role="tabpanel" aria-labelledby="tab-plan">
      <div class="tools">
        <Button small onClick={() => input.current?.click()} disabled={busy !== null}>
          {t.plan.open}
        </Button>
        <input
          ref={input}
          class="sr"
          type="file"
          tabIndex={-1}
          aria-label={t.plan.open}
          id="plan-file"
          onChange={(event) => {
            const file = event.currentTarget.files?.[0];
            if (file !== undefined) void plan.open(file);
            event.currentTarget.value = '';
          }}
        />
        <span class="grow trunc faint" role="status">
          {busy === 'building' ? t.plan.building : busy === 'checking' ? t.plan.checking : t.plan.rulesHint}
          {progress != null &&
            progress.total !== null &&
            ` ${t.progress.of(formatCount(progress.done, t.locale), formatCount(progress.total, t.locale))}`}
        </span>
        <Button
          small
          primary
          icon="save"
          onClick={() => void exportPlan()}
          disabled={busy !== null || (state?.layers.length ?? 0) === 0}
        >
          {t.plan.build}
        </Button>
      </div>
      {error !== null && (
        <div class="alert plan-error">
          <SeverityIcon severity="error" />
          <ErrorText error={error} />
        </div>
      )}
      <section class="plan-scroll" {...SCROLLABLE} aria-label={t.plan.rules}>
        <Rules />
        <Hives />
      </section>
    </div>
  );
}
