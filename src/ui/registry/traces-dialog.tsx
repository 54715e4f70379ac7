/** Deleted keys and values of a hive, and what its transaction logs changed: told on request, never merged. */
import { useState } from 'preact/hooks';
import { formatCount, formatSize } from '../../base/format.ts';
import type { TracesTab } from '../../store/traces.ts';
import { deletedLines, replayedLines } from '../../store/traces.ts';
import { useApp, useText } from '../context.ts';
import { ErrorText } from '../error-text.tsx';
import { TabList } from '../frame/tabs.tsx';
import { Button, Select } from '../widgets/controls.tsx';
import { Dialog } from '../widgets/dialog.tsx';
import { EmptyState } from '../widgets/empty-state.tsx';
import { DeletedList, ReplayedList } from './traces-lists.tsx';

/** Which layer's hive, and what of it is shown. */
function Tools() {
  const { traces, workspace, layerById } = useApp();
  const t = useText();
  const mount = workspace.value?.mounts.find((candidate) => candidate.mount === traces.mount.value);
  const layers = (mount?.stack ?? []).map((id) => ({ value: id, text: layerById.value.get(id)?.name ?? id }));
  return (
    <div class="traces-tools">
      {layers.length > 1 && (
        <Select
          value={traces.layer.value ?? ''}
          label={t.traces.layer}
          options={layers}
          onChange={(layer) => traces.choose(layer)}
        />
      )}
      {layers.length === 1 && <span class="trunc">{layers[0]!.text}</span>}
      <input
        class="field"
        type="search"
        data-autofocus=""
        placeholder={t.traces.filter}
        aria-label={t.traces.filter}
        value={traces.filter.value}
        onInput={(event) => {
          traces.filter.value = event.currentTarget.value;
        }}
      />
    </div>
  );
}

function Deleted() {
  const { traces } = useApp();
  const t = useText();
  const found = traces.deleted.value;
  if (found === null) return null;
  if (found.rows.length === 0) return <EmptyState icon="check" title={t.traces.none} text={t.traces.noneWhy} />;
  return (
    <>
      <p class="faint">{t.traces.why}</p>
      <DeletedList rows={traces.deletedShown.value} />
    </>
  );
}

function Replayed() {
  const { traces } = useApp();
  const t = useText();
  const found = traces.replayed.value;
  if (found === null) return null;
  return (
    <>
      <p class="faint">
        {t.traces.logs(found.ranges, formatSize(found.bytes, t.locale))}
        {!found.readableBefore && ` ${t.traces.notBefore}`}
      </p>
      {found.rows.length === 0 ? (
        <EmptyState icon="check" title={t.traces.noChanges} />
      ) : (
        <ReplayedList label={t.traces.tabs.replayed} rows={traces.replayedShown.value} />
      )}
    </>
  );
}

/** What is listed, and the list on the clipboard. */
function Footer() {
  const { traces, notices } = useApp();
  const t = useText();
  const [copied, setCopied] = useState<unknown>(null);
  const replayed = traces.tab.value === 'replayed';
  const shown = replayed ? traces.replayedShown.value : traces.deletedShown.value;
  const total = (replayed ? traces.replayed.value : traces.deleted.value)?.total ?? 0;
  const copy = () => {
    const lines = replayed ? replayedLines(traces.replayedShown.value) : deletedLines(traces.deletedShown.value);
    navigator.clipboard.writeText(lines).then(() => setCopied(shown), notices.failed);
  };
  const count = t.traces.cut(formatCount(shown.length, t.locale), formatCount(total, t.locale));
  return (
    <>
      <span class="grow dim" role="status">
        {copied === shown && shown.length > 0 ? t.traces.copied : total === 0 ? '' : count}
      </span>
      <Button icon="copy" disabled={shown.length === 0} onClick={copy}>
        {t.traces.copy}
      </Button>
      <Button primary onClick={traces.close}>
        {t.traces.close}
      </Button>
    </>
  );
}

export function TracesDialog() {
  const { traces, workspace } = useApp();
  const t = useText();
  const path = workspace.value?.mounts.find((candidate) => candidate.mount === traces.mount.value)?.path;
  if (path === undefined) return null;
  const tabs: readonly TracesTab[] = traces.replayed.value === null ? ['deleted'] : ['deleted', 'replayed'];
  const current = traces.tab.value;
  const error = traces.error.value;
  return (
    <Dialog wide title={t.traces.title(path)} onClose={traces.close} footer={<Footer />}>
      <Tools />
      <TabList
        class="subtabs"
        prefix="traces-"
        label={t.traces.tabs.label}
        current={current}
        tabs={tabs.map((id) => ({ id, text: t.traces.tabs[id] }))}
        onChange={(tab) => {
          traces.tab.value = tab;
        }}
      />
      <div class="traces" role="tabpanel" id={`traces-pane-${current}`} aria-labelledby={`traces-tab-${current}`}>
        {error !== null ? (
          <ErrorText error={error} />
        ) : traces.busy.value ? (
          <p role="status">{t.traces.busy}</p>
        ) : current === 'deleted' ? (
          <Deleted />
        ) : (
          <Replayed />
        )}
      </div>
    </Dialog>
  );
}
