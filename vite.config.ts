import { defineConfig, type Plugin } from 'vite';
import { buildWasm } from './src/build/asc.mjs';
import { csp, HEADERS } from './src/build/csp.ts';
import { samplePlugin } from './src/build/sample-plugin.ts';
import { serviceWorker } from './src/build/service-worker.ts';
import { fromSources } from './src/build/sources.mjs';

/** Compiles stale kernels before the build and before the dev server answers. */
function wasm(): Plugin {
  return {
    name: 'stratascope-wasm',
    enforce: 'pre',
    async configResolved() {
      const failed = await buildWasm();
      if (failed.length > 0) throw new Error(`asc failed for ${failed.join(', ')}`);
    },
  };
}

export default defineConfig({
  ...fromSources,
  root: 'src',
  base: './',
  publicDir: '../public',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  worker: { format: 'es' },
  build: {
    target: 'es2023',
    outDir: '../dist/app',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    sourcemap: true,
    modulePreload: { polyfill: false },
  },
  preview: { headers: HEADERS, host: 'localhost', port: 4173 },
  plugins: [wasm(), samplePlugin(), csp(), serviceWorker()],
});
