/** Verifying with several threads: each opens the image itself and checks shares of it, dealt one after the other. */
import { Worker } from 'node:worker_threads';
import { type ErrorData, FormatError } from '../base/errors.ts';
import type { Finding } from '../base/findings.ts';

/** Shares for each thread: the last ones end at about the same time. */
const SHARES = 8;

export interface PoolData {
  /** The image as it was named on the command line. */
  readonly argument: string;
  readonly mount: string;
  readonly of: number;
}

/** From a thread: how far it is in its share, and at the end of one what it found. */
export interface PoolReport {
  readonly fraction: number;
  readonly findings: readonly Finding[] | null;
  readonly error: ErrorData | null;
}

/** @param progress told in shares, with fractions */
export async function verifyShared(
  argument: string,
  mount: string,
  threads: number,
  progress: (done: number, total: number) => void,
): Promise<Finding[]> {
  const of = threads * SHARES;
  const data: PoolData = { argument, mount, of };
  const findings: Finding[] = [];
  const fractions = new Float64Array(threads);
  let next = 0;
  let ended = 0;
  const workers: Worker[] = [];
  const run = (index: number) =>
    new Promise<void>((resolve, reject) => {
      const worker = new Worker(new URL('./verify-worker.mjs', import.meta.url), { workerData: data });
      workers.push(worker);
      const deal = () => {
        fractions[index] = 0;
        if (next === of) resolve();
        else worker.postMessage(next++);
      };
      worker.on('message', ({ fraction, findings: found, error }: PoolReport) => {
        if (error !== null) return reject(FormatError.from(error));
        fractions[index] = fraction;
        if (found !== null) {
          findings.push(...found);
          ended++;
          deal();
        }
        progress(
          fractions.reduce((sum, part) => sum + part, ended),
          of,
        );
      });
      worker.on('error', reject);
      deal();
    });
  try {
    await Promise.all(Array.from({ length: threads }, (_, index) => run(index)));
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
  return findings;
}
