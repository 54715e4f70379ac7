/**
 * Starts a worker under the page's own policy. A worker that is loaded by its address has the policy of its response
 * headers, which a plain host does not send; one that starts from a blob inherits the page's <meta> policy.
 */
export function startWorker(url: string, name: string): Worker {
  const address = new URL(url, location.href).href;
  const blob = URL.createObjectURL(new Blob([`import ${JSON.stringify(address)};`], { type: 'text/javascript' }));
  const worker = new Worker(blob, { type: 'module', name });
  // the blob is read when the worker starts; its first message shows that it has
  worker.addEventListener('message', () => URL.revokeObjectURL(blob), { once: true });
  return worker;
}
