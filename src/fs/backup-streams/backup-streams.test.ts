import { expect, test } from 'vitest';
import { MemorySource } from '../../source/memory.ts';
import { readBytes } from '../../source/read.ts';
import { BACKUP, backupFile, eaEntry, reparseBuffer, type StreamSpec } from '../../testing/backup-streams.ts';
import { walkVolume } from '../../testing/conformance.ts';
import { rowPaths, scanRows } from '../../testing/node-rows.ts';
import { surviveMutations, surviveTruncations } from '../../testing/survive.ts';
import { buildTar, type TarEntry } from '../../testing/tar-builder.ts';
import { thrown } from '../../testing/thrown.ts';
import { tar } from '../tar/index.ts';
import { ByteState, type FsFormat, NodeFlag } from '../types.ts';
import { readBackup } from './streams.ts';
import { backupStreams } from './volume.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const context = { codecs: {} as never, modules: {} as never, resolve: () => [] };
const SD = Uint8Array.from([1, 0, 4, 0x80, ...new Array(16).fill(0)]);
const ID = Uint8Array.from({ length: 64 }, (_, i) => i);
const security: StreamSpec = { id: BACKUP.security, attributes: 2, data: SD };
const folder = backupFile(0x11, [security]);
const SYMLINK = 0xa000_000c;
const JUNCTION = 0xa000_0003;

const ENTRIES: readonly TarEntry[] = [
  { path: 'tombstones.txt', data: bytes('\ufeffVersion 1.0\r\n') },
  { path: 'Files.$wcidirs$', data: folder },
  { path: 'Files/' },
  { path: 'Files/Windows.$wcidirs$', data: folder },
  { path: 'Files/Windows/' },
  {
    path: 'Files/Windows/a.txt',
    data: backupFile(0x21, [
      security,
      { id: BACKUP.ea, data: eaEntry('$KERNEL.X', bytes('v')) },
      { id: BACKUP.data, data: bytes('content') },
      { id: BACKUP.alternate, attributes: 0, name: ':Zone.Identifier:$DATA', data: bytes('zone') },
      { id: BACKUP.alternate, name: 'second:$DATA', data: bytes('2') },
      { id: BACKUP.objectId, data: ID },
      { id: BACKUP.property, data: bytes('p') },
    ]),
  },
  { path: 'Files/Windows/hard.txt', type: '1', link: 'Files/Windows/a.txt' },
  {
    path: 'Files/Windows/sparse.bin',
    data: backupFile(0x220, [
      { id: BACKUP.data, attributes: 8 },
      { id: BACKUP.block, attributes: 8, offset: 4, data: bytes('abc') },
      { id: BACKUP.block, attributes: 8, offset: 20, data: bytes('x') },
      { id: BACKUP.block, attributes: 8, offset: 32 },
      { id: BACKUP.alternate, attributes: 8, name: ':s:$DATA' },
      { id: BACKUP.block, attributes: 8, offset: 2, data: bytes('!') },
    ]),
  },
  {
    path: 'Files/link.txt',
    data: backupFile(0x420, [security, { id: BACKUP.reparse, data: reparseBuffer(SYMLINK, 'Windows\\a.txt') }]),
  },
  {
    path: 'Files/junction.$wcidirs$',
    data: backupFile(0x410, [{ id: BACKUP.reparse, data: reparseBuffer(JUNCTION, '\\??\\C:\\Windows') }]),
  },
  { path: 'Files/junction/' },
  { path: 'Files/empty', data: backupFile(0x20, [security, { id: BACKUP.data }]) },
  { path: 'Files/cut', data: backupFile(0x20, [{ id: BACKUP.data, data: bytes('abc'), size: 8 }]) },
  { path: 'Files/strange', data: bytes('no streams here') },
  { path: 'Hives/System_Delta', data: bytes('regf') },
];

