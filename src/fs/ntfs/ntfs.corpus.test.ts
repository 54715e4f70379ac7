/** Real volumes, made by Windows, mkntfs and Linux ntfs3: rows as The Sleuth Kit lists them, contents as ntfs-3g reads them. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { MemorySource } from '../../source/memory.ts';
import { readBytes } from '../../source/read.ts';
import { corpus } from '../../testing/corpus.ts';
import { flsEntries } from '../../testing/fls.ts';
import { loadModules } from '../../testing/modules.ts';
import { chunkRows, type NodeRow, rowPaths, scanRows, seconds } from '../../testing/node-rows.ts';
import { hasTool, runTool } from '../../testing/tools.ts';
import { ByteState, type FsVolume } from '../types.ts';
import { ntfs } from './index.ts';

function openFile(file: string, offset = 0): FsVolume {
  const bytes = readFileSync(file);
  const source = new MemorySource(file, bytes).slice(offset, bytes.length - offset);
  const context = { codecs: {} as never, modules: loadModules(true), resolve: () => null };
  return ntfs.open(source, context).volumes[0]!;
}

const hash = (bytes: Uint8Array) => createHash('sha1').update(bytes).digest('hex');
const isFile = (row: NodeRow) => (row.flags & 1) === 0;

/** File, bytes before the volume, and what makes it worth reading. */
const VOLUMES: readonly (readonly [string, number, string])[] = [
  ['ColinFinck+ntfs/testdata/testfs1', 0, '512-byte clusters, 512 directories, sparse'],
  ['fox-it+dissect.ntfs/tests/data/ntfs.bin', 0, 'Windows, LZNT1, 2,000 directories'],
  ['msuhanov+dfir_ntfs/test_data/ntfs3_attrlist.raw', 0, 'attribute list with 11 extension records'],
  ['msuhanov+dfir_ntfs/test_data/ntfs_index.raw', 128 * 512, 'large and deleted index entries, in an MBR partition'],
  ['msuhanov+dfir_ntfs/test_data/file_4k.bin', 0, '4 KiB records'],
  ['radareorg+radare2-testbins/fs/ntfs.img', 0, 'ntfs-3g'],
  ['util-linux+util-linux/tests/ts/blkid/images-fs/ntfs.img', 0, 'mkntfs'],
  ['jschicht+Tiny_NTFS/300.part', 0, 'hand-made, 300 KB'],
];

describe.each(VOLUMES)('%s', (file, offset) => {
  const found = corpus(file);

  test.skipIf(found === null || !hasTool('fls'))('lists as fls does', () => {
    const volume = openFile(found!, offset);
    const paths = rowPaths(scanRows(volume).rows, volume.rootId);
    const theirs = flsEntries(found!, offset);
    expect([...paths.keys()].sort()).toEqual([...theirs.keys()].sort());
    for (const [path, entry] of theirs) {
      const row = paths.get(path)!;
      const times = [
        seconds(row.accessedLo, row.accessedHi),
        seconds(row.modifiedLo, row.modifiedHi),
        seconds(row.changedLo, row.changedHi),
        seconds(row.createdLo, row.createdHi),
      ];
      const shown = {
        path,
        record: row.id,
        directory: !isFile(row),
        size: entry.size === null ? null : row.size,
        times,
      };
      // TSK keeps 32 bits of a time, and prints what no calendar shows (two $MFTs have such times) all the same.
      const known = entry.times.map((t, i) => (Number.isNaN(times[i]!) ? t : times[i]! >>> 0));
      expect({ ...shown, times: known }).toEqual({ path, ...entry });
    }
  });

  test.skipIf(found === null)('lists directories by their index as by the table', () => {
    const volume = openFile(found!, offset);
    const { rows } = scanRows(volume);
    const directories = [volume.rootRef, ...rows.filter((r) => !isFile(r)).map((r) => r.ref)];
    const plain = (row: NodeRow) => ({ ...row, nameOffset: 0, shortOffset: 0 });
    const byName = (a: NodeRow, b: NodeRow) => (a.name < b.name ? -1 : 1);
    for (const directory of directories) {
      const listed = chunkRows(volume.list(directory)).map(plain).sort(byName);
      const scanned = rows
        .filter((r) => r.parent === directory)
        .map(plain)
        .sort(byName);
      expect(listed).toEqual(scanned);
    }
  });

  test.skipIf(found === null || !hasTool('icat'))('reads contents as icat does', () => {
    const volume = openFile(found!, offset);
    const readable: readonly number[] = [ByteState.complete, ByteState.sparse, ByteState.lznt1];
    const rows = scanRows(volume).rows.filter((r) => isFile(r) && r.size > 0 && readable.includes(r.byteState));
    const step = Math.ceil(rows.length / 60);
    for (const row of rows.filter((r, i) => i % step === 0 || r.byteState === ByteState.lznt1)) {
      const source = volume.open(row.ref);
      expect(source.size).toBe(row.size);
      const args = [...(offset > 0 ? ['-o', String(offset / 512)] : []), found!, `${row.id}-128`];
      expect(`${row.name} ${hash(readBytes(source, 0, source.size))}`).toBe(
        `${row.name} ${hash(runTool('icat', args))}`,
      );
    }
  });

  test.skipIf(found === null)('describes every file', () => {
    const volume = openFile(found!, offset);
    for (const row of scanRows(volume).rows) {
      const detail = volume.describe(row.ref);
      const unnamed = detail.streams.find((s) => s.name === '');
      if (unnamed !== undefined && isFile(row)) expect(unnamed.size).toBe(row.size);
      expect(detail.facts['problems']).toBeUndefined();
    }
  });
});
