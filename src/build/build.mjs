// npm run build: kernels, then the page (dist/app), then the command line (dist/cli). `--if-needed` skips a fresh dist.
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { build } from 'vite';
import { isFresh, markFresh } from './freshness.mjs';

/** @param quiet only warnings and errors are printed */
export async function buildAll({ ifNeeded = false, quiet = false } = {}) {
  if (ifNeeded && isFresh()) return;
  const logLevel = quiet ? 'warn' : 'info';
  await build({ configFile: 'vite.config.ts', logLevel });
  await build({ configFile: 'vite.cli.config.ts', logLevel });
  markFresh();
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  await buildAll({ ifNeeded: process.argv.includes('--if-needed') });
