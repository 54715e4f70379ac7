/**
 * The matrix: compression x chunk size x solid x split x pipable x integrity x delta, over a tree with everything a WIM holds.
 * Each cell has the rows, the metadata and the hashes that wimlib-imagex prints, and every content has its hash. A normal
 * run takes every pair of values; FUZZ takes every cell.
 */
import { createHash } from 'node:crypto';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { hex } from '../../base/guid.ts';
import { createCodecs } from '../../codec/codecs.ts';
import { NodeFileSource } from '../../source/node-file.ts';
import { readBytes } from '../../source/read.ts';
import type { ByteSource } from '../../source/types.ts';
import { loadModules } from '../../testing/modules.ts';
import { type NodeRow, rowPaths, scanRows } from '../../testing/node-rows.ts';
import { resolveAmong } from '../../testing/resolve.ts';
import { hasTool, runTool } from '../../testing/tools.ts';
import { type Cell, cellName, everyCell, fewCells, WimMatrix } from '../../testing/wim-matrix.ts';
import { comparable, ourComparable, type WimlibRow, wimlibRows } from '../../testing/wimlib.ts';
import { ByteState, type FsVolume, NodeFlag } from '../types.ts';
import { wim } from './index.ts';

const modules = loadModules();
const codecs = createCodecs(modules);
const folder = mkdtempSync(path.join(os.tmpdir(), 'wim-matrix-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const sorted = <T extends { path: string }>(rows: readonly T[]) => [...rows].sort((a, b) => (a.path < b.path ? -1 : 1));

function sha1(volume: FsVolume, row: NodeRow, stream?: string): string {
  const source = volume.open(row.ref, stream);
  const hasher = codecs.sha1();
  hasher.update(readBytes(source, 0, source.size));
  return source.size === 0 ? '' : hex(hasher.digest());
}

/** What wimlib prints of the data of a row: stream name -> SHA-1. */
function statedHashes({ streams }: WimlibRow): Map<string, string> {
  const data = streams.filter(({ kind, sha1: hash }) => kind === 'data' && !/^0*$/.test(hash));
  return new Map(data.map(({ name, sha1: hash }) => [name, hash]));
}

const digest = (data: Uint8Array) => createHash('sha1').update(data).digest('hex');

function checkContents(volume: FsVolume, theirs: readonly WimlibRow[]): void {
  const stated = new Map(theirs.map((row) => [row.path, statedHashes(row)]));
  const reparse = new Map(theirs.map((row) => [row.path, row.streams.find(({ kind }) => kind === 'reparse')?.sha1]));
  let compared = 0;
  for (const [name, row] of rowPaths(scanRows(volume).rows, volume.rootId)) {
    const path = name.replace(/\p{Surrogate}/gu, '\ufffd\ufffd\ufffd');
    const hashes = stated.get(path)!;
    const detail = volume.describe(row.ref);
    expect(detail.reparseData === null ? undefined : digest(detail.reparseData), name).toBe(reparse.get(path));
    for (const stream of detail.streams) {
      // wimlib prints no unnamed data of reparse points, and directories have none.
      const unnamed = stream.name === '' && (row.reparseTag !== 0 || row.flags & NodeFlag.directory);
      if (unnamed || row.byteState === ByteState.efs) continue;
      expect(sha1(volume, row, stream.name), `${name}:${stream.name}`).toBe(hashes.get(stream.name) ?? '');
      compared++;
    }
  }
  expect(compared).toBeGreaterThan(70);
}

const cells: [string, Cell][] = (process.env['FUZZ'] ? everyCell() : fewCells()).map((cell) => [cellName(cell), cell]);

describe.skipIf(!hasTool('wimlib-imagex'))('the matrix of WIMs, by fuzz in full', () => {
  const matrix = hasTool('wimlib-imagex') ? new WimMatrix(folder) : null;
  let number = 0;

  test.each(cells)(
    '%s',
    (_, cell) => {
      const made = matrix!.make(cell, `cell${number++}-`);
      const sources = made.map((file) => new NodeFileSource(file));
      try {
        // The last part is asked for, so that the order of the files does not matter.
        const parts = sources.slice(0, cell.delta ? -1 : undefined);
        const fs = wim.open(parts.at(-1)!, { codecs, modules, resolve: resolveAmong(wim, sources, codecs) });
        expect(fs.findings).toEqual([]);
        expect(fs.facts).toMatchObject({
          compression: cell.compress.split(':')[0],
          pipable: cell.pipable,
          solidResources: cell.solid === 'no' || cell.split ? expect.any(Number) : 1,
          integrityTable: cell.integrity,
        });
        expect(parts.length > 1).toBe(cell.split);
        const [volume] = fs.volumes;
        const theirs = wimlibRows(made[0]!, 1, made.slice(1)).filter(({ path: p }) => p !== '');
        expect(sorted(ourComparable(volume!))).toEqual(sorted(theirs.map(comparable)));
        checkContents(volume!, theirs);
        const findings: unknown[] = [];
        const scan = volume!.verify((finding) => findings.push(finding))!;
        while (!scan.step(50));
        expect(findings).toEqual([]);
      } finally {
        for (const source of sources) source.close();
        for (const file of made) if (!file.endsWith('base.wim')) rmSync(file);
        rmSync(made[0]!.replace(/\.swm$/, '.wim'), { force: true });
      }
    },
    3_600_000,
  );
});

/** Writes gigabytes: only when LARGE is set. A chunk table of 2^32 bytes and more has entries of 8 bytes. */
describe.skipIf(!hasTool('wimlib-imagex') || !process.env['LARGE'])('a file beyond 4 GiB', () => {
  const size = 2 ** 32 + 1_234_567;
  const marks = [0, 2 ** 31, 2 ** 32 - 5, 2 ** 32 + 1_000_000, size - 8];
  const tree = path.join(folder, 'large');

  test.each([
    ['xpress', ['--compress=xpress']],
    ['lzx', ['--compress=lzx:20']],
    ['lzms solid', ['--solid', '--solid-compress=lzms:20', '--solid-chunk-size=64M']],
  ])(
    '%s',
    (name, options) => {
      mkdirSync(tree, { recursive: true });
      const fd = openSync(path.join(tree, 'large.bin'), 'w');
      for (const at of marks) writeSync(fd, Buffer.from(`m${at}`.slice(0, 8).padEnd(8, '.')), 0, 8, at);
      closeSync(fd);
      const file = path.join(folder, `large ${name}.wim`);
      runTool('wimlib-imagex', ['capture', tree, file, ...options]);
      const source = new NodeFileSource(file);
      try {
        const [volume] = wim.open(source, { codecs, modules, resolve: () => [] }).volumes;
        const [row] = scanRows(volume!).rows;
        expect(row!.size).toBe(size);
        const content = volume!.open(row!.ref);
        for (const at of marks)
          expect(Buffer.from(readBytes(content, at, 8)).toString()).toBe(`m${at}`.slice(0, 8).padEnd(8, '.'));
        const around = readBytes(content, 2 ** 32 - 100_000, 200_000);
        expect(around.filter((byte) => byte !== 0)).toHaveLength(8);
        expect(sha1Of(content)).toBe(volume!.describe(row!.ref).sha1);
      } finally {
        source.close();
        rmSync(file);
        rmSync(tree, { recursive: true });
      }
    },
    3_600_000,
  );
});

function sha1Of(content: ByteSource): string {
  const hasher = codecs.sha1();
  for (let at = 0; at < content.size; at += 1 << 26)
    hasher.update(readBytes(content, at, Math.min(1 << 26, content.size - at)));
  return hex(hasher.digest());
}
