/** What the engine needs from the outside world; the browser workers and Node each bring their own. */
import type { Hasher, WasmModules } from '../codec/types.ts';

export interface Host {
  readonly modules: WasmModules;
  /** The platform's own running SHA-1, where it has one that answers at once; else a kernel computes it. */
  readonly sha1?: () => Hasher;
  /** SHA-256 by the platform's digest: off-thread and with hardware help where there is some. */
  sha256(bytes: Uint8Array): Promise<Uint8Array>;
  /** Monotonic milliseconds. */
  now(): number;
}

/** `crypto.subtle` exists in workers of secure contexts and in Node 20. */
export function webHost(modules: WasmModules): Host {
  return {
    modules,
    sha256: async (bytes) => new Uint8Array(await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>)),
    now: () => performance.now(),
  };
}
