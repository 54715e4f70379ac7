/** A path that a person typed -> the node it means, and for the registry perhaps a value of it. */
import { foldText, windowsUpcase } from '../../index/upcase.ts';
import type { Pane } from '../api.ts';
import { fileParts, keyParts } from './address.ts';
import type { Merge } from './merge.ts';

/** @returns null when the merged view has nothing at the path */
export function locate(
  merge: Merge,
  pane: Pane,
  path: string,
): { readonly node: number; readonly value: string | null } | null {
  if (merge.layers.length === 0) return null;
  const parts = pane === 'files' ? fileParts(path) : keyParts(path, links(merge));
  if (parts === null || parts.length === 0) return null;
  const node = (pane === 'files' ? merge.files : merge.registry).find(parts);
  if (node >= 0) return { node, value: null };
  if (pane === 'files' || parts.length <= 2) return null;
  // the last component may be the name of a value
  const key = merge.registry.find(parts.slice(0, -1));
  const value = key < 0 ? null : valueNamed(merge, key, parts.at(-1)!);
  return value === null ? null : { node: key, value };
}

/** A value's own spelling of its name, null when the key has none of that name. */
function valueNamed({ registry }: Merge, node: number, name: string): string | null {
  const upcase = windowsUpcase();
  const wanted = foldText(name, upcase);
  return registry.values(node).find((value) => foldText(value.name, upcase) === wanted)?.name ?? null;
}

function links(merge: Merge) {
  return {
    controlSet: merge.layers[0]?.controlSet ?? null,
    mounts: merge.mounts().map(({ mount }) => mount),
  };
}
