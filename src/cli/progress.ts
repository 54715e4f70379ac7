/** Progress on standard error while it is a terminal; nothing otherwise. */
import process from 'node:process';
import type { ReadControl } from '../engine/read-tree.ts';
import { grouped } from './output.ts';

const EVERY_MS = 100;

/** @param what what is being done, as the line begins */
export function progress(what: string): ReadControl & { end(): void } {
  const shown = process.stderr.isTTY === true;
  const start = performance.now();
  let last = 0;
  return {
    progress(done, total) {
      const now = performance.now();
      if (!shown || now - last < EVERY_MS) return;
      last = now;
      const seconds = (now - start) / 1000;
      const end =
        total === null || done === 0
          ? ''
          : `  ${Math.floor((done / total) * 100)} %  ${Math.ceil((seconds * (total - done)) / done)} s left`;
      process.stderr.write(`\r\x1b[K${what} ${grouped(done)}${total === null ? '' : ` of ${grouped(total)}`}${end}`);
    },
    end() {
      if (shown && last > 0) process.stderr.write('\r\x1b[K');
    },
  };
}

/** One line after the other, by what is being done: each has its own beginning. */
export function progressLines(): { tell(what: string, done: number, total: number | null): void; end(): void } {
  let shown: { readonly what: string; readonly bar: ReturnType<typeof progress> } | null = null;
  return {
    tell(what, done, total) {
      if (shown?.what !== what) shown = { what, bar: progress(what) };
      shown.bar.progress?.(done, total);
    },
    end() {
      shown?.bar.end();
    },
  };
}
