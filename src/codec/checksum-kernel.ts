/** The module `wasm/checksum`: one input window of 1 MiB, one window for the words of a running hash. */
import { Kernel } from './kernel.ts';

interface Exports {
  readonly memory: WebAssembly.Memory;
  inputWindow(): number;
  stateWindow(): number;
  windowBytes(): number;
  sha1(blocks: number): number;
  sha256(blocks: number): number;
  crc32(length: number, seed: number): number;
  crc32c(length: number, seed: number): number;
}

export type ChecksumKernel = Kernel<Exports>;

export function checksumKernel(module: WebAssembly.Module): ChecksumKernel {
  return new Kernel<Exports>(module);
}
