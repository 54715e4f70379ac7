/**
 * Benchmark of hives: open and walk to columns, everything as JSON lines, the first rows and a wide key, against
 * hivexml's whole process on the same file.
 */
import { closeSync, mkdtempSync, openSync, readSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { beginOpen, type Hive, type HiveReader, open } from 'hivex-wasm';
import { loadModule } from '../../testing/modules.ts';
import { hasTool, runTool } from '../../testing/tools.ts';
import { largeHive } from './large-hive.ts';
import { median } from './median.ts';

export interface Measured {
  readonly what: string;
  /** Median of the rounds, in milliseconds of processor time. */
  readonly ms: number;
  /** hivexml's whole dump in the same rounds; null where it is no peer or not installed. */
  readonly peerMs: number | null;
}

/** Everything as columns, as the index wants it. @returns rows */
export function walkColumns(hive: Hive): number {
  const walk = hive.walk();
  for (let rows = 0; ; ) {
    const { keys, values, done } = walk.step();
    rows += keys.count + values.count;
    if (done) return rows;
  }
}

/** Everything as JSON lines. @returns bytes */
export function countLines(hive: Hive): number {
  const lines = hive.jsonLines();
  let bytes = 0;
  for (let part = lines.next(); part !== null; part = lines.next()) bytes += part.length;
  return bytes;
}

/** A file that is read straight into the engine, as a worker does. */
function reader(file: string): HiveReader & { close(): void } {
  const fd = openSync(file, 'r');
  return {
    size: statSync(file).size,
    read(offset, target) {
      for (let done = 0; done < target.length; ) {
        const length = readSync(fd, target, done, target.length - done, offset + done);
        if (length === 0) throw new Error(`${file} has become shorter`);
        done += length;
      }
    },
    close: () => closeSync(fd),
  };
}

/** Processor time of both sides, so that what else runs on the machine does not count. */
function ownTime(work: () => void): number {
  const start = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

function peerTime(file: string, to: string): number {
  const script = 'TIMEFORMAT="%U %S"; time hivexml "$1" > "$2"';
  const said = runTool('bash', ['-c', `{ ${script}; } 2>&1`, 'bash', file, to]).toString();
  const [user, system] = said.trim().split(' ').map(Number);
  return (user! + system!) * 1000;
}

/** Runs all measurements, our rounds between those of the peer. */
export function benchHive(rounds = 5): Measured[] {
  const file = largeHive();
  const module = loadModule('hivex');
  const source = reader(file);
  const folder = mkdtempSync(path.join(os.tmpdir(), 'bench-hive-'));
  const times = new Map<string, number[]>();
  const time = (what: string, ms: number) => times.set(what, [...(times.get(what) ?? []), ms]);
  const peer = 'hivexml';
  try {
    for (let round = 0; round < rounds; round++) {
      time(
        'the first sub-keys before the rest is read',
        ownTime(() => {
          const { early } = beginOpen(source, module);
          if (early!.keyRows(early!.root()).count === 0) throw new Error('a hive without keys');
        }),
      );
      let hive = open(source, module);
      time(
        'read, open and list the first sub-keys',
        ownTime(() => {
          hive = open(source, module);
          hive.keyRows(hive.root());
        }),
      );
      const wide = hive.nodeGetChild(hive.root(), 'Wide')!;
      time(
        'list a key with 50,000 sub-keys',
        ownTime(() => hive.keyRows(wide)),
      );
      time(
        'read, open and walk to columns',
        ownTime(() => walkColumns(open(source, module))),
      );
      time(
        'read, open and write as JSON lines',
        ownTime(() => countLines(open(source, module))),
      );
      if (hasTool('hivexml')) time(peer, peerTime(file, path.join(folder, 'xml')));
    }
  } finally {
    source.close();
    rmSync(folder, { recursive: true, force: true });
  }
  const peerMs = times.has(peer) ? median(times.get(peer)!) : null;
  times.delete(peer);
  return [...times].map(([what, all]) => {
    const wholeDump = /walk|write/.test(what);
    return { what: `hive 100 MB: ${what}`, ms: median(all), peerMs: wholeDump ? peerMs : null };
  });
}
