/** Real volumes: names, sizes and contents as 7-Zip (7zz) extracts them; what is no whole volume is refused. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { filetimeIso } from '../../base/filetime.ts';
import { MemorySource } from '../../source/memory.ts';
import { readBytes } from '../../source/read.ts';
import { corpus } from '../../testing/corpus.ts';
import { chunkRows, rowPaths, scanRows } from '../../testing/node-rows.ts';
import { thrown } from '../../testing/thrown.ts';
import { hasTool, runTool } from '../../testing/tools.ts';
import { fat } from './index.ts';

const open = (bytes: Uint8Array) =>
  fat.open(new MemorySource('volume', bytes), { codecs: {} as never, modules: {} as never, resolve: () => [] });
const hash = (bytes: Uint8Array) => createHash('sha1').update(bytes).digest('hex');

/** Path -> hash of a file, `dir` for a directory, of everything below a folder. */
function extracted(folder: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const full = path.join(folder, name);
    found.set(name.normalize('NFC'), statSync(full).isDirectory() ? 'dir' : hash(readFileSync(full)));
  }
  return found;
}

/** What `7zz l -slt` says: of the volume, and of each path. */
function listed(file: string): { volume: Map<string, string>; entries: Map<string, Map<string, string>> } {
  const blocks = runTool('7zz', ['l', '-slt', '-tfat', file])
    .toString()
    .split(/\n-{2,}\n|\n\n/)
    .map((block) => new Map([...block.matchAll(/^([A-Z][\w ]*) = (.*)$/gm)].map(([, key, value]) => [key!, value!])));
  const isVolume = (block: ReadonlyMap<string, string>) => block.has('Type');
  const entries = blocks.filter((block) => block.has('Path') && !isVolume(block));
  return { volume: blocks.find(isVolume)!, entries: new Map(entries.map((block) => [block.get('Path')!, block])) };
}

/** `2017-09-24 19:59:04`; nothing for a time that is not set. */
const clock = (lo: number, hi: number) => (filetimeIso(lo, hi) ?? '').slice(0, 19).replace('T', ' ');

const VOLUMES: readonly (readonly [string, string])[] = [
  ['JhoLee+WindowsInstaller/efi/microsoft/boot/efisys.bin', 'FAT12'],
  ['Velocidex+go-fat/testcases/fat12.dd', 'FAT12'],
  ['msuhanov+dfir_ntfs/test_data/fat12.raw', 'FAT12'],
  ['msuhanov+dfir_ntfs/test_data/fat16.raw', 'FAT16'],
  ['msuhanov+dfir_ntfs/test_data/fat32_small.raw', 'FAT32'],
  ['msuhanov+dfir_ntfs/test_data/fat_lfn_test.raw', 'FAT32'],
  ['msuhanov+dfir_ntfs/test_data/fat_deleted_dir.raw', 'FAT32'],
  ['msuhanov+dfir_ntfs/test_data/fat_unusual_label.raw', 'FAT12'],
  ['pbatard+rufus/res/uefi/uefi-ntfs.img', 'FAT12'],
  ['radareorg+radare2-testbins/fs/fat.img', 'FAT12'],
  ['radareorg+radare2-testbins/fs/fat_deleted/fat_deleted.img', 'FAT12'],
  ['rafalh+rust-fatfs/resources/fat12.img', 'FAT12'],
  ['rafalh+rust-fatfs/resources/fat16.img', 'FAT16'],
  ['util-linux+util-linux/tests/ts/blkid/images-fs/fat.img', 'FAT12'],
  ['util-linux+util-linux/tests/ts/blkid/images-fs/fat32_cp850_O_tilde.img', 'FAT32'],
  ['util-linux+util-linux/tests/ts/blkid/images-fs/small-fat32.img', 'FAT32'],
];

