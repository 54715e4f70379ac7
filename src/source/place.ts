/**
 * Where an offset of any source lies in the user's own file: what an error has to say.
 *
 * A source is seen through as many layers as it is nested in; `extents` already maps a range down to the bottom, so the
 * place of one byte is the extent of that byte. Bytes that no file holds (holes, missing data) have no offset there.
 */
import { type ErrorCode, fail, type Where } from '../base/errors.ts';
import type { ByteSource } from './types.ts';

/**
 * The place of byte `offset`, clamped to the source; the end of a source is the place just behind its last byte.
 * Never throws: a broken map below must not hide the error that is being told.
 */
export function place(source: ByteSource, offset: number): Where {
  const at = Math.min(Math.max(0, offset), source.size);
  const end = at === source.size;
  try {
    for (const extent of source.extents(end ? at - 1 : at, source.size === 0 ? 0 : 1)) {
      if (extent.kind === 'stored') return { source: extent.file!, offset: extent.fileOffset + (end ? 1 : 0) };
      if (extent.kind === 'decoded') return { source: extent.file!, offset: extent.fileOffset };
    }
  } catch {
    // the extents themselves cannot be told: name the source
  }
  return { source: source.name, offset: null };
}

/** Throws a FormatError whose place is byte `offset` of `source`, mapped back to the user's file. */
export function failAt(code: ErrorCode, source: ByteSource, offset: number, expected: string, actual: unknown): never {
  const where = place(source, offset);
  fail(code, where.source, where.offset, expected, actual);
}

/** Checks that [offset, offset + length) lies inside `source`. @throws FormatError UnexpectedEnd at the end of the source */
export function checkRange(source: ByteSource, offset: number, length: number): void {
  if (Number.isSafeInteger(offset) && offset >= 0 && length >= 0 && length <= source.size - offset) return;
  const have = Number.isFinite(offset) ? Math.min(Math.max(0, source.size - Math.max(0, offset)), length) : 0;
  failAt('UnexpectedEnd', source, source.size, `${length} bytes at ${offset} of ${source.name}`, `${have} bytes`);
}
