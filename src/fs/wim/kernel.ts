/** The typed skin of `wasm/wim`: one instance holds the metadata of one image, walks it and makes rows of it. */
import { ERR_ARGUMENT, MORE, OK } from '../../../wasm/abi.ts';
import { fail } from '../../base/errors.ts';
import { Kernel } from '../../codec/kernel.ts';
import { NODE_COLUMNS, type NodeChunk } from '../types.ts';

interface Exports {
  readonly memory: WebAssembly.Memory;
  reserve(metadataBytes: number, blobs: number): number;
  seed(which: number, low: number, high: number): void;
  metadata(): number;
  blobHashes(): number;
  blobSizes(): number;
  blobStored(): number;
  blobStates(): number;
  index(from: number, to: number): void;
  walk(work: number): number;
  eventList(): number;
  eventCount(): number;
  rowTotal(): number;
  offsets(): number;
  parents(): number;
  firstChild(): number;
  childEnd(): number;
  linkFirst(): number;
  links(): number;
  fill(first: number, end: number): number;
  columns(): number;
  rowLimit(): number;
  rowCount(): number;
  names(): number;
  nameUnits(): number;
}

/** Entries looked at, or blobs put into the index, in one call: some milliseconds. */
const WORK = 1 << 16;
const SEEDS = 5;
const EVENT_WORDS = 5;
const COLUMNS = Object.entries(NODE_COLUMNS) as [keyof typeof NODE_COLUMNS, (typeof NODE_COLUMNS)['id']][];

/** The blob table as the kernel reads it, `count` of each. */
export interface BlobColumns {
  readonly count: number;
  /** Five little-endian words each. */
  readonly hashes: Uint32Array;
  readonly sizes: Float64Array;
  readonly stored: Float64Array;
  /** ByteState of data that the blob is. */
  readonly states: Uint8Array;
}

/** A fault that the walk met: WIM_* of wasm/abi.ts, the directory's row, the entry's place, and for a list its place. */
export interface WalkEvent {
  readonly kind: number;
  readonly row: number;
  readonly at: number;
  readonly low: number;
  readonly high: number;
}

export class TreeKernel {
  /** Where the metadata goes, rounded up to a multiple of 8; zeros to begin with. */
  readonly metadata: Uint8Array;
  readonly #kernel: Kernel<Exports>;
  readonly #source: string;

  /**
   * @param source name of the user's file, `offset` of the metadata in it, for errors
   * @throws FormatError UnsupportedSize when there is no memory for an image of that size
   */
  constructor(module: WebAssembly.Module, bytes: number, blobs: BlobColumns, source: string, offset: number) {
    this.#kernel = new Kernel<Exports>(module);
    this.#source = source;
    const status = this.#run((k) => k.reserve(bytes, blobs.count));
    if (status !== OK) fail('UnsupportedSize', source, offset, 'metadata that fits into memory', `${bytes} bytes`);
    // The memory grows in `reserve` and never again: views stay good.
    this.metadata = this.#view(Uint8Array, this.#exports.metadata(), (bytes + 7) & ~7);
    for (let which = 0; which < SEEDS; which++)
      this.#exports.seed(which, Math.random() * 2 ** 32, Math.random() * 2 ** 32);
    this.#takeBlobs(blobs);
  }

  /** Bytes the instance holds. */
  get memoryBytes(): number {
    return this.#exports.memory.buffer.byteLength;
  }

  get #exports(): Exports {
    return this.#kernel.exports;
  }

  #run<T>(call: (exports: Exports) => T): T {
    return this.#kernel.run(this.#source, null, call);
  }

  #view<T>(Type: new (buffer: ArrayBuffer, at: number, length: number) => T, at: number, length: number): T {
    return new Type(this.#exports.memory.buffer as ArrayBuffer, at >>> 0, length);
  }

  #takeBlobs({ count, hashes, sizes, stored, states }: BlobColumns): void {
    const k = this.#exports;
    this.#view(Uint32Array, k.blobHashes(), count * 5).set(hashes.subarray(0, count * 5));
    this.#view(Float64Array, k.blobSizes(), count).set(sizes.subarray(0, count));
    this.#view(Float64Array, k.blobStored(), count).set(stored.subarray(0, count));
    this.#view(Uint8Array, k.blobStates(), count).set(states.subarray(0, count));
    for (let from = 0; from < count; from += WORK) this.#run((exports) => exports.index(from, from + WORK));
  }

  /** Walks on. @returns true at the end; `events` are those of this call */
  walk(): { finished: boolean; events: WalkEvent[] } {
    const status = this.#run((k) => k.walk(WORK));
    if (status !== OK && status !== MORE) this.#refuse(status);
    const count = this.#exports.eventCount() >>> 0;
    const words = this.#view(Uint32Array, this.#exports.eventList(), count * EVENT_WORDS);
    const events = Array.from({ length: count }, (_, i) => {
      const at = i * EVENT_WORDS;
      return { kind: words[at]!, row: words[at + 1]!, at: words[at + 2]!, low: words[at + 3]!, high: words[at + 4]! };
    });
    return { finished: status === OK, events };
  }

  /** Rows so far; the arrays below are views of what is known of them. */
  get rowTotal(): number {
    return this.#exports.rowTotal() >>> 0;
  }

  rowColumns(count: number) {
    const k = this.#exports;
    return {
      offsets: this.#view(Uint32Array, k.offsets(), count),
      parents: this.#view(Uint32Array, k.parents(), count),
      firstChild: this.#view(Uint32Array, k.firstChild(), count),
      childEnd: this.#view(Uint32Array, k.childEnd(), count),
      linkFirst: this.#view(Uint32Array, k.linkFirst(), count),
      links: this.#view(Uint16Array, k.links(), count),
    };
  }

  /** A chunk with rows from `first` on, before `end`: as many as the windows hold, at least one. */
  rows(first: number, end: number): NodeChunk {
    const status = this.#run((k) => k.fill(first, end));
    if (status !== OK) this.#refuse(status);
    const k = this.#exports;
    const count = k.rowCount() >>> 0;
    const limit = k.rowLimit() >>> 0;
    let at = k.columns() >>> 0;
    const columns: Record<string, unknown> = {};
    for (const [name, Type] of COLUMNS) {
      columns[name] = this.#view(Type, at, count).slice();
      at += limit * Type.BYTES_PER_ELEMENT;
    }
    const names = this.#view(Uint16Array, k.names(), k.nameUnits() >>> 0).slice();
    return { ...columns, names, count } as unknown as NodeChunk;
  }

  /** The instance is not the one that was walked: a trap dropped that one. */
  #refuse(status: number): never {
    const actual = status === ERR_ARGUMENT ? 'rows of a tree that is gone' : `status ${status}`;
    return fail('UnexpectedTrap', this.#source, null, 'a kernel that holds the image', actual);
  }
}
