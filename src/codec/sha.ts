/** Running SHA-1 and SHA-256 over `wasm/checksum`. Many may run at once on one instance: each keeps its own words and its unfinished block. */
import type { ChecksumKernel } from './checksum-kernel.ts';
import type { Hasher } from './types.ts';

const BLOCK = 64;
const LENGTH_BYTES = 8;
/** What the words of a hash begin with (FIPS 180-4). */
const START = {
  sha1: [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0],
  sha256: [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19],
} as const;

export function shaHasher(kernel: ChecksumKernel, which: keyof typeof START): Hasher {
  const state = Uint32Array.from(START[which]);
  const rest = new Uint8Array(BLOCK);
  let resting = 0;
  let total = 0;

  /** Takes whole blocks, at most a window of them. */
  function take(first: Uint8Array, second: Uint8Array): void {
    const { exports, bytes } = kernel;
    const window = exports.inputWindow();
    bytes.set(first, window);
    bytes.set(second, window + first.length);
    const words = new Uint32Array(bytes.buffer, exports.stateWindow(), state.length);
    words.set(state);
    kernel.run(which, null, (e) => e[which]((first.length + second.length) / BLOCK));
    state.set(words);
  }

  return {
    update(bytes) {
      total += bytes.length;
      let at = 0;
      const windowBytes = kernel.exports.windowBytes();
      while (resting + bytes.length - at >= BLOCK) {
        const whole = Math.min(windowBytes, resting + bytes.length - at) & -BLOCK;
        const next = at + whole - resting;
        take(rest.subarray(0, resting), bytes.subarray(at, next));
        resting = 0;
        at = next;
      }
      rest.set(bytes.subarray(at), resting);
      resting += bytes.length - at;
    },
    digest() {
      const end = new Uint8Array(resting + 1 + LENGTH_BYTES > BLOCK ? 2 * BLOCK : BLOCK);
      end.set(rest.subarray(0, resting));
      end[resting] = 0x80;
      new DataView(end.buffer).setBigUint64(end.length - LENGTH_BYTES, BigInt(total) * 8n);
      take(end, new Uint8Array(0));
      const digest = new Uint8Array(state.length * 4);
      const view = new DataView(digest.buffer);
      state.forEach((word, i) => {
        view.setUint32(i * 4, word);
      });
      return digest;
    },
  };
}
