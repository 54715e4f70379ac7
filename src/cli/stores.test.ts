/** Layers of container images over a made base: the same merged view from a plain archive and from a compressed one. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { cli, Inputs, objects } from '../testing/cli.ts';
import { buildHive, dword } from '../testing/hive-builder.ts';
import { dockerSave, ociLayout } from '../testing/saved-image-builder.ts';
import { buildTar } from '../testing/tar-builder.ts';
import { hasTool, runTool } from '../testing/tools.ts';
import { buildWim } from '../testing/wim-builder.ts';

const inputs = new Inputs();
const bytes = (text: string) => new TextEncoder().encode(text);
const software = (keys: Parameters<typeof buildHive>[0], layered: boolean) =>
  buildHive(keys, layered ? { minor: 6, layered: true } : { minor: 5 });
/** One frame of one raw block. */
function zstdFrame(data: Uint8Array): Uint8Array {
  const word = (data.length << 3) | 1;
  return new Uint8Array([0x28, 0xb5, 0x2f, 0xfd, 0, 0x58, word & 255, (word >> 8) & 255, word >> 16, ...data]);
}

let base = '';
let layer: Uint8Array;

beforeAll(() => {
  const hive = software(
    { name: 'ROOT', keys: [{ name: 'Kept', values: [{ name: 'n', type: 4, data: dword(1) }] }, { name: 'Gone' }] },
    false,
  );
  const root = {
    name: '',
    dir: [
      {
        name: 'Windows',
        dir: [
          { name: 'old.dll', data: bytes('old') },
          { name: 'kept.dll', data: bytes('kept') },
          { name: 'System32', dir: [{ name: 'config', dir: [{ name: 'SOFTWARE', data: hive }] }] },
        ],
      },
      { name: 'App', dir: [{ name: 'before.txt', data: bytes('b') }] },
    ],
  };
  base = inputs.add('base.wim', buildWim({ images: [{ name: 'Base', root }] }));
  const delta = software({ name: 'ROOT', keys: [{ name: 'Gone', layerKind: 1 }, { name: 'New' }] }, true);
  layer = buildTar([
    { path: 'Files/' },
    { path: 'Files/Windows/.wh.old.dll' },
    { path: 'Files/Windows/new.dll', data: bytes('new') },
    { path: 'Files/App/.wh..wh..opq' },
    { path: 'Files/App/after.txt', data: bytes('a') },
    { path: 'Hives/Software_Delta', data: delta },
  ]).bytes;
});

test.each([
  ['tar', (data: Uint8Array) => data],
  ['tar.gz', (data: Uint8Array) => new Uint8Array(gzipSync(data))],
  ['tar.zst', zstdFrame],
])('a Windows layer as %s', (extension, pack) => {
  const file = inputs.add(`layer.${extension}`, pack(layer));
  const run = (...args: string[]) => objects(cli(['merge', '--os', base, '--app', file, ...args, '--json']).out);
  const files = run('ls', '-r').map(({ path, layer: from }) => [path, from]);
  expect(files).toContainEqual(['Windows\\new.dll', 'app1']);
  expect(files).toContainEqual(['Windows\\kept.dll', 'os']);
  const paths = files.map(([path]) => path);
  for (const gone of ['Windows\\old.dll', 'App\\before.txt', 'Windows\\.wh.old.dll']) expect(paths).not.toContain(gone);
  expect(paths).toContain('App\\after.txt');
  const keys = run('reg', 'HKLM\\SOFTWARE', '-r').map(({ key }) => key);
  expect(keys).toContain('HKLM\\SOFTWARE\\New');
  expect(keys).toContain('HKLM\\SOFTWARE\\Kept');
  expect(keys).not.toContain('HKLM\\SOFTWARE\\Gone');
});

