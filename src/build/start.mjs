// npm start: builds if needed, serves the production build on localhost and prints the address.
// npm start -- --sample opens the sample; --port N; --open starts the browser.
import { spawn } from 'node:child_process';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { preview } from 'vite';
import { buildAll } from './build.mjs';

const { values } = parseArgs({
  options: { sample: { type: 'boolean' }, open: { type: 'boolean' }, port: { type: 'string', default: '4173' } },
});
const port = Number(values.port);
if (!Number.isInteger(port) || port < 0 || port > 65_535) {
  console.error(`--port takes a number from 0 to 65535, not ${values.port}`);
  process.exit(2);
}

await buildAll({ ifNeeded: true, quiet: true });
const server = await preview({ configFile: 'vite.config.ts', logLevel: 'warn', preview: { port } });
const address = server.httpServer.address();
const actual = typeof address === 'object' && address !== null ? address.port : port;
const url = `http://localhost:${actual}/${values.sample ? '?sample' : ''}`;
console.log(`Stratascope is served at ${url}`);
console.log('Press Ctrl+C to stop.');
if (values.open || (values.sample && process.stdout.isTTY)) {
  const [command, args] =
    process.platform === 'darwin'
      ? ['open', [url]]
      : process.platform === 'win32'
        ? ['cmd', ['/c', 'start', '', url]]
        : ['xdg-open', [url]];
  spawn(command, args, { stdio: 'ignore', detached: true }).on('error', () => {}); // no browser to open: the address stands above
}
