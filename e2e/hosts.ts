/** Small servers: the built app on a host that sends no headers of its own, and a stranger that counts who calls. */
import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const app = fileURLToPath(new URL('../dist/app', import.meta.url));
const TYPES: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.webmanifest': 'application/manifest+json',
};

export interface Host {
  readonly origin: string;
  close(): Promise<void>;
}

async function listen(server: Server): Promise<Host> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/**
 * Serves dist/app as the plainest of hosts does: no policy, no application/wasm, below a folder.
 * @param replaced scripts by name that are served instead of those of the build
 */
export function plainHost(replaced: ReadonlyMap<string, string> = new Map()): Promise<Host> {
  return listen(
    createServer((request, response) => {
      const { pathname } = new URL(request.url ?? '/', 'http://x');
      const name = pathname.replace(/^\/strata\//, '').replace(/^$/, 'index.html');
      const other = replaced.get(name);
      if (other !== undefined) {
        response.writeHead(200, { 'Content-Type': 'text/javascript' }).end(other);
        return;
      }
      const file = path.join(app, path.normalize(decodeURIComponent(name)));
      if (!pathname.startsWith('/strata/') || !file.startsWith(app) || !existsSync(file) || !statSync(file).isFile()) {
        response.writeHead(404).end();
        return;
      }
      response.writeHead(200, { 'Content-Type': TYPES[path.extname(file)] ?? 'application/octet-stream' });
      createReadStream(file).pipe(response);
    }),
  );
}

export interface Stranger extends Host {
  /** What was said to it: every request, and whatever else carried a byte. */
  readonly hits: string[];
  /** Sockets that were opened, even if nothing was ever said on them. */
  connections(): number;
}

/** Another origin that would answer anybody: whoever reaches it is counted. */
export async function stranger(): Promise<Stranger> {
  const hits: string[] = [];
  const server = createServer((request, response) => {
    hits.push(`${request.method} ${request.url}`);
    response.writeHead(200, { 'Access-Control-Allow-Origin': '*', 'Content-Type': 'text/javascript' }).end('');
  });
  let connections = 0;
  server.on('connection', (socket) => {
    connections++;
    socket.once('data', () => hits.push('bytes'));
  });
  return { ...(await listen(server)), hits, connections: () => connections };
}
