/** The walk of a hive as a Scan: batches of columns until the budget is used up. */
import type { Hive } from 'hivex-wasm';
import type { Scan } from '../../base/scan.ts';
import type { ByteSource } from '../../source/types.ts';
import type { KeySink } from '../types.ts';
import { scanFindings, translated } from './translate.ts';

export class HiveScan implements Scan {
  /** Keys delivered; how many there are is known only at the end. */
  done = 0;
  total: number | null = null;
  readonly #hive: Hive;
  readonly #source: ByteSource;
  readonly #sink: KeySink;
  #walk: ReturnType<Hive['walk']> | null = null;

  constructor(hive: Hive, source: ByteSource, sink: KeySink) {
    this.#hive = hive;
    this.#source = source;
    this.#sink = sink;
  }

  step(budgetMs: number): boolean {
    if (this.total !== null) return true;
    const end = performance.now() + budgetMs;
    do {
      const done = translated(this.#source, () => this.#batch());
      if (done) return true;
    } while (performance.now() < end);
    return false;
  }

  #batch(): boolean {
    this.#walk ??= this.#hive.walk();
    const { keys, values, findings, done } = this.#walk.step();
    if (values.count > 0) this.#sink.values(values);
    if (keys.count > 0) this.#sink.keys(keys);
    const dropped = done ? this.#walk.dropped : 0;
    for (const finding of scanFindings(this.#source, findings, dropped)) this.#sink.finding(finding);
    this.done += keys.count;
    if (!done) return false;
    this.total = this.done;
    return true;
  }
}
