/** The trees that the compare tab offers. */
import { mountAt } from '../base/chain-mounts.ts';
import type { CompareSide, LayerInfo } from '../engine/api.ts';
import { isPoint } from './compare-blocks.ts';

/** A tree that can be compared: a layer's own, or another image of its file. */
export interface CompareChoice extends CompareSide {
  readonly key: string;
  readonly text: string;
  readonly layer: string | null;
  /** A merged view: the name of the layer that is left out of it, null for the whole one. */
  readonly view?: string | null;
  /** The tree of a layer whose files its store keeps under other paths than it shows them. */
  readonly stored?: boolean;
}

export const choiceKey = (image: string, mount: string): string => `${image}\n${mount}`;

/** Trees of the open layers, each once, a layer's own before the other images of its file and the earlier states of its disk. Pure. */
export function compareChoices(layers: readonly LayerInfo[]): CompareChoice[] {
  const found = new Map<string, CompareChoice>();
  const add = (image: string, mount: string, text: string, layer: string | null) => {
    const key = choiceKey(image, mount);
    if (!found.has(key)) found.set(key, { key, image, mount, text, layer });
  };
  for (const layer of layers)
    if (layer.files + layer.directories > 0 || layer.status !== 'failed')
      add(layer.image, layer.mount, layer.name, layer.id);
  for (const layer of layers)
    for (const { mount, title } of layer.alternatives) add(layer.image, mount, `${layer.imageName}: ${title}`, null);
  for (const { image, mount, name, chain } of layers)
    for (const { id, file } of chain.filter(isPoint))
      add(image, mountAt(id, mount), `${name}: ${file!.replace(/^.*[\\/]/, '')}`, null);
  return [...found.values()];
}

/** Stores whose files stand in the tree where they are shown. */
const IN_PLACE: ReadonlySet<string> = new Set(['plain']);

/** A layer with a store stands for what it shows alone, before its tree with all that the store keeps. Pure. */
export function shownChoices(layers: readonly LayerInfo[]): CompareChoice[] {
  return compareChoices(layers).flatMap((choice) => {
    const layer = layers.find(({ id }) => id === choice.layer);
    if (layer === undefined || IN_PLACE.has(layer.store) || !layer.enabled) return [choice];
    const without = layers.flatMap(({ id }) => (id === layer.id ? [] : [id]));
    return [
      { key: `shown\n${layer.id}`, image: '', mount: '', text: layer.name, layer: layer.id, without },
      { ...choice, stored: true },
    ];
  });
}

/** The merged view, and what it would be without each of its layers; none of a single layer. Pure. */
export function viewChoices(
  layers: readonly LayerInfo[],
  has = ({ files, directories }: LayerInfo) => files + directories > 0,
): CompareChoice[] {
  const shown = layers.filter((layer) => layer.enabled && has(layer));
  if (shown.length < 2) return [];
  const view = (id: string, name: string | null, without: readonly string[]): CompareChoice => ({
    key: `view\n${id}`,
    image: '',
    mount: '',
    text: '',
    layer: null,
    view: name,
    without,
  });
  return [view('', null, []), ...shown.map(({ id, name }) => view(id, name, [id]))];
}
