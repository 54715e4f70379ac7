/** LZX chunks, as WIM writes them, over `wasm/codec`. */
import { fail } from '../base/errors.ts';
import type { ChunkKernel } from './chunk-kernel.ts';
import type { ChunkDecoder } from './types.ts';

const MIN_CHUNK = 1 << 15;
const MAX_CHUNK = 1 << 21;

/** @throws FormatError UnsupportedSize when `chunkSize` is no power of two from 32 KiB to 2 MiB */
export function lzxDecoder(kernel: ChunkKernel, chunkSize: number): ChunkDecoder {
  if (chunkSize < MIN_CHUNK || chunkSize > MAX_CHUNK || (chunkSize & (chunkSize - 1)) !== 0)
    fail('UnsupportedSize', 'LZX', null, 'a chunk size of 2^15 to 2^21 bytes', chunkSize);
  const windowOrder = 31 - Math.clz32(chunkSize);
  return {
    decode(src, dst, source, offset) {
      if (dst.length > chunkSize)
        fail('InvalidData', source, offset, `an LZX chunk of at most ${chunkSize} bytes`, `${dst.length} bytes`);
      kernel.decode(src, dst, source, offset, 'an LZX chunk', (e, from, to) => e.lzxDecode(from, to, windowOrder));
    },
  };
}
