/** The chunk kernel without its skin, for tests and benchmarks that look at the status itself. */
import { loadModule } from './modules.ts';
import type { Verdict } from './twins/bits.ts';

interface ChunkExports {
  readonly memory: WebAssembly.Memory;
  inputWindow(): number;
  outputWindow(): number;
  xpressDecode(inputLength: number, outputLength: number): number;
  lzxDecode(inputLength: number, outputLength: number, windowOrder: number): number;
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