describe.each(VOLUMES)('%s', (file, type) => {
  const found = corpus(file);

  test.skipIf(found === null)('lists by directory as by the scan, and says what it is', () => {
    const opened = open(readFileSync(found!));
    const volume = opened.volumes[0]!;
    expect(opened.facts['type']).toBe(type);
    const { rows } = scanRows(volume);
    const plain = (row: object) => ({ ...row, nameOffset: 0, shortOffset: 0 });
    for (const dir of [null, ...rows.filter(({ flags }) => (flags & 1) !== 0)]) {
      const listed = chunkRows(volume.list(dir?.ref ?? volume.rootRef)).map(plain);
      expect(listed).toEqual(rows.filter(({ parent }) => parent === (dir?.id ?? volume.rootId)).map(plain));
    }
  });

  test.skipIf(found === null || !hasTool('7zz'))('says of each name what 7zz says', () => {
    const opened = open(readFileSync(found!));
    const volume = opened.volumes[0]!;
    const { volume: theirs, entries } = listed(found!);
    expect(theirs.get('File System')).toBe(type);
    expect(Number(theirs.get('Cluster Size'))).toBe(opened.facts['clusterSize']);
    expect(Number(theirs.get('ID'))).toBe(Number.parseInt(String(opened.facts['serial']), 16));
    for (const [name, row] of rowPaths(scanRows(volume).rows, volume.rootId)) {
      const entry = entries.get(name);
      const directory = (row.flags & 1) !== 0;
      expect({
        name,
        size: directory ? '' : String(row.size),
        packed: directory ? '' : String(row.allocated),
        modified: clock(row.modifiedLo, row.modifiedHi),
        created: clock(row.createdLo, row.createdHi),
        accessed: clock(row.accessedLo, row.accessedHi),
      }).toEqual({
        name,
        size: entry?.get('Size'),
        packed: entry?.get('Packed Size'),
        modified: entry?.get('Modified'),
        created: entry?.get('Created')?.slice(0, 19) ?? '',
        accessed: entry?.get('Accessed') ?? '',
      });
    }
  });

  test.skipIf(found === null || !hasTool('7zz'))('holds what 7zz extracts', () => {
    const volume = open(readFileSync(found!)).volumes[0]!;
    const ours = new Map<string, string>();
    for (const [name, row] of rowPaths(scanRows(volume).rows, volume.rootId)) {
      const source = (row.flags & 1) !== 0 ? null : volume.open(row.ref);
      ours.set(name.normalize('NFC'), source === null ? 'dir' : hash(readBytes(source, 0, source.size)));
    }
    const folder = mkdtempSync(path.join(tmpdir(), 'strata-fat-'));
    try {
      runTool('7zz', ['x', '-y', '-tfat', `-o${folder}`, found!]);
      expect(Object.fromEntries([...ours].sort())).toEqual(Object.fromEntries([...extracted(folder)].sort()));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

const LOOP = corpus('msuhanov+dfir_ntfs/test_data/fat32_loop.raw');
test.skipIf(LOOP === null || !hasTool('7zz'))('`..` entries that name their own directory lead nowhere', () => {
  const volume = open(readFileSync(LOOP!)).volumes[0]!;
  const paths = [...rowPaths(scanRows(volume).rows, volume.rootId).keys()];
  const lines = runTool('7zz', ['l', '-slt', '-tfat', LOOP!]).toString().split('\n');
  const theirs = lines.filter((line) => line.startsWith('Path = ')).map((line) => line.slice(7));
  expect(paths.sort()).toEqual(theirs.slice(1).sort());
});

const BOOT_SECTORS = ['fat12_bs.bin', 'fat16_edge.bin', 'fat32_bs.bin'].map((n) => `msuhanov+dfir_ntfs/test_data/${n}`);
test.skipIf(corpus(BOOT_SECTORS[0]!) === null).each(BOOT_SECTORS)('%s is a boot sector without its volume', (file) => {
  expect(thrown(() => open(readFileSync(corpus(file)!))).code).toBe('UnexpectedEnd');
});
