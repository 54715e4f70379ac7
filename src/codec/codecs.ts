/** The codecs of one image: one instance of each kernel module, made when it is first needed. */
import { checksumKernel } from './checksum-kernel.ts';
import { ChunkKernel } from './chunk-kernel.ts';
import { crcOf } from './crc.ts';
import { inflateDecoder } from './inflate.ts';
import { inflateStream } from './inflate-stream.ts';
import { lzmsDecoder } from './lzms.ts';
import { lzxDecoder } from './lzx.ts';
import { shaHasher } from './sha.ts';
import type { Codecs, Hasher, WasmModules } from './types.ts';
import { xpressDecoder } from './xpress.ts';
import { zstdDecoder } from './zstd.ts';

/**
 * Codecs over compiled modules. Instances are reused from chunk to chunk; one that trapped is replaced.
 * @param sha1 the platform's own, in place of the kernel's
 * @param digestSha1 the platform's own that answers later
 */
export function createCodecs(modules: WasmModules, sha1?: () => Hasher, digestSha1?: Codecs['digestSha1']): Codecs {
  let chunks: ChunkKernel | null = null;
  let checksums: ReturnType<typeof checksumKernel> | null = null;
  const chunkKernel = () => {
    chunks ??= new ChunkKernel(modules.codec);
    return chunks;
  };
  const checksum = () => {
    checksums ??= checksumKernel(modules.checksum);
    return checksums;
  };
  return {
    modules,
    xpress: (chunkSize) => xpressDecoder(chunkKernel(), chunkSize),
    lzx: (chunkSize) => lzxDecoder(chunkKernel(), chunkSize),
    inflate: (maxBytes, wrapper) => inflateDecoder(chunkKernel(), maxBytes, wrapper),
    inflateStream: () => inflateStream(modules.codec),
    lzms: (chunkSize) => lzmsDecoder(chunkKernel(), chunkSize),
    zstd: zstdDecoder,
    sha1: sha1 ?? (() => shaHasher(checksum(), 'sha1')),
    ...(digestSha1 !== undefined && { digestSha1 }),
    sha256: () => shaHasher(checksum(), 'sha256'),
    crc32: (bytes, seed) => crcOf(checksum(), 'crc32', bytes, seed),
    crc32c: (bytes, seed) => crcOf(checksum(), 'crc32c', bytes, seed),
  };
}
