/** How the page comes to be opened: by the file manager, by another app's share sheet, with the sample, or plainly. */

export interface LaunchedFile {
  readonly file: File;
  /** Kept for "recent workspaces"; shared files have none. */
  readonly handle: FileSystemFileHandle | null;
}

interface LaunchParams {
  readonly files: readonly FileSystemFileHandle[];
}

interface LaunchQueue {
  setConsumer(consumer: (params: LaunchParams) => void): void;
}

/** Files that the system opened with the installed app, now and while it runs. */
export function onLaunch(open: (files: LaunchedFile[]) => void): void {
  const queue = (globalThis as { launchQueue?: LaunchQueue }).launchQueue;
  queue?.setConsumer(({ files }) => {
    if (files.length === 0) return;
    void Promise.all(files.map(async (handle) => ({ file: await handle.getFile(), handle }))).then(open);
  });
}

/** Files that another app shared: the service worker has put them into a cache, from which they are taken once. */
export async function takeShared(): Promise<LaunchedFile[]> {
  const cache = await caches.open('stratascope-shared');
  const files: LaunchedFile[] = [];
  for (const request of await cache.keys()) {
    const response = await cache.match(request);
    const name = decodeURIComponent(new URL(request.url).pathname.split('/').pop() ?? '');
    if (response !== undefined) files.push({ file: new File([await response.blob()], name), handle: null });
  }
  await caches.delete('stratascope-shared');
  return files;
}

/** What the address asks for; the question is taken out of it, so that a reload does not ask again. */
export function askedFor(): 'sample' | 'shared' | null {
  const query = new URLSearchParams(location.search);
  const asked = query.has('sample') ? 'sample' : query.has('shared') ? 'shared' : null;
  if (asked === 'shared') history.replaceState(null, '', location.pathname);
  return asked;
}

/** Keeps the app for use without a network. Only in the built app: a dev server has no sw.js. */
export function keepOffline(): void {
  if (import.meta.env.PROD && 'serviceWorker' in navigator)
    navigator.serviceWorker
      .register('./sw.js')
      .catch((error: unknown) => console.warn('not kept for offline use:', error));
}
