/** Walks a tree from its root, directory by directory: the scan of file systems that have no table of all files. */
import { FormatError } from '../base/errors.ts';
import type { Finding } from '../base/findings.ts';
import { MAX_DEPTH } from '../base/limits.ts';
import type { Scan } from '../base/scan.ts';
import { type EntryIds, type EntryRow, EntryRows, FILE_ATTRIBUTE_DIRECTORY } from './entry-rows.ts';
import type { TreeSink } from './types.ts';

/** Entries between two looks at the clock. */
const STRIDE = 256;

export interface WalkContext {
  readonly ids: EntryIds;
  readonly rootRef: number;
  /** Entries of one directory. May throw FormatError when it cannot be read, or cannot be read further. */
  read(dir: number): Iterable<EntryRow>;
  /** Code of the finding for a directory that cannot be read: `fatDirectoryDamaged`. */
  readonly code: string;
}

export class TreeWalk implements Scan {
  done = 0;
  readonly total = null;
  readonly #work: Generator<void>;
  #finished = false;

  constructor(context: WalkContext, sink: TreeSink) {
    this.#work = this.#walk(context, sink);
  }

  step(budgetMs: number): boolean {
    const end = performance.now() + budgetMs;
    while (!this.#finished) {
      this.#finished = this.#work.next().done === true;
      if (performance.now() >= end) break;
    }
    return this.#finished;
  }

  *#walk({ ids, rootRef, read, code }: WalkContext, sink: TreeSink): Generator<void> {
    const rows = new EntryRows(ids);
    let level = [{ ref: rootRef, id: 0 }];
    for (let depth = 0; level.length > 0 && depth < MAX_DEPTH; depth++) {
      const below: typeof level = [];
      for (const dir of level) {
        try {
          for (const row of read(dir.ref)) {
            rows.add(dir.id, row);
            if ((row.attributes & FILE_ATTRIBUTE_DIRECTORY) !== 0) below.push({ ref: row.ref, id: ids.of(row.ref) });
            if (++this.done % STRIDE === 0) yield;
            if (rows.full) sink.push(rows.take());
          }
        } catch (error) {
          if (!(error instanceof FormatError)) throw error;
          sink.finding(damaged(code, error));
        }
        yield;
      }
      level = below;
    }
    if (rows.count > 0) sink.push(rows.take());
  }
}

function damaged(code: string, { where, expected, actual }: FormatError): Finding {
  const message = 'A directory cannot be read, or not to its end; the rest is listed.';
  return { code, severity: 'error', where, message, facts: { expected, actual } };
}
