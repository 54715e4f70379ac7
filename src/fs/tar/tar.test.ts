import { linkSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { filetimeIso } from '../../base/filetime.ts';
import { containerFormats } from '../../container/registry.ts';
import { MemorySource } from '../../source/memory.ts';
import { readBytes } from '../../source/read.ts';
import { expectBytes, recognise, walkVolume } from '../../testing/conformance.ts';
import { Random } from '../../testing/damage.ts';
import { chunkRows, rowPaths, scanRows } from '../../testing/node-rows.ts';
import { surviveMutations, surviveTruncations } from '../../testing/survive.ts';
import { buildTar, type TarEntry } from '../../testing/tar-builder.ts';
import { thrown } from '../../testing/thrown.ts';
import { hasTool, runTool } from '../../testing/tools.ts';
import { fsFormats } from '../registry.ts';
import { ByteState, NodeFlag } from '../types.ts';
import { readArchive } from './archive.ts';
import { tar } from './index.ts';

const open = (bytes: Uint8Array) =>
  tar.open(new MemorySource('x.tar', bytes), { codecs: {} as never, modules: {} as never, resolve: () => [] });
/** Everything the tab does with a volume. */
const exercise = (bytes: Uint8Array) => walkVolume(tar, bytes);
const scan = (bytes: Uint8Array) => {
  const opened = open(bytes);
  const volume = opened.volumes[0]!;
  const { rows } = scanRows(volume);
  const paths = rowPaths(rows, volume.rootId);
  const read = (name: string) => {
    const source = volume.open(paths.get(name)!.ref);
    return readBytes(source, 0, source.size);
  };
  return { volume, rows, paths, read, codes: opened.findings.map(({ code }) => code) };
};
const random = new Random(41);
const [a, b] = [random.bytes(1500), random.bytes(512)];
const ENTRIES: readonly TarEntry[] = [
  { path: 'Files/', pax: { 'MSWINDOWS.fileattr': '16' } },
  {
    path: 'Files/a.txt',
    data: a,
    pax: { 'MSWINDOWS.fileattr': '34', 'LIBARCHIVE.creationtime': '1500000000.1234567', 'MSWINDOWS.rawsd': 'AQAEgA==' },
  },
  { path: 'Files/a.txt:Zone.Identifier', data: b },
  { path: `deep/${'x'.repeat(120)}/文件.bin`, data: b },
  { path: 'Files/hard.txt', type: '1', link: 'Files/a.txt' },
  { path: 'link', type: '2', link: 'Files/a.txt' },
  { path: './dotted', data: b },
];

/** Makes the sum of the header at `at` right again. */
function resum(bytes: Uint8Array, at: number): void {
  bytes.fill(0x20, at + 148, at + 156);
  const sum = bytes.subarray(at, at + 512).reduce((total, byte) => total + byte, 0);
  bytes.set(new TextEncoder().encode(`${sum.toString(8).padStart(6, '0')}\0 `), at + 148);
}

test('is recognised by the sum of its first header', () => {
  const { bytes } = buildTar(ENTRIES);
  expect(recognise(containerFormats, bytes)).toBeUndefined();
  expect(recognise(fsFormats, bytes)?.id).toBe('tar');
  expect(recognise(fsFormats, new Uint8Array(4096))).toBeUndefined();
});

test('gives back the tree: pax names, hard links, streams, attributes, times', () => {
  const { volume, paths, read, codes } = scan(buildTar(ENTRIES).bytes);
  expect(codes).toEqual([]);
  const deep = `deep/${'x'.repeat(120)}`;
  const names = ['Files', 'Files/a.txt', 'Files/hard.txt', 'deep', deep, `${deep}/文件.bin`, 'dotted', 'link'];
  expect([...paths.keys()].sort()).toEqual(names.sort());
  expectBytes(read('Files/a.txt'), a);
  expectBytes(read('Files/hard.txt'), a);
  expectBytes(read(`${deep}/文件.bin`), b);
  const [row, hard] = [paths.get('Files/a.txt')!, paths.get('Files/hard.txt')!];
  expect([row.attributes, row.links, row.linkId === hard.linkId, row.id === hard.id]).toEqual([34, 2, true, true]);
  expect(row.flags & NodeFlag.streams).not.toBe(0);
  expect(filetimeIso(row.createdLo, row.createdHi)).toBe('2017-07-14T02:40:00.1234567Z');
  expect(filetimeIso(row.modifiedLo, row.modifiedHi)).toBe('2020-01-02T03:04:05.0000000Z');
  expectBytes(readBytes(volume.open(row.ref, 'Zone.Identifier'), 0, b.length), b);
  expect(volume.describe(row.ref).security).toEqual(Uint8Array.of(1, 0, 4, 0x80));
  expect(volume.describe(paths.get('link')!.ref).reparseTarget).toBe('Files/a.txt');
  expect(paths.get('link')!.flags & NodeFlag.link).not.toBe(0);
  expect(chunkRows(volume.list(paths.get('Files')!.ref)).map(({ name }) => name)).toEqual(['a.txt', 'hard.txt']);
});

test('later entries of a path replace earlier ones', () => {
  const { paths, read } = scan(
    buildTar([
      { path: 'x', data: a },
      { path: 'x', data: b },
      { path: 'y', data: a },
      { path: 'y/inner', data: b },
    ]).bytes,
  );
  expectBytes(read('x'), b);
  expect([...paths.keys()].sort()).toEqual(['x', 'y', 'y/inner']);
});

test('keeps of pax records what is needed, and the same of many files once', () => {
  const security = { 'MSWINDOWS.rawsd': 'AQAEgA==' };
  const files = Array.from({ length: 50 }, (_, i) => ({
    path: `f${i}`,
    pax: { ...security, comment: 'x'.repeat(5000), 'VENDOR.key': 'y'.repeat(5000), mtime: `${1_600_000_000 + i}` },
  }));
  const { items, findings } = readArchive(new MemorySource('x.tar', buildTar(files).bytes));
  expect(findings).toEqual([]);
  const kept = new Set([...items.values()].map(({ pax }) => pax));
  expect(kept.size).toBe(1);
  const [[key, value]] = [...[...kept][0]!] as [[string, Uint8Array]];
  expect([key, value.buffer.byteLength]).toEqual(['MSWINDOWS.rawsd', 8]);
});

test('files with one descriptor have one number for it', () => {
  const secured = (path: string, raw: string, more = {}) => ({ path, pax: { 'MSWINDOWS.rawsd': raw, ...more } });
  const { paths } = scan(
    buildTar([
      secured('a', 'AQAEgA=='),
      secured('b', 'AQAEgB=='),
      secured('c', 'AQAEgA==', { 'SCHILY.xattr.user.k': 'v' }),
      { path: 'd' },
    ]).bytes,
  );
  const [one, two, again, none] = ['a', 'b', 'c', 'd'].map((name) => paths.get(name)!.securityId);
  expect([one! > 0, two! > 0, one === two, one === again, none]).toEqual([true, true, false, true, 0]);
});

test('global records say something of all files, within bounds', () => {
  const global = (pax: Readonly<Record<string, string>>): Uint8Array => {
    const { bytes } = buildTar([{ path: 'x', pax }]);
    bytes[156] = 'g'.charCodeAt(0);
    resum(bytes, 0);
    return bytes.subarray(0, bytes.length - 1024);
  };
  const plain = buildTar([{ path: 'a' }, { path: 'b', pax: { mtime: '1500000000' } }]).bytes;
  const join = (...parts: Uint8Array[]) => new Uint8Array(Buffer.concat(parts));
  const { paths, volume } = scan(join(global({ mtime: '1600000000', 'SCHILY.xattr.user.k': 'v' }), plain));
  expect(paths.get('a')!.modifiedLo).not.toBe(paths.get('b')!.modifiedLo);
  for (const name of ['a', 'b'])
    expect(volume.describe(paths.get(name)!.ref).attributes).toEqual([{ name: 'user.k', value: Uint8Array.of(0x76) }]);
  const many = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`SCHILY.xattr.user.${i}`, 'v'.repeat(300)]));
  const large = scan(join(global(many), plain));
  expect(large.codes).toEqual(['tarGlobalTooLarge']);
  expect(large.paths.has('a')).toBe(true);
});