describe('the store', () => {
  const stats = (...args: string[]) =>
    objects<{ layers: { store: string; storeSigns: string[] }[] }>(
      cli(['merge', '--os', base, ...args, 'stats', '--json']).out,
    )[0]!.layers[0]!;

  test('is told with what it was known by, and can be another', () => {
    const file = inputs.add('choice.tar', layer);
    expect(stats('--app', file)).toMatchObject({
      store: 'oci',
      storeSigns: ['Hives\\Software_Delta', 'Files\\Windows\\.wh.old.dll', 'Files\\App\\.wh..wh..opq'],
    });
    expect(stats('--app', file, '--store', 'plain').store).toBe('plain');
    const paths = objects(cli(['merge', '--os', base, '--app', file, '--store=plain', 'ls', '-r', '--json']).out);
    expect(paths.map(({ path: at }) => at)).toEqual(
      expect.arrayContaining(['Windows\\old.dll', 'Files\\Windows\\new.dll', 'Files\\Windows\\.wh.old.dll']),
    );
  });

  test('is told with its marks', () => {
    const file = inputs.add('marks.tar', layer);
    const { out, code } = cli(['store', '--os', base, '--app', file, '--json']);
    expect(code).toBe(0);
    const told = objects(out);
    expect(told.filter(({ type }) => type === 'layer')).toEqual([
      { type: 'layer', layer: 'os', role: 'os', store: 'plain', signs: [], marks: 0 },
      expect.objectContaining({ layer: 'app1', role: 'app', store: 'oci', marks: 2 }),
    ]);
    expect(told.filter(({ type }) => type === 'mark')).toEqual([
      { type: 'mark', layer: 'app1', mark: 'whiteout', path: 'Windows\\old.dll', from: null },
      { type: 'mark', layer: 'app1', mark: 'opaque', path: 'App', from: null },
    ]);
    expect(told.filter(({ type }) => type === 'hive').map(({ layer: from, marks }) => [from, marks])).toEqual([
      ['os', 0],
      ['app1', 1],
    ]);
    expect(cli(['store', '--os', base, '--app', file]).out).toContain('  whiteout  Windows\\old.dll\n');
  });

  test('an unknown one, and one without a layer, are wrong use', () => {
    const unknown = cli(['merge', '--os', base, '--store', 'zfs', 'ls']);
    expect([unknown.code, unknown.err]).toEqual([2, expect.stringContaining('sandboxie')]);
    const alone = cli(['merge', '--store', 'plain', '--os', base, 'ls']);
    expect([alone.code, alone.err]).toEqual([2, expect.stringContaining('behind the layer')]);
  });
});

describe('a layer that GNU tar packed', () => {
  const GOLDEN = [
    ['App', 'app1', 'overrides'],
    ['App\\after.txt', 'app1', 'added'],
    ['Windows', 'app1', 'unchanged'],
    ['Windows\\kept.dll', 'os', 'unchanged'],
    ['Windows\\new.dll', 'app1', 'added'],
    ['Windows\\System32', 'os', 'unchanged'],
    ['Windows\\System32\\config', 'os', 'unchanged'],
    ['Windows\\System32\\config\\SOFTWARE', 'os', 'unchanged'],
  ];

  test
    .skipIf(!hasTool('tar'))
    .each([
      ['plain', []],
      ['gzip', ['--gzip']],
      ...(hasTool('zstd') ? [['zstd', ['--zstd']] as [string, string[]]] : []),
    ])('%s', (name, options) => {
    const folder = path.join(inputs.folder, `gnu-${name}`);
    const write = (file: string, data: Uint8Array | string) => {
      mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
      writeFileSync(path.join(folder, file), data);
    };
    for (const file of ['Files/Windows/.wh.old.dll', 'Files/App/.wh..wh..opq']) write(file, '');
    write('Files/Windows/new.dll', 'new');
    write('Files/App/after.txt', 'a');
    write('Hives/Software_Delta', software({ name: 'ROOT', keys: [{ name: 'Gone', layerKind: 1 }] }, true));
    const file = inputs.free(`gnu-${name}.tar`);
    const pax = ['--format=pax', '--pax-option=MSWINDOWS.fileattr:=32'];
    runTool('tar', [...pax, ...options, '-cf', file, '-C', folder, 'Files', 'Hives']);
    const run = (...args: string[]) => objects(cli(['merge', '--os', base, '--app', file, ...args, '--json']).out);
    expect(run('ls', '-r').map(({ path: at, layer: from, state }) => [at, from, state])).toEqual(GOLDEN);
    const keys = run('reg', 'HKLM\\SOFTWARE', '-r').map(({ key, layer: from }) => [key, from] as const);
    expect([...new Map(keys)]).toEqual([
      ['HKLM\\SOFTWARE', 'app1'],
      ['HKLM\\SOFTWARE\\Kept', 'os'],
    ]);
  });
});

