// npm run cli -- ARGS: builds when the sources have changed, then runs the command line in this process.
import process from 'node:process';
import { buildAll } from './build.mjs';

await buildAll({ ifNeeded: true, quiet: true, parts: ['cli'] });
process.argv.splice(1, 1, 'dist/cli/stratascope.mjs');
await import(new URL('../../dist/cli/stratascope.mjs', import.meta.url).href);
