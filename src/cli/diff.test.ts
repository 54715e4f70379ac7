/** diff, as a process: two images of one WIM, a WIM and a disk. */
import { beforeAll, describe, expect, test } from 'vitest';
import { cli, Inputs, objects } from '../testing/cli.ts';
import { buildNtfs } from '../testing/ntfs-builder.ts';
import { buildWim } from '../testing/wim-builder.ts';
import { descriptor, symlinkData } from '../testing/wim-sample-tree.ts';

const inputs = new Inputs();
const ascii = (text: string) => new TextEncoder().encode(text);
const common = [
  { name: 'same.txt', data: ascii('the same') },
  { name: 'Dir', dir: [{ name: 'deep.txt', data: ascii('deep') }] },
];
let wim = '';
let ntfs = '';

beforeAll(() => {
  const first = [...common, { name: 'edited.txt', data: ascii('before') }, { name: 'old.txt', data: ascii('old') }];
  const second = [
    ...common,
    { name: 'EDITED.txt', data: ascii('after!') },
    { name: 'New', dir: [{ name: 'n.txt', data: ascii('new one') }] },
    { name: 'read-only.txt', data: ascii('old'), attributes: 1 },
  ];
  wim = inputs.add(
    'two.wim',
    buildWim({
      images: [
        { name: 'one', root: { name: '', dir: first } },
        { name: 'two', root: { name: '', dir: second } },
      ],
    }),
  );
  ntfs = inputs.add('disk.img', buildNtfs({ root: first }));
});

describe('diff', () => {
  test('two images of one WIM, by hash', () => {
    const { code, out, err } = cli(['diff', `${wim}::1`, `${wim}::2`]);
    expect([code, err]).toEqual([1, '']);
    expect(out.split('\n')).toEqual([
      '~ EDITED.txt  (hash)',
      '+ New',
      '+ New\\n.txt',
      '- old.txt',
      '+ read-only.txt',
      '3 added, 1 removed, 1 changed, 0 metadata only, 3 same',
      'in both: 3 contents with 15 bytes; only before: 1 contents with 6 bytes; only after: 2 contents with 13 bytes',
      '',
    ]);
  });

  test('security descriptors count, of two images, two disks and two views', () => {
    const tree = (rid: number) => ({
      name: '',
      dir: [
        { name: 'owned.txt', data: ascii('one'), security: descriptor(rid) },
        { name: 'kept.txt', data: ascii('two'), security: descriptor(544) },
        // one that is shared, in another order: numbers of descriptors mean nothing outside their image
        { name: 'z.txt', data: ascii('three'), security: descriptor(546) },
      ],
    });
    const images = [546, 545].map((rid) => ({ name: `${rid}`, root: tree(rid) }));
    const two = inputs.add('secured.wim', buildWim({ images }));
    const disks = images.map(({ name, root }) => inputs.add(`${name}.img`, buildNtfs({ root: root.dir })));
    const told = (...args: string[]) =>
      cli(args)
        .out.split('\n')
        .filter((line) => /^[-+~.] /.test(line))
        .map((line) => line.split(')')[0]);
    const image = ['--os', `${two}::1`];
    const owned = '. owned.txt  (security';
    expect(told('diff', `${two}::1`, `${two}::2`)).toEqual([owned]);
    // the volumes' own list of descriptors differs as well
    expect(told('diff', ...disks)).toEqual(['~ $Secure  (streams', owned]);
    expect(told('merge', ...image, 'diff', '--files', '--to', '--os', `${two}::2`)).toEqual([owned]);
    expect(told('merge', ...image, '--user', `${two}::2`, 'diff', '--files', '--without', 'user')).toEqual([owned]);
  });

  test('--json has both sides, and the sums last', () => {
    const { code, out } = cli(['diff', `${wim}::1`, `${wim}::2`, '--json', '--all']);
    expect(code).toBe(1);
    const lines = objects(out);
    expect(lines).toHaveLength(9);
    expect(lines.find(({ path }) => path === 'EDITED.txt')).toMatchObject({
      change: 'changed',
      evidence: 'hash',
      before: { type: 'file', size: 6, sha1Start: expect.stringMatching(/^[0-9a-f]{16}$/) },
      after: { type: 'file', size: 6 },
    });
    expect(lines.find(({ path }) => path === 'New')).toMatchObject({ change: 'added', before: null });
    expect(lines.at(-1)).toMatchObject({
      summary: { same: { entries: 3 }, shared: { both: { blobs: 3, bytes: 15 } } },
    });
  });

  test('links that lead elsewhere and other streams are told, on a WIM and on a disk', () => {
    const link = (name: string, target: string) => ({
      name,
      reparse: { tag: 0xa000000c, data: symlinkData(`\\??\\${target}`, target) },
    });
    const streams = (name: string, ...all: [string, string][]) => ({
      name,
      data: ascii('x'),
      streams: all.map(([stream, text]) => ({ name: stream, data: ascii(text) })),
    });
    const tree = (target: string, ...names: [string, string][]) => ({
      name: '',
      dir: [link('kept', 'C:\\a'), link('moved', target), streams('s', ...names), streams('t', ['zone', '3'])],
    });
    const before = tree('C:\\a', ['one', '1'], ['two', '2']);
    const others = [tree('C:\\b', ['one', '1'], ['two', '9']), tree('C:\\a', ['one', '1'], ['2', '2'])];
    const images = [before, ...others].map((root, i) => ({ name: `${i}`, root }));
    const file = inputs.add('streams.wim', buildWim({ images }));
    const diff = (a: string, b: string) => cli(['diff', a, b]).out.split('\n').slice(0, -3);
    expect(diff(`${file}::1`, `${file}::2`)).toEqual(['~ moved  (target)', '~ s  (streams)']);
    expect(diff(`${file}::1`, `${file}::3`)).toEqual(['~ s  (streams)']);
    expect(diff(`${file}::1`, `${file}::1`)).toEqual([]);
    const disks = [before, others[0]!].map(({ dir }, i) => inputs.add(`${i}.img`, buildNtfs({ root: dir })));
    const found = cli(['diff', disks[0]!, disks[1]!]).out.split('\n').slice(0, -2);
    expect(found).toEqual(['~ moved  (target)', '~ s  (streams)']);
  });

  test('an image and itself do not differ', () => {
    const { code, out } = cli(['diff', `${wim}::2`, `${wim}::2`]);
    expect(code).toBe(0);
    expect(out).toMatch(/^0 added, 0 removed, 0 changed, 0 metadata only, 7 same\n/);
  });

  test('a disk states no hashes: size and time are the evidence', () => {
    const { code, out } = cli(['diff', `${wim}::1`, ntfs, '--json']);
    expect(code).toBe(1);
    const found = new Map(objects(out).map(({ path, evidence }) => [path, evidence]));
    expect(found.get('same.txt')).toBe('time');
    expect(objects(out).at(-1)).toMatchObject({ summary: { shared: null } });
  });

  test.each([[[]], [['x']], [['a', 'b', 'c']]])('wrong use is told: %j', (args) => {
    expect(cli(['diff', ...args]).code).toBe(2);
  });
});
