/** The page's side of the machinery: starts workers, wires them to each other, tells who died. */
import type { WorkspaceApi, WorkspaceWorker } from '../engine/api.ts';
import type { ImageFileSet, NamedFile } from '../engine/api-image.ts';
import workspaceUrl from '../engine/workers/workspace.ts?worker&url';
import { callback, moved, reach } from '../rpc/ports.ts';
import { startWorker } from './boot.ts';
import type { SupervisedImage } from './image-worker.ts';
import { compiledModules } from './modules.ts';
import { createReaders } from './readers.ts';
import { countRequests } from './requests.ts';
import { sample } from './sample.ts';
import type { BridgeApi, Fault } from './types.ts';
import { verifyWithPool } from './verify-pool.ts';

/** Block cache of one image; the page has a few images open at once. */
const CACHE_BYTES = 48 << 20;

const named = (file: File): NamedFile => ({ name: file.webkitRelativePath || file.name, file });

export function createBridge(): BridgeApi {
  const requests = countRequests();
  const listeners = new Set<(fault: Fault) => void>();
  const images = new Map<string, SupervisedImage>();
  const sets = new Map<string, ImageFileSet>();
  let next = 1;

  const tell = (image: string | null, error: Error) => {
    const where = { source: image ?? 'workspace', offset: null };
    const fault: Fault = {
      image,
      recovered: false,
      error: { code: 'UnexpectedTrap', where, expected: 'a worker that answers', actual: error.message },
    };
    for (const listener of listeners) listener(fault);
  };

  const worker = startWorker(workspaceUrl, 'workspace');
  const ledger = reach<WorkspaceWorker>(worker);
  worker.addEventListener('error', (event) => {
    event.preventDefault();
    const error = new Error(event.message || 'the worker could not be started');
    ledger.fail(error);
    tell(null, error);
  });
  const ready = compiledModules().then((modules) => ledger.api.init(modules));
  ready.catch((error: Error) => tell(null, error));

  // calls wait until the kernels are there, in the order they were made
  const workspace = new Proxy({} as WorkspaceApi, {
    get: (_, name) =>
      name === 'then'
        ? undefined
        : (...args: unknown[]) =>
            ready.then(() => {
              const method = Reflect.get(ledger.api, name) as (...args: unknown[]) => Promise<unknown>;
              return method(...args.map((arg) => (typeof arg === 'function' ? callback(arg as () => void) : arg)));
            }),
  });

  const readers = createReaders();

  return {
    workspace,
    async identify(files) {
      const { api } = await readers.prober();
      return api.identify(files.map(named));
    },
    async openImage({ main, others, logs, picks, folder }) {
      const id = `image${next++}`;
      const image = await readers.take((error) => {
        images.delete(id);
        ledger.api.detach(id, error.message).catch(() => {});
        tell(id, error);
      });
      try {
        const all = [main, ...others];
        const set: ImageFileSet = {
          main: named(main),
          others: others.map(named),
          logs: logs.map(named),
          picks: Object.fromEntries([...picks].map(([need, file]) => [need, all.indexOf(file)])),
          ...(folder === undefined ? {} : { folder }),
        };
        const report = await image.api.open(set, CACHE_BYTES);
        await ready;
        const { port1, port2 } = new MessageChannel();
        await image.api.connect(moved(port1, [port1]));
        await ledger.api.attach(id, report, moved(port2, [port2]));
        if (image.ended) {
          // it died before the workspace knew it: nobody else will tell the workspace
          await ledger.api.detach(id, 'the reader of the image ended');
          throw new Error('the reader of the image ended');
        }
        images.set(id, image);
        sets.set(id, set);
        return { image: id, report };
      } catch (error) {
        image.end();
        throw error;
      }
    },
    async closeImage(id) {
      images.get(id)?.end();
      images.delete(id);
      sets.delete(id);
      await ledger.api.detach(id, null);
    },
    async verify(id, mount, control) {
      const set = sets.get(id);
      if (set === undefined) throw new Error('the image is not open any more');
      return verifyWithPool(set, mount, control);
    },
    sample: sample(),
    requests,
    onFault(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
