/** Is it text, and in which encoding? A guess from the first bytes, with the text. Pure. */

export type TextEncodingName = 'UTF-8' | 'UTF-8 BOM' | 'UTF-16 LE' | 'UTF-16 BE' | 'Latin-1';
export interface GuessedText {
  readonly encoding: TextEncodingName;
  readonly text: string;
}

/** Control characters that text does not hold: tab, line and form feeds and escape are allowed. */
function hasControl(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c < 0x20 && (c < 9 || c > 13) && c !== 0x1b) return true;
  }
  return false;
}

/** A cut at the end may split a character of up to four bytes: tried again without the last three. */
function decodeUtf8(bytes: Uint8Array, whole: boolean): string | null {
  for (let cut = 0; cut <= (whole ? 0 : 3); cut++) {
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, bytes.length - cut));
    } catch {
      // not UTF-8 up to here
    }
  }
  return null;
}

/** Shares of zero bytes at even and odd places tell UTF-16 of western text without a mark. */
function zeroShare(bytes: Uint8Array, odd: number): number {
  let zeros = 0;
  const pairs = Math.floor(bytes.length / 2);
  for (let i = 0; i < pairs; i++) if (bytes[i * 2 + odd] === 0) zeros++;
  return pairs === 0 ? 0 : zeros / pairs;
}

/** `whole`: the bytes are all there is. Null when it is no text. */
export function guessText(bytes: Uint8Array, whole: boolean): GuessedText | null {
  if (bytes[0] === 0xff && bytes[1] === 0xfe)
    return { encoding: 'UTF-16 LE', text: new TextDecoder('utf-16le').decode(bytes.subarray(2)) };
  if (bytes[0] === 0xfe && bytes[1] === 0xff)
    return { encoding: 'UTF-16 BE', text: new TextDecoder('utf-16be').decode(bytes.subarray(2)) };
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) {
    const text = decodeUtf8(bytes.subarray(3), whole);
    if (text !== null) return { encoding: 'UTF-8 BOM', text };
  }
  if (bytes.length >= 4) {
    const [even, odd] = [zeroShare(bytes, 0), zeroShare(bytes, 1)];
    const wide = odd > 0.6 && even < 0.05 ? 'utf-16le' : even > 0.6 && odd < 0.05 ? 'utf-16be' : null;
    if (wide !== null) {
      const text = new TextDecoder(wide).decode(bytes);
      if (!hasControl(text)) return { encoding: wide === 'utf-16le' ? 'UTF-16 LE' : 'UTF-16 BE', text };
    }
  }
  const utf8 = decodeUtf8(bytes, whole);
  if (utf8 !== null) return hasControl(utf8) ? null : { encoding: 'UTF-8', text: utf8 };
  const latin = new TextDecoder('iso-8859-1').decode(bytes);
  return hasControl(latin) || /[\x7f-\x9f]{4}/.test(latin) ? null : { encoding: 'Latin-1', text: latin };
}
