import { spawnSync } from 'node:child_process';
import {
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { filetimeMs } from '../../base/filetime.ts';
import { containerFormats } from '../../container/registry.ts';
import { MemorySource } from '../../source/memory.ts';
import { NodeFileSource } from '../../source/node-file.ts';
import { readBytes } from '../../source/read.ts';
import type { ByteSource } from '../../source/types.ts';
import { expectBytes, recognise, walkVolume } from '../../testing/conformance.ts';
import { Random } from '../../testing/damage.ts';
import { flsEntries } from '../../testing/fls.ts';
import { rowPaths, scanRows } from '../../testing/node-rows.ts';
import { surviveMutations, surviveTruncations } from '../../testing/survive.ts';
import { thrown } from '../../testing/thrown.ts';
import { hasTool, runTool } from '../../testing/tools.ts';
import { fsFormats } from '../registry.ts';
import { ByteState, NodeFlag } from '../types.ts';
import { ext4 } from './index.ts';
import { inodeOffset, readSuperblock } from './superblock.ts';

const tools = hasTool('mkfs.ext4');
const folder = mkdtempSync(path.join(tmpdir(), 'stratascope-ext4-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const random = new Random(7);
const tree = path.join(folder, 'tree');
let marked = false;

const setAttribute = (file: string, name: string, value: string): boolean =>
  spawnSync('setfattr', ['-h', '-n', name, '-v', value, path.join(tree, file)]).status === 0;

beforeAll(() => {
  const put = (file: string, data: Uint8Array | string) => {
    mkdirSync(path.dirname(path.join(tree, file)), { recursive: true });
    writeFileSync(path.join(tree, file), data);
  };
  put('tiny.txt', 'inline, where there is room');
  put('hundred.bin', random.bytes(100));
  put('empty', '');
  put('large.bin', random.bytes(3_000_000));
  put('Ünïcode/名前.txt', 'x');
  put('holes', '');
  truncateSync(path.join(tree, 'holes'), 2_500_000);
  for (let i = 0; i < 700; i++) put(`many/${'name '.repeat(1 + (i % 9))}${i}`, String(i));
  linkSync(path.join(tree, 'tiny.txt'), path.join(tree, 'hard.txt'));
  symlinkSync('tiny.txt', path.join(tree, 'soft'));
  symlinkSync('far/'.repeat(40), path.join(tree, 'long link'));
  put('upper/dir/below', '');
  marked =
    setAttribute('upper/dir', 'trusted.overlay.opaque', 'y') &&
    setAttribute('upper/dir/below', 'user.note', 'n'.repeat(300)) &&
    spawnSync('mknod', [path.join(tree, 'upper/gone'), 'c', '0', '0']).status === 0;
});

let images = 0;
function make(options: readonly string[], size = '24M', from = tree): string {
  const file = path.join(folder, `${images++}.img`);
  runTool('mkfs.ext4', ['-q', '-F', '-L', 'label', '-d', from, ...options, file, size]);
  return file;
}
const open = (source: ByteSource) =>
  ext4.open(source, { codecs: {} as never, modules: {} as never, resolve: () => [] });
function scan(source: ByteSource) {
  const opened = open(source);
  const volume = opened.volumes[0]!;
  const { rows, findings } = scanRows(volume);
  return { opened, volume, paths: rowPaths(rows, volume.rootId), findings: [...opened.findings, ...findings] };
}

/** Every path of the folder that the volume was made from. */
function* originals(below = ''): Generator<string> {
  for (const name of readdirSync(path.join(tree, below))) {
    const at = below === '' ? name : `${below}/${name}`;
    yield at;
    if (lstatSync(path.join(tree, at)).isDirectory()) yield* originals(at);
  }
}

describe.skipIf(!tools)('volumes of mke2fs', () => {
  test.each([
    ['ext4', []],
    ['ext4, blocks of 1 KiB', ['-b', '1024']],
    ['ext4, inline data', ['-O', 'inline_data', '-I', '512']],
    ['ext4, small inodes', ['-I', '128', '-O', '^metadata_csum']],
    ['ext4, without 64bit, flex_bg, checksums', ['-O', '^64bit,^flex_bg,^metadata_csum']],
    ['ext4, meta_bg', ['-O', 'meta_bg,^resize_inode', '-b', '1024', '-g', '2048']],
    ['ext4, values in inodes', ['-O', 'ea_inode', '-b', '1024']],
    ['ext4, clusters of blocks', ['-O', 'bigalloc', '-C', '16384']],
    ['ext4, clusters of blocks of 1 KiB', ['-O', 'bigalloc', '-b', '1024', '-C', '16384']],
    ['ext3', ['-t', 'ext3']],
    ['ext2, blocks of 1 KiB', ['-t', 'ext2', '-b', '1024']],
    ['ext2, blocks of 4 KiB', ['-t', 'ext2', '-b', '4096']],
  ])('%s: names, bytes, links, times', (_, options) => {
    const file = make(options);
    const source = new NodeFileSource(file);
    const { paths, volume, findings, opened } = scan(source);
    expect(findings).toEqual([]);
    expect(opened.facts).toMatchObject({ label: 'label', state: 'clean' });
    expect([...paths.keys()].filter((name) => name !== 'lost+found').sort()).toEqual([...originals()].sort());
    for (const [name, row] of paths) {
      if (name === 'lost+found') continue;
      const stat = lstatSync(path.join(tree, name));
      expect((row.flags & NodeFlag.directory) !== 0, name).toBe(stat.isDirectory());
      // seconds where inodes have no room for more
      expect(Math.abs(filetimeMs(row.modifiedLo, row.modifiedHi) - stat.mtimeMs), name).toBeLessThan(1001);
      if (stat.isFile()) {
        expect(row.size, name).toBe(stat.size);
        const data = volume.open(row.ref);
        expectBytes(readBytes(data, 0, data.size), readFileSync(path.join(tree, name)), name);
      } else if (stat.isSymbolicLink())
        expect(volume.describe(row.ref).reparseTarget, name).toBe(readlinkSync(path.join(tree, name)));
    }
    const [tiny, hard] = [paths.get('tiny.txt')!, paths.get('hard.txt')!];
    expect([tiny.ref === hard.ref, tiny.links, tiny.linkId !== 0]).toEqual([true, 2, true]);
    source.close();
  });

  test.skipIf(!hasTool('fls'))('lists what The Sleuth Kit lists', () => {
    const file = make(['-b', '1024']);
    const { paths } = scan(new NodeFileSource(file));
    const theirs = [...flsEntries(file)].map(([name, { record, size }]) => `${name} ${record} ${size}`);
    const names = new Set([...flsEntries(file).keys()]);
    expect([...paths.keys()].filter((name) => !names.has(name))).toEqual([]);
    expect(theirs.length).toBeGreaterThan(700);
    for (const [name, { record }] of flsEntries(file)) expect(paths.get(name)?.ref, name).toBe(record);
  });

  test('attributes and marks of overlayfs', (context) => {
    if (!marked) context.skip('attributes and devices cannot be made here');
    for (const options of [[], ['-I', '128', '-O', '^metadata_csum'], ['-O', 'inline_data', '-I', '512']]) {
      const { paths, volume } = scan(new NodeFileSource(make(options)));
      const about = (name: string) => volume.describe(paths.get(name)!.ref).attributes;
      expect(about('upper/dir')).toEqual([{ name: 'trusted.overlay.opaque', value: Uint8Array.of(0x79) }]);
      expect(about('upper/dir/below')).toEqual([{ name: 'user.note', value: new Uint8Array(300).fill(0x6e) }]);
      expect(paths.get('upper/dir')!.flags & NodeFlag.overlay).toBe(NodeFlag.overlay);
      expect(paths.get('upper/gone')!.reparseTag).toBe(0x8000_0025);
    }
  });

  test('is recognised by its superblock', () => {
    const bytes = readFileSync(make([], '4M', path.join(tree, 'Ünïcode')));
    expect(recognise(containerFormats, bytes)).toBeUndefined();
    expect(recognise(fsFormats, bytes)?.id).toBe('ext4');
  });

  test('a journal that was not replayed, errors, and features that are not known', () => {
    const file = make([], '4M', path.join(tree, 'Ünïcode'));
    const bytes = new Uint8Array(readFileSync(file));
    const changed = (at: number, bit: number) => {
      const copy = bytes.slice();
      copy[1024 + at]! |= bit;
      return new MemorySource('x', copy);
    };
    expect(scan(changed(0x60, 4)).findings.map(({ code }) => code)).toEqual(['ext4Journal']);
    expect(scan(changed(0x3a, 2)).findings.map(({ code }) => code)).toEqual(['ext4Errors']);
    expect(thrown(() => open(changed(0x60, 1))).code).toBe('UnsupportedFeature');
    expect(thrown(() => open(changed(0x63, 0x80))).code).toBe('UnsupportedFeature');
  });

  test.skipIf(!hasTool('debugfs')).each([
    ['no sparse copies', 'meta_bg,^resize_inode,^sparse_super'],
    ['sparse copies', 'meta_bg,^resize_inode'],
    // of 49 groups the last one begins both a meta group and the second copy
    ['two copies', 'meta_bg,^resize_inode,sparse_super2'],
  ])('inodes lie where debugfs has them: meta groups, %s', (_, features) => {
    const file = make(['-O', features, '-b', '1024', '-g', '504', '-N', '784'], '24M', path.join(tree, 'Ünïcode'));
    const source = new NodeFileSource(file);
    const sb = readSuperblock(source);
    for (const inode of [11, 300, sb.inodes]) {
      const told = runTool('debugfs', ['-R', `imap <${inode}>`, file]).toString();
      const [, block, offset] = /located at block (\d+), offset 0x([\da-f]+)/.exec(told)!;
      expect(inodeOffset(source, sb, inode), `inode ${inode}`).toBe(
        Number(block) * 1024 + Number.parseInt(offset!, 16),
      );
    }
    source.close();
  });

  test('what is refused is told in words', () => {
    const bytes = new Uint8Array(readFileSync(make([], '4M', path.join(tree, 'Ünïcode'))));
    bytes[1024 + 0x60]! |= 8;
    expect(thrown(() => open(new MemorySource('x', bytes))).actual).toContain('journal of another volume');
    const journal = path.join(folder, 'journal.img');
    runTool('mkfs.ext4', ['-q', '-F', '-O', 'journal_dev', '-b', '1024', journal, '4M']);
    const source = new NodeFileSource(journal);
    expect(thrown(() => open(source)).actual).toContain('journal of another volume');
    source.close();
  });

  test.skipIf(!hasTool('debugfs'))('names in encrypted directories are told apart and told of', () => {
    const file = make(['-O', 'encrypt']);
    // 0x800 encrypted, 0x80000 extents
    runTool('debugfs', ['-w', '-R', 'set_inode_field upper flags 0x80800', file]);
    const source = new NodeFileSource(file);
    const { paths, findings } = scan(source);
    expect(findings.map(({ code }) => code)).toEqual(['ext4Encrypted']);
    const named = Buffer.from('dir').toString('base64url');
    expect([...paths.keys()].filter((name) => name.startsWith('upper/'))).toContain(`upper/${named}/below`);
    source.close();
  });

  test('names that are no UTF-8 stay apart', () => {
    const odd = path.join(folder, 'odd');
    mkdirSync(odd);
    for (const byte of [0xe8, 0xe9, 0xff])
      writeFileSync(Buffer.concat([Buffer.from(`${odd}/caf`), Buffer.of(byte)]), String(byte));
    const source = new NodeFileSource(make([], '4M', odd));
    const { paths, volume } = scan(source);
    for (const byte of [0xe8, 0xe9, 0xff]) {
      const data = volume.open(paths.get(`caf${String.fromCharCode(0xdc00 + byte)}`)!.ref);
      expect(Number(new TextDecoder().decode(readBytes(data, 0, data.size)))).toBe(byte);
    }
    source.close();
  });

  test.skipIf(!hasTool('debugfs'))('what a file uses is counted in sectors, or in blocks', () => {
    const file = make(['-b', '4096']);
    const allocated = () => {
      const source = new NodeFileSource(file);
      const row = scan(source).paths.get('large.bin')!;
      source.close();
      return row.allocated;
    };
    const sectors = allocated() / 512;
    expect(sectors * 512).toBe(Math.ceil(3_000_000 / 4096) * 4096);
    // 0x40000: in blocks; 0x80000: extents
    runTool('debugfs', ['-w', '-R', 'set_inode_field large.bin flags 0xc0000', file]);
    expect(allocated()).toBe(sectors * 4096);
  });

  test.skipIf(!hasTool('debugfs'))('terabytes of hole in a file of block pointers are one', () => {
    const file = make(['-t', 'ext2', '-b', '4096']);
    runTool('debugfs', ['-w', '-R', 'set_inode_field holes size 4000000000000', file]);
    const source = new NodeFileSource(file);
    const { paths, volume } = scan(source);
    const data = volume.open(paths.get('holes')!.ref);
    expect(Array.from(data.extents(0, data.size), ({ kind, length }) => [kind, length])).toEqual([
      ['zero', 4_000_000_000_000],
    ]);
    source.close();
  });

  test.skipIf(!hasTool('debugfs'))('a listing does not read the values of attributes', () => {
    const file = make(['-O', 'ea_inode', '-b', '4096'], '40M');
    const value = path.join(folder, 'value');
    writeFileSync(value, new Uint8Array(3000).fill(0x76));
    for (let i = 0; i < 20; i++) runTool('debugfs', ['-w', '-R', `ea_set -f ${value} tiny.txt user.${i}`, file]);
    const source = new NodeFileSource(file);
    const volume = open(source).volumes[0]!;
    const read = vi.spyOn(source, 'readInto');
    const { rows } = scanRows(volume);
    expect(read.mock.calls.filter(([, dst]) => dst.length === 3000)).toEqual([]);
    const { attributes } = volume.describe(rows.find(({ name }) => name === 'tiny.txt')!.ref);
    expect(attributes?.filter(({ value: { length } }) => length === 3000)).toHaveLength(20);
    expect(read.mock.calls.filter(([, dst]) => dst.length === 3000).length).toBeGreaterThan(15);
    source.close();
  });

  test('an image that was cut off: what is missing is missing, never zeros', () => {
    const bytes = new Uint8Array(readFileSync(make(['-b', '1024'])));
    const { paths, volume, findings } = scan(new MemorySource('x', bytes.subarray(0, 3_000_000)));
    expect(findings.map(({ code }) => code)).toContain('ext4Truncated');
    const row = paths.get('large.bin');
    if (row !== undefined) expect(() => readBytes(volume.open(row.ref), row.size - 512, 512)).toThrow();
  });

  describe('hostile', () => {
    const small = path.join(folder, 'small');
    let bytes: Uint8Array;
    let hot: number[];
    beforeAll(() => {
      mkdirSync(path.join(small, 'dir'), { recursive: true });
      writeFileSync(path.join(small, 'dir/a.txt'), 'a');
      writeFileSync(path.join(small, 'b.bin'), random.bytes(40_000));
      symlinkSync('dir/a.txt', path.join(small, 'link'));
      const options = ['-b', '1024', '-N', '32', '-O', 'inline_data,^has_journal,^resize_inode', '-I', '256'];
      bytes = new Uint8Array(readFileSync(make(options, '256K', small)));
      // superblock, descriptors, inodes, directories
      hot = [
        1024,
        1024 + 0x58,
        2048,
        ...Array.from({ length: bytes.length / 1024 }, (_, i) => i * 1024).filter(
          (at) => bytes[at] !== 0 || bytes[at + 1] !== 0,
        ),
      ];
    });
    const exercise = (damaged: Uint8Array) => walkVolume(ext4, damaged);

    test('survives being cut off anywhere', () => {
      expect(surviveTruncations(bytes, exercise, hot)).toBeGreaterThan(20);
    });
    test('fuzz: survives damage', () => {
      expect(surviveMutations(bytes, exercise, { hot, count: 400 })).toBeGreaterThan(0);
    }, 600_000);

    test('directories of one block, and one that is over and over it, list its names once', () => {
      const file = make(['-b', '1024', '-O', '^has_journal,^resize_inode'], '1M', path.join(tree, 'Ünïcode'));
      for (const name of ['one', 'two']) runTool('debugfs', ['-w', '-R', `mkdir ${name}`, file]);
      const block = Number(runTool('debugfs', ['-R', 'bmap / 0', file]).toString());
      const again = (name: string, blocks: number) => {
        // block pointers instead of extents: any may lead anywhere
        runTool('debugfs', ['-w', '-R', `set_inode_field ${name} flags 0`, file]);
        runTool('debugfs', ['-w', '-R', `set_inode_field ${name} size ${blocks * 1024}`, file]);
        for (let i = 0; i < blocks; i++)
          runTool('debugfs', ['-w', '-R', `set_inode_field ${name} block[${i}] ${block}`, file]);
      };
      again('one', 12);
      again('two', 1);
      const { rows, findings } = scanRows(open(new MemorySource('x', new Uint8Array(readFileSync(file)))).volumes[0]!);
      expect(rows.map(({ name }) => name).sort()).toEqual(['lost+found', 'one', 'two', '名前.txt']);
      expect(findings.map(({ code }) => code)).toEqual(['ext4Damaged', 'ext4Damaged']);
    });

    test('a directory that holds itself is listed once', () => {
      const { paths } = scan(new MemorySource('x', bytes));
      const dir = paths.get('dir')!.ref;
      const copy = bytes.slice();
      // the entry of b.bin becomes one of the directory
      const view = new DataView(copy.buffer);
      const file = paths.get('b.bin')!.ref;
      for (let at = 0; at + 4 <= copy.length; at += 4)
        if (view.getUint32(at, true) === file && new TextDecoder().decode(copy.subarray(at + 8, at + 13)) === 'b.bin')
          view.setUint32(at, dir, true);
      const { findings } = scan(new MemorySource('x', copy));
      expect(findings.map(({ code }) => code)).toContain('ext4Damaged');
    });
  });
});

test('bytes of a row that has none are refused', (context) => {
  if (!tools) context.skip('no mkfs.ext4');
  const { paths, volume } = scan(new NodeFileSource(make([])));
  for (const name of ['many', 'soft']) expect(thrown(() => volume.open(paths.get(name)!.ref)).code).toBe('MissingItem');
  expect(paths.get('large.bin')!.byteState).toBe(ByteState.complete);
});
