/**
 * Names on disks of Linux are bytes, UTF-8 by custom only. What is none stands as U+DC80 to U+DCFF, one unit a byte, which
 * no UTF-8 becomes: so two names are never one, as they would be with a replacement character.
 */
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decoded(bytes: Uint8Array): string | null {
  try {
    return strict.decode(bytes);
  } catch {
    return null;
  }
}

/** Bytes of a character that begins so; 0 where none does. */
function lengthOf(first: number): number {
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

export function utf8Name(bytes: Uint8Array): string {
  const whole = decoded(bytes);
  if (whole !== null) return whole;
  let text = '';
  for (let at = 0; at < bytes.length; ) {
    const length = lengthOf(bytes[at]!);
    const character = length === 0 || at + length > bytes.length ? null : decoded(bytes.subarray(at, at + length));
    text += character ?? String.fromCharCode(0xdc00 + bytes[at]!);
    at += character === null ? 1 : length;
  }
  return text;
}
