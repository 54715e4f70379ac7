/** Update sequences: torn writes of FILE and INDX blocks are seen, and the bytes they displaced put back. */
import type { Bytes } from '../../base/bytes.ts';
import { fail } from '../../base/errors.ts';
import { STRIDE } from './layout.ts';

/**
 * Verifies and applies the update sequence array of a block, in place.
 * @throws FormatError InvalidHeader when the array cannot be one, InvalidChecksum when a stride was written by another write
 */
export function applyFixUps(block: Bytes): void {
  const offset = block.u16(4);
  const count = block.u16(6);
  if (count !== Math.floor(block.length / STRIDE) + 1 || offset + count * 2 > block.length)
    fail(
      'InvalidHeader',
      block.source,
      block.base + 4,
      `an update sequence for ${block.length} bytes`,
      `${count} entries at ${offset}`,
    );
  const number = block.u16(offset);
  for (let i = 1; i < count; i++) {
    const found = block.u16(i * STRIDE - 2);
    if (found !== number)
      fail('InvalidChecksum', block.source, block.base + i * STRIDE - 2, `update sequence ${number}`, found);
  }
  for (let i = 1; i < count; i++) {
    block.bytes[i * STRIDE - 2] = block.u8(offset + i * 2);
    block.bytes[i * STRIDE - 1] = block.u8(offset + i * 2 + 1);
  }
}
