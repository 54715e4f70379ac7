/** Large inputs of the benchmarks, made once by independent tools and kept in a folder of their own. */
import { existsSync, mkdirSync, renameSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { hasTool, runTool } from '../../testing/tools.ts';

/** `BENCH_DIR`, else `.cache/bench`: needs some 20 GB, and much less where files may be sparse. */
export const BENCH_FOLDER =
  process.env['BENCH_DIR'] ?? fileURLToPath(new URL('../../../.cache/bench', import.meta.url));
/** What is captured: some 140,000 entries on a Debian with a desktop's packages. */
const TREE = process.env['BENCH_TREE'] ?? '/usr';
const VOLUME_BYTES = 12 * 1024 ** 3;

/** Makes `name` unless it is there; written beside and renamed, so that a broken run leaves no half of it. */
export function made(name: string, make: (temporary: string) => void): string {
  const file = path.join(BENCH_FOLDER, name);
  if (existsSync(file)) return file;
  mkdirSync(BENCH_FOLDER, { recursive: true });
  const temporary = `${file}.${process.pid}`;
  try {
    console.log(`making ${name} ...`);
    make(temporary);
    renameSync(temporary, file);
  } finally {
    rmSync(temporary, { force: true });
  }
  return file;
}

/** A WIM of the tree. Null without wimlib-imagex. */
export function largeWim(compress: 'fast' | 'max'): string | null {
  if (!hasTool('wimlib-imagex')) return null;
  const name = compress === 'fast' ? 'usr.wim' : 'usr-lzx.wim';
  return made(name, (file) => runTool('wimlib-imagex', ['capture', TREE, file, `--compress=${compress}`]));
}

/** A WIM with an integrity table of the tree's programs: what verifying is measured on. Null without wimlib-imagex. */
export function verifyWim(): string | null {
  if (!hasTool('wimlib-imagex')) return null;
  return made('bin-lzx.wim', (file) =>
    runTool('wimlib-imagex', ['capture', path.join(TREE, 'bin'), file, '--compress=max', '--check']),
  );
}

/** The same tree on an NTFS volume, a raw disk without partitions. Null without mkntfs. */
export function largeVolume(): string | null {
  const wim = largeWim('fast');
  if (wim === null || !hasTool('mkntfs')) return null;
  return made('disk.raw', (file) => {
    writeFileSync(file, '');
    truncateSync(file, VOLUME_BYTES);
    runTool('mkntfs', ['-Q', '-F', '-q', file]);
    runTool('wimlib-imagex', ['apply', wim, '1', file]);
  });
}

/** The volume as dynamic VHDX. Null without qemu-img. */
export function largeVhdx(): string | null {
  const raw = largeVolume();
  if (raw === null || !hasTool('qemu-img')) return null;
  return made('disk.vhdx', (file) =>
    runTool('qemu-img', ['convert', '-O', 'vhdx', '-o', 'subformat=dynamic', raw, file]),
  );
}

/** Megabytes of a file, for rates. */
export function megabytes(file: string): number {
  return statSync(file).size / 1e6;
}
