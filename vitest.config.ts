import process from 'node:process';
import { defineConfig } from 'vitest/config';
import { fromSources } from './src/build/sources.mjs';

export default defineConfig({
  ...fromSources,
  test: {
    include: ['src/**/*.test.ts', 'wasm/**/*.test.ts'],
    exclude: ['**/node_modules/**'],
    globalSetup: ['src/build/vitest-setup.ts'],
    // a long fuzz run may take hours
    testTimeout: process.env['FUZZ'] ? 4 * 3_600_000 : 60_000,
    // what hooks make is no smaller than what tests do with it
    hookTimeout: 60_000,
    maxWorkers: 2,
    reporters: ['default'],
  },
});
