/** A walk of everything in bounded steps. */
import * as C from '../assembly/constants.ts';
import type { KeyColumns, ValueColumns, Windows } from './columns.ts';
import type { Engine } from './engine.ts';
import { HivexError } from './errors.ts';
import { type HiveFinding, MAX_FINDINGS } from './findings.ts';

/** The walk each engine is at; an older one must not go on with the state of a newer one. */
const current = new WeakMap<Engine, HiveWalk>();

export interface WalkBatch {
  readonly keys: KeyColumns;
  /** Values of one key adjoin, in stored order, perhaps over two batches; their key's row comes after them. */
  readonly values: ValueColumns;
  readonly findings: readonly HiveFinding[];
  readonly done: boolean;
}

export class HiveWalk {
  /** Keys delivered. */
  keys = 0;
  /** Findings that were not delivered because there were too many. */
  dropped = 0;
  #found = 0;
  #done = false;
  readonly #engine: Engine;
  readonly #windows: Windows;

  /** Use `Hive.walk`. */
  constructor(engine: Engine, windows: Windows) {
    this.#engine = engine;
    this.#windows = windows;
    current.set(engine, this);
    engine.run((wasm) => wasm.startWalk());
    engine.takeFindings();
  }

  /** The next batch: at most 4,096 keys and 16,384 values, some milliseconds of work. */
  step(): WalkBatch {
    if (this.#done || current.get(this.#engine) !== this)
      throw new HivexError('InvalidArgument', 0, 'the walk of this hive that is under way', 'one that has ended');
    const status = this.#engine.run((wasm) => wasm.stepWalk());
    this.#done = status === C.OK;
    const keys = this.#windows.takeKeys();
    const { items, dropped } = this.#engine.takeFindings();
    const findings = items.slice(0, Math.max(0, MAX_FINDINGS - this.#found));
    this.#found += findings.length;
    this.dropped += dropped + items.length - findings.length;
    this.keys += keys.count;
    return { keys, values: this.#windows.takeValues(), findings, done: this.#done };
  }
}
