/** Writing: buffered, synchronous, quiet when the reader has gone (`| head`). Names with lone surrogates go out as \uXXXX. */
import { writeSync } from 'node:fs';

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

/** One line to standard output. */
export function line(text: string): void {
  pending += `${text}\n`;
  if (pending.length >= FLUSH_AT) flush();
}

export function flush(): void {
  const text = pending;
  pending = '';
  if (text !== '') writeAll(1, Buffer.from(text, 'utf8'));
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
