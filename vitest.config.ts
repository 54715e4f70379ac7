import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'wasm/**/*.test.ts'],
    exclude: ['**/node_modules/**'],
    globalSetup: ['src/build/vitest-setup.ts'],
    testTimeout: 60_000,
    maxWorkers: 2,
    reporters: ['default'],
  },
});
