/** One small file out of a solid resource of 40 MB: by a process that knows nothing, and by an image that has just read its neighbour. */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { webHost } from '../../engine/host.ts';
import { openImage } from '../../engine/open-image.ts';
import { resolvePath } from '../../engine/select.ts';
import { NodeFileSource } from '../../source/node-file.ts';
import { loadModules } from '../../testing/modules.ts';
import { hasTool, runTool } from '../../testing/tools.ts';
import { made } from './inputs.ts';
import { median } from './median.ts';

const SOLID_BYTES = 40 << 20;
/** Files are taken from here until there are enough: programs and their libraries, as in a system image. */
const SOURCES = ['/usr/lib', '/usr/bin'];
const SMALL = 64 << 10;

/** Copies files to `folder/0`, `1`, ... in the order of the system, `SOLID_BYTES` in all, none larger than 1 MiB. */
function gather(folder: string): void {
  let bytes = 0;
  let count = 0;
  const from = (place: string) => {
    for (const entry of readdirSync(place, { withFileTypes: true })) {
      const file = path.join(place, entry.name);
      if (entry.isDirectory()) from(file);
      if (!entry.isFile() || bytes >= SOLID_BYTES) continue;
      const { size } = statSync(file);
      if (size === 0 || size > 1 << 20) continue;
      cpSync(file, path.join(folder, String(count++)));
      bytes += size;
    }
  };
  for (const source of SOURCES) from(source);
}

/** Null without wimlib-imagex. */
export function solidWim(): string | null {
  if (!hasTool('wimlib-imagex')) return null;
  return made('solid-40.esd', (file) => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'stratascope-bench-'));
    try {
      mkdirSync(path.join(folder, 'in'));
      gather(path.join(folder, 'in'));
      runTool('wimlib-imagex', ['capture', path.join(folder, 'in'), file, '--solid']);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
}

export interface SolidTimes {
  /** Milliseconds for the first small file, and the median for others after it. */
  readonly coldMs: number;
  readonly warmMs: number;
}

export async function benchSolid(): Promise<SolidTimes | null> {
  const file = solidWim();
  if (file === null) return null;
  const { image, name } = openImage(webHost(loadModules()), new NodeFileSource(file));
  const root = await resolvePath(image, '1', '', name);
  const chunk = image.list('1', root.ref);
  const small = Array.from({ length: chunk.count }, (_, row) => row).filter(
    (row) => chunk.size[row]! > 0 && chunk.size[row]! <= SMALL,
  );
  const times = small.slice(0, 100).map((row) => {
    const start = performance.now();
    image.read('1', chunk.ref[row]!, '', 0, SMALL);
    return performance.now() - start;
  });
  return { coldMs: times[0]!, warmMs: median(times.slice(1)) };
}
