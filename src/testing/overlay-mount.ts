/**
 * Linux's own union mounts as an oracle: what overlayfs or fuse-overlayfs shows of made layers, and what it writes into its
 * upper directory. Needs leave to mount; where there is none, tests that use it are skipped and counted.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runTool } from './tools.ts';

/** With what is mounted: the kernel with and without its renames and metadata-only copies, or the program in user space. */
export type Union = 'overlayfs' | 'overlayfs redirect_dir metacopy' | 'fuse-overlayfs';
export const UNIONS: readonly Union[] = ['overlayfs', 'overlayfs redirect_dir metacopy', 'fuse-overlayfs'];

/** Mounts layers for as long as `work` lasts. @param layers top first, without the upper directory */
export function withUnion(
  union: Union,
  folder: string,
  layers: readonly string[],
  upper: string,
  work: (mounted: string) => void,
): void {
  const [mounted, workdir] = [path.join(folder, 'mounted'), `${upper}.work`];
  for (const each of [mounted, workdir, upper]) mkdirSync(each, { recursive: true });
  const on = union.includes('redirect_dir') ? 'on' : 'off';
  const options = `lowerdir=${layers.join(':')},upperdir=${upper},workdir=${workdir}`;
  if (union === 'fuse-overlayfs') runTool('fuse-overlayfs', ['-o', options, mounted]);
  else
    runTool('mount', [
      '-t',
      'overlay',
      'overlay',
      '-o',
      `${options},redirect_dir=${on},metacopy=${on},index=off`,
      mounted,
    ]);
  try {
    work(mounted);
  } finally {
    runTool('umount', [mounted]);
  }
}

/** True when such a mount works here. */
export function canMount(union: Union): boolean {
  const folder = mkdtempSync(path.join(tmpdir(), 'stratascope-union-'));
  try {
    mkdirSync(path.join(folder, 'lower'));
    withUnion(union, folder, [path.join(folder, 'lower')], path.join(folder, 'upper'), () => {});
    return true;
  } catch {
    return false;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Every path below a folder, `\` between names, with the text of files and null for directories. */
export function filesOf(folder: string): Map<string, string | null> {
  const found = new Map<string, string | null>();
  const walk = (at: string, prefix: string): void => {
    for (const name of readdirSync(at)) {
      const file = path.join(at, name);
      const directory = statSync(file).isDirectory();
      found.set(prefix + name, directory ? null : readFileSync(file, 'utf8'));
      if (directory) walk(file, `${prefix}${name}\\`);
    }
  };
  walk(folder, '');
  return found;
}
