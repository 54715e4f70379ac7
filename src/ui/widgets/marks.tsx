/** The two marks of a layer: its letter on a chip, and its cell in the core of a row. */
import type { LayerInfo } from '../../engine/api.ts';
import type { Dictionary } from '../../i18n/en.ts';
import { useApp, useText } from '../context.ts';

/** Filled: this layer wins. Outlined (`named`): it is only named. */
export function Chip({ layer, named = false }: { layer: LayerInfo; named?: boolean }) {
  return (
    <span class={named ? 'chip named' : 'chip'} data-hue={layer.hue} title={layer.name}>
      {layer.letter}
    </span>
  );
}

const CELLS: Record<string, string> = { w: 'wins', h: 'copy', d: 'mark', x: 'mark', '-': 'none' };

/** "User data: wins, Chrome: hidden copy": what the core says, in words. */
export function coreLabel(core: string, layers: readonly LayerInfo[], merged: boolean, t: Dictionary): string {
  const parts: string[] = [];
  layers.forEach((layer, i) => {
    const cell = core[i];
    if (cell === undefined || cell === '-') return;
    const word = merged && cell === 'w' ? t.core.contributes : t.core.cell[cell as keyof typeof t.core.cell];
    parts.push(`${layer.name}: ${word}`);
  });
  return parts.join(', ');
}

/** One cell a layer, top layer left: filled wins, outlined loses, slashed is a deletion mark, a dot is absent. */
export function Core({ core, merged = false }: { core: string; merged?: boolean }) {
  const layers = useApp().layers.value;
  const t = useText();
  const label = coreLabel(core, layers, merged, t);
  return (
    <span class="core" role="img" aria-label={label} title={label}>
      {layers.map((layer, i) => (
        <i key={layer.id} class={CELLS[core[i] ?? '-'] ?? 'none'} data-hue={layer.hue} />
      ))}
    </span>
  );
}

/** The letters over a column of cores. */
export function CoreHead() {
  const layers = useApp().layers.value;
  return (
    <span class="core-head" aria-hidden="true">
      {layers.map((layer) => (
        <b key={layer.id}>{layer.letter}</b>
      ))}
    </span>
  );
}
