/** The one place that knows how calls cross threads. */
import { type Endpoint, expose, proxy, transfer, wrap } from 'comlink';
import { installErrorHandler } from './errors.ts';
import { type Ledger, withLedger } from './ledger.ts';

/** Serves `api` to the other side of `endpoint` (the worker itself when it is left out). */
export function serve(api: object, endpoint?: Endpoint): void {
  installErrorHandler();
  expose(api, endpoint);
}

/** Reaches the API that the other side serves. */
export function reach<T extends object>(endpoint: Endpoint): Ledger<T> {
  installErrorHandler();
  return withLedger<T>(wrap<T>(endpoint) as object);
}

/** A callback that the other side may call. */
export function callback<F extends (...args: never[]) => void>(f: F): F {
  return proxy(f);
}

/** Marks buffers in a result as moved, not copied. */
export function moved<T>(value: T, buffers: Transferable[]): T {
  return transfer(value as T & object, buffers) as T;
}
