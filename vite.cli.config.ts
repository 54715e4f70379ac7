import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { fromSources } from './src/build/sources.mjs';

const MODULES = {
  codec: 'wasm/build/codec',
  checksum: 'wasm/build/checksum',
  ntfs: 'wasm/build/ntfs',
  wim: 'wasm/build/wim',
  overlay: 'wasm/build/overlay',
  paths: 'wasm/build/paths',
  hivex: 'wasm/hivex/hivex',
};

/** The command line: one module and the kernels beside it, no other install. */
export default defineConfig({
  publicDir: false,
  resolve: fromSources.resolve,
  ssr: { ...fromSources.ssr, noExternal: true },
  build: {
    ssr: true,
    outDir: 'dist/cli',
    emptyOutDir: true,
    target: 'node20',
    // a listing of a hundred thousand files takes a third of a second: reading the program is part of that
    minify: true,
    rolldownOptions: {
      input: { stratascope: 'src/cli/main.ts', 'verify-worker': 'src/cli/verify-worker.ts' },
      output: { entryFileNames: '[name].mjs', chunkFileNames: '[name].mjs', banner: '#!/usr/bin/env node' },
    },
  },
  plugins: [
    {
      name: 'stratascope-cli-wasm',
      generateBundle() {
        for (const [name, file] of Object.entries(MODULES)) {
          const source = readFileSync(fileURLToPath(new URL(`./${file}.wasm`, import.meta.url)));
          this.emitFile({ type: 'asset', fileName: `${name}.wasm`, source });
        }
      },
    },
  ],
});
