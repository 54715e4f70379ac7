/** CRC-32 and CRC-32C over `wasm/checksum`. */
import type { ChecksumKernel } from './checksum-kernel.ts';

/** CRC of bytes of any number, a window at a time. @param seed an earlier result to go on from, 0 at the start */
export function crcOf(kernel: ChecksumKernel, name: 'crc32' | 'crc32c', bytes: Uint8Array, seed = 0): number {
  const { exports } = kernel;
  const window = exports.inputWindow();
  const windowBytes = exports.windowBytes();
  let value = seed;
  for (let at = 0; at < bytes.length; at += windowBytes) {
    const part = bytes.subarray(at, at + windowBytes);
    kernel.bytes.set(part, window);
    value = kernel.run(name, null, (e) => e[name](part.length, value));
  }
  return value >>> 0;
}
