/** Layers of container images over a made base: the same merged view from a plain archive and from a compressed one. */
import { gzipSync } from 'node:zlib';
import { beforeAll, expect, test } from 'vitest';
import { cli, Inputs, objects } from '../testing/cli.ts';
import { buildHive, dword } from '../testing/hive-builder.ts';
import { buildTar } from '../testing/tar-builder.ts';
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
