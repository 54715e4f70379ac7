/** Rules in order of precedence, hives, export and check. */
import { useRef } from 'preact/hooks';
import { formatCount } from '../../base/format.ts';
import { download } from '../../store/save-target.ts';
import { useApp, useText } from '../context.ts';
import { ErrorText } from '../error-text.tsx';
import { MODES } from '../registry/hive-bar.tsx';
import { RuleTools } from '../rules/rule-tools.tsx';
import { Rules } from '../rules/rules-list.tsx';
import { Button, Select } from '../widgets/controls.tsx';
import { Chip } from '../widgets/marks.tsx';
import { SCROLLABLE } from '../widgets/scrollable.ts';
import { SeverityIcon } from '../widgets/signs.tsx';

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
            if (file !== undefined) void plan.open(file, state?.generation ?? 0);
            event.currentTarget.value = '';
          }}
        />
        <RuleTools />
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
