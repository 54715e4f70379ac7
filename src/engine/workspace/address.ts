/** Addresses of the merged view: `C:\...` and `HKEY_...\...` to name paths, through the links that exist only when Windows runs. */
import { splitPath } from '../../index/path.ts';

export interface RegistryLinks {
  /** `Select\Current` of the base layer, null when there is none. */
  readonly controlSet: number | null;
  /** Mounts that are there, `HKU/S-1-5-21-...`. */
  readonly mounts: readonly string[];
}

const ROOTS: Readonly<Record<string, string>> = {
  HKEY_LOCAL_MACHINE: 'HKLM',
  HKLM: 'HKLM',
  HKEY_USERS: 'HKU',
  HKU: 'HKU',
};

/** `C:\Windows` -> `['Windows']`. */
export function fileParts(path: string): string[] {
  return splitPath(path.replace(/^[A-Za-z]:/, ''));
}

/**
 * Components of a key path below the merged root. HKCU is the only user when there is one, HKCR the machine's classes,
 * CurrentControlSet the base layer's current one. Null for a root that has no keys here.
 */
export function keyParts(path: string, { controlSet, mounts }: RegistryLinks): string[] | null {
  const [first = '', ...rest] = splitPath(path);
  const root = first.toUpperCase();
  let parts: string[];
  if (ROOTS[root] !== undefined) parts = [ROOTS[root], ...rest];
  else if (root === 'HKEY_CURRENT_USER' || root === 'HKCU') {
    const users = mounts.filter(
      (mount) => mount.startsWith('HKU/') && mount !== 'HKU/.DEFAULT' && !mount.endsWith('_Classes'),
    );
    if (users.length !== 1) return null;
    parts = ['HKU', users[0]!.slice(4), ...rest];
  } else if (root === 'HKEY_CLASSES_ROOT' || root === 'HKCR') parts = ['HKLM', 'SOFTWARE', 'Classes', ...rest];
  else return null;
  const current = parts[2]?.toUpperCase() === 'CURRENTCONTROLSET' && parts[1]?.toUpperCase() === 'SYSTEM';
  if (current && controlSet !== null) parts[2] = `ControlSet${String(controlSet).padStart(3, '0')}`;
  return parts;
}
