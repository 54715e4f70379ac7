/** DEFLATE in pieces over `wasm/codec`: a stream of any size, resumable at the head of each block. */
import { INFLATE_BLOCK, MORE, OK } from '../../wasm/abi.ts';
import { checkStatus, Kernel } from './kernel.ts';
import type { InflatePiece, InflatePlace, InflateStream } from './types.ts';

interface Exports {
  readonly memory: WebAssembly.Memory;
  inputWindow(): number;
  outputWindow(): number;
  windowBytes(): number;
  inflateRestart(bitCount: number, bitValue: number, historyLength: number): number;
  inflateRun(inputLength: number, more: number, enough: number): number;
  inflateFresh(): number;
  inflateFreshBytes(): number;
  inflateUsed(): number;
  inflateBitCount(): number;
  inflateBitValue(): number;
}

const HISTORY = 32 << 10;
const WHAT = 'a DEFLATE stream';

/** An instance of its own: a stream keeps its state between calls. */
export function inflateStream(module: WebAssembly.Module): InflateStream {
  const kernel = new Kernel<Exports>(module);
  return {
    inputBytes: kernel.exports.windowBytes(),
    restart({ bitCount, bitValue, history }) {
      const tail = history.subarray(Math.max(0, history.length - HISTORY));
      kernel.bytes.set(tail, kernel.exports.outputWindow());
      checkStatus(kernel.exports.inflateRestart(bitCount, bitValue, tail.length), WHAT, 0, 'a place in a stream');
    },
    run(input, more, source, offset, enough = 0): InflatePiece {
      kernel.bytes.set(input, kernel.exports.inputWindow());
      const status = kernel.run(source, offset, (e) => e.inflateRun(input.length, more ? 1 : 0, enough));
      if (status !== MORE && status !== INFLATE_BLOCK) checkStatus(status, source, offset, WHAT);
      const e = kernel.exports;
      const start = e.outputWindow() + e.inflateFresh();
      return {
        at: status === OK ? 'end' : status === INFLATE_BLOCK ? 'block' : 'more',
        used: e.inflateUsed(),
        bytes: kernel.bytes.subarray(start, start + e.inflateFreshBytes()),
      };
    },
    place(): InflatePlace {
      const e = kernel.exports;
      const end = e.outputWindow() + e.inflateFresh() + e.inflateFreshBytes();
      const start = Math.max(e.outputWindow(), end - HISTORY);
      return { bitCount: e.inflateBitCount(), bitValue: e.inflateBitValue(), history: kernel.bytes.slice(start, end) };
    },
  };
}
