/**
 * The publisher's part of a package's name: the first 64 bits of the SHA-256 of its distinguished name in UTF-16LE, as 13
 * digits of base 32 (0 to 9, a to z without i, l, o and u), one bit of zero behind them.
 *
 * SHA-256 stands here once more, since the kernels belong to rooms that read bytes; a name has some dozen of them.
 */
import { utf16leBytes } from '../../../base/utf16.ts';

const DIGITS = '0123456789abcdefghjkmnpqrstvwxyz';

/** Fractions of the roots of the first primes: cube roots for the rounds, square roots for the start (FIPS 180-4). */
function fractions(count: number, root: (n: number) => number): Uint32Array {
  const found: number[] = [];
  for (let n = 2; found.length < count; n++) {
    let prime = true;
    for (let d = 2; d * d <= n; d++) if (n % d === 0) prime = false;
    if (prime) found.push((root(n) % 1) * 2 ** 32);
  }
  return Uint32Array.from(found, Math.floor);
}

const turn = (word: number, by: number): number => (word >>> by) | (word << (32 - by));

export function sha256(bytes: Uint8Array): Uint8Array {
  const rounds = fractions(64, Math.cbrt);
  const state = fractions(8, Math.sqrt);
  const padded = new Uint8Array(Math.ceil((bytes.length + 9) / 64) * 64);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 4, bytes.length * 8);
  const w = new Uint32Array(64);
  for (let block = 0; block < padded.length; block += 64) {
    for (let t = 0; t < 16; t++) w[t] = view.getUint32(block + t * 4);
    for (let t = 16; t < 64; t++) {
      const [far, near] = [w[t - 15]!, w[t - 2]!];
      const one = turn(far, 7) ^ turn(far, 18) ^ (far >>> 3);
      w[t] = w[t - 16]! + one + w[t - 7]! + (turn(near, 17) ^ turn(near, 19) ^ (near >>> 10));
    }
    let [a, b, c, d, e, f, g, h] = state as unknown as [number, number, number, number, number, number, number, number];
    for (let t = 0; t < 64; t++) {
      const one = h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + rounds[t]! + w[t]!;
      const two = (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + one) | 0, c, b, a, (one + two) | 0];
    }
    [a, b, c, d, e, f, g, h].forEach((word, i) => {
      state[i] = state[i]! + word;
    });
  }
  const digest = new Uint8Array(32);
  state.forEach((word, i) => {
    new DataView(digest.buffer).setUint32(i * 4, word);
  });
  return digest;
}

/** `CN=Contoso, O=...` -> `8wekyb3d8bbwe`. */
export function publisherId(publisher: string): string {
  const hash = sha256(utf16leBytes(publisher));
  let bits = 0n;
  for (const byte of hash.subarray(0, 8)) bits = (bits << 8n) | BigInt(byte);
  bits <<= 1n;
  let text = '';
  for (let i = 12n; i >= 0n; i--) text += DIGITS[Number((bits >> (i * 5n)) & 31n)];
  return text;
}
