/** merge squash: the archive takes the place of the two layers it was made of, and the merged view stays as it was. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { LayerKind } from '../hive/types.ts';
import { cli, Inputs, objects } from '../testing/cli.ts';
import { buildHive, dword, sz } from '../testing/hive-builder.ts';
import { buildNtfs } from '../testing/ntfs-builder.ts';
import { sampleFiles } from '../testing/sample.ts';
import { buildTar, type TarEntry } from '../testing/tar-builder.ts';

const inputs = new Inputs();
const utf8 = (text: string) => new TextEncoder().encode(text);
let os = '';
let app = '';
let user = '';
let squashed = '';

/** An application layer below the sample's user layer, with a mark of each kind. */
function appStore(): TarEntry[] {
  const marks = [
    { op: 'wh', p: 'Program Files\\Contoso\\Viewer\\readme.txt', g: 1 },
    { op: 'wh', p: 'ProgramData\\Contoso\\Templates', g: 2 },
    { op: 'opq', p: 'Program Files\\Contoso\\Viewer\\locale', g: 3 },
    { op: 'org', p: 'Moved', o: 'Users\\ann\\Documents', g: 4 },
    { op: 'wh', p16: Buffer.from('odd\ud800', 'utf16le').toString('base64url'), g: 5 },
  ];
  const software = buildHive(
    {
      name: 'ROOT',
      keys: [
        {
          name: 'Contoso',
          inheritClass: true,
          keys: [
            {
              name: 'Viewer',
              inheritClass: true,
              values: [
                { name: 'RenderThreads', type: 4, data: dword(64) },
                { name: 'AppOnly', type: 1, data: sz('from the app layer') },
                { name: 'Version', tombstone: true },
              ],
            },
            { name: 'Suite', class: 'suite', values: [{ name: '', type: 1, data: sz('default') }] },
          ],
        },
      ],
    },
    { minor: 6, layered: true },
  );
  const attributes = { 'MSWINDOWS.fileattr': '38', 'LIBARCHIVE.creationtime': '1500000000.1234567' };
  return [
    { path: '.layer/store.json', data: utf8('{"format": 1, "id": "app"}') },
    { path: '.layer/markers.ndjson', data: utf8(marks.map((mark) => `${JSON.stringify(mark)}\n`).join('')) },
    { path: 'files/Program Files/Contoso/Viewer/locale/de-DE/viewer.txt', data: utf8('Zeichnung') },
    { path: 'files/Program Files/Contoso/Viewer/viewer.ini', data: utf8('[render]\r\nthreads=64\r\n') },
    { path: 'files/Program Files/Contoso/Viewer/app.dat', data: new Uint8Array(5_000_000).fill(7), pax: attributes },
    { path: 'files/Program Files/Contoso/Viewer/app.dat:Zone.Identifier', data: utf8('[ZoneTransfer]') },
    {
      path: 'files/Program Files/Contoso/Viewer/twin.dat',
      type: '1',
      link: 'files/Program Files/Contoso/Viewer/app.dat',
    },
    { path: 'files/Program Files/Contoso/current', type: '2', link: 'C:\\Program Files\\Contoso\\Viewer' },
    { path: 'files/Moved/' },
    { path: 'files/Moved/note.txt', data: utf8('moved') },
    { path: 'hives/HKLM_SOFTWARE.dat', data: software },
  ];
}

const merged = (layers: readonly string[], ...args: string[]) => {
  const { code, out, err } = cli(['merge', ...layers, ...args, '--json']);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return objects(out);
};
const three = () => ['--os', os, '--app', app, '--user', user];
const two = () => ['--os', os, '--user', squashed];
const codes = (err: string) => objects(err).map(({ finding }) => (finding as { code: string }).code);
const pick = (rows: readonly Record<string, unknown>[], ...keys: string[]) =>
  rows.map((row) => Object.fromEntries(keys.map((key) => [key, row[key]])));

beforeAll(() => {
  [os, user] = sampleFiles().map(({ name, bytes }) => inputs.add(name, bytes)) as [string, string];
  app = inputs.add('app.tar', buildTar(appStore()).bytes);
  squashed = inputs.free('squashed.tar');
});

