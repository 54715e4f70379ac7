/** LZMS chunks, as WIM writes them, over `wasm/codec`. */
import { fail } from '../base/errors.ts';
import type { ChunkKernel } from './chunk-kernel.ts';
import type { ChunkDecoder } from './types.ts';

const MIN_CHUNK = 1 << 15;
/** What Windows and wimlib use for an ESD; the format knows 1 GiB, but a chunk is decoded whole, in memory. */
const MAX_CHUNK = 1 << 26;

/** @throws FormatError UnsupportedSize when `chunkSize` is no power of two from 32 KiB to 64 MiB */
export function lzmsDecoder(kernel: ChunkKernel, chunkSize: number): ChunkDecoder {
  if (chunkSize < MIN_CHUNK || chunkSize > MAX_CHUNK || (chunkSize & (chunkSize - 1)) !== 0)
    fail('UnsupportedSize', 'LZMS', null, 'a chunk size of 2^15 to 2^26 bytes', chunkSize);
  const decodeStart: ChunkDecoder['decodeStart'] = (src, dst, size, source, offset) => {
    if (size > chunkSize)
      fail('InvalidData', source, offset, `an LZMS chunk of at most ${chunkSize} bytes`, `${size} bytes`);
    kernel.decodeLzms(src, dst, size, source, offset);
  };
  return {
    decode: (src, dst, source, offset) => decodeStart(src, dst, dst.length, source, offset),
    decodeStart,
  };
}
