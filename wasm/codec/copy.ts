/** Copying a match inside the output, 16 bytes at a time. */
import { OUTPUT, WINDOW_BYTES } from './memory';

/** Byte i of row d is i mod d: spreads the d bytes before `out` over a vector. */
const SPREAD = memory.data(16 * 16, 16);

/** Called once, when the module starts. */
export function initCopy(): void {
  for (let distance: u32 = 1; distance < 16; distance++) {
    for (let i: u32 = 0; i < 16; i++) store<u8>(SPREAD + (distance << 4) + i, <u8>(i % distance));
  }
}

/**
 * Copies `length` bytes from `distance` before `out` to `out`, with the meaning of a byte-wise copy. Writes up to 15 bytes
 * more. The caller has checked that both lie in the output window.
 */
// @ts-ignore: decorator
@inline
export function copyMatch(out: usize, distance: u32, length: u32): void {
  assert(distance > 0 && distance <= <u32>(out - OUTPUT));
  assert(length > 0 && length <= <u32>(OUTPUT + WINDOW_BYTES - out));
  copyBytes(out, distance, length);
}

/** The same in any window that has slack behind it; the caller's checks alone stand between it and other memory. */
// @ts-ignore: decorator
@inline
export function copyBytes(out: usize, distance: u32, length: u32): void {
  assert(distance > 0 && length > 0);
  if (distance >= 16) {
    let from = out - distance;
    v128.store(out, v128.load(from));
    if (length > 16) {
      let to = out;
      const end = out + length;
      do {
        to += 16;
        from += 16;
        v128.store(to, v128.load(from));
      } while (to + 16 < end);
    }
  } else {
    copyNear(out, distance, length);
  }
}

/** A distance below 16: the pattern repeats inside the vector, and each store moves on by whole patterns. */
function copyNear(out: usize, distance: u32, length: u32): void {
  const pattern = i8x16.swizzle(v128.load(out - distance), v128.load(SPREAD + (distance << 4)));
  const step = 16 - (16 % distance);
  const end = out + length;
  do {
    v128.store(out, pattern);
    out += step;
  } while (out < end);
}
