// npm run sample [-- FOLDER]: writes the sample pair as files, for the command line and for dropping (default: sample/ below dist).
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { runnerImport } from 'vite';
import { fromSources } from './sources.mjs';

const folder = process.argv[2] ?? 'dist/sample';
const { module } = await runnerImport(path.join(import.meta.dirname, '../testing/sample.ts'), {
  ...fromSources,
  configFile: false,
  logLevel: 'error',
});
mkdirSync(folder, { recursive: true });
for (const { name, bytes } of module.sampleFiles()) {
  writeFileSync(path.join(folder, name), bytes);
  console.log(`${path.join(folder, name)}  ${bytes.length.toLocaleString('en')} bytes`);
}
