// npm run bench [-- --rounds N] [-- --only TEXT]: measures against the peers that are installed. Run it alone on the machine.
// Large inputs are made once in .cache/bench (BENCH_DIR puts them elsewhere).
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'vite';
import { buildAll } from './build.mjs';
import { fromSources } from './sources.mjs';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, only: { type: 'string', default: '' } },
});
const ROOT = path.resolve(import.meta.dirname, '../..');
const OUT = path.join(ROOT, '.cache/bench-program');

/** A module still knows its own place: kernels and inputs are found beside it. */
const ownPlace = {
  name: 'stratascope-own-place',
  transform(code, id) {
    if (!code.includes('import.meta.') || id.includes('node_modules')) return null;
    return code
      .replaceAll('import.meta.dirname', JSON.stringify(path.dirname(id)))
      .replaceAll('import.meta.url', JSON.stringify(pathToFileURL(id).href));
  },
};

await buildAll({ ifNeeded: true, quiet: true });
// bundled as the app is: in a module runner each imported name is a property that is looked up
await build({
  ...fromSources,
  configFile: false,
  root: ROOT,
  logLevel: 'error',
  publicDir: false,
  plugins: [ownPlace],
  build: {
    ssr: 'src/build/bench.ts',
    outDir: OUT,
    emptyOutDir: true,
    target: 'node20',
    rolldownOptions: { output: { entryFileNames: 'bench.mjs' } },
  },
});
const { bench } = await import(pathToFileURL(path.join(OUT, 'bench.mjs')).href);
await bench(Number(values.rounds), values.only);
