/** Addresses of the merged view: `C:\...` and `HKEY_...\...` to the names that the trees know. */
import { splitPath } from '../../index/path.ts';

/** The five roots of regedit, in its order, by the names the trees use. */
export const ROOT_NAMES: Readonly<Record<string, string>> = {
  HKCR: 'HKEY_CLASSES_ROOT',
  HKCU: 'HKEY_CURRENT_USER',
  HKLM: 'HKEY_LOCAL_MACHINE',
  HKU: 'HKEY_USERS',
  HKCC: 'HKEY_CURRENT_CONFIG',
};

const SHORT: ReadonlyMap<string, string> = new Map(
  Object.entries(ROOT_NAMES).flatMap(([short, long]) => [
    [short, short],
    [long, short],
  ]),
);

/** `C:\Windows` -> `['Windows']`. */
export function fileParts(path: string): string[] {
  return splitPath(path.replace(/^[A-Za-z]:/, ''));
}

/** Components of a key path, the root by its short name: `HKLM`. Null for a root that is none. */
export function keyParts(path: string): string[] | null {
  const [first = '', ...rest] = splitPath(path);
  const root = SHORT.get(first.toUpperCase());
  return root === undefined ? null : [root, ...rest];
}

/** `HKLM`, `SOFTWARE`, ... -> `HKEY_LOCAL_MACHINE\SOFTWARE\...`. */
export function keyPath(parts: readonly string[]): string {
  const [root = '', ...rest] = parts;
  return [ROOT_NAMES[root] ?? root, ...rest].join('\\');
}

/**
 * Where a typed path may stop being keys and begin to be the name of a value, the longest key first. A value's name may hold
 * backslashes (`\DosDevices\C:` of MountedDevices), so what follows the key is taken as it was typed.
 */
export function valueSplits(path: string): { readonly key: readonly string[]; readonly value: string }[] {
  const found: { key: string[]; value: string }[] = [];
  for (let at = path.indexOf('\\'); at >= 0; at = path.indexOf('\\', at + 1)) {
    const key = keyParts(path.slice(0, at));
    if (key !== null && key.length > 1) found.unshift({ key, value: path.slice(at + 1) });
  }
  return found;
}
