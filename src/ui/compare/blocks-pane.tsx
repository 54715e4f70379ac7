/** Two points of a chain of disks: which stretches of the virtual disk differ, found without reading what both share. */
import { formatCount, formatHex, formatSize } from '../../base/format.ts';
import type { DiskRange } from '../../engine/api.ts';
import { useApp, useText } from '../context.ts';
import { ErrorText } from '../error-text.tsx';
import { lastName } from '../layers/chain-rows.ts';
import { Button, IconButton, ProgressBar, Select } from '../widgets/controls.tsx';
import { CursorList } from '../widgets/cursor-list.tsx';
import { EmptyState } from '../widgets/empty-state.tsx';
import { Sign, type SignName } from '../widgets/signs.tsx';
import { WhatSwitch } from './registry-compare.tsx';

const SIGNS: Readonly<Record<DiskRange['kind'], SignName>> = {
  differs: 'overrides',
  unknown: 'conflict',
  onlyFirst: 'hidden',
  onlySecond: 'added',
};
const OFFSET_DIGITS = 12;

function Sides() {
  const { blocks } = useApp().compare;
  const t = useText();
  const all = blocks.choices.value;
  const side = (which: 'before' | 'after', other: 'before' | 'after') => {
    // two points of one chain: what is chosen on the other side says which
    const chosen = all.find(({ key }) => key === blocks[other].value);
    const options = all
      .filter(({ image }) => chosen === undefined || image === chosen.image || which === 'before')
      .map(({ key, text }) => ({ value: key, text: lastName(text) }));
    return (
      <Select
        value={blocks[which].value ?? ''}
        label={t.compare[which]}
        options={[{ value: '', text: `${t.compare[which]}: ${t.chain.blocks.choose}` }, ...options]}
        onChange={(key) => {
          blocks[which].value = key === '' ? null : key;
          blocks.run();
        }}
      />
    );
  };
  return (
    <div class="tools compare-sides">
      {side('before', 'after')}
      <IconButton icon="replay" label={t.compare.swap} onClick={blocks.swap} />
      {side('after', 'before')}
    </div>
  );
}

function Progress() {
  const { blocks } = useApp().compare;
  const t = useText();
  const found = blocks.found.value;
  if (!blocks.busy.value) return null;
  return (
    <div class="compare-busy" role="status">
      <div class="work-top">
        <span class="grow">{t.compare.busy}</span>
        <Button small onClick={blocks.cancel}>
          {t.compare.cancel}
        </Button>
      </div>
      <ProgressBar done={found?.done ?? 0} total={found?.total ?? null} label={t.compare.busy} />
    </div>
  );
}

function Found() {
  const { blocks } = useApp().compare;
  const t = useText();
  const found = blocks.found.value;
  if (found === null) return null;
  const rows = blocks.rows.value;
  const { bytes, ranges, compared, total, full } = found;
  const size = (count: number) => formatSize(count, t.locale);
  const all = bytes.differs + bytes.unknown + bytes.onlyFirst + bytes.onlySecond;
  const facts = [
    t.chain.blocks.found(ranges, formatCount(ranges, t.locale), size(all)),
    t.chain.blocks.read(size(compared), size(total)),
    ...(bytes.unknown > 0 ? [t.chain.blocks.unreadable(size(bytes.unknown))] : []),
    ...(rows.length < ranges ? [t.chain.blocks.cut(formatCount(rows.length, t.locale))] : []),
    ...(full ? [t.chain.blocks.full] : []),
    ...(blocks.stopped.value ? [t.chain.blocks.stopped] : []),
  ];
  const { start, end, length } = t.chain.blocks.columns;
  return (
    <>
      <p class="compare-facts faint" role="status">
        {facts.join(' · ')}
      </p>
      {rows.length === 0 ? (
        found.finished && <EmptyState icon="check" title={t.chain.blocks.equal} text={t.chain.blocks.equalWhy} />
      ) : (
        <CursorList
          id="blocks"
          class="blocks-grid"
          label={t.chain.blocks.what}
          columns={[t.chain.blocks.kind, start, end, length, t.chain.blocks.kind]}
          count={rows.length}
          cells={(index) => {
            const row = rows[index]!;
            return (
              <>
                <span class="cell-sign" role="gridcell">
                  <Sign name={SIGNS[row.kind]} />
                  <span class="sr">{t.chain.blocks.kinds[row.kind]}</span>
                </span>
                <span class="cut mono" role="gridcell">
                  {formatHex(row.offset, OFFSET_DIGITS)}
                </span>
                <span class="cut mono faint" role="gridcell">
                  {formatHex(row.offset + row.length - 1, OFFSET_DIGITS)}
                </span>
                <span class="cut num" role="gridcell">
                  {formatCount(row.length, t.locale)}
                </span>
                <span class="cut faint" role="gridcell">
                  {t.chain.blocks.kinds[row.kind]}
                </span>
              </>
            );
          }}
        />
      )}
    </>
  );
}

export function BlocksPane() {
  const { blocks } = useApp().compare;
  const t = useText();
  const error = blocks.error.value;
  return (
    <div class="pane" id="pane-compare" role="tabpanel" aria-labelledby="tab-compare">
      <WhatSwitch />
      <Sides />
      <Progress />
      {error !== null ? (
        <ErrorText error={error} />
      ) : blocks.found.value === null && !blocks.busy.value ? (
        <EmptyState icon="disk" title={t.chain.blocks.nothing} text={t.chain.blocks.nothingWhy} />
      ) : (
        <Found />
      )}
    </div>
  );
}
