/**
 * One image worker under supervision. A fault inside it rejects what was asked; a worker that answers nobody for long is
 * ended, and everybody who waits is told, because a MessagePort does not tell that its other side is gone.
 */
import type { ImageWorker } from '../engine/api.ts';
import imageUrl from '../engine/workers/image.ts?worker&url';
import type { Remote } from '../rpc/ledger.ts';
import { reach } from '../rpc/ports.ts';
import { startWorker } from './boot.ts';
import { compiledModules } from './modules.ts';

/** Steps of a scan take some 40 ms and a slow disk perhaps a second; nothing legitimate takes this long. */
const SILENCE_MS = 60_000;
const PING_MS = 5_000;

export interface SupervisedImage {
  readonly api: Remote<ImageWorker>;
  end(error?: Error): void;
}

/** @param onDeath called once when the worker is gone without having been asked to go */
export async function startImageWorker(name: string, onDeath: (error: Error) => void): Promise<SupervisedImage> {
  const worker = startWorker(imageUrl, name);
  const ledger = reach<ImageWorker>(worker);
  let ended = false;
  let timer: ReturnType<typeof setInterval> | undefined;
  const end = (error = new Error('the image was closed')) => {
    if (ended) return;
    ended = true;
    clearInterval(timer);
    worker.terminate();
    ledger.fail(error);
  };
  const die = (error: Error) => {
    if (ended) return;
    end(error);
    onDeath(error);
  };
  worker.addEventListener('error', (event) => {
    event.preventDefault();
    die(new Error(event.message || 'the worker could not be started'));
  });
  await ledger.api.init(await compiledModules());
  let asked = 0;
  timer = setInterval(() => {
    if (asked !== 0) {
      if (performance.now() - asked > SILENCE_MS) die(new Error(`no answer for ${SILENCE_MS / 1000} s`));
      return;
    }
    asked = performance.now();
    ledger.api.ping().then(
      () => {
        asked = 0;
      },
      () => {},
    );
  }, PING_MS);
  return { api: ledger.api, end };
}
