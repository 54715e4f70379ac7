/** Keys of hives that are being read, whose sub-keys or values are not here yet. */
import type { RegistryOverlay } from '../../overlay/registry/overlay.ts';
import type { Derived } from './derived.ts';
import type { LayerList } from './layer-list.ts';
import type { Merge } from './merge.ts';

/** A merge that takes longer is not made again for single keys. */
const READ_AHEAD_MS = 250;

interface AheadInput {
  readonly layers: LayerList;
  readonly merge: Merge;
  readonly derived: Derived;
  /** Merges what has been read. */
  update(): void;
}

export class ReadAhead {
  readonly #input: AheadInput;

  constructor(input: AheadInput) {
    this.#input = input;
  }

  /** What is not here yet of a key whose hive is being read. */
  async fetch(node: number): Promise<void> {
    const { layers, merge, derived, update } = this.#input;
    // each answer joins the registries anew: where that takes long, the end of the reading comes sooner
    if (merge.ms > READ_AHEAD_MS) return;
    const wanted = unreadAt(merge.registry, derived, node);
    for (const { record, key } of wanted.map(({ layer, key }) => ({ record: layers.get(layer), key }))) {
      // an image that has gone is told by the reading of its layer
      const loaded = (await record.loaded?.more?.(key).catch(() => null)) ?? null;
      if (loaded === null || record.loaded?.partial !== true || !layers.has(record)) continue;
      record.loaded = loaded;
      update();
    }
  }
}

/** Layers that have something to fetch for a node, and the key it stands for in their hive. */
export function unreadAt(
  registry: RegistryOverlay,
  derived: Derived,
  node: number,
): { readonly layer: string; readonly key: number }[] {
  if (!registry.layers.some(({ partial }) => partial)) return [];
  const main = derived.has(node) ? derived.main(node) : node;
  return registry.layerIds.flatMap((layer, number) => {
    const row = registry.union.slots[number]![main] ?? -1;
    const place = registry.at(number, row);
    if (place === null || (place.hive.table.data.unread?.[place.row] ?? 0) === 0) return [];
    return [{ layer, key: place.hive.table.data.ref[place.row]! }];
  });
}

/** `HKLM\SOFTWARE\x` -> `HKLM`, `HKLM\SOFTWARE`, `HKLM\SOFTWARE\x`. */
export function waysTo(path: string): string[] {
  const parts = path.split('\\').filter((part) => part !== '');
  return parts.map((_, i) => parts.slice(0, i + 1).join('\\'));
}
