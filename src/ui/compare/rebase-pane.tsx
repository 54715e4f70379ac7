/** Another base under the layers: which one, what it changes, and what the layers above hide of that. */
import { formatCount } from '../../base/format.ts';
import type { RebaseFormat } from '../../engine/api.ts';
import { useApp, useText } from '../context.ts';
import { ErrorText } from '../error-text.tsx';
import { FindingList } from '../findings/finding-list.tsx';
import { Button, ProgressBar, Select } from '../widgets/controls.tsx';
import { EmptyState } from '../widgets/empty-state.tsx';
import { WhatSwitch } from './registry-compare.tsx';

const FORMATS: readonly RebaseFormat[] = ['markdown', 'csv', 'json'];

function Bases() {
  const { rebase } = useApp().compare;
  const t = useText();
  const options = rebase.choices.value.map(({ key, text }) => ({ value: key, text }));
  const present = rebase.present.value;
  return (
    <div class="tools compare-sides">
      <span class="trunc rebase-present">{t.rebase.present(present?.name ?? '')}</span>
      <Select
        value={rebase.base.value ?? ''}
        label={t.rebase.base}
        options={[{ value: '', text: t.rebase.choose }, ...options]}
        onChange={(key) => {
          rebase.base.value = key === '' ? null : key;
          if (key === '') rebase.cancel();
          else rebase.run();
        }}
      />
    </div>
  );
}

function Totals() {
  const { compare, swap } = useApp();
  const { rebase } = compare;
  const t = useText();
  const report = rebase.report.value;
  if (report === null) return null;
  const choice = rebase.choices.value.find(({ key }) => key === rebase.base.value);
  const [changed, added, removed, values, gone] = [
    report.files.changed,
    report.files.added,
    report.files.removed,
    report.values.changed,
    report.values.removed,
  ].map((count) => formatCount(count, t.locale));
  return (
    <div class="tools rebase-totals">
      <p class="compare-facts faint grow" role="status">
        {t.rebase.totals(changed!, added!, removed!, values!, gone!)}
        {report.unreadPrograms > 0 && ` ${t.rebase.unread(formatCount(report.unreadPrograms, t.locale))}`}
      </p>
      {choice !== undefined && (
        <Button small icon="replay" disabled={swap.busy.value} onClick={() => void swap.use(choice)}>
          {t.rebase.use}
        </Button>
      )}
      {FORMATS.map((format) => (
        <Button key={format} small icon="save" onClick={() => void rebase.save(format)}>
          {t.rebase.formats[format]}
        </Button>
      ))}
    </div>
  );
}

export function RebasePane() {
  const { rebase } = useApp().compare;
  const t = useText();
  const progress = rebase.progress.value;
  const report = rebase.report.value;
  const error = rebase.error.value;
  return (
    <div class="pane" id="pane-compare" role="tabpanel" aria-labelledby="tab-compare">
      <WhatSwitch />
      <Bases />
      <Totals />
      {progress !== null && (
        <div class="compare-busy" role="status">
          <div class="work-top">
            <span class="grow">
              {t.rebase.steps[progress.step]}
              {progress.done > 0 && `: ${formatCount(progress.done, t.locale)}`}
            </span>
            <Button small onClick={rebase.cancel}>
              {t.compare.cancel}
            </Button>
          </div>
          <ProgressBar done={progress.done} total={progress.total} label={t.rebase.steps[progress.step]} />
        </div>
      )}
      {error !== null ? (
        <ErrorText error={error} />
      ) : report === null ? (
        progress === null && <EmptyState icon="replay" title={t.rebase.nothing} text={t.rebase.nothingWhy} />
      ) : report.groups.length === 0 ? (
        <EmptyState icon="check" title={t.rebase.clean} text={t.rebase.cleanWhy} />
      ) : (
        <FindingList model={rebase} />
      )}
    </div>
  );
}
