/** What the layers' own hives say about users and control sets. Pure: values come from a reader that is handed in. */
import { fromUnits } from '../base/utf16.ts';
import type { KeyTable } from '../index/key-table.ts';
import { childOf, lookup } from '../index/path.ts';
import { foldText, windowsUpcase } from '../index/upcase.ts';
import { mountOfPath, type Profile } from './hives.ts';

/** Data of a value row; null when it cannot be read. */
export type ReadValue = (value: number) => Uint8Array | null;

const PROFILE_LIST = 'Microsoft\\Windows NT\\CurrentVersion\\ProfileList';
const REG_DWORD = 4;
/** The machine has a dozen hives. */
const MAX_INSIDE = 32;

/** Value row with that name in a key row, -1 when there is none. Name comparison is the registry's. */
export function valueRow(table: KeyTable, key: number, name: string): number {
  const upcase = windowsUpcase();
  const wanted = foldText(name, upcase);
  for (let v = table.data.valueStart[key]!; v < table.data.valueStart[key + 1]!; v++)
    if (foldText(table.valueName(v), upcase) === wanted) return v;
  return -1;
}

/** Value rows whose data `profiles` and `controlSetOf` will ask for, so that they are fetched in one go. */
export function factValues(mount: string, table: KeyTable): number[] {
  if (mount === 'HKLM/SYSTEM') {
    const select = childOf(table, 0, 'Select', windowsUpcase());
    const value = select < 0 ? -1 : valueRow(table, select, 'Current');
    return value < 0 ? [] : [value];
  }
  if (mount !== 'HKLM/SOFTWARE') return [];
  return profileKeys(table)
    .map((key) => valueRow(table, key, 'ProfileImagePath'))
    .filter((value) => value >= 0);
}

function profileKeys(table: KeyTable): number[] {
  const list = lookup(table, PROFILE_LIST, windowsUpcase());
  if (list < 0) return [];
  const keys: number[] = [];
  for (let key = table.data.childStart[list]!; key < table.data.childStart[list + 1]!; key++)
    if (/^S-1-5-21-|^S-1-12-1-/i.test(table.name(key)) && !table.name(key).toLowerCase().endsWith('.bak'))
      keys.push(key);
  return keys;
}

/** Users of a SOFTWARE hive, from its ProfileList; service accounts are left out. */
export function profiles(table: KeyTable, read: ReadValue): Profile[] {
  const found: Profile[] = [];
  for (const key of profileKeys(table)) {
    const value = valueRow(table, key, 'ProfileImagePath');
    const data = value < 0 ? null : read(value);
    if (data === null) continue;
    const path = textOf(data);
    const folder = path.split('\\').at(-1) ?? '';
    if (folder !== '') found.push({ sid: table.name(key), folder, path });
  }
  return found;
}

/** `Select\Current` of a SYSTEM hive, null when it has none or it is no control set number. */
export function controlSetOf(table: KeyTable, read: ReadValue): number | null {
  const [value] = factValues('HKLM/SYSTEM', table);
  const data = value === undefined ? null : read(value);
  if (value === undefined || data === null || data.length < 4 || table.data.values.type[value] !== REG_DWORD)
    return null;
  const current = new DataView(data.buffer, data.byteOffset, data.byteLength).getUint32(0, true);
  return current >= 1 && current <= 999 ? current : null;
}

/** Text of REG_SZ / REG_EXPAND_SZ data up to the first NUL. */
export function textOf(data: Uint8Array): string {
  const units = new Uint16Array(data.length >> 1);
  for (let i = 0; i < units.length; i++) units[i] = data[i * 2]! | (data[i * 2 + 1]! << 8);
  const end = units.indexOf(0);
  return fromUnits(units, 0, end < 0 ? units.length : end);
}

/** Paths of keys that only this hive has. */
const SIGNS: readonly (readonly [mount: string, keys: readonly string[]])[] = [
  ['HKLM/SYSTEM', ['Select', 'ControlSet001']],
  ['HKLM/SYSTEM', ['Select', 'MountedDevices']],
  ['HKLM/SOFTWARE', ['Microsoft', 'Classes']],
  ['HKLM/SAM', ['SAM']],
  ['HKLM/SECURITY', ['Policy']],
  ['HKLM/BCD00000000', ['Objects', 'Description']],
  ['HKLM/Amcache', ['Root\\InventoryApplicationFile']],
  ['HKLM/Amcache', ['Root\\File', 'Root\\Programs']],
  ['HKU/user', ['Software', 'Control Panel']],
  ['HKU/user', ['Software', 'Environment']],
  ['HKU/user_Classes', ['Local Settings']],
];

/** Keys below the root that must be read to see all the signs. */
export const SIGN_PARENTS: readonly string[] = ['Root'];

/** A package keeps the machine's hives in one file, below REGISTRY\MACHINE. @returns none for other hives */
export function hivesInside(table: KeyTable): { readonly mount: string; readonly inside: readonly string[] }[] {
  const machine = lookup(table, 'REGISTRY\\MACHINE', windowsUpcase());
  if (machine < 0) return [];
  const found: { mount: string; inside: readonly string[] }[] = [];
  for (let row = table.data.childStart[machine]!; row < table.data.childStart[machine + 1]!; row++)
    if (found.length < MAX_INSIDE)
      found.push({ mount: `HKLM/${table.name(row)}`, inside: ['REGISTRY', 'MACHINE', table.name(row)] });
  return found;
}

/**
 * Mount of a hive that was dropped by itself: by the path its base block states, by its root's sub-keys, by its file name.
 * @param stated file name field of the base block, often the last 31 characters of a path; may be empty
 */
export function guessMount(fileName: string, stated: string, table: KeyTable): string {
  const byPath = mountOfPath(stated);
  if (byPath?.startsWith('HKLM/')) return byPath;
  const upcase = windowsUpcase();
  const byKeys = SIGNS.find(([, keys]) => keys.every((key) => lookup(table, key, upcase) >= 0))?.[0] ?? null;
  // The default profile's hive has a user's keys; only its name tells it apart.
  const byName = mountOfPath(fileName);
  if (byName === 'HKU/.DEFAULT' && byKeys === 'HKU/user') return byName;
  if (
    byKeys !== null &&
    byPath !== null &&
    byKeys.startsWith('HKU/') &&
    byPath.endsWith('_Classes') === byKeys.endsWith('_Classes')
  )
    return byPath;
  return byKeys ?? byPath ?? byName ?? `HKLM/${fileName.replace(/\.[^.]*$/, '') || 'HIVE'}`;
}
