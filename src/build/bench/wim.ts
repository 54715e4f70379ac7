/**
 * Benchmark of WIM: open, and list every row into columns, against the whole process of `wimlib-imagex dir` (which starts,
 * lists and prints) on the same file, in turns.
 */
import { existsSync, renameSync, rmSync } from 'node:fs';
import { createCodecs } from '../../codec/codecs.ts';
import { wim } from '../../fs/wim/index.ts';
import { CachedSource } from '../../source/cached.ts';
import { NodeFileSource } from '../../source/node-file.ts';
import { loadModules } from '../../testing/modules.ts';
import { hasTool, runTool } from '../../testing/tools.ts';

export interface MeasuredWim {
  readonly what: string;
  readonly rows: number;
  /** Best of the rounds, in milliseconds. */
  readonly ms: number;
  /** Best of the peer's rounds; null when it is not installed. */
  readonly peerMs: number | null;
  readonly peer: string;
}

/** Captures `folder` into `file` unless it is there already. @param compress `fast` (XPRESS) or `max` (LZX) */
export function makeWim(folder: string, file: string, compress: 'fast' | 'max'): void {
  if (existsSync(file)) return;
  const temporary = `${file}.${process.pid}`;
  try {
    runTool('wimlib-imagex', ['capture', folder, temporary, `--compress=${compress}`]);
    renameSync(temporary, file);
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** Opens the file and scans its first image, with codecs of its own as a new image has them. @returns the number of rows */
export function listWim(file: string): number {
  const modules = loadModules();
  const source = new NodeFileSource(file);
  try {
    const context = { codecs: createCodecs(modules), modules, resolve: () => null };
    const [volume] = wim.open(new CachedSource(source), context).volumes;
    let rows = 0;
    const sink = {
      push: (chunk: { count: number }) => {
        rows += chunk.count;
      },
      finding: () => {},
    };
    const scan = volume!.scan(sink);
    while (!scan.step(50));
    return rows;
  } finally {
    source.close();
  }
}

/** Lists `file` `rounds` times, in turns with wimlib-imagex. */
export function benchWim(file: string, rounds = 5): MeasuredWim {
  const hasPeer = hasTool('wimlib-imagex');
  let [ms, peerMs, rows] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 0];
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    rows = listWim(file);
    const middle = performance.now();
    ms = Math.min(ms, middle - start);
    if (!hasPeer) continue;
    runTool('wimlib-imagex', ['dir', file, '1']);
    peerMs = Math.min(peerMs, performance.now() - middle);
  }
  return { what: 'list', rows, ms, peerMs: hasPeer ? peerMs : null, peer: 'wimlib-imagex dir' };
}
