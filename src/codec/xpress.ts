/** XPRESS-Huffman chunks over `wasm/codec`. */
import { fail } from '../base/errors.ts';
import type { ChunkKernel } from './chunk-kernel.ts';
import type { ChunkDecoder } from './types.ts';

const MIN_CHUNK = 1 << 9;
const MAX_CHUNK = 1 << 21;

/** @throws FormatError UnsupportedSize when `chunkSize` is no power of two from 512 to 2 MiB */
export function xpressDecoder(kernel: ChunkKernel, chunkSize: number): ChunkDecoder {
  if (chunkSize < MIN_CHUNK || chunkSize > MAX_CHUNK || (chunkSize & (chunkSize - 1)) !== 0)
    fail('UnsupportedSize', 'XPRESS', null, 'a chunk size of 2^9 to 2^21 bytes', chunkSize);
  return {
    decode(src, dst, source, offset) {
      if (dst.length > chunkSize)
        fail('InvalidData', source, offset, `an XPRESS chunk of at most ${chunkSize} bytes`, `${dst.length} bytes`);
      kernel.decode(src, dst, source, offset, 'an XPRESS chunk', (e, from, to) => e.xpressDecode(from, to));
    },
  };
}
