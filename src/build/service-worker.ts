/** Writes sw.js from its template after the build: the list of files to keep and a version that is their hash. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';
import { HEADERS } from './csp.ts';

const template = fileURLToPath(new URL('./service-worker.template.js', import.meta.url));

function walk(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const full = path.join(folder, entry.name);
    return entry.isDirectory() ? walk(full) : [full];
  });
}

export function serviceWorker(): Plugin {
  let outDir = '';
  return {
    name: 'stratascope-service-worker',
    apply: 'build',
    enforce: 'post',
    configResolved(config) {
      outDir = path.resolve(config.root, config.build.outDir);
    },
    closeBundle: {
      order: 'post',
      sequential: true,
      handler() {
        const names = walk(outDir)
          .map((file) => path.relative(outDir, file).replaceAll('\\', '/'))
          // the README's picture is not part of the app
          .filter((name) => !['sw.js', '_headers', 'screenshot.png'].includes(name) && !name.endsWith('.map'))
          .sort();
        const hash = createHash('sha256');
        for (const name of names) hash.update(name).update(readFileSync(path.join(outDir, name)));
        const code = readFileSync(template, 'utf8')
          .replace('__VERSION__', JSON.stringify(hash.digest('hex').slice(0, 16)))
          .replace('__FILES__', JSON.stringify(names.map((name) => (name === 'index.html' ? './' : name))))
          .replace('__HEADERS__', JSON.stringify(HEADERS));
        writeFileSync(path.join(outDir, 'sw.js'), code);
      },
    },
  };
}
