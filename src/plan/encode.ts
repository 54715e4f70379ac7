/**
 * How names, paths and numbers stand in a plan (merge-plan 4.3).
 *
 * JSON text cannot hold an unpaired surrogate, and readers in C stop at U+0000, yet NT names may have both. Such text goes
 * into a second field whose name ends in `16`: base64url of its UTF-16LE units. A path is the list of its components
 * everywhere but in the file, because only there they are joined by `\`.
 */
import { fail } from '../base/errors.ts';
import { fromUnits, isWellFormed, utf16leBytes } from '../base/utf16.ts';

/** Components, outermost first; the root is the empty list. */
export type PlanPath = readonly string[];

const WHERE = 'merge plan';

/**
 * False for names that no NT path can say, so that neither a program nor the driver reaches them by name: they have no
 * record and no line in the effective view, only a count in the statistics.
 */
export function isAddressable(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !name.includes('\\');
}

/** `{ [field]: text }`, or `{ [field16]: base64url }` for text that JSON cannot carry. */
export function textField<K extends string>(field: K, text: string): Record<string, string> {
  return isWellFormed(text) && !text.includes('\0')
    ? { [field]: text }
    : { [`${field}16`]: base64Url(utf16leBytes(text)) };
}

/** Inverse of `textField`; null when the object has neither field. @throws FormatError when it has both or nonsense */
export function fieldText(object: { readonly [key: string]: unknown }, field: string): string | null {
  const plain = object[field];
  const coded = object[`${field}16`];
  if (plain !== undefined && coded !== undefined)
    fail('InvalidData', WHERE, null, `either ${field} or ${field}16`, 'both');
  if (typeof plain === 'string') return plain;
  if (typeof coded !== 'string') return null;
  const bytes = fromBase64(coded.replaceAll('-', '+').replaceAll('_', '/'));
  if (bytes.length % 2 !== 0) fail('InvalidData', WHERE, null, 'whole UTF-16 units', `${bytes.length} bytes`);
  const units = new Uint16Array(bytes.length / 2);
  for (let i = 0; i < units.length; i++) units[i] = bytes[i * 2]! | (bytes[i * 2 + 1]! << 8);
  return fromUnits(units);
}

/** As `isAddressable` for registry keys, where dots are names like any other. */
export function isKeyName(name: string): boolean {
  return name !== '' && !name.includes('\\');
}

export function joinPath(path: PlanPath): string {
  return path.join('\\');
}

/** Components of a path text. @throws FormatError for components that are no names */
export function splitPlanPath(text: string, isName: (name: string) => boolean = isAddressable): PlanPath {
  if (text === '') return [];
  const parts = text.split('\\');
  for (const part of parts)
    if (!isName(part)) fail('InvalidName', WHERE, null, 'components that are names', JSON.stringify(text));
  return parts;
}

/** Standard base64, for value data. */
export function base64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 4096)
    text += String.fromCharCode.apply(null, bytes.subarray(at, at + 4096) as unknown as number[]);
  return btoa(text);
}

function base64Url(bytes: Uint8Array): string {
  return base64(bytes).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

/** Bytes of base64 text, padding optional. @throws FormatError */
export function fromBase64(text: string): Uint8Array {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.replace(/=+$/, '').length % 4 === 1)
    fail('InvalidData', WHERE, null, 'base64 text', JSON.stringify(text.slice(0, 40)));
  const binary = atob(text.replace(/=+$/, ''));
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

/**
 * Order of two names under a case table: by upcased units, names that are equal so (only case-sensitive directories have
 * them) by their own units.
 */
export function compareNames(a: string, b: string, upcase: Uint16Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const difference = upcase[a.charCodeAt(i)]! - upcase[b.charCodeAt(i)]!;
    if (difference !== 0) return difference;
  }
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Component by component, so that a subtree is contiguous and stands behind its directory. */
export function comparePaths(a: PlanPath, b: PlanPath, upcase: Uint16Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const difference = compareNames(a[i]!, b[i]!, upcase);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
