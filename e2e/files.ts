/** Files that the tests drop: made in a folder of their own, which is removed with the worker. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { sampleFiles } from '../src/testing/sample.ts';

let folder: string | null = null;

/** A new folder below one that goes when the process ends. */
export function scratch(): string {
  if (folder === null) {
    const made = mkdtempSync(path.join(os.tmpdir(), 'stratascope-e2e-'));
    process.on('exit', () => rmSync(made, { recursive: true, force: true }));
    folder = made;
  }
  return mkdtempSync(path.join(folder, 'd'));
}

export function put(dir: string, name: string, bytes: Uint8Array | string): string {
  const file = path.join(dir, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, bytes);
  return file;
}

export interface SamplePair {
  readonly os: string;
  readonly user: string;
  readonly dir: string;
}

/** The sample as real files in a folder of its own. */
export function samplePair(): SamplePair {
  const dir = scratch();
  const written = sampleFiles().map(({ name, bytes }) => put(dir, name, bytes));
  return { os: written[0]!, user: written[1]!, dir };
}
