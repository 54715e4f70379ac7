/** Blocks of 512 bytes: the header of an entry in its forms (V7, ustar, GNU), numbers in octal or base 256. */
import { utf8Name } from '../../base/utf8-name.ts';

export const BLOCK = 512;

export interface TarHeader {
  readonly name: string;
  readonly mode: number;
  readonly size: number;
  /** Seconds since 1970. */
  readonly mtime: number;
  readonly type: string;
  readonly linkName: string;
  readonly devMajor: number;
  readonly devMinor: number;
  readonly gnu: boolean;
}

const text = (bytes: Uint8Array): string => {
  const end = bytes.indexOf(0);
  return utf8Name(end < 0 ? bytes : bytes.subarray(0, end));
};

/** Octal digits between blanks, or a binary number whose first bit is set. Null for what is neither. */
export function numberOf(bytes: Uint8Array): number | null {
  if ((bytes[0]! & 0x80) !== 0) {
    // big-endian; negative numbers (times before 1970) begin with FF
    let value = bytes[0] === 0xff ? -1 : bytes[0]! & 0x7f;
    for (const byte of bytes.subarray(1)) value = value * 256 + byte;
    return Number.isSafeInteger(value) ? value : null;
  }
  const digits = text(bytes).trim();
  if (digits === '') return 0;
  return /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : null;
}

/** The sum of all bytes, those of the sum itself taken as blanks: signed in archives of some old tools. */
function sumHolds(block: Uint8Array): boolean {
  const stated = numberOf(block.subarray(148, 156));
  let [unsigned, signed] = [0, 0];
  for (let i = 0; i < BLOCK; i++) {
    const byte = i >= 148 && i < 156 ? 0x20 : block[i]!;
    unsigned += byte;
    signed += (byte << 24) >> 24;
  }
  return stated !== null && (stated === unsigned || stated === signed);
}

export const isZeroBlock = (block: Uint8Array): boolean => block.every((byte) => byte === 0);

/** Null when these 512 bytes are no header. */
export function parseHeader(block: Uint8Array): TarHeader | null {
  if (block.length < BLOCK || !sumHolds(block)) return null;
  const field = (start: number, length: number) => block.subarray(start, start + length);
  const magic = text(field(257, 6)).trimEnd();
  const ustar = magic === 'ustar';
  const gnu = ustar && block[263] === 0x20;
  const [mode, size, mtime] = [numberOf(field(100, 8)), numberOf(field(124, 12)), numberOf(field(136, 12))];
  if (size === null || size < 0) return null;
  const prefix = ustar && !gnu ? text(field(345, 155)) : '';
  const name = text(field(0, 100));
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    mode: mode ?? 0,
    size,
    mtime: mtime ?? 0,
    type: block[156] === 0 ? '0' : String.fromCharCode(block[156]!),
    linkName: text(field(157, 100)),
    devMajor: ustar ? (numberOf(field(329, 8)) ?? 0) : 0,
    devMinor: ustar ? (numberOf(field(337, 8)) ?? 0) : 0,
    gnu,
  };
}