test('a path longer than Windows has is left out', () => {
  const long = Array.from({ length: 500 }, () => 'x'.repeat(70)).join('/');
  const { codes, paths } = scan(buildTar([{ path: long }, { path: 'good', data: b }]).bytes);
  expect(codes).toEqual(['tarNameInvalid']);
  expect([...paths.keys()]).toEqual(['good']);
});

test('what leads out, or nowhere, is told', () => {
  const { codes, paths } = scan(
    buildTar([
      { path: '../out', data: a },
      { path: 'h', type: '1', link: 'none' },
      { path: 'good', data: b },
    ]).bytes,
  );
  expect(codes).toEqual(['tarNameInvalid', 'tarLinkMissing']);
  expect([...paths.keys()]).toEqual(['good']);
});

test('an entry that is the root itself, and no directory, does not take the tree away', () => {
  for (const odd of [
    { path: '.', data: b },
    { path: '.', type: '1', link: 'good' },
    { path: '.', type: '2', link: 'good' },
  ]) {
    const { codes, paths } = scan(buildTar([{ path: 'good', data: b }, odd]).bytes);
    expect([...paths.keys(), ...codes]).toEqual(['good', 'tarNameInvalid']);
  }
});

test('an empty record takes back what was said before: the header counts', () => {
  const { codes, paths, read } = scan(
    buildTar([{ path: 'good', data: b, mtime: 1_500_000_000, pax: { path: '', size: '', mtime: '' } }]).bytes,
  );
  expect([[...paths.keys()], codes]).toEqual([['good'], []]);
  expectBytes(read('good'), b);
  const { modifiedLo, modifiedHi } = paths.get('good')!;
  expect(filetimeIso(modifiedLo, modifiedHi)).toBe('2017-07-14T02:40:00.0000000Z');
});

