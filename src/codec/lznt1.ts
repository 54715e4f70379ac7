/**
 * LZNT1 ([MS-XCA] 2.5), the compression of NTFS files and of hibernation and crash dumps of old.
 *
 *     chunk   u16 header: bit 15 compressed, bits 12-14 signature 3, bits 0-11 bytes of data - 1; 0000 ends the buffer
 *             data of up to 4096 bytes when decoded
 *     data    flag byte, then 8 items, lowest bit first: 0 literal byte, 1 u16 token
 *     token   distance - 1 in the high bits, length - 3 in the low ones; the further into the chunk, the more bits has
 *             the distance: 4 at first, one more for each doubling of the position beyond 16
 *
 * Trap: a chunk that decodes to less than 4096 bytes is followed by zeros up to the next 4096 edge.
 */
import { fail } from '../base/errors.ts';

const CHUNK = 4096;

/** Bits of the length field of a token at `position` bytes into its chunk. */
function lengthBits(position: number): number {
  let bits = 12;
  for (let rest = position - 1; rest >= 16; rest >>= 1) bits--;
  return bits;
}

/**
 * Decodes a buffer into `dst`; what the chunks do not fill is zeros.
 * @param source name and `offset` place of `src`, for errors
 * @throws FormatError InvalidData for a token before the chunk's start, UnexpectedEnd for a chunk beyond `src`
 */
export function decodeLznt1(src: Uint8Array, dst: Uint8Array, source: string, offset: number): void {
  let at = 0;
  let out = 0;
  while (out < dst.length && src.length - at >= 2) {
    const header = src[at]! | (src[at + 1]! << 8);
    if (header === 0) break;
    const length = (header & 0xfff) + 1;
    if (length > src.length - at - 2)
      fail('UnexpectedEnd', source, offset + at, `a chunk of ${length} bytes`, `${src.length - at - 2} bytes`);
    const data = src.subarray(at + 2, at + 2 + length);
    const chunk = dst.subarray(out, Math.min(dst.length, out + CHUNK));
    if ((header & 0x8000) === 0) {
      if (length > CHUNK) fail('InvalidData', source, offset + at, 'at most 4096 bytes in a chunk', length);
      chunk.fill(0);
      chunk.set(data.subarray(0, chunk.length));
    } else decodeChunk(data, chunk, source, offset + at + 2);
    at += 2 + length;
    out += chunk.length;
  }
  dst.fill(0, out);
}

/** Decodes one compressed chunk; a chunk may hold more than `dst` wants, but not more than 4096 bytes. */
function decodeChunk(src: Uint8Array, dst: Uint8Array, source: string, offset: number): void {
  let at = 0;
  let out = 0;
  while (at < src.length && out < dst.length) {
    let flags = src[at++]!;
    for (let item = 0; item < 8 && at < src.length && out < dst.length; item++, flags >>= 1) {
      if ((flags & 1) === 0) {
        dst[out++] = src[at++]!;
        continue;
      }
      if (src.length - at < 2) fail('UnexpectedEnd', source, offset + at, 'a token of 2 bytes', src.length - at);
      const token = src[at]! | (src[at + 1]! << 8);
      const bits = lengthBits(out);
      const distance = (token >> bits) + 1;
      if (distance > out) fail('InvalidData', source, offset + at, `a distance of at most ${out}`, distance);
      const end = Math.min(dst.length, out + (token & ((1 << bits) - 1)) + 3);
      for (; out < end; out++) dst[out] = dst[out - distance]!;
      at += 2;
    }
  }
  dst.fill(0, out);
}
