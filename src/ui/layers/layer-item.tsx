/** One layer: stripe, letter, name, size, health, what it is doing, and what can be done with it. */
import { useRef } from 'preact/hooks';
import { formatCount, formatSize } from '../../base/format.ts';
import { type HealthNote, type LayerInfo, ROLES } from '../../engine/api.ts';
import type { Dictionary } from '../../i18n/en.ts';
import { keepsDeleted } from '../../store/deleted-files.ts';
import { canSquash } from '../../store/squashing.ts';
import { useApp, useText } from '../context.ts';
import { errorPlace, errorSentence, errorTitle } from '../error-text.tsx';
import { whyOf } from '../findings/words.ts';
import { IconButton, ProgressBar } from '../widgets/controls.tsx';
import { Icon } from '../widgets/icon.tsx';
import { Chip } from '../widgets/marks.tsx';
import { MenuButton, type MenuItem } from '../widgets/menu.tsx';
import { SeverityIcon } from '../widgets/signs.tsx';
import { ChainMarks } from './chain.tsx';
import { detailWords } from './detail-words.ts';
import { progressLine } from './progress-line.ts';

function Health({ layer }: { layer: LayerInfo }) {
  const t = useText();
  if (layer.error !== null)
    return (
      <>
        <div class="health bad" title={errorSentence(layer.error, t)}>
          <SeverityIcon severity="error" />
          <span>{errorTitle(layer.error, t)}</span>
        </div>
        <p class="layer-error">
          {t.errors.found(layer.error.expected, layer.error.actual)} {layer.files > 0 && `${t.errors.rest} `}
          <span class="mono">{errorPlace(layer.error, t)}</span>
        </p>
      </>
    );
  if (!layer.enabled) return <div class="health">{t.layers.leftOut}</div>;
  if (layer.status === 'cancelled') return <div class="health">{t.layers.cancelled}</div>;
  const worst = layer.health.find((h) => h.severity === 'error') ?? layer.health.find((h) => h.severity === 'warning');
  const text = (note: HealthNote) => whyOf({ ...note, message: note.text }, t);
  const notes = layer.health.filter((h) => h !== worst).map(text);
  const line = [layer.detail === '' ? layer.format.toUpperCase() : detailWords(layer.detail, t), ...notes].join(', ');
  return (
    <>
      <div class="health" title={line}>
        <Icon name={layer.status === 'ready' ? 'check' : 'replay'} />
        <span class="trunc">{line}</span>
      </div>
      {worst !== undefined && (
        <div class={worst.severity === 'error' ? 'health note bad' : 'health note'}>
          <SeverityIcon severity={worst.severity} />
          <span>{text(worst)}</span>
        </div>
      )}
    </>
  );
}

function Work({ layer }: { layer: LayerInfo }) {
  const app = useApp();
  const t = useText();
  if (layer.progress === null) return null;
  const { progress } = layer;
  const what = t.progress.what[progress.what];
  return (
    <div class="work">
      <div class="work-top">
        <span class="trunc">{what}</span>
        <IconButton
          small
          icon="close"
          label={t.layers.cancel}
          onClick={() => void app.bridge.workspace.cancelLayer(layer.id).catch(app.notices.failed)}
        />
      </div>
      <ProgressBar done={progress.done} total={progress.total} label={what} />
      <div class="faint">{progressLine(progress, t)}</div>
    </div>
  );
}

/** The files of an image of several, as cells and words; opens what there is to say of them. */
function ChainLine({ layer }: { layer: LayerInfo }) {
  const app = useApp();
  const t = useText();
  const { chain } = layer;
  if (chain.length === 0) return null;
  const missing = chain.filter((entry) => entry.file === null).length;
  return (
    <button
      type="button"
      class={missing > 0 ? 'chain-line bad' : 'chain-line'}
      title={t.chain.open(layer.name)}
      onClick={() => {
        app.filesOf.value = layer.id;
      }}
    >
      <ChainMarks chain={chain} />
      <span class="trunc">
        {missing > 0 ? t.chain.missing(missing) : t.chain.files(1 + new Set(chain.flatMap(({ files }) => files)).size)}
      </span>
    </button>
  );
}

function storeName({ store }: LayerInfo, t: Dictionary): string {
  return (t.layers.stores as Readonly<Record<string, string>>)[store] ?? store;
}

/** What keeps the layer's files, and by what it is known; nothing for plain files. */
function StoreLine({ layer }: { layer: LayerInfo }) {
  const t = useText();
  if (layer.status !== 'ready' || (layer.store === 'plain' && !layer.storeChosen)) return null;
  const signs = layer.storeSigns.length === 0 ? '' : t.layers.storeSigns(layer.storeSigns.join(', '));
  const why = layer.storeChosen ? t.layers.storeChosen : signs;
  return (
    <div
      class="store-line"
      title={[storeName(layer, t), why, layer.storeChosen ? signs : ''].filter(Boolean).join('\n')}
    >
      <span class="trunc">
        {storeName(layer, t)} {why !== '' && <span class="faint">{why}</span>}
      </span>
    </div>
  );
}

interface LayerItemProps {
  layer: LayerInfo;
  index: number;
  count: number;
}

