/** How LZX writes one match. */

export const LITERALS = 256;
const MIN_MATCH = 2;
const MAX_HEADER = 7;
const MAX_EXTRA = 17;

/** First formatted offset (offset + 2) of each slot and the number of its extra bits. */
const SLOTS: readonly { base: number; extra: number }[] = (() => {
  const slots: { base: number; extra: number }[] = [];
  let base = 0;
  for (let slot = 0; slot < 50; slot++) {
    const extra = slot < 4 ? 0 : Math.min((slot >> 1) - 1, MAX_EXTRA);
    slots.push({ base, extra });
    base += 2 ** extra;
  }
  return slots;
})();

export interface MatchFields {
  /** Symbol of the main code. */
  readonly symbol: number;
  /** Symbol of the length code, -1 for none. */
  readonly lengthSymbol: number;
  readonly extra: number;
  readonly extraBits: number;
}

/** @param recent last three offsets before this match */
export function matchFields(length: number, offset: number, recent: readonly number[]): MatchFields {
  const rest = length - MIN_MATCH;
  const header = Math.min(rest, MAX_HEADER);
  const lengthSymbol = header === MAX_HEADER ? rest - MAX_HEADER : -1;
  let slot = recent.indexOf(offset);
  let extra = 0;
  let extraBits = 0;
  if (slot < 0) {
    const formatted = offset + 2;
    slot = SLOTS.findLastIndex((s) => s.base <= formatted);
    extra = formatted - SLOTS[slot]!.base;
    extraBits = SLOTS[slot]!.extra;
  }
  return { symbol: LITERALS + (slot << 3) + header, lengthSymbol, extra, extraBits };
}