/** A tar format whose volumes are decoded, for the conformance walk. */
const decoded: FsFormat = {
  ...tar,
  open(source, given) {
    const opened = tar.open(source, given);
    return { ...opened, volumes: [backupStreams(opened.volumes[0]!, source.name) ?? opened.volumes[0]!] };
  },
};
const open = (entries: readonly TarEntry[]) =>
  backupStreams(tar.open(new MemorySource('x.tar', buildTar(entries).bytes), context).volumes[0]!, 'x.tar');

function opened() {
  const volume = open(ENTRIES)!;
  const { rows, findings } = scanRows(volume);
  const paths = rowPaths(rows, volume.rootId);
  const read = (name: string, stream = '') => {
    const source = volume.open(paths.get(name)!.ref, stream);
    return new TextDecoder().decode(readBytes(source, 0, source.size));
  };
  return { volume, findings, paths, read };
}

test('a transport folder: files as the guest sees them, the metadata of folders with their folders', () => {
  const { paths, findings } = opened();
  expect(
    [...paths].map(([name, row]) => `${name} ${row.size} ${row.attributes.toString(16)} ${row.byteState}`).sort(),
  ).toEqual(
    [
      'Files 0 11 0',
      'Files/Windows 0 11 0',
      'Files/Windows/a.txt 7 21 0',
      'Files/Windows/hard.txt 7 21 0',
      'Files/Windows/sparse.bin 32 220 2',
      'Files/cut 8 20 8',
      'Files/empty 0 20 0',
      'Files/junction 0 410 0',
      'Files/link.txt 0 420 0',
      'Files/strange 15 20 0',
      'Hives 0 30 0',
      'Hives/System_Delta 4 20 0',
      'tombstones.txt 16 20 0',
    ].sort(),
  );
  expect(findings.map(({ code, facts }) => [code, facts])).toEqual([
    ['backupStreamsDecoded', { files: 9 }],
    ['backupStreamsDamaged', { files: 1 }],
    ['backupStreamsNone', { files: 1 }],
  ]);
  const flags = (name: string) => paths.get(name)!.flags;
  expect(flags('Files/Windows/a.txt')).toBe(NodeFlag.streams | NodeFlag.ea);
  expect([flags('Files/link.txt'), paths.get('Files/link.txt')!.reparseTag]).toEqual([NodeFlag.link, SYMLINK]);
  expect([flags('Files/junction'), paths.get('Files/junction')!.reparseTag]).toEqual([
    NodeFlag.link | NodeFlag.directory,
    JUNCTION,
  ]);
  // hard links stay one file
  expect(paths.get('Files/Windows/a.txt')!.linkId).toBe(paths.get('Files/Windows/hard.txt')!.linkId);
});

test('contents: data, named streams, holes; what is cut off is missing and not zeros', () => {
  const { read, volume, paths } = opened();
  expect(read('Files/Windows/a.txt')).toBe('content');
  expect(read('Files/Windows/a.txt', 'Zone.Identifier')).toBe('zone');
  expect(read('Files/Windows/hard.txt', 'second')).toBe('2');
  expect(read('Files/Windows/sparse.bin')).toBe(`\0\0\0\0abc${'\0'.repeat(13)}x${'\0'.repeat(11)}`);
  expect(read('Files/Windows/sparse.bin', 's')).toBe('\0\0!');
  expect([read('Files/empty'), read('Files/link.txt'), read('Files/strange')]).toEqual(['', '', 'no streams here']);
  const cut = volume.open(paths.get('Files/cut')!.ref);
  expect(new TextDecoder().decode(readBytes(cut, 0, 3))).toBe('abc');
  expect(thrown(() => readBytes(cut, 0, 8)).code).toBe('MissingData');
  expect(thrown(() => volume.open(paths.get('Files/Windows/a.txt')!.ref, 'none')).code).toBe('MissingItem');
});