describe('a saved image alone', () => {
  const layers = () => {
    const below = buildTar([
      { path: 'Files/Windows/old.dll', data: bytes('old') },
      { path: 'Files/App/before.txt', data: bytes('b') },
    ]).bytes;
    return [
      { bytes: below, createdBy: 'Apply image' },
      { bytes: layer, createdBy: 'cmd /S /C setup' },
    ];
  };
  const GOLDEN = [
    ['App', 'app1'],
    ['App\\after.txt', 'app1'],
    ['Windows', 'app1'],
    ['Windows\\new.dll', 'app1'],
  ];

  test.each(['docker save', 'OCI layout'])('%s: all its layers, in order', (form) => {
    const entries = form === 'docker save' ? dockerSave('app:1', layers()) : ociLayout({ 'app:1': layers() });
    const file = inputs.add(`${form}.tar`, buildTar(entries).bytes);
    const merged = objects(cli(['merge', '--os', file, 'ls', '-r', '--json']).out);
    expect(merged.map(({ path, layer: from }) => [path, from])).toEqual(GOLDEN);
    const stats = objects<{ layers: unknown }>(cli(['merge', '--os', file, 'stats', '--json']).out)[0]!;
    expect(stats.layers).toMatchObject([{ name: 'setup' }, { name: 'Apply image' }]);
    expect(objects(cli(['ls', `${file}::l1`, '-r', '--json']).out).map(({ path }) => path)).toContain('Files\\App');
    // one of them by itself
    const one = objects(cli(['merge', '--os', base, '--app', `${file}::l2`, 'ls', '-r', '--json']).out);
    expect(one.map(({ path }) => path)).toContain('Windows\\kept.dll');
    const verified = objects(cli(['verify', file, '--json']).out);
    expect(verified.filter((row) => 'verified' in row)).toMatchObject([
      { mount: '', verified: false },
      { mount: 'l1', verified: true, damaged: 0 },
      { mount: 'l2', verified: true, damaged: 0 },
    ]);
  });

  test('a foreign layer is told, the others are merged', () => {
    const foreign = {
      bytes: null,
      createdBy: 'base',
      mediaType: 'application/vnd.oci.image.layer.nondistributable.v1.tar',
    };
    const file = inputs.add('foreign.tar', buildTar(ociLayout({ a: [foreign, { bytes: layer }] })).bytes);
    const { out, err } = cli(['merge', '--os', base, '--app', file, 'ls', '-r', '--json']);
    expect(out + err).toContain('a foreign layer that the archive does not have');
    expect(objects(out).map(({ path }) => path)).toContain('Windows\\new.dll');
  });

  test('of several, one is to be chosen', () => {
    const file = inputs.add('several.tar', buildTar(ociLayout({ 'a:1': layers(), 'b:2': layers().slice(0, 1) })).bytes);
    const { code, err } = cli(['merge', '--os', file, 'ls']);
    expect([code, err]).toEqual([2, expect.stringContaining('i1 (a:1), i2 (b:2)')]);
    expect(objects(cli(['merge', '--os', `${file}::i1`, 'ls', '-r', '--json']).out)).toHaveLength(GOLDEN.length);
  });
});
