// npm run bench [-- --rounds N] [-- --only TEXT]: measures against the peers that are installed. Run it alone on the machine.
// Large inputs are made once in .cache/bench (BENCH_DIR puts them elsewhere).
import path from 'node:path';
import { parseArgs } from 'node:util';
import { runnerImport } from 'vite';
import { buildAll } from './build.mjs';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, only: { type: 'string', default: '' } },
});
await buildAll({ ifNeeded: true, quiet: true });
const { module } = await runnerImport(path.join(import.meta.dirname, 'bench.ts'), {
  configFile: false,
  logLevel: 'error',
});
await module.bench(Number(values.rounds), values.only);
