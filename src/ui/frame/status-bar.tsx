import { formatCount } from '../../base/format.ts';
import { selectedCount } from '../../store/selection.ts';
import { useApp, useText } from '../context.ts';
import { Icon } from '../widgets/icon.tsx';

/** "Nothing has left this tab", with the number that proves it. */
export function Safe() {
  const requests = useApp().requests.value;
  const t = useText();
  return (
    <span class={requests === 0 ? 'safe' : 'safe unsafe'} id="requests">
      <Icon name="lock" />
      {requests === 0 ? t.status.safe(0) : t.status.unsafe(requests)}
    </span>
  );
}

function Counts() {
  const app = useApp();
  const t = useText();
  const state = app.workspace.value;
  if (state === null) return null;
  const { stats, layers, rules } = state;
  const top = layers.find((layer) => layer.enabled);
  if (app.tab.value === 'findings') {
    const { error, warning } = state.findings;
    return (
      <>
        <span>{t.findings.summary(error, warning)}</span>
        {state.findingsProgress !== null && (
          <span id="looking" class="optional-narrow">
            {t.findings.looking(state.findingsProgress.done, state.findingsProgress.total)}
          </span>
        )}
      </>
    );
  }
  if (app.tab.value === 'plan') {
    const idle = rules.filter((rule) => rule.hits === 0).length;
    return (
      <>
        <span>{t.status.rules(rules.length)}</span>
        {idle > 0 && <span class="optional-narrow">{t.status.withoutEffect(idle)}</span>}
      </>
    );
  }
  const registry = app.tab.value === 'registry';
  const tree = registry ? app.keys : app.files;
  const spec = tree.spec.value;
  const filtered =
    spec.filter !== '' || spec.states !== null || spec.layers !== null || spec.conflictsOnly || spec.markedOnly;
  const selected = registry ? selectedCount(app.values.selection.value) : selectedCount(tree.selection.value);
  return (
    <>
      {registry ? (
        <>
          <span>{t.status.keys(stats.keys)}</span>
          <span class="optional-narrow">{t.status.values(stats.values)}</span>
          <span class="optional-narrow">{t.status.valuesHere(app.values.rows.value.length)}</span>
        </>
      ) : (
        <>
          <span>{t.status.files(stats.files)}</span>
          {top !== undefined && layers.length > 1 && (
            <span class="optional-narrow">{t.status.fromLayer(top.wins, top.name)}</span>
          )}
          <span class="optional-narrow">{t.status.hidden(stats.hidden)}</span>
        </>
      )}
      {filtered && <span>{t.status.shown(tree.info.value?.count ?? 0)}</span>}
      {selected > 0 && <span class="optional-narrow">{t.status.selected(selected)}</span>}
      {state.busy ? (
        <span class="optional-narrow" id="busy">
          {t.status.busy}
        </span>
      ) : (
        state.mergeMs > 0 && <span class="optional">{t.status.merged(formatCount(state.mergeMs, t.locale))}</span>
      )}
    </>
  );
}

export function StatusBar() {
  const { settings } = useApp();
  const t = useText();
  const utc = settings.utc.value;
  return (
    <footer class="status">
      <Counts />
      <span class="grow" />
      <button
        type="button"
        class="status-button optional-narrow"
        title={t.status.switchTime}
        onClick={() => {
          settings.utc.value = !utc;
        }}
      >
        {utc ? t.status.utc : t.status.local}
      </button>
      <Safe />
    </footer>
  );
}