test('attributes that read like others are not taken for them', () => {
  const { paths, volume } = scan(
    buildTar([
      { path: 'one', pax: { 'SCHILY.xattr.user.a': '1\nSCHILY.xattr.user.b=2' } },
      { path: 'two', pax: { 'SCHILY.xattr.user.a': '1', 'SCHILY.xattr.user.b': '2' } },
    ]).bytes,
  );
  const names = (path: string) => volume.describe(paths.get(path)!.ref).attributes?.map(({ name }) => name);
  expect([names('one'), names('two')]).toEqual([['user.a'], ['user.a', 'user.b']]);
});

test('times before 1970 with a fraction', () => {
  const { paths } = scan(buildTar([{ path: 'old', pax: { mtime: '-1.25' } }]).bytes);
  const { modifiedLo, modifiedHi } = paths.get('old')!;
  expect(filetimeIso(modifiedLo, modifiedHi)).toBe('1969-12-31T23:59:58.7500000Z');
});

test('labels of volumes are no files, and directories of incremental archives are directories', () => {
  const { codes, paths } = scan(
    buildTar([
      { path: 'backup of monday', type: 'V' },
      { path: 'dir/', type: 'D', data: b },
      { path: 'dir/x', data: b },
      { path: 'none/', type: 'D' },
    ]).bytes,
  );
  expect([...paths.keys()].sort()).toEqual(['dir', 'dir/x', 'none']);
  expect(paths.get('none')!.flags & NodeFlag.directory).not.toBe(0);
  expect(codes).toEqual([]);
});

