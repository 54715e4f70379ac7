/** The registries of two layers side by side: keys and values before and after. */
import { formatCount } from '../../base/format.ts';
import { useApp, useText } from '../context.ts';
import { ErrorText } from '../error-text.tsx';
import { ReplayedList } from '../registry/traces-lists.tsx';
import { Button, IconButton, ProgressBar, Select } from '../widgets/controls.tsx';
import { EmptyState } from '../widgets/empty-state.tsx';
import { choiceText } from './choice-text.ts';

/** Files, registry, another base; blocks where a disk has parents. */
export function WhatSwitch() {
  const { compare } = useApp();
  const t = useText();
  const texts = {
    files: t.traces.files,
    registry: t.traces.registry,
    rebase: t.rebase.what,
    blocks: t.chain.blocks.what,
  };
  const offered = (['files', 'registry', 'rebase', 'blocks'] as const).filter(
    (what) => what !== 'blocks' || compare.what.value === what || compare.blocks.choices.value.length > 0,
  );
  return (
    <div class="tools" role="toolbar" aria-label={t.traces.what}>
      {offered.map((what) => (
        <button
          key={what}
          type="button"
          class="filter only"
          aria-pressed={compare.what.value === what}
          onClick={() => {
            compare.what.value = what;
          }}
        >
          <span class="label">{texts[what]}</span>
        </button>
      ))}
    </div>
  );
}

function Sides() {
  const { registry } = useApp().compare;
  const t = useText();
  const options = registry.choices.value.map((choice) => ({ value: choice.key, text: choiceText(choice, t) }));
  const side = (which: 'before' | 'after') => (
    <Select
      value={registry[which].value ?? ''}
      label={t.compare[which]}
      options={[{ value: '', text: `${t.compare[which]}: ${t.traces.layer}` }, ...options]}
      onChange={(id) => {
        registry[which].value = id === '' ? null : id;
        registry.run();
      }}
    />
  );
  return (
    <div class="tools compare-sides">
      {side('before')}
      <IconButton icon="replay" label={t.compare.swap} onClick={registry.swap} />
      {side('after')}
    </div>
  );
}

function Found() {
  const { registry } = useApp().compare;
  const t = useText();
  const found = registry.found.value;
  if (found === null) return null;
  const { added, removed, changed, times, same } = found.totals;
  const [a, r, c, m, s] = [added, removed, changed, times, same].map((count) => formatCount(count, t.locale));
  return (
    <>
      <div class="tools" role="toolbar" aria-label={t.filters.label}>
        <button
          type="button"
          class="filter only"
          aria-pressed={registry.ignoreTimes.value}
          onClick={() => {
            registry.ignoreTimes.value = !registry.ignoreTimes.value;
          }}
        >
          <span class="label">{t.traces.ignoreTimes}</span>
        </button>
        <input
          class="field compare-filter"
          type="search"
          placeholder={t.traces.filter}
          aria-label={t.traces.filter}
          value={registry.filter.value}
          onInput={(event) => {
            registry.filter.value = event.currentTarget.value;
          }}
        />
      </div>
      <p class="compare-facts faint" role="status">
        {t.traces.totals(a!, r!, c!, m!, s!)}
        {found.rows.length < found.total &&
          ` · ${t.traces.cut(formatCount(found.rows.length, t.locale), formatCount(found.total, t.locale))}`}
      </p>
      {found.total === 0 ? (
        <EmptyState icon="check" title={t.traces.equal} text={t.traces.nothingWhy} />
      ) : (
        <ReplayedList label={t.compare.title} rows={registry.shown.value} />
      )}
    </>
  );
}

export function RegistryCompare() {
  const { registry } = useApp().compare;
  const t = useText();
  const error = registry.error.value;
  const progress = registry.progress.value;
  return (
    <div class="pane" id="pane-compare" role="tabpanel" aria-labelledby="tab-compare">
      <WhatSwitch />
      <Sides />
      {error !== null ? (
        <ErrorText error={error} />
      ) : progress !== null ? (
        <div class="compare-busy" role="status">
          <div class="work-top">
            <span class="grow">
              {t.compare.busy}: {formatCount(progress.done, t.locale)}
            </span>
            <Button small onClick={registry.cancel}>
              {t.compare.cancel}
            </Button>
          </div>
          <ProgressBar done={progress.done} total={progress.total} label={t.compare.busy} />
        </div>
      ) : registry.found.value === null ? (
        <EmptyState icon="copy" title={t.traces.nothing} text={t.traces.nothingWhy} />
      ) : (
        <Found />
      )}
    </div>
  );
}
