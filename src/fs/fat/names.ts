/** Names: 8.3 in code page 437, long names in pieces of 13 units. */
import { codePageText } from '../code-page.ts';

/** Where the 13 units of a long-name entry stand in it. */
const UNIT_OFFSETS = [1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30] as const;
export const LAST_LONG_ENTRY = 0x40;
/** 255 units need 20 entries. */
export const MAX_LONG_ENTRIES = 20;
export const MAX_NAME = 255;
const NT_LOWER_BASE = 8;
const NT_LOWER_EXTENSION = 16;

/** The sum that ties the pieces of a long name to their 8.3 name. */
export function shortNameChecksum(entry: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < 11; i++) sum = (((sum & 1) << 7) + (sum >> 1) + entry[i]!) & 0xff;
  return sum;
}

/** The 13 units of one piece, cut at the first NUL. */
export function longNamePiece(entry: Uint8Array): string {
  let text = '';
  for (const at of UNIT_OFFSETS) {
    const unit = entry[at]! | (entry[at + 1]! << 8);
    if (unit === 0) break;
    text += String.fromCharCode(unit);
  }
  return text;
}

/** True for a long name that can be one name of a path. */
export function isLongName(name: string): boolean {
  if (name === '' || name === '.' || name === '..' || name.length > MAX_NAME) return false;
  return !/[/\\]/.test(name) && !name.startsWith('\uffff');
}

/** The 8.3 name of an entry: `stored` as the bytes say, `shown` with the lower case that Windows NT notes. */
export function shortName(entry: Uint8Array): { readonly stored: string; readonly shown: string } {
  const raw = entry.slice(0, 11);
  if (raw[0] === 5) raw[0] = 0xe5; // E5 would mean deleted
  const base = codePageText(raw.subarray(0, 8)).trimEnd();
  const extension = codePageText(raw.subarray(8, 11)).trimEnd();
  const flags = entry[12]!;
  const lower = (text: string, bit: number): string => ((flags & bit) !== 0 ? text.toLowerCase() : text);
  const join = (left: string, right: string): string => (right === '' ? left : `${left}.${right}`);
  return {
    stored: join(base, extension),
    shown: join(lower(base, NT_LOWER_BASE), lower(extension, NT_LOWER_EXTENSION)),
  };
}
