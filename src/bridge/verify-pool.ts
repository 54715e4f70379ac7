/** Verifying with several workers: each opens the image itself and checks shares of it, dealt one after the other. */
import { FormatError } from '../base/errors.ts';
import type { Finding } from '../base/findings.ts';
import type { ImageFileSet } from '../engine/api-image.ts';
import { type SupervisedImage, startImageWorker } from './image-worker.ts';
import type { VerifyControl, VerifyVerdict } from './types.ts';

/** More wait for the disk, and the page and the workspace want to run too. */
const MAX_WORKERS = 4;
/** Shares for each worker: the last ones end at about the same time. */
const SHARES = 8;
/** Smaller files are done before a second worker has started. */
const POOL_FROM = 16 << 20;
const STEP_MS = 100;
const CACHE_BYTES = 16 << 20;

function cancelled(name: string): never {
  throw new FormatError({
    code: 'Cancelled',
    where: { source: name, offset: null },
    expected: 'a verdict',
    actual: 'stopped',
  });
}

/** Blobs of a solid run share their place: what is expected there tells them apart. */
const keyOf = ({ code, where, facts }: Finding): string =>
  JSON.stringify([code, where, facts?.['what'] ?? null, facts?.['expected'] ?? null]);

/** Each once, in the order of their places: several shares may meet the same damaged table. */
export function distinct(findings: readonly Finding[]): Finding[] {
  const all = new Map(findings.map((finding) => [keyOf(finding), finding]));
  return [...all.values()].sort((a, b) => (a.where.offset ?? 0) - (b.where.offset ?? 0));
}

export async function verifyWithPool(set: ImageFileSet, mount: string, control: VerifyControl): Promise<VerifyVerdict> {
  const { name } = set.main;
  const pool: SupervisedImage[] = [];
  let over = false;
  const start = async (): Promise<SupervisedImage> => {
    // a worker that dies rejects what it was asked
    const worker = await startImageWorker(`verify ${name}`, () => {});
    if (over) {
      // it started when the check was over already: nobody else would end it
      worker.end();
      cancelled(name);
    }
    pool.push(worker);
    await worker.api.open(set, CACHE_BYTES);
    return worker;
  };
  try {
    const first = await start();
    const { divisible } = await first.api.verifyScope(mount);
    const large = set.main.file.size >= POOL_FROM;
    const workers = divisible && large ? Math.min(MAX_WORKERS, Math.max(1, navigator.hardwareConcurrency - 1)) : 1;
    const of = workers === 1 ? 1 : workers * SHARES;
    const findings: Finding[] = [];
    const fractions = new Array<number>(of).fill(0);
    let next = 0;
    let supported = true;
    const work = async (worker: SupervisedImage): Promise<void> => {
      while (next < of) {
        const part = next++;
        for (let finished = false; !finished; ) {
          if (control.cancelled()) cancelled(name);
          const step = await worker.api.verifyNext(mount, STEP_MS, { part, of });
          findings.push(...step.findings);
          supported = step.supported;
          finished = step.finished;
          fractions[part] = finished ? 1 : step.total === null ? 0 : step.done / Math.max(1, step.total);
          control.progress(
            fractions.reduce((sum, share) => sum + share, 0),
            of,
          );
        }
      }
    };
    const others = Array.from({ length: workers - 1 }, () => start());
    await Promise.all([work(first), ...others.map(async (worker) => work(await worker))]);
    return { supported, findings: distinct(findings), workers };
  } finally {
    over = true;
    for (const worker of pool) worker.end();
  }
}
