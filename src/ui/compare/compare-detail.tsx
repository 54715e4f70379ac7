/** Both sides of the difference under the cursor. */
import type { ComponentChildren } from 'preact';
import { attributeLetters, formatCount, formatTime } from '../../base/format.ts';
import type { ComparedSide } from '../../engine/api.ts';
import { folderOf, lastName } from '../../store/paths.ts';
import { useApp, useText } from '../context.ts';
import { FindingDetail } from '../findings/finding-detail.tsx';
import { BreakablePath, LinkButton } from '../widgets/controls.tsx';
import { EmptyState } from '../widgets/empty-state.tsx';
import { SCROLLABLE } from '../widgets/scrollable.ts';
import { Splitter } from '../widgets/splitter.tsx';
import { choiceText } from './choice-text.ts';

function Frame({ children }: { children: ComponentChildren }) {
  const { settings } = useApp();
  const t = useText();
  return (
    <aside class="detail" aria-label={t.detail.label}>
      <Splitter width={settings.detailWidth} label={t.split.detail} min={280} max={800} standard={376} side={-1} />
      <section class="detail-scroll" id="detail" {...SCROLLABLE} aria-label={t.detail.label}>
        {children}
      </section>
    </aside>
  );
}

export function CompareDetail() {
  const { compare } = useApp();
  const { selected, strangers } = compare.rebase;
  return compare.what.value === 'rebase' ? (
    <FindingDetail finding={selected.value} strangers={strangers.value} />
  ) : (
    <DifferenceDetail />
  );
}

function DifferenceDetail() {
  const app = useApp();
  const t = useText();
  const { what, report, selected } = app.compare;
  const entry = report.value === null || what.value !== 'files' ? null : selected.value;
  const utc = app.settings.utc.value;
  if (entry === null)
    return (
      <Frame>
        <EmptyState
          icon="list"
          title={t.detail.nothing}
          text={
            what.value === 'registry'
              ? t.traces.nothingWhy
              : what.value === 'blocks'
                ? t.chain.blocks.nothingWhy
                : t.compare.nothingWhy
          }
        />
      </Frame>
    );
  const lines: [string, (side: ComparedSide) => string][] = [
    [t.detail.facts.type, (side) => t.compare.kinds[side.type]],
    [t.detail.facts.size, (side) => (side.type === 'dir' ? '' : formatCount(side.size, t.locale))],
    [
      t.detail.facts.modified,
      (side) => (side.modified === null ? '' : formatTime(Date.parse(side.modified), utc, true)),
    ],
    [t.detail.facts.attributes, (side) => attributeLetters(side.attributes)],
    [t.compare.hash, (side) => side.sha1Start ?? ''],
  ];
  const name = (key: string | null) => {
    const found = app.compare.choices.value.find((choice) => choice.key === key);
    return found === undefined ? '' : choiceText(found, t);
  };
  return (
    <Frame>
      <div class="detail-head">
        <h2>{lastName(entry.path)}</h2>
        <div class="path mono">
          <BreakablePath path={folderOf(entry.path)} />
        </div>
      </div>
      <div class="detail-section">
        <p>
          {t.compare.changes[entry.change]}
          {entry.evidence !== null && ` · ${t.compare.evidence[entry.evidence]}`}
        </p>
        <table class="facts compare-table">
          <thead>
            <tr>
              <td />
              <th scope="col">{name(app.compare.before.value)}</th>
              <th scope="col">{name(app.compare.after.value)}</th>
            </tr>
          </thead>
          <tbody>
            {lines.map(([label, of]) => {
              const [a, b] = [entry.before, entry.after].map((side) => (side === null ? '' : of(side)));
              if (a === '' && b === '') return null;
              return (
                <tr key={label} class={a === b ? undefined : 'differs'}>
                  <th scope="row">{label}</th>
                  <td class="mono">{entry.before === null ? t.compare.absent : a}</td>
                  <td class="mono">{entry.after === null ? t.compare.absent : b}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
        <p>
          <LinkButton onClick={() => void app.go(`C:\\${entry.path}`)}>{t.compare.show}</LinkButton>
        </p>
      </div>
    </Frame>
  );
}
