/** DEFLATE over `wasm/codec`: raw, or in zlib's wrapper (RFC 1950), whose checksum is looked at when the stream ends in time. */
import { ERR_DATA, ERR_INPUT_END, ERR_OUTPUT_FULL, OK } from '../../wasm/abi.ts';
import { fail } from '../base/errors.ts';
import type { ChunkKernel } from './chunk-kernel.ts';
import type { ChunkDecoder } from './types.ts';

const MAX_BYTES = 2 << 20;
const ADLER_PRIME = 65_521;
/** So many bytes can be summed before the sums leave 32 bits. */
const ADLER_RUN = 5552;

/** @throws FormatError UnsupportedSize when `maxBytes` is above 2 MiB */
export function inflateDecoder(kernel: ChunkKernel, maxBytes: number, wrapper: 'raw' | 'zlib'): ChunkDecoder {
  if (!(maxBytes > 0 && maxBytes <= MAX_BYTES))
    fail('UnsupportedSize', 'DEFLATE', null, `chunks of at most ${MAX_BYTES} bytes`, maxBytes);
  return {
    decode(src, dst, source, offset) {
      const what = wrapper === 'raw' ? 'a DEFLATE stream' : 'a zlib stream';
      if (dst.length > maxBytes)
        fail('InvalidData', source, offset, `${what} of at most ${maxBytes} bytes`, `${dst.length} bytes`);
      const head = wrapper === 'raw' ? 0 : checkHeader(src, source, offset);
      // the end of the stream within `src`, null when it holds more than was asked for
      let end: number | null = null;
      kernel.decode(src.subarray(head), dst, source, offset, what, (e, from, to) => {
        const status = e.inflate(from, to);
        if (status === ERR_OUTPUT_FULL) return OK;
        if (status !== OK) return status;
        if (e.inflatedBytes() < to) return ERR_DATA;
        end = head + e.inflateUsed();
        return wrapper === 'zlib' && src.length - end < 4 ? ERR_INPUT_END : OK;
      });
      if (wrapper === 'zlib' && end !== null) checkAdler(src, end, dst, source, offset);
    },
  };
}

/** @returns the length of the header */
function checkHeader(src: Uint8Array, source: string, offset: number): number {
  const [cmf = 0, flg = 0] = src;
  if ((cmf & 15) !== 8 || cmf >> 4 > 7 || ((cmf << 8) | flg) % 31 !== 0 || (flg & 0x20) !== 0)
    fail('InvalidData', source, offset, 'the header of a zlib stream without a dictionary', `bytes ${cmf}, ${flg}`);
  return 2;
}

function checkAdler(src: Uint8Array, end: number, dst: Uint8Array, source: string, offset: number): void {
  const stated = ((src[end]! << 24) | (src[end + 1]! << 16) | (src[end + 2]! << 8) | src[end + 3]!) >>> 0;
  const sum = adler32(dst);
  if (stated !== sum)
    fail('InvalidChecksum', source, offset, `Adler-32 ${stated.toString(16)}`, `${sum.toString(16)} for the data`);
}

/** Adler-32 (RFC 1950), unsigned. */
export function adler32(bytes: Uint8Array): number {
  let a = 1;
  let b = 0;
  for (let at = 0; at < bytes.length; ) {
    for (const end = Math.min(bytes.length, at + ADLER_RUN); at < end; at++) {
      a += bytes[at]!;
      b += a;
    }
    a %= ADLER_PRIME;
    b %= ADLER_PRIME;
  }
  return ((b << 16) | a) >>> 0;
}
