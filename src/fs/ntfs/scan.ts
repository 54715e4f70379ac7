/**
 * The whole volume by its record table, in the order of its clusters:
 *
 *     $MFT --4 MiB--> kernel --rows--> parents known? --> sink
 *                        \-- complex records (more than one record a file) --> TypeScript, at the end
 */
import { MORE, NTFS_COMPLEX, NTFS_DAMAGED, NTFS_SIGNATURE, NTFS_TORN, OK } from '../../../wasm/abi.ts';
import { FormatError, fail } from '../../base/errors.ts';
import type { Facts } from '../../base/findings.ts';
import type { Scan } from '../../base/scan.ts';
import { place } from '../../source/place.ts';
import type { TreeSink } from '../types.ts';
import { RecordKernel } from './kernel.ts';
import type { Mft } from './mft.ts';
import { type HeldRows, SequenceTable, settle } from './parents.ts';
import { RowWriter } from './row-writer.ts';
import { rowsOf } from './rows.ts';

/** Findings of one kind that are told one by one; the rest is counted. */
const MAX_TOLD = 100;
const COMPLEX_ROWS = 4096;

const MESSAGES: Record<string, string> = {
  ntfsRecordTorn: 'A file record was only partly written; the file is not listed.',
  ntfsRecordSignature: 'A file record has no FILE signature; if it was in use, its file is not listed.',
  ntfsRecordDamaged: 'The attributes of a file record are damaged; what stands before that place is listed.',
  ntfsRecordUnreadable: 'A file that needs several records cannot be read from them.',
  ntfsTableUnreadable: 'A part of $MFT cannot be read; files whose records lie there are not listed.',
};

export class NtfsScan implements Scan {
  readonly total: number;
  readonly #mft: Mft;
  readonly #sink: TreeSink;
  readonly #module: WebAssembly.Module;
  #kernel: RecordKernel | null = null;
  readonly #table: SequenceTable;
  readonly #complex: number[] = [];
  readonly #held: HeldRows[] = [];
  readonly #told = new Map<string, number>();
  #windowStart = 0;
  #windowCount = 0;
  #windowNext = 0;
  #complexNext = 0;
  #finished = false;

  constructor(mft: Mft, module: WebAssembly.Module, sink: TreeSink) {
    this.#mft = mft;
    this.#module = module;
    this.#sink = sink;
    this.total = mft.count;
    this.#table = new SequenceTable(mft.count);
  }

  get done(): number {
    return this.#finished ? this.total : this.#windowStart + this.#windowNext;
  }

  step(budgetMs: number): boolean {
    const end = performance.now() + budgetMs;
    while (!this.#finished) {
      if (this.done < this.total) this.#scanWindow();
      else if (this.#held.length > 0) this.#deliver(this.#held.pop()!);
      else if (this.#complexNext < this.#complex.length) this.#scanComplex(end);
      else this.#finish();
      if (performance.now() >= end) break;
    }
    this.#flush();
    return this.#finished;
  }

  #finish(): void {
    this.#flush();
    this.#kernel = null;
    this.#finished = true;
    for (const [code, count] of this.#told)
      if (count > MAX_TOLD)
        this.#sink.finding({
          code: `${code}More`,
          severity: 'warning',
          where: { source: this.#mft.volume.name, offset: null },
          message: MESSAGES[code]!,
          facts: { count: count - MAX_TOLD },
        });
  }

  #tell(code: string, record: number, facts: Facts = {}): void {
    const count = (this.#told.get(code) ?? 0) + 1;
    this.#told.set(code, count);
    if (count > MAX_TOLD) return;
    this.#sink.finding({
      code,
      severity: 'warning',
      where: place(this.#mft.source, record * this.#mft.boot.recordSize),
      message: MESSAGES[code]!,
      facts: { record, ...facts },
    });
  }

