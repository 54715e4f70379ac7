/** Numbers, sizes and times as people read them. Pure; the locale is an argument, so that both languages can be tested. */

const counts = new Map<string, Intl.NumberFormat>();

function numberFormat(locale: string, digits: number): Intl.NumberFormat {
  const key = `${locale}/${digits}`;
  let format = counts.get(key);
  if (format === undefined) {
    format = new Intl.NumberFormat(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits });
    counts.set(key, format);
  }
  return format;
}

/** `412,331` */
export function formatCount(value: number, locale: string): string {
  return numberFormat(locale, 0).format(value);
}

/** Sizes in lists: whole KB as Explorer shows them (never 0 KB for a byte), from 10,000 KB on MB and GB with one digit. */
export function formatSize(bytes: number, locale: string): string {
  const kb = Math.ceil(bytes / 1024);
  if (kb < 10_000) return `${numberFormat(locale, 0).format(kb)} KB`;
  const mb = bytes / 1_048_576;
  if (mb < 1000) return `${numberFormat(locale, 1).format(mb)} MB`;
  const gb = mb / 1024;
  return gb < 1000 ? `${numberFormat(locale, 1).format(gb)} GB` : `${numberFormat(locale, 1).format(gb / 1024)} TB`;
}

/** `27.1 %`; `part` of `whole`, 0 % of nothing. */
export function formatShare(part: number, whole: number, locale: string): string {
  return `${numberFormat(locale, 1).format(whole > 0 ? (part / whole) * 100 : 0)} %`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

/** `2024-10-09 08:12`, with seconds when asked for; empty for NaN. Sortable in every language. */
export function formatTime(ms: number, utc: boolean, seconds = false): string {
  if (Number.isNaN(ms)) return '';
  const d = new Date(ms);
  const p = utc
    ? [d.getUTCFullYear(), d.getUTCMonth(), d.getUTCDate(), d.getUTCHours(), d.getUTCMinutes(), d.getUTCSeconds()]
    : [d.getFullYear(), d.getMonth(), d.getDate(), d.getHours(), d.getMinutes(), d.getSeconds()];
  const [year, month, day, hour, minute, second] = p as [number, number, number, number, number, number];
  const time = `${String(year).padStart(4, '0')}-${two(month + 1)}-${two(day)} ${two(hour)}:${two(minute)}`;
  return seconds ? `${time}:${two(second)}` : time;
}

/** `2024-10-09` in local time or UTC; empty for NaN. */
export function formatDay(ms: number, utc: boolean): string {
  return formatTime(ms, utc).slice(0, 10);
}

/** `0x0040`: at least `digits` hexadecimal digits. */
export function formatHex(value: number, digits = 0): string {
  return `0x${value.toString(16).toUpperCase().padStart(digits, '0')}`;
}

/** FILE_ATTRIBUTE_* bits in the order they are shown, with the letter `attrib` and Explorer use. */
export const ATTRIBUTES = [
  { bit: 0x1, letter: 'R', name: 'readonly' },
  { bit: 0x2, letter: 'H', name: 'hidden' },
  { bit: 0x4, letter: 'S', name: 'system' },
  { bit: 0x20, letter: 'A', name: 'archive' },
  { bit: 0x100, letter: 'T', name: 'temporary' },
  { bit: 0x200, letter: 'P', name: 'sparse' },
  { bit: 0x400, letter: 'L', name: 'reparse' },
  { bit: 0x800, letter: 'C', name: 'compressed' },
  { bit: 0x1000, letter: 'O', name: 'offline' },
  { bit: 0x2000, letter: 'I', name: 'notIndexed' },
  { bit: 0x4000, letter: 'E', name: 'encrypted' },
  { bit: 0x8000, letter: 'V', name: 'integrity' },
  { bit: 0x40000, letter: 'M', name: 'recallOnOpen' },
  { bit: 0x80000, letter: 'K', name: 'pinned' },
  { bit: 0x100000, letter: 'U', name: 'unpinned' },
  { bit: 0x400000, letter: 'D', name: 'recallOnData' },
] as const;
export type AttributeName = (typeof ATTRIBUTES)[number]['name'];

export function attributeLetters(attributes: number): string {
  let letters = '';
  for (const { bit, letter } of ATTRIBUTES) if ((attributes & bit) !== 0) letters += letter;
  return letters;
}

export function attributeNames(attributes: number): AttributeName[] {
  return ATTRIBUTES.filter(({ bit }) => (attributes & bit) !== 0).map(({ name }) => name);
}
