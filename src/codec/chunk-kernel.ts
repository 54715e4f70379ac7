/** The module `wasm/codec`: two fixed windows and one chunk a call; for LZMS windows as large as the chunk, and steps. */
import { MORE, OK } from '../../wasm/abi.ts';
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
  /** Whose LZMS chunk was decoded last, in which instance, and its size. */
  #tenant: LzmsTenant | null = null;
  #home: Exports | null = null;
  #lzmsSize = 0;

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

  /** One LZMS chunk, which may be large: the kernel makes room for it and decodes it in steps. */
  decodeLzms(src: Uint8Array, dst: Uint8Array, source: string, offset: number): void {
    this.beginLzms(null, src, dst.length, source, offset);
    this.continueLzms(dst.length, source, offset);
    dst.set(this.lzmsBytes(dst.length));
    this.#tenant = null;
  }

  /**
   * Begins with an LZMS chunk of `size` bytes. The one that was there may copy out what it has, and is gone.
   * @throws FormatError InvalidData, UnsupportedSize when there is not so much memory
   */
  beginLzms(tenant: LzmsTenant | null, src: Uint8Array, size: number, source: string, offset: number): void {
    const leaving = this.#tenant;
    if (leaving !== null && this.hasLzms(leaving)) leaving.leave();
    this.#tenant = null;
    const run = (call: (exports: Exports) => number) => this.#kernel.run(source, offset, call);
    if (run((e) => e.lzmsReserve(src.length, size)) !== OK)
      fail('UnsupportedSize', source, offset, 'an LZMS chunk that there is memory for', `${size} bytes`);
    this.#kernel.bytes.set(src, this.#kernel.exports.lzmsInput());
    checkStatus(
      run((e) => e.lzmsStart()),
      source,
      offset,
      lzmsChunk(size),
    );
    this.#lzmsSize = size;
    this.#tenant = tenant;
    this.#home = this.#kernel.exports;
  }

  /** Decodes on until the first `length` bytes are there. */
  continueLzms(length: number, source: string, offset: number): void {
    const run = (call: (exports: Exports) => number) => this.#kernel.run(source, offset, call);
    const expected = lzmsChunk(this.#lzmsSize);
    try {
      let status = run((e) => e.lzmsWant(length));
      if (status === OK) for (status = MORE; status === MORE; ) status = run((e) => e.lzmsStep());
      checkStatus(status, source, offset, expected);
    } catch (error) {
      this.#tenant = null; // what was decoded up to there is neither whole nor filtered
      throw error;
    }
  }

  /** Whether the chunk of `tenant` stands in the kernel; not after another one, and not after a trap. */
  hasLzms(tenant: LzmsTenant): boolean {
    return this.#tenant === tenant && this.#home === this.#kernel.exports;
  }

  /** The beginning of the chunk: a view, until the next call. */
  lzmsBytes(length: number): Uint8Array {
    const start = this.#kernel.exports.lzmsOutput();
    return this.#kernel.bytes.subarray(start, start + length);
  }
}

/** Whose chunk stands in the kernel. */
export interface LzmsTenant {
  /** Called before another chunk takes its place. */
  leave(): void;
}

const lzmsChunk = (size: number) => `an LZMS chunk of ${size} bytes`;
