import { expect, test } from 'vitest';
import { createCodecs } from '../../codec/codecs.ts';
import { MemorySource } from '../../source/memory.ts';
import { loadModules } from '../../testing/modules.ts';
import { buildNtfs, type NtfsEntry } from '../../testing/ntfs-builder.ts';
import { ntfs } from './index.ts';

const modules = loadModules();
const context = { codecs: createCodecs(modules), modules, resolve: () => [] };
const dir = (name: string, ...entries: NtfsEntry[]): NtfsEntry => ({ name, dir: entries });
const file = (name: string): NtfsEntry => ({ name, data: new Uint8Array(3) });
/** Enough names to make the index a tree. */
const many = Array.from({ length: 300 }, (_, i) => file(`library ${i}.dll`));

function bytesOf(...root: NtfsEntry[]): Uint8Array {
  return buildNtfs({ root });
}
const windows = (bytes: Uint8Array) =>
  ntfs.open(new MemorySource('v', bytes), context).volumes[0]!.facts['windows'] ?? false;

test('a volume with the directories of an installed Windows says so, in any case of letters', () => {
  expect(windows(bytesOf(dir('Windows', dir('System32', dir('config'), ...many))))).toBe(true);
  expect(windows(bytesOf(dir('Users'), dir('WINDOWS', dir('system32', ...many, dir('Config')))))).toBe(true);
});

test.each<[string, NtfsEntry[]]>([
  ['no Windows directory', [dir('Users'), file('bootmgr')]],
  ['Windows without the registry', [dir('Windows', dir('System32', ...many))]],
  ['a file of the name', [dir('Windows', dir('System32', file('config')))]],
  ['the directories elsewhere', [dir('backup', dir('Windows', dir('System32', dir('config'))))]],
])('%s: not one', (_, root) => {
  expect(windows(bytesOf(...root))).toBe(false);
});

test('a damaged index holds none, and opens', () => {
  const bytes = bytesOf(dir('Windows', dir('System32', dir('config'), ...many)));
  for (let at = 0; at + 4 <= bytes.length; at += 512)
    if (new DataView(bytes.buffer).getUint32(at, true) === 0x5844_4e49) bytes.fill(0xff, at, at + 64);
  expect(windows(bytes)).toBe(false);
});