export function LayerItem({ layer, index, count }: LayerItemProps) {
  const app = useApp();
  const t = useText();
  const { workspace } = app.bridge;
  /** Begins with the button of the menu. */
  const tools = useRef<HTMLDivElement>(null);
  const toggle = () => {
    const enabled = !layer.enabled;
    workspace
      .setEnabled(layer.id, enabled)
      .then(
        () => app.notices.say({ code: enabled ? 'layerShown' : 'layerHidden', name: layer.name }),
        app.notices.failed,
      );
  };
  const remove = () => {
    workspace
      .removeLayer(layer.id)
      .then(() => app.notices.show({ code: 'layerRemoved', name: layer.name }), app.notices.failed);
  };
  const items = (): MenuItem[] => [
    { kind: 'head', text: t.layers.role },
    ...ROLES.map((role) => ({
      text: t.layers.roles[role],
      checked: layer.role === role,
      run: () => void workspace.setRole(layer.id, role).catch(app.notices.failed),
    })),
    ...(layer.alternatives.length > 0
      ? [
          { kind: 'line' as const },
          { kind: 'head' as const, text: t.layers.image },
          ...layer.alternatives.map((other) => ({
            text: other.title,
            checked: other.mount === layer.mount,
            run: () => void app.switchMount(layer.id, other.mount),
          })),
        ]
      : []),
    ...(layer.format.endsWith('regf')
      ? []
      : [
          { kind: 'line' as const },
          { kind: 'head' as const, text: t.layers.store },
          {
            text: layer.storeChosen ? t.layers.recognised : `${storeName(layer, t)} · ${t.layers.recognised}`,
            checked: !layer.storeChosen,
            run: () => void app.switchStore(layer.id, null),
          },
          ...Object.entries(t.layers.stores).map(([store, text]) => ({
            text,
            checked: layer.storeChosen && layer.store === store,
            run: () => void app.switchStore(layer.id, store),
          })),
        ]),
    ...(layer.chain.length > 0
      ? [
          { kind: 'line' as const },
          {
            text: t.chain.title(layer.name),
            run: () => {
              app.filesOf.value = layer.id;
            },
          },
        ]
      : []),
    ...(layer.format === 'regf'
      ? []
      : [
          { kind: 'line' as const },
          {
            text: t.verify.action,
            disabled: layer.status !== 'ready' || app.verifying.state.value !== null,
            run: () => void app.verifying.run(layer),
          },
        ]),
    ...(keepsDeleted(layer)
      ? [
          {
            text: `${t.deletedFiles.open}…`,
            disabled: layer.status === 'opening',
            run: () => app.deletedFiles.open(layer),
          },
        ]
      : []),
    { kind: 'line' },
    { text: t.layers.moveUp, hint: 'Alt ↑', disabled: index === 0, run: () => app.moveLayer(layer.id, -1) },
    { text: t.layers.moveDown, hint: 'Alt ↓', disabled: index === count - 1, run: () => app.moveLayer(layer.id, 1) },
    ...(index + 2 < count
      ? [
          {
            text: `${t.squash.action}…`,
            disabled: !canSquash(app.layers.value, index) || app.saving.state.value !== null,
            run: () => void app.squash(layer.id),
          },
        ]
      : []),
    { kind: 'line' },
    { text: t.layers.remove, hint: 'Del', run: remove },
  ];
  return (
    <li
      class={`layer${layer.enabled ? '' : ' off'}`}
      data-hue={layer.hue}
      data-layer={layer.id}
      data-status={layer.status}
      // a list item that can be moved by keys has to take the focus
      // biome-ignore lint/a11y/noNoninteractiveTabindex: see above
      tabIndex={0}
      draggable
      aria-label={t.layers.item(layer.name, index + 1, count)}
      aria-describedby="layer-hint"
      title={`${layer.imageName}\n${formatCount(layer.files, t.locale)} + ${formatCount(layer.directories, t.locale)}`}
      onKeyDown={(event) => {
        if (event.target !== event.currentTarget) return;
        const up = event.key === 'ArrowUp';
        if ((up || event.key === 'ArrowDown') && event.altKey) app.moveLayer(layer.id, up ? -1 : 1);
        else if (up || event.key === 'ArrowDown') {
          const next = up ? event.currentTarget.previousElementSibling : event.currentTarget.nextElementSibling;
          if (next instanceof HTMLElement) next.focus();
        } else if (event.key === ' ') toggle();
        else if (event.key === 'Delete') remove();
        else return;
        event.preventDefault();
        event.stopPropagation();
      }}
      onContextMenu={(event) => {
        event.preventDefault();
        tools.current?.querySelector('button')?.click();
      }}
      onDragStart={(event) => {
        event.dataTransfer?.setData('application/x-layer', layer.id);
        if (event.dataTransfer !== null) event.dataTransfer.effectAllowed = 'move';
      }}
    >
      <Chip layer={layer} named={!layer.enabled} />
      <div class="layer-name">
        <span class="trunc">{layer.name}</span>
      </div>
      <div class="layer-size">{formatSize(layer.size, t.locale)}</div>
      <Health layer={layer} />
      <StoreLine layer={layer} />
      <ChainLine layer={layer} />
      <div class="layer-tools" ref={tools}>
        <MenuButton small icon="dots" label={t.menuOf(layer.name)} items={items} class="on-demand" />
        <IconButton
          small
          icon={layer.enabled ? 'eye' : 'eyeOff'}
          label={layer.enabled ? t.layers.leaveOut : t.layers.takeIn}
          pressed={!layer.enabled}
          onClick={toggle}
        />
      </div>
      <Work layer={layer} />
    </li>
  );
}
