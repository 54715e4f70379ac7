/** Serves the sample beside the page: made when the build runs, packed with gzip under another
 * ending (hosts unpack .gz by themselves, some twice), listed for the page in `__SAMPLE__`. */
import { gzipSync } from 'node:zlib';
import type { Plugin } from 'vite';
import { type SampleFile, sampleFiles } from '../testing/sample.ts';

export function samplePlugin(): Plugin {
  let files: readonly SampleFile[] = [];
  const packed = (bytes: Uint8Array) => gzipSync(bytes, { level: 9 });
  const address = (name: string) => `sample/${name}.packed`;
  return {
    name: 'stratascope-sample',
    config() {
      files = sampleFiles();
      const list = files.map(({ name, bytes }) => ({ name, url: address(name), bytes: bytes.length }));
      return { define: { __SAMPLE__: JSON.stringify(list) } };
    },
    configureServer(server) {
      server.middlewares.use((request, response, next) => {
        const hit = files.find(({ name }) => request.url?.split('?')[0]?.endsWith(`/${address(name)}`));
        if (hit === undefined) next();
        else response.setHeader('Content-Type', 'application/octet-stream').end(packed(hit.bytes));
      });
    },
    generateBundle() {
      if (this.environment.name !== 'client') return;
      for (const { name, bytes } of files)
        this.emitFile({ type: 'asset', fileName: address(name), source: packed(bytes) });
    },
  };
}
