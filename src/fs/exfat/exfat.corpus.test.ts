/** Real volumes: names, and contents by hash, as the Sleuth Kit (fls, icat) reads them; damaged ones with what is wrong in them. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { MemorySource } from '../../source/memory.ts';
import { readBytes } from '../../source/read.ts';
import { corpus } from '../../testing/corpus.ts';
import { rowPaths, scanRows } from '../../testing/node-rows.ts';
import { hasTool, runTool } from '../../testing/tools.ts';
import { exfat } from './index.ts';

const open = (bytes: Uint8Array) =>
  exfat.open(new MemorySource('volume', bytes), { codecs: {} as never, modules: {} as never, resolve: () => [] });
const hash = (bytes: Uint8Array) => createHash('sha1').update(bytes).digest('hex');

/** Path -> inode of what is not deleted, as fls prints it: `r/r 12:<tab>dir/name`. */
function flsPaths(file: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const line of runTool('fls', ['-r', '-p', '-u', '-f', 'exfat', file]).toString().split('\n')) {
    const [, inode, name] = /^[rd]\/[rd] (\d+):\t(.*)$/.exec(line) ?? [];
    if (inode === undefined || name === undefined) continue;
    if (!name.startsWith('$') && !name.endsWith('(Volume Label Entry)')) found.set(name, inode);
  }
  return found;
}

const SOUND = [
  'dsoprea+go-exfat/test/assets/test.exfat',
  'fox-it+dissect.fat/tests/_data/exfat.bin',
  'msuhanov+dfir_ntfs/test_data/exfat_win.raw',
];
test.skipIf(corpus(SOUND[0]!) === null || !hasTool('fls')).each(SOUND)('%s reads as with the Sleuth Kit', (file) => {
  const image = corpus(file)!;
  const volume = open(readFileSync(image)).volumes[0]!;
  const ours = rowPaths(scanRows(volume).rows, volume.rootId);
  const theirs = flsPaths(image);
  expect([...ours.keys()].sort()).toEqual([...theirs.keys()].sort());
  // contents of the largest: each icat is a process
  const files = [...ours].filter(([, row]) => (row.flags & 1) === 0).sort(([, a], [, b]) => b.size - a.size);
  for (const [name, row] of files.slice(0, 8)) {
    const source = volume.open(row.ref);
    const bytes = runTool('icat', ['-f', 'exfat', image, theirs.get(name)!]);
    expect([name, hash(readBytes(source, 0, source.size))]).toEqual([name, hash(bytes)]);
  }
});

/** Volumes broken on purpose for fsck.exfat: each tells what is wrong in it, and the rest is listed. */
const BROKEN: readonly (readonly [string, readonly string[], string])[] = [
  ['bad_bitmap', ['exfatBitmapFree'], ''],
  ['bad_dentries', ['exfatEntrySet', 'exfatSetChecksum', 'exfatNameShort'], ''],
  ['bad_file_size', ['exfatChainBroken'], ''],
  ['bad_root', ['exfatSetChecksum', 'exfatEntrySet'], 'temp1'],
  ['de_bad_csum', ['exfatSetChecksum'], ''],
  ['invalid_name', ['exfatNameInvalid'], ''],
  ['loop_chain', ['exfatChainBroken', 'exfatBitmapLost'], 'dir_02/child_07'],
];
const at = (name: string) => corpus(`exfatprogs+exfatprogs/tests/${name}/exfat.img`);
test.skipIf(at('bad_root') === null).each(BROKEN)('%s is told as %j', (name, codes, path) => {
  const volume = open(readFileSync(at(name)!)).volumes[0]!;
  const told = new Set<string>();
  const check = volume.verify(({ code }) => told.add(code))!;
  while (!check.step(50));
  expect([...told]).toEqual(expect.arrayContaining([...codes]));
  const paths = rowPaths(scanRows(volume).rows, volume.rootId);
  expect(paths.size).toBeGreaterThan(0);
  if (path !== '') expect([...paths.keys()]).toContain(path);
});
