/**
 * One image worker under supervision. A fault inside it rejects what was asked; a worker that answers nobody for long is
 * ended, and everybody who waits is told, because a MessagePort does not tell that its other side is gone.
 */
import type { ImageWorker } from '../engine/api-image.ts';
import imageUrl from '../engine/workers/image.ts?worker&url';
import type { Remote } from '../rpc/ledger.ts';
import { reach } from '../rpc/ports.ts';
import { startWorker } from './boot.ts';
import { compiledModules } from './modules.ts';

const PING_MS = 5_000;
/**
 * Steps of a scan take some 40 ms and a slow disk perhaps a second; nothing legitimate takes a minute. Looks are counted,
 * not time: a computer that slept, or a tab that was frozen, wakes with old clocks and healthy workers.
 */
const SILENT_LOOKS = 12;

export interface SupervisedImage {
  readonly api: Remote<ImageWorker>;
  end(error?: Error): void;
  readonly ended: boolean;
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
  try {
    await ledger.api.init(await compiledModules());
  } catch (error) {
    end();
    throw error;
  }
  let silent = 0;
  timer = setInterval(() => {
    if (silent > 0) {
      if (++silent > SILENT_LOOKS) die(new Error(`no answer for ${(SILENT_LOOKS * PING_MS) / 1000} s`));
      return;
    }
    silent = 1;
    ledger.api.ping().then(
      () => {
        silent = 0;
      },
      () => {}, // the ledger rejects when the worker has ended, and then nobody looks any more
    );
  }, PING_MS);
  return {
    api: ledger.api,
    end,
    get ended() {
      return ended;
    },
  };
}
