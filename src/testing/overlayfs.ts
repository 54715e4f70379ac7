/**
 * Linux overlayfs and fuse-overlayfs as oracles of the merge: layers are written as directories in a temporary folder,
 * mounted in a mount namespace that ends with the command, and listed. Nothing is left behind.
 */
import { spawnSync } from 'node:child_process';
import { linkSync, lutimesSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** What a layer has under a name. Files are told apart by their size, directories by their time in seconds. */
export type LinuxEntry =
  | { readonly whiteout: true }
  | { readonly size: number }
  | { readonly link: string }
  | {
      readonly time: number;
      readonly opaque: boolean;
      readonly origin: readonly string[] | null;
      readonly kids: LinuxTree;
    };
export interface LinuxTree {
  readonly [name: string]: LinuxEntry;
}

/** How layers can be mounted here. `kernel` follows renamed directories, `user` is the kernel's for ordinary users. */
export type Mounter = 'kernel' | 'user' | 'fuse';

const PREFIX: Readonly<Record<Mounter, string>> = {
  kernel: 'trusted.overlay.',
  user: 'user.overlay.',
  fuse: 'user.fuseoverlayfs.',
};
const OPTIONS: Readonly<Record<Mounter, string>> = {
  kernel: 'mount -t overlay overlay -o ro,redirect_dir=follow,lowerdir=',
  user: 'mount -t overlay overlay -o ro,userxattr,lowerdir=',
  fuse: 'fuse-overlayfs -o lowerdir=',
};
/** Root mounts as it is, others in a user namespace of their own. */
const space = (mounter: Mounter) => (mounter === 'kernel' ? ['-m'] : ['-rm']);

function run(mounter: Mounter, script: string, cwd: string): string | null {
  const { status, stdout } = spawnSync('unshare', [...space(mounter), 'sh', '-ec', script], {
    cwd,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  return status === 0 ? stdout : null;
}

/** Lines `path type time size target` of each stack. @param stacks layers of each, top first. Null: cannot be mounted */
export function listMounted(mounter: Mounter, stacks: readonly (readonly LinuxTree[])[]): string[][] | null {
  const folder = mkdtempSync(path.join(tmpdir(), 'stratascope-overlayfs-'));
  try {
    mkdirSync(path.join(folder, 'm'));
    mkdirSync(path.join(folder, 'empty'));
    if (run(mounter, 'mknod whiteout c 0 0', folder) === null) return null;
    const attributes: string[] = [];
    const lines: string[] = ['setfattr --restore=attributes'];
    stacks.forEach((layers, n) => {
      const lower = layers.map((tree, layer) => {
        const name = `${n}.${layer}`;
        mkdirSync(path.join(folder, name));
        write(folder, name, tree, PREFIX[mounter], attributes);
        return name;
      });
      // the kernel wants two layers at least
      lines.push(`${OPTIONS[mounter]}${[...lower, 'empty'].join(':')} m`);
      // a deletion mark in a directory that nothing merges with is listed but not there
      lines.push(`find m -mindepth 1 -printf '%P|%y|%T@|%s|%l\\n' 2>/dev/null || true`, 'echo =', 'umount m');
    });
    writeFileSync(path.join(folder, 'attributes'), attributes.join('\n'));
    const listed = run(mounter, lines.join('\n'), folder);
    return listed === null
      ? null
      : listed
          .split('=\n')
          .slice(0, -1)
          .map((text) => text.split('\n').slice(0, -1));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function write(folder: string, at: string, tree: LinuxTree, prefix: string, attributes: string[]): void {
  for (const [name, entry] of Object.entries(tree)) {
    const inside = `${at}/${name}`;
    const target = path.join(folder, inside);
    if ('whiteout' in entry) linkSync(path.join(folder, 'whiteout'), target);
    else if ('size' in entry) writeFileSync(target, new Uint8Array(entry.size));
    else if ('link' in entry) symlinkSync(entry.link, target);
    else {
      mkdirSync(target);
      write(folder, inside, entry.kids, prefix, attributes);
      utimesSync(target, entry.time, entry.time);
      const said: string[] = [];
      if (entry.opaque) said.push(`${prefix}opaque="y"`);
      if (entry.origin !== null) said.push(`${prefix}redirect="/${entry.origin.join('/')}"`);
      if (said.length > 0) attributes.push(`# file: ${inside}`, ...said, '');
      continue;
    }
    if (!('whiteout' in entry)) lutimesSync(target, 1, 1);
  }
}

/** True when a stack can be mounted this way: tried once with a directory that two layers share. */
export function canMount(mounter: Mounter): boolean {
  const kids = { a: { time: 5, opaque: true, origin: null, kids: {} } };
  try {
    return listMounted(mounter, [[kids, kids]])?.[0]?.length === 1;
  } catch {
    return false; // no unshare, no setfattr
  }
}
