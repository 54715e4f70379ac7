import { FormatError } from '../base/errors.ts';

/** The FormatError that `work` throws. @throws anything else it throws, and when it throws nothing */
export function thrown(work: () => unknown): FormatError {
  try {
    work();
  } catch (error) {
    if (error instanceof FormatError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
