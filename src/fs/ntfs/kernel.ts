/** The typed skin of `wasm/ntfs`: one instance with fixed windows, for one scan. */
import { NODE_COLUMNS, type NodeChunk } from '../types.ts';

interface Exports {
  readonly memory: WebAssembly.Memory;
  input(): number;
  inputBytes(): number;
  sequences(): number;
  eventList(): number;
  eventCount(): number;
  names(): number;
  nameUnits(): number;
  rowCount(): number;
  rowLimit(): number;
  column(index: number): number;
  next(): number;
  clear(): void;
  scan(first: number, count: number, recordSize: number, number: number): number;
}

type Column = keyof typeof NODE_COLUMNS;
/** Columns the kernel fills, in the order of its indices; NTFS states no hashes. */
const KERNEL_COLUMNS = (Object.keys(NODE_COLUMNS) as Column[]).filter((c) => c !== 'hashHi' && c !== 'hashLo');
const PARENT_SEQUENCE = KERNEL_COLUMNS.length;

/** Index of a record in the window and what the kernel says of it (NTFS_* in wasm/abi.ts). */
export interface RecordEvent {
  readonly index: number;
  readonly kind: number;
}

export class RecordKernel {
  readonly #exports: Exports;
  readonly inputBytes: number;

  constructor(module: WebAssembly.Module) {
    this.#exports = new WebAssembly.Instance(module, {}).exports as unknown as Exports;
    this.inputBytes = this.#exports.inputBytes() >>> 0;
  }

  /** The input window; read records into it. */
  input(bytes: number): Uint8Array {
    return new Uint8Array(this.#exports.memory.buffer, this.#exports.input() >>> 0, Math.min(bytes, this.inputBytes));
  }

  /** As the kernel's `scan`: a status of wasm/abi.ts; after MORE take the rows and go on at `next`. */
  scan(first: number, count: number, recordSize: number, number: number): number {
    return this.#exports.scan(first, count, recordSize, number);
  }

  get next(): number {
    return this.#exports.next() >>> 0;
  }

  get rowCount(): number {
    return this.#exports.rowCount() >>> 0;
  }

  /** Sequence numbers of the first `count` records of the window, a view. */
  sequences(count: number): Uint16Array {
    return new Uint16Array(this.#exports.memory.buffer, this.#exports.sequences() >>> 0, count);
  }

  /** What the last `scan` had to say. */
  events(): RecordEvent[] {
    const count = this.#exports.eventCount() >>> 0;
    const words = new Uint32Array(this.#exports.memory.buffer, this.#exports.eventList() >>> 0, count * 2);
    return Array.from({ length: count }, (_, i) => ({ index: words[i * 2]!, kind: words[i * 2 + 1]! }));
  }

  /** The rows as a chunk of its own, with the sequence number each row expects of its parent. The kernel is empty then. */
  take(): { chunk: NodeChunk; parentSequence: Uint16Array } {
    const { memory } = this.#exports;
    const count = this.rowCount;
    const units = this.#exports.nameUnits() >>> 0;
    const columns: Partial<Record<Column, ArrayLike<number>>> = {
      hashHi: new Uint32Array(count),
      hashLo: new Uint32Array(count),
    };
    KERNEL_COLUMNS.forEach((column, index) => {
      columns[column] = new NODE_COLUMNS[column](memory.buffer, this.#exports.column(index) >>> 0, count).slice();
    });
    const names = new Uint16Array(memory.buffer, this.#exports.names() >>> 0, units).slice();
    const parentSequence = new Uint16Array(memory.buffer, this.#exports.column(PARENT_SEQUENCE) >>> 0, count).slice();
    this.#exports.clear();
    return { chunk: { ...columns, names, count } as unknown as NodeChunk, parentSequence };
  }
}
