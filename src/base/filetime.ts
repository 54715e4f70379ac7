/**
 * FILETIMEs: 100 ns ticks since 1601-01-01 UTC, kept as two 32-bit halves (a double would lose ticks).
 * Zero means "not set" in every structure we read, and is shown as nothing.
 */

const TICKS_PER_SECOND = 10_000_000n;
const UNIX_EPOCH_SECONDS = 11_644_473_600n;
/** Last tick of the year 9999: JavaScript dates and ISO text with four digits end there. */
const MAX_TICKS = 2_650_467_743_999_999_999n;

export function ticks(lo: number, hi: number): bigint {
  return (BigInt(hi >>> 0) << 32n) | BigInt(lo >>> 0);
}

/** ISO 8601 in UTC with all seven digits, `2026-01-02T03:04:05.1234567Z`; null for zero and for what no calendar shows. */
export function filetimeIso(lo: number, hi: number): string | null {
  const t = ticks(lo, hi);
  if (t === 0n || t > MAX_TICKS) return null;
  const seconds = t / TICKS_PER_SECOND - UNIX_EPOCH_SECONDS;
  const fraction = (t % TICKS_PER_SECOND).toString().padStart(7, '0');
  return `${new Date(Number(seconds) * 1000).toISOString().slice(0, 19)}.${fraction}Z`;
}

/** Milliseconds since 1970 for display and sorting; NaN where `filetimeIso` is null. */
export function filetimeMs(lo: number, hi: number): number {
  const t = ticks(lo, hi);
  if (t === 0n || t > MAX_TICKS) return Number.NaN;
  return Number(t / 10_000n) - Number(UNIX_EPOCH_SECONDS) * 1000;
}

/** The ticks of a JavaScript date, for builders. */
export function filetimeOf(date: Date): bigint {
  return (BigInt(date.getTime()) + UNIX_EPOCH_SECONDS * 1000n) * 10_000n;
}
