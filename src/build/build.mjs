// npm run build: kernels, then the page (dist/app), then the command line (dist/cli). `--if-needed` skips what is fresh,
// `--cli` makes the command line only.
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { build } from 'vite';
import { isFresh, markFresh, sourceStamp } from './freshness.mjs';

const CONFIGS = { app: 'vite.config.ts', cli: 'vite.cli.config.ts' };

/**
 * @param quiet only warnings and errors are printed
 * @param parts `app`, `cli`
 */
export async function buildAll({ ifNeeded = false, quiet = false, parts = ['app', 'cli'] } = {}) {
  for (const part of parts) {
    if (ifNeeded && isFresh(part)) continue;
    const stamp = sourceStamp();
    await build({ configFile: CONFIGS[part], logLevel: quiet ? 'warn' : 'info' });
    markFresh(part, stamp);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  await buildAll({
    ifNeeded: process.argv.includes('--if-needed'),
    ...(process.argv.includes('--cli') ? { parts: ['cli'] } : {}),
  });
