/** Looking for bytes or text in a file of any size, piece by piece. */

const PIECE = 1 << 20;
const HEX = /^(?:0x)?[0-9a-f]{2}(?:[\s,]*(?:0x)?[0-9a-f]{2})*$/i;

/**
 * What a person typed: pairs of hex digits are bytes, everything else (and all in quotes) is text, as UTF-8 and as UTF-16LE.
 * @returns the byte strings of which any counts as found; none for nothing
 */
export function needles(typed: string): Uint8Array[] {
  const clean = typed.trim();
  const quoted = /^(["'])(.+)\1$/.exec(clean)?.[2];
  if (quoted === undefined && HEX.test(clean)) {
    const pairs = clean.replaceAll(/0x|[\s,]/gi, '').match(/../g)!;
    return [Uint8Array.from(pairs, (pair) => Number.parseInt(pair, 16))];
  }
  const text = quoted ?? typed;
  if (text === '') return [];
  const wide = new Uint8Array(text.length * 2);
  for (let i = 0; i < text.length; i++) {
    wide[i * 2] = text.charCodeAt(i) & 255;
    wide[i * 2 + 1] = text.charCodeAt(i) >> 8;
  }
  return [new TextEncoder().encode(text), wide];
}

export interface Match {
  readonly offset: number;
  readonly length: number;
}

function isAt(bytes: Uint8Array, at: number, needle: Uint8Array): boolean {
  if (needle.length > bytes.length - at) return false;
  for (let i = 0; i < needle.length; i++) if (bytes[at + i] !== needle[i]) return false;
  return true;
}

/** The first (or, backwards, last) match that begins in `bytes`, from `from` to below `to`. Pure. */
export function findIn(
  bytes: Uint8Array,
  wanted: readonly Uint8Array[],
  from: number,
  to: number,
  backward: boolean,
): Match | null {
  const step = backward ? -1 : 1;
  const firsts = new Set(wanted.map((needle) => needle[0]));
  for (let at = backward ? to - 1 : from; at >= from && at < to; at += step) {
    if (!firsts.has(bytes[at])) continue;
    const needle = wanted.find((candidate) => isAt(bytes, at, candidate));
    if (needle !== undefined) return { offset: at, length: needle.length };
  }
  return null;
}

export interface FindControl {
  readonly cancelled: () => boolean;
  /** @param done bytes of the file that have been looked through */
  readonly progress: (done: number) => void;
}

/**
 * The next match after `from` (or, backwards, before it), going round at the end of the file; `from` itself comes last.
 * @param read bytes of the file; short only at its end
 * @returns null when there is none, and when cancelled
 */
export async function findBytes(
  read: (offset: number, length: number) => Promise<Uint8Array>,
  size: number,
  wanted: readonly Uint8Array[],
  from: number,
  backward: boolean,
  control: FindControl,
): Promise<Match | null> {
  if (wanted.length === 0) return null;
  const over = Math.max(...wanted.map(({ length }) => length)) - 1;
  // two stretches: to the end and on from the beginning, or the other way round
  const after = { start: from + 1, end: size };
  const before = { start: 0, end: Math.min(size, from + 1) };
  const stretches = backward
    ? [
        { start: 0, end: Math.min(size, Math.max(0, from)) },
        { start: Math.max(0, from), end: size },
      ]
    : [after, before];
  let done = 0;
  for (const { start, end } of stretches)
    for (let left = end - start; left > 0; ) {
      if (control.cancelled()) return null;
      const count = Math.min(PIECE, left);
      const at = backward ? start + left - count : end - left;
      const bytes = await read(at, Math.min(count + over, size - at));
      const found = findIn(bytes, wanted, 0, Math.min(count, bytes.length), backward);
      if (found !== null) return control.cancelled() ? null : { offset: at + found.offset, length: found.length };
      left -= count;
      done += count;
      control.progress(done);
    }
  return null;
}
