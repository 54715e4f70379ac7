// Makes wasm/hivex/dist: hivex-wasm as it is published. JavaScript, declarations, the engine, README and a package.json whose
// exports name them; the workspace's own package.json points at the TypeScript sources instead.
// Usage: node src/build/hivex-package.mjs [--out folder], after the engine has been compiled.
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../wasm/hivex');
const flag = process.argv.indexOf('--out');
const out = flag > 0 ? path.resolve(process.argv[flag + 1]) : path.join(here, 'dist');

if (!existsSync(path.join(here, 'hivex.wasm'))) throw new Error('hivex.wasm is missing: compile the engine first');
rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });

const compiler = createRequire(import.meta.url).resolve('typescript/package.json');
const { bin } = JSON.parse(readFileSync(compiler, 'utf8'));
const tsc = path.join(path.dirname(compiler), bin.tsc);
execFileSync(process.execPath, [tsc, '-p', here, '--outDir', out], { stdio: 'inherit' });

const { name, version, description, license, type, engines } = JSON.parse(
  readFileSync(path.join(here, 'package.json'), 'utf8'),
);
const published = {
  name,
  version,
  description,
  keywords: ['windows', 'registry', 'hive', 'regf', 'wasm', 'forensics'],
  license,
  type,
  engines,
  sideEffects: false,
  exports: {
    '.': { types: './src/index.d.ts', default: './src/index.js' },
    './hivex.wasm': './hivex.wasm',
  },
};
writeFileSync(path.join(out, 'package.json'), `${JSON.stringify(published, null, 2)}\n`);
for (const file of ['README.md', 'hivex.wasm']) copyFileSync(path.join(here, file), path.join(out, file));
const licence = path.join(here, '../../LICENSE');
if (existsSync(licence)) copyFileSync(licence, path.join(out, 'LICENSE'));
