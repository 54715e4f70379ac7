/** What the skins share: one Wasm instance that is made when it is first needed and dropped when it trapped. */
import { ERR_ARGUMENT, ERR_DATA, ERR_INPUT_END, ERR_OUTPUT_FULL, OK } from '../../wasm/abi.ts';
import { FormatError, fail } from '../base/errors.ts';

/** Exports every kernel has. */
interface KernelExports {
  readonly memory: WebAssembly.Memory;
}

export class Kernel<Exports extends KernelExports> {
  readonly #module: WebAssembly.Module;
  #exports: Exports | null = null;
  #bytes: Uint8Array = new Uint8Array(0);

  constructor(module: WebAssembly.Module) {
    this.#module = module;
  }

  /** Exports of the instance, a new one after a trap. */
  get exports(): Exports {
    // The kernels import nothing, so instantiation cannot fail but for want of memory.
    this.#exports ??= new WebAssembly.Instance(this.#module).exports as unknown as Exports;
    return this.#exports;
  }

  /** The instance's memory; made anew when the buffer was detached by growing. */
  get bytes(): Uint8Array {
    const { buffer } = this.exports.memory;
    if (this.#bytes.buffer !== buffer) this.#bytes = new Uint8Array(buffer);
    return this.#bytes;
  }

  /**
   * Runs one call of the kernel.
   * @param source name of the user's file, and `offset` of the bytes in it, for the error
   * @throws FormatError UnexpectedTrap when the kernel trapped; its instance is dropped then
   */
  run<T>(source: string, offset: number | null, call: (exports: Exports) => T): T {
    const { exports } = this;
    try {
      return call(exports);
    } catch (cause) {
      this.#exports = null;
      const actual = cause instanceof Error ? cause.message : String(cause);
      throw new FormatError(
        { code: 'UnexpectedTrap', where: { source, offset }, expected: 'a kernel that returns', actual },
        { cause },
      );
    }
  }
}

const MEANING = new Map<number, string>([
  [ERR_INPUT_END, 'input that ends too early'],
  [ERR_OUTPUT_FULL, 'more bytes than the chunk holds'],
  [ERR_DATA, 'a code, match or block that the format does not allow'],
  [ERR_ARGUMENT, 'sizes the codec does not take'],
]);

/** Throws FormatError InvalidData unless `status` is OK. @param expected what should be there, e.g. `an LZX chunk of 32768 bytes` */
export function checkStatus(status: number, source: string, offset: number, expected: string): void {
  if (status !== OK) fail('InvalidData', source, offset, expected, MEANING.get(status) ?? `status ${status}`);
}
