/**
 * $Secure:$SDS: every security descriptor of the volume once, found by id.
 *
 *     entry  00 Hash u32  04 SecurityId u32  08 Offset u64 (of itself)  10 Length u32 (with these 20 bytes)  14 descriptor
 *
 * Entries begin on 16-byte edges; each 256 KiB are repeated in the 256 KiB that follow, and no entry crosses them.
 */
import { Bytes } from '../../base/bytes.ts';
import { readBytes } from '../../source/read.ts';
import type { ByteSource } from '../../source/types.ts';

const BLOCK = 256 * 1024;
const HEADER = 20;
/** Windows makes one entry a distinct descriptor; volumes have some thousand. More than this is not read. */
const MAX_SDS = 256 * 1024 * 1024;

/** Security ids with the place of their descriptor. Damaged entries end their block. @throws FormatError when unreadable */
export function indexDescriptors(sds: ByteSource): Map<number, { offset: number; length: number }> {
  const places = new Map<number, { offset: number; length: number }>();
  const size = Math.min(sds.size, MAX_SDS);
  for (let start = 0; start < size; start += BLOCK * 2) {
    const block = new Bytes(readBytes(sds, start, Math.min(BLOCK, size - start)), sds.name, start);
    for (let at = 0; block.length - at >= HEADER; ) {
      const length = block.u32(at + 16);
      if (length < HEADER || length > block.length - at || block.u64(at + 8) !== BigInt(start + at)) break;
      const id = block.u32(at + 4);
      if (!places.has(id)) places.set(id, { offset: start + at + HEADER, length: length - HEADER });
      at += Math.ceil(length / 16) * 16;
    }
  }
  return places;
}
