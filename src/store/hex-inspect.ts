/** What the bytes from one place on mean as numbers, times, an id, text: the data inspector of the hex view. Pure. */
import { filetimeIso } from '../base/filetime.ts';
import { guidBe, guidLe } from '../base/guid.ts';

export type InspectKind =
  | 'int8'
  | 'int16'
  | 'int32'
  | 'int64'
  | 'float32'
  | 'float64'
  | 'filetime'
  | 'unixTime'
  | 'dosTime'
  | 'guid'
  | 'ansi'
  | 'utf16';

export interface Inspected {
  readonly kind: InspectKind;
  /** Null where the file ends before, or the bytes cannot mean that. */
  readonly value: string | null;
}

/** Most bytes that one row looks at. */
export const INSPECT_BYTES = 32;

/** Signed, and unsigned behind it where they differ. */
function both(signed: bigint | number, unsigned: bigint | number): string {
  return String(signed) === String(unsigned) ? String(signed) : `${signed} / ${unsigned}`;
}

const iso = (ms: number): string | null =>
  Number.isNaN(new Date(ms).getTime()) ? null : new Date(ms).toISOString().replace('.000Z', 'Z');

/** Date in the high, time in the low half, in steps of two seconds; of no time zone. */
function dosTime(date: number, time: number): string | null {
  const [year, month, day] = [1980 + (date >> 9), (date >> 5) & 15, date & 31];
  const [hours, minutes, seconds] = [time >> 11, (time >> 5) & 63, (time & 31) * 2];
  if (month < 1 || month > 12 || day < 1 || hours > 23 || minutes > 59 || seconds > 59) return null;
  const two = (n: number) => String(n).padStart(2, '0');
  return `${year}-${two(month)}-${two(day)} ${two(hours)}:${two(minutes)}:${two(seconds)}`;
}

/** Printable characters up to the first that is none; null when there is not one. */
function text(units: readonly number[]): string | null {
  const end = units.findIndex((unit) => unit < 0x20 || (unit >= 0x7f && unit < 0xa0) || (unit & 0xf800) === 0xd800);
  const taken = end < 0 ? units : units.slice(0, end);
  return taken.length === 0 ? null : String.fromCharCode(...taken);
}

/** @param bytes from the place on; fewer than INSPECT_BYTES at the end of the file. @param little byte order */
export function inspect(bytes: Uint8Array, little: boolean): Inspected[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const units = Array.from({ length: Math.min(INSPECT_BYTES, bytes.length) >> 1 }, (_, i) =>
    view.getUint16(i * 2, little),
  );
  const rows: [InspectKind, number, () => string | null][] = [
    ['int8', 1, () => both(view.getInt8(0), view.getUint8(0))],
    ['int16', 2, () => both(view.getInt16(0, little), view.getUint16(0, little))],
    ['int32', 4, () => both(view.getInt32(0, little), view.getUint32(0, little))],
    ['int64', 8, () => both(view.getBigInt64(0, little), view.getBigUint64(0, little))],
    ['float32', 4, () => String(view.getFloat32(0, little))],
    ['float64', 8, () => String(view.getFloat64(0, little))],
    ['filetime', 8, () => filetimeIso(view.getUint32(little ? 0 : 4, little), view.getUint32(little ? 4 : 0, little))],
    ['unixTime', 4, () => iso(view.getInt32(0, little) * 1000)],
    ['dosTime', 4, () => dosTime(view.getUint16(little ? 2 : 0, little), view.getUint16(little ? 0 : 2, little))],
    ['guid', 16, () => (little ? guidLe : guidBe)(bytes.subarray(0, 16))],
    ['ansi', 1, () => text([...bytes.subarray(0, INSPECT_BYTES)])],
    ['utf16', 2, () => text(units)],
  ];
  return rows.map(([kind, length, value]) => ({ kind, value: bytes.length < length ? null : value() }));
}
