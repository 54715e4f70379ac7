/** An answer, then its proof: what is selected, why it wins, what else there is. */
import { useApp, useText } from '../context.ts';
import { ErrorText } from '../error-text.tsx';
import { EmptyState } from '../widgets/empty-state.tsx';
import { SCROLLABLE } from '../widgets/scrollable.ts';
import { SeverityIcon } from '../widgets/signs.tsx';
import { Splitter } from '../widgets/splitter.tsx';
import { FileDetailView } from './file-detail.tsx';
import { KeyDetailView, ValueDetailView } from './key-detail.tsx';

export function DetailPane() {
  const app = useApp();
  const t = useText();
  const { detail, settings } = app;
  const subject = detail.subject.value;
  const error = detail.error.value;
  const fits = subject !== null && (app.tab.value === 'files') === (subject.kind === 'file');
  return (
    <aside class="detail" aria-label={t.detail.label}>
      <Splitter width={settings.detailWidth} label={t.split.detail} min={280} max={800} standard={376} side={-1} />
      <section class="detail-scroll" id="detail" {...SCROLLABLE} aria-label={t.detail.label}>
        {error !== null && (
          <div class="alert">
            <SeverityIcon severity="error" />
            <ErrorText error={error} />
          </div>
        )}
        {!fits && error === null && <EmptyState icon="list" title={t.detail.nothing} text={t.detail.nothingWhy} />}
        {fits && subject.kind === 'file' && <FileDetailView file={subject.detail} />}
        {fits && subject.kind === 'key' && <KeyDetailView detail={subject.detail} />}
        {fits && subject.kind === 'value' && <ValueDetailView detail={subject.detail} />}
      </section>
    </aside>
  );
}
