/** Real volumes, made by Windows, mkntfs and Linux ntfs3: rows as The Sleuth Kit lists them, contents as ntfs-3g reads them. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { Bytes } from '../../base/bytes.ts';
import { MemorySource } from '../../source/memory.ts';
import { readBytes } from '../../source/read.ts';
import { corpus } from '../../testing/corpus.ts';
import { flsEntries } from '../../testing/fls.ts';
import { loadModules } from '../../testing/modules.ts';
import { chunkRows, type NodeRow, rowPaths, scanRows, seconds } from '../../testing/node-rows.ts';
import { hasTool, runTool } from '../../testing/tools.ts';
import { twinRecord } from '../../testing/twins/ntfs-mft.ts';
import { ByteState, type DeletedFile, type FsVolume } from '../types.ts';
import { parseBoot } from './boot.ts';
import { ntfs } from './index.ts';
import { RecordKernel } from './kernel.ts';
import { readLogState } from './log-file.ts';

function openFile(file: string, offset = 0): FsVolume {
  const bytes = readFileSync(file);
  const source = new MemorySource(file, bytes).slice(offset, bytes.length - offset);
  const context = { codecs: {} as never, modules: loadModules(true), resolve: () => [] };
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
  ['google+grr/grr/test/grr_response_test/test_data/ntfs_img.dd', 63 * 512, 'the first 2 MB of a larger volume'],
  [
    'SecurityRonin+forensic-vfs-engine/tests/data/gpt_ntfs.E01.raw',
    2048 * 512,
    '512-byte clusters, in a GPT partition',
  ],
  ['fox-it+dissect.hypervisor/tests/_data/disk/vhd/fixed.vhd', 128 * 512, 'Windows, in a fixed VHD'],
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

/** File, bytes of a cluster, of a record, of an index block. */
const BOOTS: readonly (readonly [string, number, number, number])[] = [
  ['msuhanov+dfir_ntfs/test_data/512.boot', 512, 1024, 4096],
  ['msuhanov+dfir_ntfs/test_data/4k.boot', 4096, 1024, 4096],
  ['msuhanov+dfir_ntfs/test_data/64k.boot', 65_536, 1024, 4096],
  ['fox-it+dissect.ntfs/tests/data/boot_2m.bin', 2 << 20, 1024, 4096],
];
test.skipIf(corpus(BOOTS[0]![0]) === null).each(BOOTS)(
  'reads the boot sector %s',
  (file, clusterSize, recordSize, indexBlockSize) => {
    const found = corpus(file)!;
    const boot = parseBoot(new Bytes(readFileSync(found).subarray(0, 512), file));
    expect(boot).toMatchObject({ clusterSize, recordSize, indexBlockSize });
  },
);

const FRAGMENTS = [
  'msuhanov+dfir_ntfs/test_data/compressed_sparse.mft',
  'msuhanov+dfir_ntfs/test_data/deleted.mft',
  'msuhanov+dfir_ntfs/test_data/mapping_pairs_1.mft',
  'msuhanov+dfir_ntfs/test_data/slack.mft',
  'msuhanov+dfir_ntfs/test_data/unicode.mft',
  'msuhanov+dfir_ntfs/test_data/frs.bin',
  'msuhanov+dfir_ntfs/test_data/frs_ea.bin',
  'fox-it+dissect.ntfs/tests/data/mft.bin',
  'omerbenamram+mft/samples/entry_102130_fixup_issue',
  'omerbenamram+mft/samples/entry_data_run_at_offset',
  'omerbenamram+mft/samples/entry_multiple_index_root_entries',
  'omerbenamram+mft/testdata/entry_super_long_name_001',
];
test.skipIf(corpus(FRAGMENTS[0]!) === null).each(FRAGMENTS)('reads the records of %s as the twin does', (file) => {
  const found = corpus(file)!;
  const bytes = readFileSync(found);
  const kernel = new RecordKernel(loadModules(true).ntfs);
  const count = Math.min(4096, Math.floor(bytes.length / 1024));
  kernel.input(count * 1024).set(bytes.subarray(0, count * 1024));
  expect(kernel.scan(0, count, 1024, 100)).toBe(0);
  const rows = chunkRows(kernel.take().chunk);
  const twin = Array.from({ length: count }, (_, i) => twinRecord(bytes.slice(i * 1024, (i + 1) * 1024), 100 + i));
  const plain = (r: { id: number; name: string; short: string; size: number; byteState: number; flags: number }) =>
    `${r.id} ${r.name} ${r.short} ${r.size} ${r.byteState} ${r.flags}`;
  expect(rows.map(plain)).toEqual(twin.flatMap((t) => t.rows.map(plain)));
  expect(kernel.events()).toHaveLength(twin.filter((t) => t.event !== null).length);
});

const LOGS = [
  ['msuhanov+dfir_ntfs/test_data/LogFile_10.bin', { state: 'dirty', version: '2.0', byChkdsk: false }],
  ['msuhanov+dfir_ntfs/test_data/LogFile_7.bin', { state: 'clean', version: '1.1', byChkdsk: false }],
] as const;
test.skipIf(corpus(LOGS[0][0]) === null).each(LOGS)('reads the state of the log %s', (file, expected) => {
  expect(readLogState(new MemorySource(file, readFileSync(corpus(file)!)))).toMatchObject(expected);
});

const byRecord = (a: readonly [number, string], b: readonly [number, string]) => a[0] - b[0];

function deletedFiles(volume: FsVolume): DeletedFile[] {
  const found: DeletedFile[] = [];
  const scan = volume.deleted!((file) => found.push(file));
  while (!scan.step(20));
  expect(scan.done).toBe(scan.total);
  return found;
}

/** `fls -r -d -p`: `-/r * 12-128-1:<TAB>path`; entries whose record has another file now are marked. */
function flsDeleted(file: string, offset: number): Map<number, string> {
  const args = ['-r', '-d', '-p', ...(offset > 0 ? ['-o', String(offset / 512)] : []), file];
  const entries = new Map<number, string>();
  for (const line of runTool('fls', args).toString('utf8').split('\n')) {
    const match = /^-?[rd-]?\/[rd-] \* (\d+)(?:-\d+-\d+)?:\t(.*)$/.exec(line);
    if (match !== null && !match[2]!.includes('OrphanFile-')) entries.set(Number(match[1]), match[2]!);
  }
  return entries;
}

describe.each(VOLUMES)('deleted files of %s', (file, offset) => {
  const found = corpus(file);

  test.skipIf(found === null || !hasTool('fls'))('are those of fls, under their paths', () => {
    const ours = deletedFiles(openFile(found!, offset)).filter((f) => f.path !== '');
    const shown = ours.map((f) => [Number(f.ref), f.path.replaceAll('\\', '/')] as const);
    // Record 0 stands for names left in the slack of an index, whose files have no record any more.
    const theirs = [...flsDeleted(found!, offset)].filter(([record]) => record !== 0);
    expect(shown.sort(byRecord)).toEqual(theirs.sort(byRecord));
  });
});

test.skipIf(corpus(VOLUMES[1]![0]) === null)(
  'tells deleted files of a volume of Windows with what is left of them',
  () => {
    const files = deletedFiles(openFile(corpus(VOLUMES[1]![0])!));
    expect(files).toHaveLength(210);
    expect(files.every((f) => f.folder === 'here')).toBe(true);
  },
);
