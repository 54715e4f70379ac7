/** Archives of layers for tests that damage them: an upper directory, a box, a saved image. See `hostile-images.ts`. */
import { utf16leBytes } from '../base/utf16.ts';
import { buildHive } from './hive-builder.ts';
import type { HostileImage } from './hostile-images.ts';
import { dockerSave, ociLayout } from './saved-image-builder.ts';
import { buildTar, type TarEntry } from './tar-builder.ts';

const BLOCK = 512;
const ascii = (text: string) => new TextEncoder().encode(text);

/** The sums of all headers made right again. */
const mendTar = (headers: readonly number[]) => (bytes: Uint8Array) => {
  for (const at of headers) {
    if (at + BLOCK > bytes.length) continue;
    bytes.fill(0x20, at + 148, at + 156);
    const sum = bytes.subarray(at, at + BLOCK).reduce((total, byte) => total + byte, 0);
    bytes.set(ascii(`${sum.toString(8).padStart(6, '0')}\0 `), at + 148);
  }
};

function tarImage(id: string, entries: readonly TarEntry[]): HostileImage {
  const { bytes, headerAt } = buildTar(entries);
  const headers = [...headerAt.values()];
  // names, sizes and types; the records before, and the content
  const hot = headers.flatMap((at) => [
    at,
    at + 124,
    at + 156,
    Math.max(0, at - BLOCK),
    Math.min(bytes.length - 1, at + BLOCK),
  ]);
  return { id, bytes, hot, mend: mendTar(headers) };
}

const overlay = (marks: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(marks).map(([name, value]) => [`SCHILY.xattr.trusted.overlay.${name}`, value]));

const UPPER: readonly TarEntry[] = [
  { path: 'upper/Windows/', pax: overlay({ impure: 'y', origin: 'x' }) },
  { path: 'upper/Windows/notes.txt', type: '3' },
  { path: 'upper/Users/', pax: overlay({ opaque: 'y' }) },
  { path: 'upper/Moved/', pax: overlay({ redirect: '/Users/user 3' }) },
  { path: 'upper/Moved/inner/', pax: overlay({ redirect: 'before' }) },
  { path: 'upper/meta.txt', data: ascii('x'), pax: overlay({ metacopy: '', redirect: '/empty' }) },
  { path: 'work/work/' },
];

function box(): TarEntry[] {
  const lines = (rows: readonly string[]) => utf16leBytes(rows.map((row) => `${row}\r\n`).join(''));
  const software = { name: 'software', keys: [{ name: 'Microsoft', values: [{ name: 'x', type: 0x786f_6273 }] }] };
  const keys = [
    { name: 'machine', keys: [software] },
    { name: 'user', keys: [{ name: 'current', keys: [{ name: 'Gone', lastWrite: 0x01b0_1234_dead_44a0n }] }] },
  ];
  const deleted = ['\\REGISTRY\\MACHINE\\SOFTWARE\\Microsoft\\Run|1', '\\REGISTRY\\USER\\current\\A\\$b|1'];
  return [
    { path: 'drive/C/Windows/new.txt', data: ascii('new') },
    { path: 'user/current/Desktop/a.txt', data: ascii('a') },
    {
      path: 'FilePaths.dat',
      data: lines(['C:\\Users\\user 1\\x|1', 'C:\\New|2|C:\\Users', 'C:\\Windows\\notes.txt|1']),
    },
    { path: 'RegPaths.dat', data: lines(deleted) },
    { path: 'RegHive', data: buildHive({ name: 'ROOT', keys }, { minor: 5 }) },
  ];
}

export function hostileLayers(): HostileImage[] {
  const layers = [
    { bytes: buildTar([{ path: 'Files/a.txt', data: ascii('a') }]).bytes, createdBy: 'one' },
    { bytes: buildTar([{ path: 'Files/.wh.a.txt' }]).bytes, createdBy: 'two' },
  ];
  return [
    tarImage('tar of an upper directory', UPPER),
    tarImage('tar of a box', box()),
    tarImage('tar of a saved image', dockerSave('a:1', layers)),
    tarImage('tar of an OCI layout', ociLayout({ 'a:1': layers })),
  ];
}
