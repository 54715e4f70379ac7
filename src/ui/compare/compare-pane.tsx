/** Two trees side by side: what one has and the other has not, what changed, and how that is known. */
import { useState } from 'preact/hooks';
import { formatCount, formatSize } from '../../base/format.ts';
import type { Change, ComparedEntry } from '../../engine/api.ts';
import { SHOWN_CHANGES } from '../../store/compare.ts';
import { folderOf, lastName } from '../../store/paths.ts';
import { useApp, useText } from '../context.ts';
import { ErrorText } from '../error-text.tsx';
import { Button, IconButton, ProgressBar, Select } from '../widgets/controls.tsx';
import { EmptyState } from '../widgets/empty-state.tsx';
import { Sign, type SignName } from '../widgets/signs.tsx';
import { VirtualRows } from '../widgets/virtual-rows.tsx';
import { BlocksPane } from './blocks-pane.tsx';
import { choiceText } from './choice-text.ts';
import { RebasePane } from './rebase-pane.tsx';
import { RegistryCompare, WhatSwitch } from './registry-compare.tsx';

const SIGNS: Readonly<Record<Change, SignName>> = {
  added: 'added',
  removed: 'hidden',
  changed: 'overrides',
  metadata: 'same',
  same: 'same',
};
const HEADER_PX = 24;

function Sides() {
  const { compare } = useApp();
  const t = useText();
  const options = compare.choices.value.map((choice) => ({ value: choice.key, text: choiceText(choice, t) }));
  const side = (which: 'before' | 'after') => (
    <Select
      value={compare[which].value ?? ''}
      label={t.compare[which]}
      options={[{ value: '', text: `${t.compare[which]}: ${t.compare.choose}` }, ...options]}
      onChange={(key) => {
        compare[which].value = key === '' ? null : key;
        compare.run();
      }}
    />
  );
  return (
    <div class="tools compare-sides">
      {side('before')}
      <IconButton icon="replay" label={t.compare.swap} onClick={compare.swap} />
      {side('after')}
    </div>
  );
}

function Kinds() {
  const { compare } = useApp();
  const t = useText();
  const report = compare.report.value;
  if (report === null) return null;
  return (
    <div class="tools" role="toolbar" aria-label={t.filters.label}>
      {SHOWN_CHANGES.map((change) => (
        <button
          key={change}
          type="button"
          class="filter"
          aria-pressed={compare.changes.value.has(change)}
          onClick={() => {
            const next = new Set(compare.changes.value);
            if (!next.delete(change)) next.add(change);
            compare.changes.value = next;
          }}
        >
          <Sign name={SIGNS[change]} />
          <span class="label">{t.compare.changes[change]}</span>
          <span class="count">{formatCount(report.totals[change].entries, t.locale)}</span>
        </button>
      ))}
      <input
        class="field compare-filter"
        type="search"
        placeholder={t.compare.filter}
        aria-label={t.compare.filter}
        value={compare.filter.value}
        onInput={(event) => {
          compare.filter.value = event.currentTarget.value;
        }}
      />
    </div>
  );
}

function Facts() {
  const { compare } = useApp();
  const t = useText();
  const report = compare.report.value;
  if (report === null) return null;
  const { shared, totals } = report;
  return (
    <p class="compare-facts faint" role="status">
      {t.compare.same(totals.same.entries, formatCount(totals.same.entries, t.locale))}
      {shared !== null &&
        ` · ${t.compare.shared(formatCount(shared.both.blobs, t.locale), shared.both.blobs === 1, formatSize(shared.both.bytes, t.locale))}`}
    </p>
  );
}

function cells(entry: ComparedEntry | null, t: ReturnType<typeof useText>) {
  if (entry === null) return null;
  const folder = folderOf(entry.path);
  const size = (side: ComparedEntry['before']) =>
    side === null ? '' : side.type === 'dir' ? t.compare.kinds.dir : formatSize(side.size, t.locale);
  return (
    <>
      <span class="cell-sign" role="gridcell">
        <Sign name={SIGNS[entry.change]} />
        <span class="sr">{t.compare.changes[entry.change]}</span>
      </span>
      <span class="cell-name mono" role="gridcell" title={entry.path}>
        {folder !== entry.path && folder !== '' && <span class="folder faint">{folder}\</span>}
        <span class="base">{lastName(entry.path)}</span>
      </span>
      <span class="cell-number" role="gridcell">
        {size(entry.before)}
      </span>
      <span class="cell-number" role="gridcell">
        {size(entry.after)}
      </span>
      <span class="cell-how faint" role="gridcell">
        {entry.evidence === null ? '' : t.compare.evidence[entry.evidence]}
      </span>
    </>
  );
}

