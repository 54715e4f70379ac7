/** Folders as layers: what is in them is merged as from an image, stores are recognised, and what cannot be seen is told. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { cli, Inputs, objects } from '../testing/cli.ts';
import { buildHive, dword } from '../testing/hive-builder.ts';
import { type ImageLayer, ociLayout } from '../testing/saved-image-builder.ts';
import { buildTar } from '../testing/tar-builder.ts';
import { buildWim } from '../testing/wim-builder.ts';

const inputs = new Inputs();
const bytes = (text: string) => new TextEncoder().encode(text);

function folder(name: string, files: Readonly<Record<string, string | Uint8Array>>): string {
  const root = path.join(inputs.folder, name);
  mkdirSync(root);
  for (const [file, data] of Object.entries(files)) {
    const at = path.join(root, file);
    mkdirSync(path.dirname(at), { recursive: true });
    if (!file.endsWith('/')) writeFileSync(at, data);
    else mkdirSync(at, { recursive: true });
  }
  return root;
}
const software = (layered: boolean, ...keys: Parameters<typeof buildHive>[0][]) =>
  buildHive({ name: 'ROOT', keys }, layered ? { minor: 6, layered: true } : { minor: 5 });
const base = folder('base', {
  'Windows/old.dll': 'old',
  'Windows/kept.dll': 'kept',
  'Windows/System32/config/SOFTWARE': software(
    false,
    { name: 'Kept', values: [{ name: 'n', type: 4, data: dword(1) }] },
    { name: 'Gone' },
  ),
  'Users/ann/empty/': '',
});
const merged = (above: string, ...args: string[]) =>
  objects(cli(['merge', '--os', base, '--app', above, ...args, '--json']).out);
const paths = (above: string) => merged(above, 'ls', '-r').map(({ path: at, layer }) => `${at} ${layer}`);

test('names, sizes, times and bytes; hives by their place', () => {
  utimesSync(path.join(base, 'Windows/old.dll'), 0, 1_577_934_245.5);
  const rows = objects(cli(['ls', base, '-r', '--json']).out);
  expect(rows.map((row) => row['path'])).toContain('Users\\ann\\empty');
  expect(rows.find((row) => row['path'] === 'Windows\\old.dll')).toMatchObject({
    size: 3,
    modified: '2020-01-02T03:04:05.5000000Z',
  });
  expect(cli(['cat', base, 'Windows\\kept.dll']).out).toBe('kept');
  expect(objects(cli(['reg', base, 'HKLM\\SOFTWARE\\Kept', '--json']).out).length).toBeGreaterThan(0);
  expect(cli(['info', base]).out).toContain('attributes, security, streams');
});

test('as the base of an image, and above one', () => {
  const wim = inputs.add(
    'app.wim',
    buildWim({ images: [{ name: 'App', root: { name: '', dir: [{ name: 'new.txt', data: bytes('n') }] } }] }),
  );
  expect(paths(wim)).toContain('new.txt app1');
  expect(paths(wim)).toContain('Windows\\old.dll os');
});

test('an unpacked container layer, a layer directory of the host, our own store', () => {
  const hive = software(true, { name: 'Gone', layerKind: 1 });
  const oci = folder('oci', {
    'Files/Windows/.wh.old.dll': '',
    'Files/Windows/new.dll': 'n',
    'Hives/Software_Delta': hive,
  });
  const wcifs = folder('wcifs', {
    'Files/Windows/new.dll': 'n',
    'Hives/Software_Delta': hive,
    'tombstones.txt': '\ufeffVersion 1.0\r\n\\Windows\\old.dll\r\n',
  });
  const own = folder('own', {
    '.layer/store.json': '{"format": 1, "id": "x"}',
    '.layer/markers.ndjson': '{"op":"wh","p":"Windows\\\\old.dll","g":1}\n',
    'files/Windows/new.dll': 'n',
    'hives/HKLM_SOFTWARE.dat': hive,
  });
  for (const store of [oci, wcifs, own]) {
    const found = paths(store);
    expect(found).toContain('Windows\\new.dll app1');
    expect(found).toContain('Windows\\kept.dll os');
    expect(found.join()).not.toContain('old.dll');
    const keys = merged(store, 'reg', 'HKLM\\SOFTWARE', '-r').map(({ key }) => key);
    expect(keys).toContain('HKLM\\SOFTWARE\\Kept');
    expect(keys).not.toContain('HKLM\\SOFTWARE\\Gone');
  }
});

test('an upper directory with its devices, where those may be made', (context) => {
  const upper = folder('upper', { 'Windows/new.dll': 'n' });
  const { status } = spawnSync('mknod', [path.join(upper, 'Windows/old.dll'), 'c', '0', '0']);
  if (status !== 0) context.skip('devices cannot be made here');
  expect(paths(upper)).toContain('Windows\\new.dll app1');
  expect(paths(upper).join()).not.toContain('old.dll');
});

test('an OCI layout as a folder: its layers', () => {
  const layers: ImageLayer[] = [
    { bytes: buildTar([{ path: 'a.txt', data: bytes('a') }]).bytes, createdBy: 'one' },
    { bytes: buildTar([{ path: '.wh.a.txt' }, { path: 'b.txt', data: bytes('b') }]).bytes, createdBy: 'two' },
  ];
  const layout = folder(
    'layout',
    Object.fromEntries(ociLayout({ 'x:1': layers }).map(({ path: at, data }) => [at, data ?? ''])),
  );
  expect(paths(layout).filter((text) => /^[ab]\.txt/.test(text))).toEqual(['b.txt app2']);
});

test('links are leaves, strange names are shown or told', () => {
  const strange = folder('strange', { 'a\nb': 'x', 'dir/target.txt': 't' });
  symlinkSync('dir/target.txt', path.join(strange, 'link'));
  symlinkSync('..', path.join(strange, 'dir', 'loop'));
  const rows = objects(cli(['ls', strange, '-r', '--json']).out).map(({ path: at }) => at);
  expect(rows.sort()).toEqual(['a\nb', 'dir', 'dir\\loop', 'dir\\target.txt', 'link']);
});

test('a folder that is not there is told', () => {
  expect(cli(['ls', path.join(inputs.folder, 'nothing here')]).code).toBe(2);
});