test('an archive that ends too early: what is missing is missing, never zeros', () => {
  const { bytes } = buildTar([{ path: 'x', data: a }]);
  const { codes, paths, volume } = scan(bytes.subarray(0, 1024));
  expect(codes).toEqual(['tarTruncated']);
  const row = paths.get('x')!;
  expect(row.byteState).toBe(ByteState.damaged);
  expect(readBytes(volume.open(row.ref), 0, 512)).toEqual(a.subarray(0, 512));
  expect(thrown(() => readBytes(volume.open(row.ref), 512, 1)).code).toBe('MissingData');
});

test('a damaged header ends the list, and says so', () => {
  const { bytes, headerAt } = buildTar(ENTRIES);
  bytes[headerAt.get('Files/hard.txt')! + 5]! ^= 1;
  const { codes, paths } = scan(bytes);
  expect(codes).toEqual(['tarHeaderDamaged']);
  expect(paths.has('Files/a.txt')).toBe(true);
  expect(paths.has('dotted')).toBe(false);
});

test('a directory where case counts says so as Windows Subsystem for Linux does', () => {
  const of = (value: string) => ({ 'SCHILY.xattr.system.wsl_case_sensitive': value });
  const { paths } = scan(
    buildTar([
      { path: 'on/', pax: of('1') },
      { path: 'off/', pax: of('0') },
      { path: 'file', pax: of('1') },
    ]).bytes,
  );
  expect(['on', 'off', 'file'].map((name) => paths.get(name)!.flags)).toEqual([
    NodeFlag.directory | NodeFlag.caseSensitive,
    NodeFlag.directory,
    0,
  ]);
});

test('extended attributes, as GNU tar and as bsdtar write them', () => {
  const { paths, volume } = scan(
    buildTar([
      { path: 'd/', pax: { 'SCHILY.xattr.trusted.overlay.opaque': 'y', 'SCHILY.xattr.user.note': 'ä' } },
      { path: 'd/f', data: a, pax: { 'LIBARCHIVE.xattr.user.a%20b': 'AAE=', 'SCHILY.xattr.user.x': 'y' } },
      { path: 'd/below', data: b, pax: { 'SCHILY.xattr.user.overlay.metacopy': '' } },
      { path: 'd/gone', type: '3' },
      { path: 'd/gone too', type: '1', link: 'd/gone' },
    ]).bytes,
  );
  const about = (name: string) => volume.describe(paths.get(name)!.ref);
  expect(about('d').attributes).toEqual([
    { name: 'trusted.overlay.opaque', value: Uint8Array.of(0x79) },
    { name: 'user.note', value: new TextEncoder().encode('ä') },
  ]);
  expect(about('d').facts['attributes']).toEqual({ 'trusted.overlay.opaque': 'y', 'user.note': 'c3a4' });
  expect(about('d/f').attributes).toEqual([
    { name: 'user.a b', value: Uint8Array.of(0, 1) },
    { name: 'user.x', value: Uint8Array.of(0x79) },
  ]);
  const flags = (name: string) => paths.get(name)!.flags & (NodeFlag.ea | NodeFlag.overlay);
  expect([flags('d'), flags('d/f')]).toEqual([NodeFlag.ea | NodeFlag.overlay, NodeFlag.ea]);
  // what stands for its bytes is never shown
  expect([paths.get('d/below')!.byteState, paths.get('d/below')!.size]).toEqual([ByteState.missing, b.length]);
  expect(thrown(() => readBytes(volume.open(paths.get('d/below')!.ref), 0, 1)).code).toBe('MissingData');
  expect([paths.get('d/gone')!.reparseTag, paths.get('d/gone too')!.reparseTag]).toEqual([0x8000_0025, 0x8000_0025]);
});

