/**
 * Benchmark of hives: open and walk to columns, and a whole dump to text, against hivexml's whole process on the same
 * file. The hive is made by our own builder, in the proportions of a real SYSTEM hive, and cached in the temporary folder.
 */
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type Hive, open } from 'hivex-wasm';
import { buildHive, dword, type KeySpec, multiSz, sz, type ValueSpec } from '../../testing/hive-builder.ts';
import { loadModule } from '../../testing/modules.ts';
import { hasTool, runTool } from '../../testing/tools.ts';

export interface Measured {
  readonly what: string;
  /** Best of the rounds, in milliseconds. */
  readonly ms: number;
  /** The peer on the same input in the same round, null when it is not installed. */
  readonly peerMs: number | null;
  readonly peer: string;
}

/** Path of a hive of about `megabytes`, made once. */
export function madeHive(megabytes: number): string {
  const file = path.join(os.tmpdir(), `stratascope-bench-${megabytes}.hive`);
  if (!existsSync(file) || statSync(file).size === 0) {
    const services = Math.round(megabytes * 330);
    const root: KeySpec = {
      name: 'ROOT',
      keys: [{ name: 'Services', keys: Array.from({ length: services }, service) }],
    };
    writeFileSync(file, buildHive(root, { minor: 5, fileName: 'BENCH' }));
  }
  return file;
}

function service(_: unknown, i: number): KeySpec {
  const values: ValueSpec[] = [
    { name: 'Type', type: 4, data: dword(32) },
    { name: 'Start', type: 4, data: dword(i % 5) },
    { name: 'ImagePath', type: 2, data: sz(`%SystemRoot%\\System32\\drivers\\service-${i}.sys -k netsvcs -p`) },
    { name: 'DependOnService', type: 7, data: multiSz(['RpcSs', `service-${i >> 1}`]) },
    { name: 'Blob', type: 3, data: Uint8Array.from({ length: 64 + (i % 1600) }, (_x, k) => k * i) },
  ];
  return {
    name: `service-${i.toString(36)}`,
    values,
    keys: ['Parameters', 'Enum', 'Security', 'Performance'].map((name) => ({
      name,
      values: [{ name: `${name} of ${i}`, type: 1, data: sz(`value ${i}`) }],
      keys: name === 'Parameters' ? [{ name: '{a0b1c2d3-0000-1111-2222-333344445555}' }] : [],
    })),
  };
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

/** Everything as text: a line a key with its path, time and values; strings as text, the rest as base64. */
export function dump(hive: Hive, write: (text: string) => void): void {
  const file = hive.view();
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  const paths = new Map<number, string>(); // as they stand in JSON, without quotes
  let pending: string[] = []; // values whose key's row has not come yet
  const walk = hive.walk();
  for (;;) {
    const { keys, values, done } = walk.step();
    const valueNames = Buffer.from(values.names.buffer);
    const keyNames = Buffer.from(keys.names.buffer);
    let text = '';
    let next = 0;
    const take = (to: number) => {
      for (; next < to; next++) {
        const type = values.type[next]!;
        const isText = type === 1 || type === 2 || type === 7;
        const encoding = isText ? 'utf16le' : 'base64';
        const at = values.dataOffset[next]!;
        const data =
          at === 0xffff_ffff
            ? Buffer.from(hive.valueValue(values.ref[next]!)).toString(encoding)
            : bytes.toString(encoding, at, at + values.size[next]!);
        const from = values.nameOffset[next]! * 2;
        const name = JSON.stringify(valueNames.toString('utf16le', from, from + values.nameLength[next]! * 2));
        pending.push(isText ? `[${name},${type},${JSON.stringify(data)}]` : `[${name},${type},"${data}"]`);
      }
    };
    for (let i = 0; i < keys.count; i++) {
      take(next + keys.values[i]! - pending.length);
      const from = keys.nameOffset[i]! * 2;
      const name = JSON.stringify(keyNames.toString('utf16le', from, from + keys.nameLength[i]! * 2)).slice(1, -1);
      const parent = paths.get(keys.parent[i]!);
      const at = parent === undefined ? name : `${parent}\\\\${name}`;
      if (keys.subkeys[i]! > 0) paths.set(keys.id[i]!, at);
      const written = keys.lastWriteHi[i]! * 2 ** 32 + keys.lastWriteLo[i]!;
      text += `["${at}",${written},[${pending.join(',')}]]\n`;
      pending = [];
    }
    take(values.count);
    write(text);
    if (done) return;
  }
}

function dumpTo(file: string, hive: Hive): void {
  const fd = openSync(file, 'w');
  dump(hive, (text) => void writeSync(fd, text));
  closeSync(fd);
}

/** Runs all measurements, our rounds between those of the peer. */
export function benchHive(megabytes = 30, rounds = 5): Measured[] {
  const file = madeHive(megabytes);
  const bytes = new Uint8Array(readFileSync(file));
  const module = loadModule('hivex');
  const best = { columns: Number.POSITIVE_INFINITY, dump: Number.POSITIVE_INFINITY, peer: Number.POSITIVE_INFINITY };
  const time = (what: keyof typeof best, work: () => void) => {
    const start = performance.now();
    work();
    best[what] = Math.min(best[what], performance.now() - start);
  };
  const folder = mkdtempSync(path.join(os.tmpdir(), 'bench-hive-'));
  const xml = path.join(folder, 'xml');
  try {
    for (let i = 0; i < rounds; i++) {
      time('columns', () => walkColumns(open(bytes, module)));
      time('dump', () => dumpTo(xml, open(bytes, module)));
      if (hasTool('hivexml')) time('peer', () => runTool('sh', ['-c', 'hivexml "$1" > "$2"', 'sh', file, xml]));
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const peerMs = Number.isFinite(best.peer) ? best.peer : null;
  return [
    { what: `hive ${megabytes} MB: open and walk to columns`, ms: best.columns, peerMs, peer: 'hivexml' },
    { what: `hive ${megabytes} MB: dump to text`, ms: best.dump, peerMs, peer: 'hivexml' },
  ];
}
