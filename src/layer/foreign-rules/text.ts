/** Text of rule files, which products write as UTF-16LE or UTF-8, with or without a byte order mark. */

/** Rule files are written by people or for them: the largest seen have some thousand lines. */
export const RULE_FILE_LIMIT = 16 << 20;

export function decodeRuleText(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le').decode(bytes.subarray(2));
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder('utf-16be').decode(bytes.subarray(2));
  // these files begin with a character of ASCII: a zero behind it says how wide characters are
  if (bytes.length >= 2 && bytes[0] !== 0 && bytes[1] === 0) return new TextDecoder('utf-16le').decode(bytes);
  return new TextDecoder().decode(bytes);
}

export interface TextLine {
  /** From 1. */
  readonly line: number;
  readonly text: string;
}

/** Lines that are not empty, with their numbers. */
export function linesOf(text: string): TextLine[] {
  return text
    .split(/\r\n|\n|\r/)
    .map((one, i) => ({ line: i + 1, text: one }))
    .filter((one) => one.text.trim() !== '');
}
