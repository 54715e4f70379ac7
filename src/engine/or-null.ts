import { FormatError } from '../base/errors.ts';

/** What a reader gives, null where the bytes are damaged or not there; a fault of the reader itself is none of that. */
export function orNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof FormatError) return null;
    throw error;
  }
}
