/**
 * The corpus of real images and hives (`../shared/corpus`, not part of this repository): unpacked once into `.cache/corpus`.
 * Tests that need it ask `corpus(path)` and skip when it is null.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const archive = path.resolve(root, '../shared/corpus/corpus.tar.xz');
const folder = path.join(root, '.cache/corpus');

/** The folder with the unpacked corpus, or null when this machine has none. */
export function corpusFolder(): string | null {
  if (existsSync(folder)) return folder;
  if (!existsSync(archive)) return null;
  const temporary = `${folder}.${process.pid}`;
  mkdirSync(temporary, { recursive: true });
  execFileSync('tar', ['-xJSf', archive, '-C', temporary]);
  try {
    renameSync(temporary, folder);
  } catch {
    rmSync(temporary, { recursive: true, force: true }); // another test process was first
  }
  return folder;
}

/** Path of one corpus file, or null when the corpus or the file is not there. */
export function corpus(file: string): string | null {
  const base = corpusFolder();
  if (base === null) return null;
  const full = path.join(base, file);
  return existsSync(full) ? full : null;
}
