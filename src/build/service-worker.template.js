// Keeps the whole app for use without a network, re-adds the security headers that a plain host may not send, and takes
// files shared from other apps. It never asks any other origin for anything.
const VERSION = __VERSION__;
const FILES = __FILES__;
const HEADERS = __HEADERS__;
const CACHE = `stratascope-${VERSION}`;

// A plain host sends no policy with this file, and a service worker cannot have one by <meta>: it binds itself.
function stay(owner, name) {
  const real = owner[name];
  const value = async function (input, ...rest) {
    for (const one of [input].flat())
      if (new URL(one.url ?? one, self.location).origin !== self.location.origin)
        throw new TypeError(`${name} stays on this origin`);
    return real.call(this ?? self, input, ...rest);
  };
  Object.defineProperty(owner, name, { value, writable: false, configurable: false });
}
stay(Object.hasOwn(self, 'fetch') ? self : WorkerGlobalScope.prototype, 'fetch');
stay(Cache.prototype, 'add');
stay(Cache.prototype, 'addAll');
for (const name of ['WebSocket', 'WebTransport', 'EventSource', 'importScripts'])
  Object.defineProperty(self, name, { value: undefined, writable: false, configurable: false });

self.addEventListener('install', (event) => {
  // 'reload' passes by the HTTP cache, so that files without a hash in their name are those of this version
  const requests = FILES.map((file) => new Request(file, { cache: 'reload' }));
  event.waitUntil(
    caches
      .open(CACHE)
      .then((cache) => cache.addAll(requests))
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener('activate', (event) => {
  event.waitUntil(
    (async () => {
      for (const key of await caches.keys())
        if (key.startsWith('stratascope-') && key !== CACHE) await caches.delete(key);
      await self.clients.claim();
    })(),
  );
});

function withHeaders(response) {
  if (response.type === 'opaque' || response.status === 0) return response;
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(HEADERS)) headers.set(name, value);
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
}

async function keepShared(request) {
  const form = await request.formData();
  const cache = await caches.open('stratascope-shared');
  const files = form.getAll('file').filter((item) => item instanceof File);
  await Promise.all(
    files.map((file, i) => cache.put(`shared/${i}/${encodeURIComponent(file.name)}`, new Response(file))),
  );
  return Response.redirect('./?shared', 303);
}

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== self.location.origin) {
    event.respondWith(Response.error()); // nothing leaves: the policy refuses it in the page, this refuses it here too
    return;
  }
  if (request.method === 'POST' && url.searchParams.has('share-target')) {
    event.respondWith(keepShared(request));
    return;
  }
  if (request.method !== 'GET') return;
  event.respondWith(
    (async () => {
      const cache = await caches.open(CACHE);
      const page = request.mode === 'navigate' && /\/(index\.html)?$/.test(url.pathname);
      // ignoreVary: hosts send `Vary: Origin`, which would make every module script miss
      const hit = await cache.match(page ? './' : request, { ignoreSearch: page, ignoreVary: true });
      return withHeaders(hit ?? (await fetch(request)));
    })(),
  );
});