test('details: security, links, attributes of a file and of a folder, whoever listed it', () => {
  const { volume, paths } = opened();
  const of = (name: string, from = volume) => from.describe(paths.get(name)!.ref);
  const file = of('Files/Windows/a.txt');
  expect(file.streams.map(({ name, size }) => [name, size])).toEqual([
    ['', 7],
    ['Zone.Identifier', 4],
    ['second', 1],
  ]);
  expect(file.security).toEqual(SD);
  expect(file.objectId).toBe('03020100-0504-0706-0809-0a0b0c0d0e0f');
  expect(file.facts['extendedAttributes']).toEqual([{ name: '$KERNEL.X', value: '76' }]);
  expect(file.facts['backupStreams']).toMatchObject({ attributes: '0x21', otherStreams: [6] });
  expect(of('Files/link.txt').reparseTarget).toBe('Windows\\a.txt');
  // a volume that was opened anew has listed nothing yet
  expect(of('Files/Windows', open(ENTRIES)!).security).toEqual(SD);
  expect(of('Files/junction', open(ENTRIES)!)).toMatchObject({ reparseTarget: '\\??\\C:\\Windows' });
  expect(of('Files/cut').byteState).toBe(ByteState.damaged);
});

test('a listing has what a scan has', () => {
  const { volume, paths } = opened();
  const chunk = open(ENTRIES)!.list(paths.get('Files/Windows')!.ref);
  expect(Array.from(chunk.size)).toEqual([7, 7, 32]);
  expect(volume.list(volume.rootRef).count).toBe(3);
});

test('is known by content alone', () => {
  const plain = (data: Uint8Array): TarEntry[] => [{ path: 'Files/a', data }];
  expect(open(plain(bytes('just a file in a folder of that name')))).toBeNull();
  expect(open(plain(bytes('')))).toBeNull();
  expect(open(plain(Uint8Array.of(0x20, 0, 0, 0)))).toBeNull();
  expect(open([{ path: 'Files/a.$wcidirs$', data: bytes('x') }, { path: 'Files/a/' }])).toBeNull();
  expect(open([{ path: 'Other/a', data: backupFile(0x20, [security]) }])).toBeNull();
  expect(open(plain(backupFile(0x20, [security])))).not.toBeNull();
  // one ordinary file among those that are asked, and no folder says otherwise
  expect(open([...plain(backupFile(0x20, [security])), { path: 'Files/b', data: bytes('text') }])).toBeNull();
});

test('streams that cannot be end what is read', () => {
  const read = (streams: readonly StreamSpec[]) =>
    readBackup(new MemorySource('x', backupFile(0x20, [security, ...streams])), false)!;
  expect(read([{ id: 11, data: bytes('x') }]).damaged).toBe(true);
  expect(read([{ id: BACKUP.block, offset: 0, data: bytes('x') }]).damaged).toBe(true);
  const back = read([
    { id: BACKUP.data, attributes: 8 },
    { id: BACKUP.block, offset: 8, data: bytes('abc') },
    { id: BACKUP.block, offset: 4, data: bytes('x') },
  ]);
  expect([back.damaged, back.data?.size]).toEqual([true, 11]);
  expect(read([{ id: BACKUP.link, data: bytes('x') }])).toMatchObject({ damaged: false, link: { length: 1 } });
});

test('survives being cut off anywhere', () => {
  const { bytes: image, headerAt } = buildTar(ENTRIES);
  expect(surviveTruncations(image, (cut) => walkVolume(decoded, cut), [...headerAt.values()])).toBeGreaterThan(20);
});

test('fuzz: survives damage', () => {
  const { bytes: image, headerAt } = buildTar(ENTRIES);
  const hot = [...headerAt.values()].flatMap((at) => [at + 512, at + 516, at + 524, at + 532]);
  expect(surviveMutations(image, (bad) => walkVolume(decoded, bad), { count: 300, hot })).toBeGreaterThan(0);
}, 600_000);
