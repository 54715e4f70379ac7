/** The chunk kernel without its skin, for tests and benchmarks that look at the status itself. */
import { MORE, OK } from '../../wasm/abi.ts';
import { loadModule } from './modules.ts';
import type { Verdict } from './twins/bits.ts';

interface ChunkExports {
  readonly memory: WebAssembly.Memory;
  inputWindow(): number;
  outputWindow(): number;
  xpressDecode(inputLength: number, outputLength: number): number;
  lzxDecode(inputLength: number, outputLength: number, windowOrder: number): number;
  lzmsReserve(inputLength: number, outputLength: number): number;
  lzmsInput(): number;
  lzmsOutput(): number;
  lzmsStart(): number;
  lzmsStep(): number;
}

/** `intact`: the compressed bytes still stand in their window, which follows that of the output. */
export type RawChunkKernel = (
  codec: 'xpress' | 'lzx',
  src: Uint8Array,
  size: number,
  window: number,
) => Verdict & { readonly intact: boolean };

/** One instance of wasm/codec; `checked` for the build with asserts. */
export function rawChunkKernel(checked: boolean): RawChunkKernel {
  const exports = new WebAssembly.Instance(loadModule('codec', checked)).exports as unknown as ChunkExports;
  return (codec, src, size, window) => {
    const memory = new Uint8Array(exports.memory.buffer);
    memory.set(src, exports.inputWindow());
    const status =
      codec === 'xpress'
        ? exports.xpressDecode(src.length, size)
        : exports.lzxDecode(src.length, size, Math.log2(window));
    const start = exports.outputWindow();
    const input = memory.subarray(exports.inputWindow(), exports.inputWindow() + src.length);
    return { status, bytes: memory.slice(start, start + size), intact: Buffer.compare(input, src) === 0 };
  };
}

/** LZMS, which has windows of its own size and goes in steps. */
export function rawLzmsKernel(
  checked: boolean,
): (src: Uint8Array, size: number) => Verdict & { readonly intact: boolean } {
  const exports = new WebAssembly.Instance(loadModule('codec', checked)).exports as unknown as ChunkExports;
  return (src, size) => {
    let status = exports.lzmsReserve(src.length, size);
    if (status !== OK) return { status, bytes: new Uint8Array(0), intact: true };
    const memory = new Uint8Array(exports.memory.buffer);
    const from = exports.lzmsInput();
    memory.set(src, from);
    status = exports.lzmsStart();
    if (status === OK) for (status = MORE; status === MORE; ) status = exports.lzmsStep();
    const start = exports.lzmsOutput();
    const intact = Buffer.compare(memory.subarray(from, from + src.length), src) === 0;
    return { status, bytes: memory.slice(start, start + size), intact };
  };
}
