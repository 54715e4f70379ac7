/** Independent tools as oracles: a differential test runs when its tool is installed and is skipped, and counted, when not. */
import { execFileSync, spawnSync } from 'node:child_process';

const found = new Map<string, boolean>();

/** True when `tool` is on the PATH (or in /usr/sbin, where Debian keeps mkntfs). */
export function hasTool(tool: string): boolean {
  let hit = found.get(tool);
  if (hit === undefined) {
    hit = spawnSync('sh', ['-c', `PATH="$PATH:/usr/sbin:/sbin" command -v ${tool}`]).status === 0;
    found.set(tool, hit);
  }
  return hit;
}

/** Standard output of a tool. @throws with its standard error when it fails */
export function runTool(
  tool: string,
  args: readonly string[],
  options: { input?: Uint8Array; cwd?: string } = {},
): Buffer {
  return execFileSync(tool, args, {
    ...options,
    maxBuffer: 1 << 30,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin`, LC_ALL: 'C.UTF-8', TZ: 'UTC' },
  });
}
