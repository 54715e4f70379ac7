// Says whether dist/ was made from the sources as they are now, so that `npm start` and the tests build only when needed.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../..');
/** @param part `app` or `cli` */
const stampFile = (part) => path.join(root, `dist/.stamp-${part}`);

function hashTree(hash, folder) {
  for (const entry of readdirSync(path.join(root, folder), { withFileTypes: true }).sort((a, b) =>
    a.name < b.name ? -1 : 1,
  )) {
    const name = `${folder}/${entry.name}`;
    if (['node_modules', 'build', 'dist'].includes(entry.name) && folder.startsWith('wasm')) continue;
    if (entry.isDirectory()) hashTree(hash, name);
    else if (!/\.(test\.tsx?|wasm)$/.test(entry.name)) hash.update(name).update(readFileSync(path.join(root, name)));
  }
}

export function sourceStamp() {
  const hash = createHash('sha256');
  for (const folder of ['src', 'wasm', 'public']) if (existsSync(path.join(root, folder))) hashTree(hash, folder);
  for (const file of ['package-lock.json', 'vite.config.ts', 'vite.cli.config.ts'])
    hash.update(readFileSync(path.join(root, file)));
  return hash.digest('hex');
}

export function isFresh(part) {
  return existsSync(stampFile(part)) && readFileSync(stampFile(part), 'utf8') === sourceStamp();
}

/** @param stamp of the sources as they were before the build */
export function markFresh(part, stamp) {
  writeFileSync(stampFile(part), stamp);
}
