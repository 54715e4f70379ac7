/** A path that a person typed -> the node it means, and for the registry perhaps a value of it. */
import { foldText, windowsUpcase } from '../../index/upcase.ts';
import type { Pane } from '../api.ts';
import { fileParts, keyParts, valueSplits } from './address.ts';
import type { Derived } from './derived.ts';
import type { Merge } from './merge.ts';

/** @returns null when the merged view has nothing at the path */
export function locate(
  merge: Merge,
  derived: Derived,
  pane: Pane,
  path: string,
): { readonly node: number; readonly value: string | null } | null {
  if (merge.layers.length === 0) return null;
  const parts = pane === 'files' ? fileParts(path) : keyParts(path);
  if (parts === null || parts.length === 0) return null;
  const node = pane === 'files' ? merge.files.find(parts) : derived.find(parts);
  if (node >= 0) return { node, value: null };
  if (pane === 'files') return null;
  for (const { key, value } of valueSplits(path)) {
    const at = derived.find(key);
    const name = at < 0 ? null : valueNamed(derived, at, value);
    if (name !== null) return { node: at, value: name };
  }
  return null;
}

/** A value's own spelling of its name, null when the key has none of that name. */
function valueNamed(derived: Derived, node: number, name: string): string | null {
  const upcase = windowsUpcase();
  const wanted = foldText(name, upcase);
  return derived.values(node).find(({ value }) => foldText(value.name, upcase) === wanted)?.value.name ?? null;
}
