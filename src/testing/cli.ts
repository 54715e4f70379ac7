/** The command line as its users meet it: the built program, run as a process. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { afterAll, vi } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const BUILD_MS = 120_000;

// a first process may wait for the build
vi.setConfig({ hookTimeout: BUILD_MS, testTimeout: BUILD_MS });

/** Temporary folders of the test file that imports this, removed after its last test. */
const folders: string[] = [];
afterAll(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

let program: string | null = null;

/** Test files run side by side: only one of them builds. @returns a folder with a copy that no later build touches */
function build(): string {
  const lock = path.join(
    os.tmpdir(),
    `stratascope-build-${createHash('sha256').update(root).digest('hex').slice(0, 16)}`,
  );
  for (const end = Date.now() + BUILD_MS; ; ) {
    try {
      mkdirSync(lock);
      break;
    } catch {
      // left behind by a run that was killed
      const stat = statSync(lock, { throwIfNoEntry: false });
      if (stat !== undefined && Date.now() - stat.mtimeMs > BUILD_MS) rmSync(lock, { recursive: true, force: true });
      if (Date.now() > end + BUILD_MS) throw new Error('another build does not end');
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
    }
  }
  try {
    const made = spawnSync(process.execPath, ['src/build/build.mjs', '--if-needed', '--cli'], { cwd: root });
    if (made.status !== 0) throw new Error(`the command line does not build: ${made.stderr}`);
    const copy = mkdtempSync(path.join(os.tmpdir(), 'stratascope-program-'));
    folders.push(copy);
    cpSync(path.join(root, 'dist/cli'), copy, { recursive: true });
    return copy;
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

/** Path of the program, built from the sources as they are. */
export function cliProgram(): string {
  program ??= path.join(build(), 'stratascope.mjs');
  return program;
}

export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly bytes: Buffer;
  readonly err: string;
}

/** Runs the program to its end. */
export function cli(args: readonly string[], options: { cwd?: string; env?: Record<string, string> } = {}): Ran {
  const { status, stdout, stderr, error } = spawnSync(process.execPath, [cliProgram(), ...args], {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    maxBuffer: 1 << 30,
  });
  if (error !== undefined) throw error;
  return { code: status, out: stdout.toString('utf8'), bytes: stdout, err: stderr.toString('utf8') };
}

/** Objects of `--json`, one a line. @throws when a line is none */
export function objects<T = Record<string, unknown>>(text: string): T[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T);
}

/** A temporary folder of input files that nobody may write to. */
export class Inputs {
  readonly folder = mkdtempSync(path.join(os.tmpdir(), 'stratascope-cli-'));
  readonly #files: string[] = [];

  constructor() {
    folders.push(this.folder);
  }

  /** Writes one, mode 0444. @returns its path */
  add(name: string, bytes: Uint8Array): string {
    const file = path.join(this.folder, name);
    writeFileSync(file, bytes, { mode: 0o444 });
    this.#files.push(file);
    return file;
  }

  /** Path of a file that is not there. */
  free(name: string): string {
    return path.join(this.folder, name);
  }

  /** SHA-256, mode and modification time of every input: equal before and after. */
  state(): string[] {
    return this.#files.map((file) => {
      const { mode, mtimeMs, size } = statSync(file);
      return [
        path.basename(file),
        createHash('sha256').update(readFileSync(file)).digest('hex'),
        mode,
        mtimeMs,
        size,
      ].join(' ');
    });
  }
}
