/**
 * Amcache.hve: what programs Windows has seen, in plain words.
 *
 *     Root\File\{volume}\<file>       Windows 8 and 8.1: values named by hexadecimal numbers
 *     Root\Programs\<program>         likewise
 *     Root\InventoryApplicationFile\<file>, Root\InventoryDriverBinary\<driver>   Windows 10 on: values have names
 *
 * A file is known by `0000` and its SHA-1 (of its first 31,457,280 bytes from Windows 10 on).
 * Trap: the times of the numbered values are FILETIMEs but for link and install times, which are seconds since 1970.
 * Sources: ANSSI, "Analysis of the AmCache" (2019); hives of the corpus.
 */
import { filetimeIso } from '../base/filetime.ts';
import { numberOf, stringOf, valueText } from './registry-value.ts';

type Shape = 'plain' | 'filetime' | 'seconds' | 'sha1';

const FILE: Readonly<Record<string, readonly [name: string, shape: Shape]>> = {
  '0': ['ProductName', 'plain'],
  '1': ['CompanyName', 'plain'],
  '2': ['FileVersionNumber', 'plain'],
  '3': ['LanguageCode', 'plain'],
  '4': ['SwitchBackContext', 'plain'],
  '5': ['FileVersion', 'plain'],
  '6': ['FileSize', 'plain'],
  '7': ['PeSizeOfImage', 'plain'],
  '8': ['PeHeaderHash', 'plain'],
  '9': ['PeChecksum', 'plain'],
  c: ['FileDescription', 'plain'],
  f: ['LinkDate', 'seconds'],
  '11': ['Modified', 'filetime'],
  '12': ['Created', 'filetime'],
  '15': ['FullPath', 'plain'],
  '17': ['Modified2', 'filetime'],
  '100': ['ProgramId', 'plain'],
  '101': ['SHA-1', 'sha1'],
};

const PROGRAM: Readonly<Record<string, readonly [name: string, shape: Shape]>> = {
  '0': ['Name', 'plain'],
  '1': ['Version', 'plain'],
  '2': ['Publisher', 'plain'],
  '3': ['LanguageCode', 'plain'],
  '6': ['EntryType', 'plain'],
  '7': ['UninstallKey', 'plain'],
  a: ['InstallDate', 'seconds'],
  b: ['UninstallDate', 'seconds'],
  d: ['FilePaths', 'plain'],
  f: ['ProductCode', 'plain'],
  '10': ['PackageCode', 'plain'],
  '11': ['MsiProductCode', 'plain'],
  '12': ['MsiPackageCode', 'plain'],
};

const NAMED: Readonly<Record<string, readonly [name: string, shape: Shape]>> = {
  FILEID: ['SHA-1', 'sha1'],
  DRIVERID: ['SHA-1', 'sha1'],
  DRIVERTIMESTAMP: ['DriverTimeStamp', 'seconds'],
};

/** Kinds of records by the key that holds them. */
const KINDS: Readonly<Record<string, Readonly<Record<string, readonly [name: string, shape: Shape]>>>> = {
  FILE,
  PROGRAMS: PROGRAM,
  INVENTORYAPPLICATIONFILE: NAMED,
  INVENTORYDRIVERBINARY: NAMED,
};

/**
 * One value of a record in words; null when there is nothing to add to what the list of values shows.
 * @param kind name of the key below `Root` in upper case: `FILE`, `INVENTORYAPPLICATIONFILE` ...
 */
export function amcacheLine(
  kind: string,
  name: string,
  type: number,
  data: Uint8Array,
): { readonly name: string; readonly text: string } | null {
  const known = Object.hasOwn(KINDS, kind) ? KINDS[kind]! : {};
  const field = kind === 'FILE' || kind === 'PROGRAMS' ? name.toLowerCase() : name.toUpperCase();
  // names of a hostile hive may be those that every object has
  if (!Object.hasOwn(known, field)) return null;
  const [title, shape] = known[field]!;
  return { name: title, text: shaped(shape, type, data) ?? valueText(type, data) };
}

function shaped(shape: Shape, type: number, data: Uint8Array): string | null {
  if (shape === 'plain') return null;
  if (shape === 'sha1') return /^0000([0-9a-f]{40})$/i.exec(stringOf(data))?.[1]?.toLowerCase() ?? null;
  const number = numberOf(type, data);
  if (number === null || number === 0n) return null;
  if (shape === 'filetime') return filetimeIso(Number(number & 0xffff_ffffn), Number(number >> 32n));
  return number > 0xffff_ffffn ? null : new Date(Number(number) * 1000).toISOString();
}

/** True when a key below `Root` holds records that `amcacheLine` knows. */
export function isAmcacheKind(kind: string): boolean {
  return Object.hasOwn(KINDS, kind);
}