describe('merge squash', () => {
  test('writes a store that opens as the two layers it was made of', () => {
    const before = inputs.state();
    const { code, out, err } = cli(['merge', ...three(), 'squash', '-o', squashed, '--json']);
    expect(code, err).toBe(0);
    const [report] = objects(out);
    expect(report).toMatchObject({ layers: ['user', 'app1'], written: readFileSync(squashed).length });
    // the sample's user hive has one key twice
    expect(codes(err)).toEqual(['squashNamesAlike']);
    expect(inputs.state()).toEqual(before);

    const files = [
      'path',
      'type',
      'size',
      'created',
      'modified',
      'changed',
      'accessed',
      'attributes',
      'target',
      'links',
    ];
    expect(pick(merged(two(), 'ls', '-r'), ...files)).toEqual(pick(merged(three(), 'ls', '-r'), ...files));
    const keys = ['key', 'name', 'type', 'data', 'lastWrite', 'class', 'values', 'subkeys'];
    expect(pick(merged(two(), 'reg', '-r'), ...keys)).toEqual(pick(merged(three(), 'reg', '-r'), ...keys));
  });

  test('bytes, streams and links come from the layer that had them', () => {
    const cat = (name: string) => cli(['merge', ...two(), 'cat', `Program Files\\Contoso\\Viewer\\${name}`]);
    expect(cat('viewer.ini').out).toBe('[render]\r\nthreads=2\r\nvsync=0\r\n');
    expect(cat('twin.dat').bytes.equals(new Uint8Array(5_000_000).fill(7))).toBe(true);
    expect(cat('twin.dat:Zone.Identifier').out).toBe('[ZoneTransfer]');
  });

  test('the marks that are left are those of both, and the keys keep their kinds', () => {
    const { out } = cli(['cat', squashed, '.layer\\markers.ndjson']);
    const marks = objects(out).map(({ g: _, ...mark }) => mark);
    expect(marks).toContainEqual({ op: 'org', p: 'Moved', o: 'Users\\ann\\Documents' });
    expect(marks).toContainEqual({ op: 'wh', p16: Buffer.from('odd\ud800', 'utf16le').toString('base64url') });
    // deleted by the lower layer, made again by the upper one: a folder over a deletion closes
    expect(marks).toContainEqual({ op: 'opq', p: 'ProgramData\\Contoso\\Templates' });
    const rows = objects(cli(['reg', `${squashed}::hives\\HKLM_SOFTWARE.dat`, '-r', '--json']).out);
    expect(rows.find(({ key, name }) => key === 'Contoso\\Viewer\\Telemetry' && name === undefined)).toMatchObject({
      layerKind: LayerKind.tombstone,
    });
    expect(rows.find(({ key, name }) => key === 'Contoso\\Suite' && name === undefined)).toMatchObject({
      class: 'suite',
    });
  });

  test('tells what an archive cannot hold, and refuses what would be no layer', () => {
    const odd = inputs.add(
      'odd.img',
      buildNtfs({
        root: [{ name: 'Users', dir: [{ name: 'bad\ud800.txt', data: utf8('x'), shortName: 'BAD~1.TXT' }] }],
      }),
    );
    const match = { kind: 'subtree', p: 'Users' };
    const rule = { rules: [{ target: 'file', match, action: 'keepLower' }] };
    const rules = inputs.add('rules.json', utf8(JSON.stringify({ format: 'stratascope-rules', version: 1, ...rule })));
    const stack = ['--os', os, '--app', app, '--user', odd, '--rules', rules];
    const { code, err } = cli(['merge', ...stack, 'squash', 'user', '-o', inputs.free('odd.tar'), '--json']);
    expect(code).toBe(1);
    expect(codes(err)).toEqual(['squashRuleTellsApart', 'squashNameUnwritable']);
    const wrong = (...args: string[]) => cli(['merge', ...three(), 'squash', ...args]);
    expect(wrong('app1', '-o', inputs.free('x.tar')).err).toContain('two layers above the base');
    expect(wrong('nobody', '-o', inputs.free('x.tar')).err).toContain('one of user, app1, os');
    expect(wrong('-o', squashed)).toMatchObject({ code: 2 });
  });
});
