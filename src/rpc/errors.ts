/**
 * Errors across threads. Comlink clones name, message and stack only; ours keeps a FormatError a FormatError, so that the
 * page can translate by code and show the place.
 */
import { transferHandlers } from 'comlink';
import { type ErrorData, FormatError } from '../base/errors.ts';

type Thrown =
  | { readonly kind: 'format'; readonly data: ErrorData }
  | { readonly kind: 'error'; readonly name: string; readonly message: string; readonly stack: string | undefined };

/** Comlink marks what was thrown with this property before it looks for a handler. */
interface ThrownValue {
  readonly value: unknown;
}

export function packError(value: unknown): Thrown {
  if (value instanceof FormatError) return { kind: 'format', data: value.toData() };
  if (value instanceof Error) return { kind: 'error', name: value.name, message: value.message, stack: value.stack };
  return { kind: 'error', name: 'Error', message: String(value), stack: undefined };
}

export function unpackError(thrown: Thrown): Error {
  if (thrown.kind === 'format') return FormatError.from(thrown.data);
  const error = new Error(thrown.message);
  error.name = thrown.name;
  if (thrown.stack !== undefined) error.stack = thrown.stack;
  return error;
}

const original = transferHandlers.get('throw');

/** Replaces Comlink's handler for thrown values; called once by each side through `ports.ts`. */
export function installErrorHandler(): void {
  if (original === undefined || transferHandlers.get('throw') !== original) return;
  transferHandlers.set('throw', {
    canHandle: original.canHandle,
    serialize: (thrown) => [packError((thrown as ThrownValue).value), []],
    deserialize: (packed: Thrown) => {
      throw unpackError(packed);
    },
  });
}
