/** Keys of hives that are being read, whose sub-keys or values are not here yet. */
import type { RegistryOverlay } from '../../overlay/registry/overlay.ts';
import type { Derived } from './derived.ts';

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
