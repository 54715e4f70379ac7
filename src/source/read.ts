/** Small reads of structures: fresh bytes, or a checked view whose errors name the place in the user's file. */
import { Bytes } from '../base/bytes.ts';
import { checkRange, place } from './place.ts';
import type { ByteSource } from './types.ts';

/** `length` bytes in a buffer of their own. The caller bounds `length`. @throws FormatError as `readInto` does */
export function readBytes(source: ByteSource, offset: number, length: number): Uint8Array {
  // Before the buffer is made: a length that the source cannot have must not cost its memory first.
  checkRange(source, offset, length);
  const bytes = new Uint8Array(length);
  source.readInto(offset, bytes);
  return bytes;
}

/** A checked view of a structure at `offset`; its fields' errors carry their absolute place in the user's file. */
export function readView(source: ByteSource, offset: number, length: number): Bytes {
  const bytes = readBytes(source, offset, length);
  const where = place(source, offset);
  return new Bytes(bytes, where.source, where.offset ?? offset);
}
