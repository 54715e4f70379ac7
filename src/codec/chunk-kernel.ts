/** The module `wasm/codec`: two fixed windows and one chunk a call; for LZMS windows as large as the chunk, and steps. */
import { MORE } from '../../wasm/abi.ts';
import { fail } from '../base/errors.ts';
import { checkStatus, Kernel } from './kernel.ts';

interface Exports {
  readonly memory: WebAssembly.Memory;
  inputWindow(): number;
  outputWindow(): number;
  windowBytes(): number;
  xpressDecode(inputLength: number, outputLength: number): number;
  lzxDecode(inputLength: number, outputLength: number, windowOrder: number): number;
  inflate(inputLength: number, outputLength: number): number;
  inflatedBytes(): number;
  inflateUsed(): number;
  lzmsReserve(inputLength: number, outputLength: number): number;
  lzmsInput(): number;
  lzmsOutput(): number;
  lzmsStart(): number;
  lzmsWant(length: number): number;
  lzmsStep(): number;
}

export class ChunkKernel {
  readonly #kernel: Kernel<Exports>;

  constructor(module: WebAssembly.Module) {
    this.#kernel = new Kernel(module);
  }

  /**
   * Copies `src` in, decodes and copies the chunk out to `dst`.
   * @param what names the chunk in an error, e.g. `an LZX chunk`
   */
  decode(
    src: Uint8Array,
    dst: Uint8Array,
    source: string,
    offset: number,
    what: string,
    call: (exports: Exports, inputLength: number, outputLength: number) => number,
  ): void {
    const { exports } = this.#kernel;
    const windowBytes = exports.windowBytes();
    const expected = `${what} of ${dst.length} bytes`;
    if (src.length > windowBytes) fail('InvalidData', source, offset, expected, `${src.length} compressed bytes`);
    this.#kernel.bytes.set(src, exports.inputWindow());
    checkStatus(
      this.#kernel.run(source, offset, (e) => call(e, src.length, dst.length)),
      source,
      offset,
      expected,
    );
    const start = exports.outputWindow();
    dst.set(this.#kernel.bytes.subarray(start, start + dst.length));
  }

  /**
   * One LZMS chunk, which may be large: the kernel makes room for it and decodes it in steps.
   * @param size bytes of the chunk; `dst` may be shorter and gets its beginning
   */
  decodeLzms(src: Uint8Array, dst: Uint8Array, size: number, source: string, offset: number): void {
    const expected = `an LZMS chunk of ${size} bytes`;
    const run = (call: (exports: Exports) => number) => this.#kernel.run(source, offset, call);
    const check = (status: number) => checkStatus(status, source, offset, expected);
    check(run((e) => e.lzmsReserve(src.length, size)));
    this.#kernel.bytes.set(src, this.#kernel.exports.lzmsInput());
    check(run((e) => e.lzmsStart()));
    if (dst.length < size) check(run((e) => e.lzmsWant(dst.length)));
    let status = MORE;
    while (status === MORE) status = run((e) => e.lzmsStep());
    check(status);
    const start = this.#kernel.exports.lzmsOutput();
    dst.set(this.#kernel.bytes.subarray(start, start + dst.length));
  }
}
