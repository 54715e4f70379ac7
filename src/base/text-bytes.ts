/**
 * Text of UTF-16 units as the bytes of a line, without a JavaScript string in between: a hundred thousand names, paths
 * and data would each be made, joined, encoded and thrown away.
 */

const PLAIN = 1;
const ESCAPED = 2;
const BACKSLASH = 0x5c;

/** How the units of a text stand in a line. */
export interface Style {
  /** For each unit below 256: PLAIN as it is, ESCAPED as `escapes` says, 0 as UTF-8. */
  readonly kinds: Uint8Array;
  readonly escapes: readonly string[];
  /** What stands between the components of a path. */
  readonly separator: string;
}

function style(escapeOf: (unit: number) => string | null): Style {
  const kinds = new Uint8Array(256);
  const escapes: string[] = [];
  for (let unit = 0; unit < 256; unit++) {
    const text = escapeOf(unit);
    kinds[unit] = text !== null ? ESCAPED : unit < 0x80 ? PLAIN : 0;
    escapes.push(text ?? '');
  }
  return { kinds, escapes, separator: escapeOf(BACKSLASH) ?? '\\' };
}

export const escaped = (unit: number): string => `\\u${unit.toString(16).padStart(4, '0')}`;

/** Between the quotes of a JSON string, byte by byte what `JSON.stringify` writes. */
export const JSON_STYLE: Style = style((unit) => {
  const text = JSON.stringify(String.fromCharCode(unit)).slice(1, -1);
  return text.charCodeAt(0) === unit && text.length === 1 ? null : text;
});

/** For people: control characters as \uXXXX, so that a terminal stays in order. */
export const PRINTED_STYLE: Style = style((unit) =>
  unit < 0x20 || (unit >= 0x7f && unit < 0xa0) ? escaped(unit) : null,
);

/** Most bytes that one unit becomes. */
export const UNIT_BYTES = 6;

/** Bytes of a text that is written again and again. */
export const asciiBytes = (text: string): Uint8Array => Uint8Array.from(text, (unit) => unit.charCodeAt(0));

export function putAscii(to: Uint8Array, at: number, text: string): number {
  for (let i = 0; i < text.length; i++) to[at + i] = text.charCodeAt(i);
  return at + text.length;
}

/**
 * Writes units `start` to `end` (exclusive) at `at`, lone surrogates as \uXXXX.
 * @param to has room for UNIT_BYTES a unit
 * @returns where it ends
 */
export function putUnits(
  to: Uint8Array,
  at: number,
  units: Uint16Array,
  start: number,
  end: number,
  { kinds, escapes }: Style,
): number {
  for (let i = start; i < end; i++) {
    const unit = units[i]!;
    const kind = unit < 256 ? kinds[unit]! : 0;
    if (kind === PLAIN) to[at++] = unit;
    else if (kind === ESCAPED) at = putAscii(to, at, escapes[unit]!);
    else if (unit < 0x800) {
      to[at++] = 0xc0 | (unit >> 6);
      to[at++] = 0x80 | (unit & 63);
    } else if (unit < 0xd800 || unit > 0xdfff) {
      to[at++] = 0xe0 | (unit >> 12);
      to[at++] = 0x80 | ((unit >> 6) & 63);
      to[at++] = 0x80 | (unit & 63);
    } else {
      const low = unit < 0xdc00 && i + 1 < end ? units[i + 1]! - 0xdc00 : -1;
      if (low < 0 || low > 0x3ff) {
        at = putAscii(to, at, escaped(unit));
        continue;
      }
      const point = 0x1_0000 + ((unit - 0xd800) << 10) + low;
      i++;
      to[at++] = 0xf0 | (point >> 18);
      to[at++] = 0x80 | ((point >> 12) & 63);
      to[at++] = 0x80 | ((point >> 6) & 63);
      to[at++] = 0x80 | (point & 63);
    }
  }
  return at;
}
