/**
 * Opening in steps: the file is copied into the engine, its logs are applied on the way, its cells are indexed. Until that
 * is over, single keys and values can be had already: the cells that they need are read first.
 */
import * as C from '../assembly/constants.ts';
import { EarlyCells } from './cells-early.ts';
import { Engine, MAX_HIVE_BYTES } from './engine.ts';
import { HivexError } from './errors.ts';
import { Hive } from './hive.ts';
import { type HiveInput, type HiveReader, toReader } from './input.ts';
import type { Origin } from './origin.ts';
import { planReplay, writtenRanges } from './replay.ts';

export interface OpenOptions {
  /** Told how many bytes of the hive have been indexed; for large ones. */
  readonly progress?: (done: number, total: number) => void;
  /** Transaction logs that lie beside the hive, in the order LOG1, LOG2, LOG. Used only when the hive needs them. */
  readonly logs?: readonly HiveInput[];
}

/** What a hive answers about single keys and values, before it is open and after. */
export type HiveKeys = Pick<
  Hive,
  | 'base'
  | 'state'
  | 'root'
  | 'keyRow'
  | 'keyRows'
  | 'valueRows'
  | 'valueValue'
  | 'valueView'
  | 'valueSegments'
  | 'nodeClass'
  | 'nodeSecurity'
>;

const BLOCK = 65_536;
/** Bytes of one read of the whole: large enough to be cheap, small enough for a FileReaderSync. */
const READ_BLOCKS = 64;

export class HiveOpening {
  /** Bytes of the hive file as it will be held, and how many of them have been read. */
  readonly size: number;
  /** Keys and values that can be asked for at once; null when no root key can be seen yet. */
  readonly early: HiveKeys | null;
  readonly #reader: HiveReader;
  readonly #engine: Engine;
  readonly #file: number;
  /** Blocks that are in the engine. */
  readonly #blocks: Uint8Array;
  /** Writes of the logs by the block that they begin in. */
  readonly #writes = new Map<number, { offset: number; data: Uint8Array }[]>();
  readonly #cells: EarlyCells;
  readonly #origin: Origin;
  readonly #progress: OpenOptions['progress'];
  #next = 0;
  #indexed = false;
  #hive: Hive | null = null;

