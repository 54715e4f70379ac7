/** Structures that are stored twice: one that is damaged is no error while the other is sound. */
import { type ErrorCode, FormatError } from '../base/errors.ts';

/** Faults of reading, not of the structure: the other copy would only hide them. */
const NOT_DAMAGE: readonly ErrorCode[] = ['UnexpectedChange', 'UnexpectedTrap', 'Cancelled'];

/** The result of `work`, or the FormatError that says what is wrong with the structure. */
export function attempt<T>(work: () => T): T | FormatError {
  try {
    return work();
  } catch (error) {
    if (error instanceof FormatError && !NOT_DAMAGE.includes(error.code)) return error;
    throw error;
  }
}

export function isSound<T>(result: T | FormatError): result is T {
  return !(result instanceof FormatError);
}
