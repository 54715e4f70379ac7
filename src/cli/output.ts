/** Writing: buffered, synchronous, quiet when the reader has gone (`| head`). Names with lone surrogates go out as \uXXXX. */
import { writeSync } from 'node:fs';
import { ByteWriter } from '../base/byte-writer.ts';
import { type ErrorData, FormatError } from '../base/errors.ts';
import type { Finding } from '../base/findings.ts';

const FLUSH_AT = 1 << 16;

class ReaderGone extends Error {}

function writeAll(fd: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) {
    try {
      done += writeSync(fd, bytes, done);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === 'EPIPE') throw new ReaderGone();
      if (code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2); // a full non-blocking pipe: let the reader work
    }
  }
}

/** True for the error that ends the program quietly. */
export function readerGone(error: unknown): boolean {
  return error instanceof ReaderGone;
}

let pending = '';
const byteLines = new ByteWriter((bytes) => writeAll(1, bytes));

/** Standard output for lines that are written as bytes: for listings of hundreds of thousands. */
export function writer(): ByteWriter {
  flush();
  return byteLines;
}

/** One line to standard output. */
export function line(text: string): void {
  if (byteLines.length > 0) flush();
  pending += `${text}\n`;
  if (pending.length >= FLUSH_AT) flush();
}

export function flush(): void {
  const text = pending;
  pending = '';
  if (text !== '') writeAll(1, Buffer.from(text, 'utf8'));
  byteLines.flush();
}

/** Raw bytes to standard output. */
export function bytes(data: Uint8Array): void {
  flush();
  writeAll(1, data);
}

/** One JSON object on one line. `JSON.stringify` writes lone surrogates as \uXXXX itself. */
export function json(value: unknown): void {
  line(JSON.stringify(value));
}

const PLAIN = /^[ -~]*$/;
const ODD =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  /[\u0000-\u001f\u007f-\u009f]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** Lone surrogates as \uXXXX, control characters likewise, so that a terminal stays in order. */
export function printable(text: string): string {
  if (PLAIN.test(text)) return text;
  return text.replace(ODD, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** A whole number with commas between thousands. The first call of toLocaleString loads what takes longer than a listing. */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** Columns for people: left-aligned but the ones named right, two spaces between. */
export function table(rows: readonly (readonly string[])[], right: readonly number[] = []): void {
  const widths: number[] = [];
  for (const row of rows)
    row.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, cell.length);
    });
  for (const row of rows)
    line(
      row
        .map((cell, i) =>
          right.includes(i) ? cell.padStart(widths[i]!) : i === row.length - 1 ? cell : cell.padEnd(widths[i]!),
        )
        .join('  '),
    );
}

/** A fault as data: FormatErrors state their own, anything else is a fault of ours. */
function errorData(error: unknown): ErrorData {
  if (error instanceof FormatError) return error.toData();
  const actual = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return { code: 'UnexpectedTrap', where: { source: 'stratascope', offset: null }, expected: 'no fault', actual };
}

/** One sentence, or with --json one object, on standard error. */
export function tell(error: unknown, asJson: boolean): void {
  flush();
  const data = errorData(error);
  const text = asJson ? JSON.stringify({ error: data }) : printable(FormatError.from(data).message);
  writeAll(2, Buffer.from(`${text}\n`, 'utf8'));
}

/** Findings beside the rows. @returns true when one of them is damage */
export function tellFindings(findings: readonly Finding[], asJson: boolean): boolean {
  flush();
  for (const finding of findings) {
    const text = asJson ? JSON.stringify({ finding }) : `${finding.severity}: ${printable(finding.message)}`;
    writeAll(2, Buffer.from(`${text}\n`, 'utf8'));
  }
  return findings.some((finding) => finding.severity === 'error');
}