  /** Reads the next window of $MFT; what cannot be read is zeros to the kernel and a finding to people. */
  #readWindow(kernel: RecordKernel): void {
    const { recordSize } = this.#mft.boot;
    this.#windowStart += this.#windowCount;
    this.#windowNext = 0;
    const left = this.total - this.#windowStart;
    this.#windowCount = Math.min(left, Math.floor(kernel.inputBytes / recordSize));
    const input = kernel.input(this.#windowCount * recordSize);
    const start = this.#windowStart * recordSize;
    try {
      this.#mft.source.readInto(start, input);
    } catch (error) {
      if (!isMissing(error)) throw error;
      this.#readPieces(start, input, error);
    }
  }

  /** Reads what is there of a window that is not there whole. */
  #readPieces(start: number, input: Uint8Array, error: FormatError): void {
    const { expected, actual } = error;
    for (const { kind, offset, length } of this.#mft.source.extents(start, input.length)) {
      const piece = input.subarray(offset - start, offset - start + length);
      if (kind !== 'missing') this.#mft.source.readInto(offset, piece);
      else {
        piece.fill(0);
        this.#tell('ntfsTableUnreadable', Math.floor(offset / this.#mft.boot.recordSize), { length, expected, actual });
      }
    }
  }

  #scanWindow(): void {
    this.#kernel ??= new RecordKernel(this.#module);
    const kernel = this.#kernel;
    if (this.#windowNext === this.#windowCount) this.#readWindow(kernel);
    const first = this.#windowNext;
    const status = this.#runKernel(kernel, first);
    if (status !== OK && status !== MORE)
      fail('UnexpectedTrap', this.#mft.volume.name, null, 'a status of the record kernel', status);
    this.#windowNext = kernel.next;
    const scanned = kernel.sequences(this.#windowNext).subarray(first);
    this.#table.add(this.#windowStart + first, scanned);
    for (const { index, kind } of kernel.events()) this.#onEvent(this.#windowStart + index, kind);
    if (status === MORE) this.#flush();
  }

  /** A trap is a fault of ours, told as an error that names the volume; the instance is not used again. */
  #runKernel(kernel: RecordKernel, first: number): number {
    try {
      return kernel.scan(first, this.#windowCount, this.#mft.boot.recordSize, this.#windowStart);
    } catch (error) {
      if (!(error instanceof WebAssembly.RuntimeError)) throw error;
      this.#kernel = null;
      const at = place(this.#mft.source, (this.#windowStart + first) * this.#mft.boot.recordSize);
      fail('UnexpectedTrap', at.source, at.offset, 'rows of MFT records', error.message);
    }
  }

  #onEvent(record: number, kind: number): void {
    if (kind === NTFS_COMPLEX) this.#complex.push(record);
    else if (kind === NTFS_TORN) this.#tell('ntfsRecordTorn', record);
    else if (kind === NTFS_SIGNATURE) this.#tell('ntfsRecordSignature', record);
    else if (kind === NTFS_DAMAGED) this.#tell('ntfsRecordDamaged', record);
  }

  #flush(): void {
    if (this.#kernel !== null && this.#kernel.rowCount > 0) this.#deliver(this.#kernel.take());
  }

  #deliver(rows: HeldRows): void {
    const { ready, held } = settle(this.#table, rows);
    if (ready.count > 0) this.#sink.push(ready);
    if (held !== null) this.#held.push(held);
  }

  #scanComplex(end: number): void {
    const writer = new RowWriter();
    while (this.#complexNext < this.#complex.length && writer.count < COMPLEX_ROWS) {
      const record = this.#complex[this.#complexNext++]!;
      try {
        const rows = rowsOf(this.#mft, record, (parent, sequence) => this.#table.matches(parent, sequence));
        for (const row of rows) writer.add(row);
      } catch (error) {
        if (!(error instanceof FormatError)) throw error;
        this.#tell('ntfsRecordUnreadable', record, { expected: error.expected, actual: error.actual });
      }
      if (performance.now() >= end) break;
    }
    if (writer.count > 0) this.#sink.push(writer.take());
  }
}

/** Missing bytes are gone past; a file that changed under us, a damaged container or a cancelled scan is not. */
function isMissing(error: unknown): error is FormatError {
  return error instanceof FormatError && error.code === 'MissingData';
}