function Differences() {
  const { compare, go } = useApp();
  const t = useText();
  const [wish, setWish] = useState({ index: 0, centre: false, nonce: 0 });
  const [page, setPage] = useState(20);
  compare.loaded.value;
  const count = compare.count.value;
  const cursor = compare.cursor.value;
  const to = (index: number) => {
    const next = Math.max(0, Math.min(count - 1, index));
    compare.cursor.value = next;
    setWish({ index: next, centre: false, nonce: wish.nonce + 1 });
  };
  const MOVES: Record<string, () => number> = {
    ArrowDown: () => cursor + 1,
    ArrowUp: () => cursor - 1,
    PageDown: () => cursor + page,
    PageUp: () => cursor - page,
    Home: () => 0,
    End: () => count - 1,
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const move = MOVES[event.key];
    const entry = compare.selected.value;
    if (move !== undefined) to(move());
    else if (event.key === 'Enter' && entry !== null) void go(`C:\\${entry.path}`);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <VirtualRows
      count={count}
      headerHeight={HEADER_PX}
      header={
        <div class="row head" role="row">
          <span role="columnheader" />
          <span role="columnheader">{t.compare.columns.path}</span>
          <span role="columnheader" class="cell-number">
            {t.compare.columns.before}
          </span>
          <span role="columnheader" class="cell-number">
            {t.compare.columns.after}
          </span>
          <span role="columnheader">{t.compare.columns.how}</span>
        </div>
      }
      wish={wish}
      onWindow={(from, last, rows) => {
        setPage(rows);
        compare.need(from, last);
      }}
      row={(index, style, slot) => {
        const entry = compare.row(index);
        return (
          <div
            key={slot}
            id={`difference-${index}`}
            class={`row${index === cursor ? ' cursor' : ''}${entry === null ? ' pending' : ''}`}
            role="row"
            aria-rowindex={index + 2}
            aria-selected={index === cursor}
            style={style}
            data-index={index}
          >
            {cells(entry, t)}
          </div>
        );
      }}
      attributes={{
        id: 'differences',
        class: 'grid compare-grid',
        role: 'grid',
        'aria-label': t.compare.title,
        'aria-rowcount': count + 1,
        'aria-activedescendant': count === 0 ? undefined : `difference-${cursor}`,
        tabIndex: 0,
        onKeyDown,
        onClick: (event) => {
          const index = (event.target as Element).closest<HTMLElement>('[data-index]')?.dataset['index'];
          if (index !== undefined) compare.cursor.value = Number(index);
        },
      }}
      empty={<EmptyState icon="check" title={t.compare.noneOfKind} />}
    />
  );
}

export function ComparePane() {
  const { compare } = useApp();
  const t = useText();
  const report = compare.report.value;
  const progress = compare.progress.value;
  const error = compare.error.value;
  if (compare.what.value === 'registry') return <RegistryCompare />;
  if (compare.what.value === 'rebase') return <RebasePane />;
  if (compare.what.value === 'blocks') return <BlocksPane />;
  return (
    <div class="pane" id="pane-compare" role="tabpanel" aria-labelledby="tab-compare">
      <WhatSwitch />
      <Sides />
      <Kinds />
      <Facts />
      {progress !== null ? (
        <div class="compare-busy" role="status">
          <div class="work-top">
            <span class="grow">
              {t.compare.busy}: {formatCount(progress.done, t.locale)}
            </span>
            <Button small onClick={compare.cancel}>
              {t.compare.cancel}
            </Button>
          </div>
          <ProgressBar done={progress.done} total={progress.total} label={t.compare.busy} />
        </div>
      ) : error !== null ? (
        <ErrorText error={error} />
      ) : report === null ? (
        <EmptyState icon="copy" title={t.compare.nothing} text={t.compare.nothingWhy} />
      ) : report.listed === 0 ? (
        <EmptyState icon="check" title={t.compare.equal} text={t.compare.equalWhy} />
      ) : (
        <Differences />
      )}
    </div>
  );
}
