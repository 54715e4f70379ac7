/**
 * Benchmark of NTFS: the whole volume to columns, and a listing of it to text, against `7zz l` and `fls -r -p` (whole
 * processes) on the same volume.
 */
import { existsSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { fromUnits } from '../../base/utf16.ts';
import { ntfs } from '../../fs/ntfs/index.ts';
import type { FsVolume, NodeChunk } from '../../fs/types.ts';
import { CachedSource } from '../../source/cached.ts';
import { NodeFileSource } from '../../source/node-file.ts';
import { loadModules } from '../../testing/modules.ts';
import { hasTool, runTool } from '../../testing/tools.ts';

export interface MeasuredNtfs {
  readonly what: string;
  /** Best of the rounds, in milliseconds. */
  readonly ms: number;
  readonly rows: number;
}

/** Makes an NTFS volume of `bytes` bytes with image 1 of a WIM, as `file`, unless it is there already. */
export function makeVolume(wim: string, file: string, bytes: number): void {
  if (existsSync(file)) return;
  const temporary = `${file}.${process.pid}`;
  try {
    writeFileSync(temporary, '');
    truncateSync(temporary, bytes);
    runTool('mkntfs', ['-Q', '-F', '-q', temporary]);
    runTool('wimlib-imagex', ['apply', wim, '1', temporary]);
    renameSync(temporary, file);
  } finally {
    rmSync(temporary, { force: true });
  }
}

function openVolume(file: string): { volume: FsVolume; close: () => void } {
  const source = new NodeFileSource(file);
  const context = { codecs: {} as never, modules: loadModules(), resolve: () => null };
  return { volume: ntfs.open(new CachedSource(source), context).volumes[0]!, close: () => source.close() };
}

/** Opens the volume in `file` and scans it. @returns its chunks */
export function scanColumns(file: string): NodeChunk[] {
  const { volume, close } = openVolume(file);
  const chunks: NodeChunk[] = [];
  const scan = volume.scan({ push: (chunk) => chunks.push(chunk), finding: () => {} });
  while (!scan.step(50));
  close();
  return chunks;
}

/** `size path` of every row whose parents are known, as a lister prints it. */
export function listing(chunks: readonly NodeChunk[], rootId: number): string[] {
  const directories = new Map<number, { parent: number; name: string }>();
  const nameOf = (chunk: NodeChunk, i: number) => fromUnits(chunk.names, chunk.nameOffset[i]!, chunk.nameLength[i]!);
  for (const chunk of chunks)
    for (let i = 0; i < chunk.count; i++)
      if ((chunk.flags[i]! & 1) !== 0)
        directories.set(chunk.id[i]!, { parent: chunk.parent[i]!, name: nameOf(chunk, i) });
  const paths = new Map<number, string>([[rootId, '']]);
  const pathOf = (id: number, depth = 0): string => {
    const known = paths.get(id);
    if (known !== undefined) return known;
    const directory = directories.get(id);
    const path =
      directory === undefined || depth > 1000 ? '?/' : `${pathOf(directory.parent, depth + 1)}${directory.name}/`;
    paths.set(id, path);
    return path;
  };
  const lines: string[] = [];
  for (const chunk of chunks)
    for (let i = 0; i < chunk.count; i++) lines.push(`${chunk.size[i]} ${pathOf(chunk.parent[i]!)}${nameOf(chunk, i)}`);
  return lines;
}

/** Interleaved rounds of ours and the peers'. */
export function measureNtfs(file: string, rounds = 5): MeasuredNtfs[] {
  const jobs: { what: string; run: () => number }[] = [
    { what: 'scan to columns', run: () => scanColumns(file).reduce((sum, c) => sum + c.count, 0) },
    { what: 'scan and list as text', run: () => listing(scanColumns(file), 5).length },
  ];
  const lines = (bytes: Uint8Array) => bytes.reduce((count, byte) => count + (byte === 10 ? 1 : 0), 0);
  if (hasTool('7zz')) jobs.push({ what: '7zz l', run: () => lines(runTool('7zz', ['l', file])) });
  if (hasTool('fls')) jobs.push({ what: 'fls -r -p', run: () => lines(runTool('fls', ['-r', '-p', file])) });
  const best = jobs.map(() => ({ ms: Number.POSITIVE_INFINITY, rows: 0 }));
  for (let round = 0; round < rounds; round++)
    jobs.forEach(({ run }, i) => {
      const start = performance.now();
      const rows = run();
      best[i] = { ms: Math.min(best[i]!.ms, performance.now() - start), rows };
    });
  return jobs.map(({ what }, i) => ({ what, ...best[i]! }));
}