  /** Reads the base block and plans what the logs change. @throws HivexError as `open` does */
  constructor(input: HiveInput, module: WebAssembly.Module, options: OpenOptions = {}) {
    const reader = toReader(input);
    this.#reader = reader;
    this.#progress = options.progress;
    checkHead(reader);
    const { plan, logs } = planReplay(reader, options.logs ?? []);
    // A recovered hive may be larger than what is on disk: it was about to grow.
    this.size = Math.max(reader.size, plan === null ? 0 : 4096 + plan.binsSize);
    if (this.size > MAX_HIVE_BYTES) throw memoryError(this.size);
    const engine = new Engine(module);
    this.#engine = engine;
    this.#file = engine.run((wasm) => {
      if (wasm.reserve(this.size) !== C.OK) throw memoryError(this.size);
      return wasm.hiveAddress() >>> 0;
    });
    this.#blocks = new Uint8Array(Math.ceil(this.size / BLOCK));
    for (const { pages } of plan?.apply ?? []) for (const { offset, data } of pages) this.#write(4096 + offset, data);
    if (plan !== null) this.#write(0, plan.base);
    this.#load(0, 1);
    engine.run((wasm) => this.#checkBase(wasm.open()));
    const found = engine.takeFindings();
    const before =
      plan === null ? null : { ranges: writtenRanges(plan), open: () => new HiveOpening(input, module).finish() };
    this.#origin = { recovery: plan?.recovery ?? null, logs, before, found };
    this.#cells = new EarlyCells(engine.wasm, this.#file, (offset, length) => this.#fetch(offset, length));
    const root = engine.wasm.getRoot() >>> 0;
    this.early = this.#cells.key(root) ? this.#keys(new Hive(engine, this.#file, this.#origin)) : null;
  }

  /** Bytes of the file that are in the engine. */
  get done(): number {
    return Math.min(this.#next * BLOCK, this.size);
  }

  /** Reads on, some megabytes. @returns true when all is there and the hive can be had. @throws HivexError as `open` does */
  step(): boolean {
    if (this.#next < this.#blocks.length) {
      const to = Math.min(this.#next + READ_BLOCKS, this.#blocks.length);
      if (this.#blocks.subarray(this.#next, to).includes(0)) this.#load(this.#next, to);
      this.#next = to;
      return false;
    }
    this.#index();
    return true;
  }

  /** The open hive. Reads what is missing. */
  finish(): Hive {
    while (!this.step());
    // one only: it takes what the engine found
    this.#hive ??= new Hive(this.#engine, this.#file, this.#origin);
    return this.#hive;
  }

  #checkBase(status: number): void {
    const view = new DataView(this.#engine.wasm.memory.buffer, this.#file, 4096);
    const version = `${view.getUint32(20, true)}.${view.getUint32(24, true)}`;
    if (status === C.ERR_MEMORY) throw memoryError(this.size);
    if (status === C.ERR_VERSION) throw new HivexError('UnsupportedVersion', 20, 'version 1.0 to 1.6', version);
    if (status === C.ERR_TYPE)
      throw new HivexError('UnsupportedFeature', 28, 'a primary hive (type 0)', `type ${view.getUint32(28, true)}`);
    if (status !== C.OK) throw new HivexError('InvalidData', 0, 'a base block', `status ${status}`);
  }

  /** Makes the map of all cells, once. */
  #index(): void {
    if (this.#indexed) return;
    this.#cells.clear();
    this.#engine.run((wasm) => {
      let step: number;
      do {
        step = wasm.index();
        this.#progress?.(wasm.indexedBytes() >>> 0, wasm.getBinsSize() >>> 0);
      } while (step === C.MORE);
      if (step === C.ERR_ROOT)
        throw new HivexError(
          'InvalidReference',
          36,
          'the root key',
          `no key at 0x${(wasm.getRoot() >>> 0).toString(16)}`,
        );
    });
    this.#indexed = true;
  }

  /** Brings single bytes before their turn. */
  #fetch(offset: number, length: number): void {
    const last = Math.floor((offset + length - 1) / BLOCK);
    for (let block = Math.floor(offset / BLOCK); block <= last; block++) {
      if (this.#blocks[block] === 1) continue;
      let end = block + 1;
      while (end <= last && this.#blocks[end] === 0) end++;
      this.#load(block, end);
    }
  }

  /** Reads whole blocks, and puts what the logs wrote over them. */
  #load(from: number, to: number): void {
    const memory = new Uint8Array(this.#engine.wasm.memory.buffer, this.#file, this.size);
    const start = from * BLOCK;
    const end = Math.min(to * BLOCK, this.#reader.size);
    if (end > start) this.#reader.read(start, memory.subarray(start, end));
    for (let block = from; block < to; block++) {
      this.#blocks[block] = 1;
      for (const { offset, data } of this.#writes.get(block) ?? []) memory.set(data, offset);
    }
  }

  /** Notes bytes that a log writes, cut to blocks: a block is read once and then written over. */
  #write(offset: number, data: Uint8Array): void {
    for (let at = 0; at < data.length; ) {
      const block = Math.floor((offset + at) / BLOCK);
      const length = Math.min(data.length - at, (block + 1) * BLOCK - offset - at);
      const writes = this.#writes.get(block);
      const write = { offset: offset + at, data: data.subarray(at, at + length) };
      if (writes === undefined) this.#writes.set(block, [write]);
      else writes.push(write);
      at += length;
    }
  }

  /** The calls of `hive`, each with its cells fetched before. */
  #keys(hive: Hive): HiveKeys {
    const cells = this.#cells;
    const after = <T>(fetch: (cell: number) => unknown, call: (cell: number) => T) => {
      return (cell: number): T => {
        if (!this.#indexed) fetch(cell);
        return call(cell);
      };
    };
    const key = (node: number) => cells.key(node);
    const value = (cell: number) => cells.value(cell);
    return {
      base: hive.base,
      state: hive.state,
      root: () => hive.root(),
      keyRow: after(key, (node) => hive.keyRow(node)),
      keyRows: after(
        (node) => cells.children(node),
        (node) => hive.keyRows(node),
      ),
      valueRows: after(
        (node) => cells.values(node),
        (node) => hive.valueRows(node),
      ),
      valueValue: after(value, (cell) => hive.valueValue(cell)),
      valueView: after(value, (cell) => hive.valueView(cell)),
      valueSegments: after(value, (cell) => hive.valueSegments(cell)),
      nodeClass: after(key, (node) => hive.nodeClass(node)),
      nodeSecurity: after(key, (node) => hive.nodeSecurity(node)),
    };
  }
}

function checkHead(reader: HiveReader): void {
  const { size } = reader;
  if (size < 4096) throw new HivexError('UnexpectedEnd', size, 'a base block of 4096 bytes', `${size} bytes`);
  if (size > MAX_HIVE_BYTES)
    throw new HivexError('UnsupportedSize', 0, `a hive of at most ${MAX_HIVE_BYTES} bytes`, `${size} bytes`);
  const head = new Uint8Array(4);
  reader.read(0, head);
  if (String.fromCharCode(...head) !== 'regf')
    throw new HivexError(
      'InvalidSignature',
      0,
      '"regf"',
      [...head].map((b) => b.toString(16).padStart(2, '0')).join(' '),
    );
}

function memoryError(size: number): HivexError {
  return new HivexError('UnsupportedSize', 0, `memory for a hive of ${size} bytes`, 'not enough');
}
