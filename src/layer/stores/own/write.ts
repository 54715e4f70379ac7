/** What a store of ours says of its layer, as bytes: `index.ts` has the format. */
import { isWellFormed, utf16leBytes } from '../../../base/utf16.ts';
import type { FileMarker } from '../../types.ts';

const encoder = new TextEncoder();

/** Paths in a store's tree, `/` between names. */
export const STORE_PATHS = {
  header: '.layer/store.json',
  journal: '.layer/markers.ndjson',
  files: 'files',
  hives: 'hives',
} as const;

/** `store.json`. @param facts what the store says of itself besides its format */
export function storeHeader(facts: Readonly<Record<string, unknown>>): Uint8Array {
  return encoder.encode(`${JSON.stringify({ format: 1, ...facts })}\n`);
}

/** A line of `markers.ndjson`. @param generation grows from line to line */
export function journalLine(marker: FileMarker, generation: number): Uint8Array {
  const op = marker.kind === 'whiteout' ? 'wh' : marker.kind === 'opaque' ? 'opq' : 'org';
  const from = marker.kind === 'origin' ? pathField('o', marker.from) : {};
  return encoder.encode(`${JSON.stringify({ op, ...pathField('p', marker.path), ...from, g: generation })}\n`);
}

/** JSON text cannot hold an unpaired surrogate, and readers in C stop at U+0000. */
function pathField(field: string, path: readonly string[]): Record<string, string> {
  const text = path.join('\\');
  return isWellFormed(text) && !text.includes('\0') ? { [field]: text } : { [`${field}16`]: encodeUnits(text) };
}

/** base64url of UTF-16LE: the inverse of `decodeUnits`. */
function encodeUnits(text: string): string {
  let binary = '';
  for (const byte of utf16leBytes(text)) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** `HKLM/SOFTWARE` -> `HKLM_SOFTWARE.dat`. */
export function fileOfMount(mount: string): string {
  return `${mount.replace('/', '_')}.dat`;
}
