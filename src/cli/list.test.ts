/** info, ls, cat and verify, as processes. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cli, Inputs, objects } from '../testing/cli.ts';
import { buildNtfs } from '../testing/ntfs-builder.ts';
import { sampleFiles } from '../testing/sample.ts';
import { buildWim, buildWimWithMap } from '../testing/wim-builder.ts';
import { mixedData, SYMLINK, symlinkData } from '../testing/wim-sample-tree.ts';

const inputs = new Inputs();
const ascii = (text: string) => new TextEncoder().encode(text);
const big = mixedData(300_000);
const TREE = [
  {
    name: 'Folder',
    shortName: 'FOLDER~1',
    dir: [
      { name: 'b.txt', data: ascii('b'), streams: [{ name: 'side', data: ascii('stream') }] },
      { name: 'A.txt', data: ascii('a') },
      { name: 'to b', reparse: { tag: SYMLINK, data: symlinkData('b.txt', 'b.txt') } },
    ],
  },
  { name: 'odd \ud800\n', data: big },
  { name: 'empty' },
];
let wim = '';
let ntfs = '';
let hive = '';
let vhdx = '';
let before: string[] = [];

beforeAll(() => {
  wim = inputs.add('tree.wim', buildWim({ images: [{ name: 'one', root: { name: '', dir: TREE } }], integrity: true }));
  ntfs = inputs.add('tree.img', buildNtfs({ root: TREE }));
  hive = inputs.add('hive', sampleFile('windows-11-pool.wim', 'Windows\\System32\\config\\SYSTEM'));
  vhdx = inputs.add('user.vhdx', sampleFiles()[1]!.bytes);
  before = inputs.state();
});
afterAll(() => {
  expect(inputs.state()).toEqual(before);
});

/** Bytes of a file of the sample, through the program itself. */
function sampleFile(image: string, path: string): Uint8Array {
  const file = inputs.add(image, sampleFiles()[0]!.bytes);
  const { bytes, code } = cli(['cat', file, path]);
  expect(code).toBe(0);
  return bytes;
}

describe('info', () => {
  test('tells the way from container to volume', () => {
    const { code, out } = cli(['info', vhdx]);
    expect(code).toBe(0);
    expect(out).toMatch(/^VHDX {2}7,340,032 bytes\n/);
    expect(out).toContain('::p1');
    expect(out).toContain('label: USERDATA');
  });

  test('--json is a tree for each file', () => {
    const { code, out } = cli(['info', vhdx, wim, hive, '--json']);
    expect(code).toBe(0);
    const all = objects<{ file: string; root: { format: string }; hives?: { state: string }[] }>(out);
    expect(all.map(({ file, root }) => [file, root.format])).toEqual([
      ['user.vhdx', 'vhdx'],
      ['tree.wim', 'wim'],
      ['hive', 'regf'],
    ]);
    expect(all[2]!.hives).toMatchObject([{ mount: '', state: 'clean' }]);
  });

  test('goes on after a file that is of no known kind', () => {
    const text = inputs.free('note.txt');
    inputs.add('note.txt', ascii('hello world\n'));
    before = inputs.state();
    const { code, out } = cli(['info', text, `${vhdx}x`, wim]);
    expect(code).toBe(2);
    expect(out).toContain('found plain text');
    expect(out).toContain('WIM');
  });
});

