/** How a hive is opened: whole, or in steps. */
import type { Hive } from './hive.ts';
import type { HiveInput } from './input.ts';
import { HiveOpening, type OpenOptions } from './opening.ts';

export type { HiveKeys, HiveOpening, OpenOptions } from './opening.ts';

/**
 * Opens a hive: copies it into the engine and indexes its cells (about 1 GB/s).
 * @param module compiled `hivex.wasm`
 * @throws HivexError when it is no hive, a log, of an unknown version, too large, or has no root key
 */
export function open(input: HiveInput, module: WebAssembly.Module, options: OpenOptions = {}): Hive {
  return new HiveOpening(input, module, options).finish();
}

/**
 * Begins to open a hive: its keys and values can be asked for at once (`early`), while `step` reads on and `finish` hands
 * out the open hive.
 * @throws HivexError as `open` does, but for what only the rest of the file shows
 */
export function beginOpen(input: HiveInput, module: WebAssembly.Module, options: OpenOptions = {}): HiveOpening {
  return new HiveOpening(input, module, options);
}
