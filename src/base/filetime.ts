/**
 * FILETIMEs: 100 ns ticks since 1601-01-01 UTC, kept as two 32-bit halves (a double would lose ticks).
 * Zero means "not set" in every structure we read, and is shown as nothing.
 *
 * Lists print millions of them, so no BigInt here: 2^32 = 429 * 10^7 + 4,967,296, which splits a time into whole
 * seconds and ticks without leaving the exact range of doubles (for every time before the year 10000).
 */

const UNIX_EPOCH_SECONDS = 11_644_473_600;
/** The year 10000, where ISO text would need a fifth digit: in seconds since 1601, and the high half of that tick. */
const YEAR_10000 = 265_046_774_400;
const YEAR_10000_HI = 617_110_110;

/** Whole seconds since 1601 and the ticks beyond them, or null for zero and for what no calendar shows. */
function split(lo: number, hi: number): { seconds: number; rest: number } | null {
  const high = hi >>> 0;
  const low = lo >>> 0;
  if ((high === 0 && low === 0) || high > YEAR_10000_HI) return null;
  const part = high * 4_967_296 + low;
  const carry = Math.floor(part / 10_000_000);
  const seconds = high * 429 + carry;
  return seconds >= YEAR_10000 ? null : { seconds, rest: part - carry * 10_000_000 };
}

let lastDay = Number.NaN;
let lastDate = '';
let lastLo = 0;
let lastHi = 0;
let lastText: string | null = null;
const two = (n: number) => (n < 10 ? `0${n}` : String(n));

/** ISO 8601 in UTC with all seven digits, `2026-01-02T03:04:05.1234567Z`; null when not set. */
export function filetimeIso(lo: number, hi: number): string | null {
  // most files were created and modified at one time
  if (lo === lastLo && hi === lastHi) return lastText;
  lastLo = lo;
  lastHi = hi;
  lastText = iso(lo, hi);
  return lastText;
}

function iso(lo: number, hi: number): string | null {
  const time = split(lo, hi);
  if (time === null) return null;
  const day = Math.floor(time.seconds / 86_400);
  if (day !== lastDay) {
    lastDay = day;
    lastDate = new Date((day * 86_400 - UNIX_EPOCH_SECONDS) * 1000).toISOString().slice(0, 10);
  }
  const inDay = time.seconds - day * 86_400;
  const hours = Math.floor(inDay / 3600);
  const minutes = Math.floor((inDay - hours * 3600) / 60);
  const seconds = inDay - hours * 3600 - minutes * 60;
  return `${lastDate}T${two(hours)}:${two(minutes)}:${two(seconds)}.${String(time.rest).padStart(7, '0')}Z`;
}

/** Milliseconds since 1970 for display and sorting; NaN where `filetimeIso` is null. */
export function filetimeMs(lo: number, hi: number): number {
  const time = split(lo, hi);
  return time === null ? Number.NaN : (time.seconds - UNIX_EPOCH_SECONDS) * 1000 + Math.floor(time.rest / 10_000);
}

/** All 64 bits. */
export function ticks(lo: number, hi: number): bigint {
  return (BigInt(hi >>> 0) << 32n) | BigInt(lo >>> 0);
}

/** The ticks of a JavaScript date, for builders. */
export function filetimeOf(date: Date): bigint {
  return (BigInt(date.getTime()) + BigInt(UNIX_EPOCH_SECONDS) * 1000n) * 10_000n;
}
