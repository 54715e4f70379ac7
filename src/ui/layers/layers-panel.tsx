/** The stack, top layer first, with its share of the bytes and the findings. */
import { useState } from 'preact/hooks';
import type { Severity } from '../../base/findings.ts';
import { formatCount, formatShare, formatSize } from '../../base/format.ts';
import { useApp, useText } from '../context.ts';
import { LayerFilesDialog } from '../dialogs/layer-files.tsx';
import { openFiles } from '../empty/pickers.ts';
import { Icon } from '../widgets/icon.tsx';
import { Chip } from '../widgets/marks.tsx';
import { SeverityIcon } from '../widgets/signs.tsx';
import { Splitter } from '../widgets/splitter.tsx';
import { LayerItem } from './layer-item.tsx';

const DRAGGED = 'application/x-layer';

interface Gap {
  /** 0 above the first layer. */
  readonly index: number;
  /** Where its line is drawn, in px from the top of the list. */
  readonly top: number;
}

/** The gap between layers that a drag over the list points at. */
function gapAt(list: Element, y: number): Gap {
  const rows = [...list.querySelectorAll<HTMLElement>('.layer')];
  const at = rows.findIndex((row) => {
    const box = row.getBoundingClientRect();
    return y < box.top + box.height / 2;
  });
  const index = at < 0 ? rows.length : at;
  const next = rows[index];
  const last = rows.at(-1);
  return { index, top: next?.offsetTop ?? (last === undefined ? 0 : last.offsetTop + last.offsetHeight) };
}

function Stack() {
  const app = useApp();
  const t = useText();
  const layers = app.layers.value;
  const [gap, setGap] = useState<Gap | null>(null);
  return (
    <ol
      class="layers"
      aria-label={t.layers.title}
      onDragOver={(event) => {
        if (!event.dataTransfer?.types.includes(DRAGGED)) return;
        event.preventDefault();
        const next = gapAt(event.currentTarget, event.clientY);
        if (next.index !== gap?.index) setGap(next);
      }}
      onDragLeave={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setGap(null);
      }}
      onDrop={(event) => {
        const id = event.dataTransfer?.getData(DRAGGED) ?? '';
        setGap(null);
        if (id === '') return;
        event.preventDefault();
        event.stopPropagation();
        const to = gapAt(event.currentTarget, event.clientY).index;
        const from = layers.findIndex((layer) => layer.id === id);
        app.placeLayer(id, to > from ? to - 1 : to);
      }}
    >
      {layers.map((layer, i) => (
        <LayerItem key={layer.id} layer={layer} index={i} count={layers.length} />
      ))}
      {gap !== null && <li class="landing" aria-hidden="true" style={{ top: `${gap.top}px` }} />}
    </ol>
  );
}

function Share() {
  const app = useApp();
  const t = useText();
  const layers = app.layers.value.filter((layer) => layer.enabled && layer.error === null);
  const total = layers.reduce((sum, layer) => sum + layer.winBytes, 0);
  if (total === 0) return null;
  return (
    <section class="share-section">
      <h2 class="section-head">
        {t.layers.share}
        <span class="end">{formatSize(total, t.locale)}</span>
      </h2>
      <div class="share" aria-hidden="true">
        {layers.map(
          (layer) =>
            layer.winBytes > 0 && (
              <i key={layer.id} data-hue={layer.hue} style={{ flexGrow: layer.winBytes / total }} />
            ),
        )}
      </div>
      <ul>
        {layers.map((layer) => (
          <li class="legend" key={layer.id}>
            <Chip layer={layer} named />
            <span class="trunc">{layer.name}</span>
            <span class="value">{formatCount(layer.wins, t.locale)}</span>
            <span class="number">{formatShare(layer.winBytes, total, t.locale)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

const SEVERITIES: readonly Severity[] = ['error', 'warning', 'info'];

export function LayersPanel() {
  const app = useApp();
  const t = useText();
  const findings = app.workspace.value?.findings;
  // in a narrow window the panel is a rail that opens while something in it has the focus; for a pointer with its click,
  // because what moves under a pressed button is not what the press was meant for
  const [open, setOpen] = useState(false);
  const openFor = (event: Event) => {
    if ((event.target as Element).closest('.layers') !== null) setOpen(true);
  };
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: keys open it by the focus
    <aside
      class={open ? 'side open' : 'side'}
      aria-label={t.layers.title}
      id="layers"
      onFocusIn={(event) => {
        if ((event.target as Element).matches(':focus-visible')) openFor(event);
      }}
      onClick={openFor}
      onFocusOut={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setOpen(false);
      }}
    >
      <div class="side-scroll">
        <h2 class="section-head">
          {t.layers.title}
          <span class="count">{t.layers.topFirst}</span>
        </h2>
        <p id="layer-hint" class="sr">
          {t.layers.moveHint}
        </p>
        <Stack />
        <button type="button" class="add-layer" aria-label={t.layers.add} onClick={() => void openFiles(app)}>
          <Icon name="plus" />
          <span>{t.layers.add}</span>
        </button>
        <Share />
        <section class="findings-section">
          <h2 class="section-head">{t.findings.title}</h2>
          {SEVERITIES.map((severity) => (
            <button
              key={severity}
              type="button"
              class="finding-count"
              title={t.findings.severity[severity]}
              onClick={() => {
                app.mark();
                app.tab.value = 'findings';
                app.found.show(severity);
              }}
            >
              <SeverityIcon severity={severity} />
              <span class="text">{t.findings.severity[severity]}</span>
              <span class="number">{formatCount(findings?.[severity] ?? 0, t.locale)}</span>
            </button>
          ))}
        </section>
      </div>
      <LayerFilesDialog />
      <Splitter width={app.settings.sideWidth} label={t.split.side} min={180} max={420} standard={244} side={1} />
    </aside>
  );
}