describe.each(['wim', 'ntfs'])('ls of %s', (kind) => {
  const image = () => (kind === 'wim' ? wim : ntfs);
  const listed = (...args: string[]) => objects(cli(['ls', image(), ...args, '--json']).out);
  // the volume's own files come before
  const own = (rows: Record<string, unknown>[]) => rows.filter(({ path }) => !String(path).startsWith('$'));

  test('one directory, in directory order', () => {
    expect(own(listed()).map(({ path }) => path)).toEqual(['empty', 'Folder', 'odd \ud800\n']);
  });

  test('-r: parents before children, everything the contract names', () => {
    const rows = own(listed('-r'));
    expect(rows.map(({ path, type }) => [path, type])).toEqual([
      ['empty', 'file'],
      ['Folder', 'dir'],
      ['Folder\\A.txt', 'file'],
      ['Folder\\b.txt', 'file'],
      ['Folder\\to b', 'link'],
      ['odd \ud800\n', 'file'],
    ]);
    expect(rows[1]).toMatchObject({ shortName: 'FOLDER~1' });
    expect(rows[3]).toMatchObject({ size: 1, streams: [{ name: 'side', size: 6 }], links: 1, bytes: 'complete' });
    expect(rows[4]).toMatchObject({ reparseTag: '0xa000000c', target: 'b.txt' });
    if (kind === 'wim') expect(rows[5]).toMatchObject({ sha1: createHash('sha1').update(big).digest('hex') });
    else expect(rows[5]).not.toHaveProperty('sha1');
    const keys = ['path', 'type', 'size', 'created', 'modified', 'changed', 'accessed', 'attributes'];
    for (const row of rows) expect(Object.keys(row).slice(0, 8)).toEqual(keys);
  });

  test('names with lone surrogates and control characters go out as \\uXXXX', () => {
    expect(cli(['ls', image(), '--json']).out).toContain('"odd \\ud800\\n"');
    expect(cli(['ls', image()]).out).toContain('odd \\ud800\\u000a\n');
    expect(cli(['ls', image(), '--names']).out).toContain('odd \\ud800\\u000a\n');
  });

  test.each([['folder'], ['FOLDER~1'], ['/Folder/'], ['folder', '-r']])(
    '%s %s is told as it stands on disk',
    (...args) => {
      expect(listed(...args).map(({ path }) => path)).toEqual(['Folder\\A.txt', 'Folder\\b.txt', 'Folder\\to b']);
    },
  );

  test.each([[[]], [['-r']]])('a file lists itself, with %s', (more) => {
    for (const path of ['folder\\B.TXT', 'folder~1/b.txt'])
      expect(listed(path, ...more)).toMatchObject([{ path: 'Folder\\b.txt', size: 1 }]);
  });

  test('the table has a line for each', () => {
    expect(cli(['ls', image(), 'Folder']).out.split('\n')).toEqual([
      expect.stringMatching(/ 1 {2}Folder\\A\.txt$/),
      expect.stringMatching(/ 1 {2}Folder\\b\.txt$/),
      expect.stringMatching(/<LINK> {2}Folder\\to b -> b\.txt$/),
      '',
    ]);
  });

  test('cat: a file, a stream, by a short name', () => {
    expect(cli(['cat', image(), 'FOLDER~1\\b.txt']).out).toBe('b');
    expect(cli(['cat', image(), 'folder/B.txt:side']).out).toBe('stream');
    expect(cli(['cat', image(), 'empty'])).toMatchObject({ code: 0, out: '', err: '' });
  });
});

test('cat gives large files whole', () => {
  const dll = cli(['cat', inputs.free('windows-11-pool.wim'), 'Windows\\System32\\ntoskrnl.exe']);
  const [row] = objects(
    cli(['ls', inputs.free('windows-11-pool.wim'), 'Windows\\System32\\ntoskrnl.exe', '--json']).out,
  );
  expect(dll.bytes.length).toBe(120_000);
  expect(createHash('sha1').update(dll.bytes).digest('hex')).toBe(row!['sha1']);
});

describe('verify', () => {
  test('what holds: WIM with integrity table, VHDX, hive', () => {
    const { code, out } = cli(['verify', wim, vhdx, hive]);
    expect(code).toBe(0);
    expect(out.split('\n')).toEqual([
      'tree.wim::1 (one): holds',
      'user.vhdx::p1 (Basic data "Basic data partition"): holds',
      'hive (Registry hive): holds',
      '',
    ]);
  });

  test('one damaged blob: exit 1, the place is told, the other files hold', () => {
    const built = buildWimWithMap({ images: [{ name: 'one', root: { name: '', dir: TREE } }] });
    const blob = built.blobs.at(-1)!;
    built.bytes[blob] = built.bytes[blob]! ^ 1;
    const bad = inputs.add('bad.wim', built.bytes);
    before = inputs.state();
    const { code, out } = cli(['verify', bad, wim, '--json']);
    expect(code).toBe(1);
    const lines = objects(out);
    expect(lines).toMatchObject([
      { file: 'bad.wim', mount: '1', finding: { severity: 'error' } },
      { file: 'bad.wim', mount: '1', verified: true, damaged: 1 },
      { file: 'tree.wim', mount: '1', verified: true, damaged: 0 },
    ]);
    // the rest still lists and reads
    expect(cli(['ls', bad, '-r', '--names'])).toMatchObject({ code: 0, out: cli(['ls', wim, '-r', '--names']).out });
  });

  test('nothing that could be verified: exit 2', () => {
    expect(cli(['verify', inputs.free('note.txt')])).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringContaining('found plain text'),
    });
  });
});
