/**
 * A source put together from runs: pieces of other sources, zeros, and pieces that are not here. NTFS run lists, VHD and
 * VHDX block tables and log overlays are all this one kind; they differ only in how the run of an offset is found.
 *
 *     this    |--- stored ---|-- zero --|--- stored ---|-- missing --|
 *                    |                        |
 *     below      [at, at + length)        another [at, ...), perhaps of another source
 */
import { hexOffset } from '../base/errors.ts';
import { BaseSource, emptyExtent } from './base.ts';
import { failAt } from './place.ts';
import type { ByteSource, Extent } from './types.ts';

/** One piece, in bytes. `below` holds the bytes at `at`; without it the run is zeros or missing. */
export interface Run {
  readonly offset: number;
  readonly length: number;
  readonly kind: 'stored' | 'zero' | 'missing';
  readonly below: ByteSource | null;
  readonly at: number;
}

/** Finds the run that covers `offset`; the run may begin before it and must reach beyond it. May throw FormatError. */
export type RunMapper = (offset: number) => Run;

export function storedRun(offset: number, length: number, below: ByteSource, at: number): Run {
  return { offset, length, kind: 'stored', below, at };
}

export function emptyRun(kind: 'zero' | 'missing', offset: number, length: number): Run {
  return { offset, length, kind, below: null, at: 0 };
}

/** A source whose runs are computed when they are asked for (block tables of terabyte disks). */
export class MappedSource extends BaseSource {
  readonly #mapper: RunMapper;
  /** What a missing run is, for the error: `the parent disk's data`. */
  readonly #missing: string;

  constructor(name: string, size: number, mapper: RunMapper, missing = 'data stored elsewhere') {
    super(name, size);
    this.#mapper = mapper;
    this.#missing = missing;
  }

  *#runs(offset: number, length: number): Iterable<Run> {
    const end = offset + length;
    for (let at = offset; at < end; ) {
      const run = this.#mapper(at);
      const skip = at - run.offset;
      const size = Math.min(run.length - skip, end - at);
      if (!(skip >= 0 && size > 0))
        failAt(
          'InvalidOffset',
          this,
          0,
          `a run that covers ${at} of ${this.name}`,
          `${run.length} bytes at ${run.offset}`,
        );
      yield { ...run, offset: at, length: size, at: run.at + skip };
      at += size;
    }
  }

  protected fill(offset: number, dst: Uint8Array): void {
    for (const run of this.#runs(offset, dst.length)) {
      const part = dst.subarray(run.offset - offset, run.offset - offset + run.length);
      if (run.below !== null) run.below.readInto(run.at, part);
      else if (run.kind === 'zero') part.fill(0);
      else
        failAt(
          'MissingData',
          this,
          run.offset,
          `${this.#missing} at ${hexOffset(run.offset)}`,
          'that it is not in the file',
        );
    }
  }

  protected *spans(offset: number, length: number): Iterable<Extent> {
    for (const run of this.#runs(offset, length)) {
      if (run.below === null) yield emptyExtent(run.kind === 'missing' ? 'missing' : 'zero', run.offset, run.length);
      else
        for (const extent of run.below.extents(run.at, run.length))
          yield { ...extent, offset: extent.offset - run.at + run.offset };
    }
  }
}

/**
 * A source over a sorted list of runs without gap or overlap, found by binary search. What lies between the end of the
 * list and `size` is zeros (a VHD whose last block is short, a stream longer than its runs is the caller's to refuse).
 * @throws FormatError InvalidOffset when the runs do not follow each other from 0, or a stored run leaves its source
 */
export class RunListSource extends MappedSource {
  constructor(name: string, size: number, runs: readonly Run[], missing?: string) {
    super(name, size, (offset) => find(runs, offset, size), missing);
    let end = 0;
    for (const run of runs) {
      if (run.offset !== end || !(run.length > 0))
        failAt('InvalidOffset', this, 0, `a run at ${end} of ${name}`, `${run.length} bytes at ${run.offset}`);
      if (run.below !== null && !(run.at >= 0 && run.length <= run.below.size - run.at))
        failAt(
          'InvalidOffset',
          run.below,
          run.at,
          `${run.length} bytes inside ${run.below.name}`,
          `its size ${run.below.size}`,
        );
      end += run.length;
    }
  }
}

function find(runs: readonly Run[], offset: number, size: number): Run {
  let low = 0;
  let high = runs.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const run = runs[middle]!;
    if (offset < run.offset) high = middle;
    else if (offset >= run.offset + run.length) low = middle + 1;
    else return run;
  }
  const last = runs.at(-1);
  const end = last === undefined ? 0 : last.offset + last.length;
  return emptyRun('zero', end, size - end);
}