describe('hostile', () => {
  const { bytes, headerAt } = buildTar(ENTRIES);
  const hot = [...headerAt.values()].flatMap((at) => [at, at + 124, at + 148, at - 512]).filter((at) => at >= 0);
  /** The sum made right again, so that damage gets past it. */
  const mend = (bad: Uint8Array): void => {
    for (const at of headerAt.values()) if (at + 512 <= bad.length) resum(bad, at);
  };

  test('survives being cut off anywhere', () => {
    expect(surviveTruncations(bytes, exercise, hot)).toBeGreaterThan(20);
  });

  test('fuzz: survives damage', () => {
    expect(surviveMutations(bytes, exercise, { hot, count: 200 })).toBeGreaterThan(0);
    expect(surviveMutations(bytes, exercise, { hot, count: 300, mend })).toBeGreaterThan(0);
  }, 600_000);
});

test.skipIf(!hasTool('tar')).each(['v7', 'ustar', 'gnu', 'pax'])('reads what tar --format=%s writes', (format) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'strata-tar-'));
  try {
    const name = format === 'v7' ? 'short' : `${'long '.repeat(format === 'ustar' ? 10 : 30)}name`;
    mkdirSync(path.join(folder, 'in', 'sub'), { recursive: true });
    writeFileSync(path.join(folder, 'in', 'sub', name), a);
    linkSync(path.join(folder, 'in', 'sub', name), path.join(folder, 'in', 'sub', 'hard'));
    symlinkSync('hard', path.join(folder, 'in', 'sub', 'soft'));
    const file = path.join(folder, 'x.tar');
    runTool('tar', ['--format', format, '-cf', file, '-C', path.join(folder, 'in'), '.']);
    const { paths, read, codes, volume } = scan(readFileSync(file));
    expect(codes).toEqual([]);
    expect([...paths.keys()].sort()).toEqual(['sub', 'sub/hard', `sub/${name}`, 'sub/soft'].sort());
    expectBytes(read(`sub/${name}`), a);
    expectBytes(read('sub/hard'), a);
    expect(volume.describe(paths.get('sub/soft')!.ref).reparseTarget).toBe('hard');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test.skipIf(!hasTool('tar')).each(['gnu', 'pax'])('incremental and labelled: tar --format=%s -g -V', (format) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'strata-tar-'));
  try {
    const [file, snapshot] = ['x.tar', 'snapshot'].map((name) => path.join(folder, name)) as [string, string];
    mkdirSync(path.join(folder, 'in', 'sub'), { recursive: true });
    writeFileSync(path.join(folder, 'in', 'sub', 'f'), a);
    runTool('tar', [
      '--format',
      format,
      '-V',
      'monday',
      '-g',
      snapshot,
      '-cf',
      file,
      '-C',
      path.join(folder, 'in'),
      '.',
    ]);
    const { paths, read, codes } = scan(readFileSync(file));
    expect([[...paths.keys()], codes]).toEqual([['sub', 'sub/f'], []]);
    expect(paths.get('sub')!.modifiedHi).not.toBe(0);
    expectBytes(read('sub/f'), a);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test.skipIf(!hasTool('tar')).each(['gnu', 'pax'])('names that are no UTF-8 stay apart: tar --format=%s', (format) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'strata-tar-'));
  try {
    mkdirSync(path.join(folder, 'in'));
    const long = 'n'.repeat(150);
    for (const byte of [0xe8, 0xe9])
      for (const name of ['caf', long])
        writeFileSync(Buffer.concat([Buffer.from(`${folder}/in/${name}`), Buffer.of(byte)]), `${name} ${byte}`);
    const file = path.join(folder, 'x.tar');
    runTool('tar', ['--format', format, '-cf', file, '-C', path.join(folder, 'in'), '.']);
    const { paths, read } = scan(readFileSync(file));
    const names = ['caf\udce8', 'caf\udce9', `${long}\udce8`, `${long}\udce9`];
    expect([...paths.keys()].sort()).toEqual(names);
    expect(new TextDecoder().decode(read('caf\udce8'))).toBe('caf 232');
    expect(new TextDecoder().decode(read(`${long}\udce9`))).toBe(`${long} 233`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
