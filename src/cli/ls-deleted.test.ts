/** ls --deleted, as a process. */
import { expect, test } from 'vitest';
import { cli, Inputs, objects } from '../testing/cli.ts';
import { buildNtfs } from '../testing/ntfs-builder.ts';
import { buildWim } from '../testing/wim-builder.ts';

const inputs = new Inputs();
const data = new Uint8Array(20_000).fill(1);
const ntfs = inputs.add(
  'tree.img',
  buildNtfs({
    root: [
      { name: 'here.txt', data },
      { name: 'dir', dir: [{ name: 'gone.bin', data, fragments: 2, deleted: 'partly' }] },
      { name: 'stray', data: new Uint8Array(3), deleted: 'free' },
    ],
  }),
);
const wim = inputs.add('tree.wim', buildWim({ images: [{ name: 'one', root: { name: '', dir: [] } }] }));

test('deleted files, marked as such, and no others', () => {
  const { code, out, err } = cli(['ls', ntfs, '--deleted', '--json']);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(objects(out)).toMatchObject([
    { deleted: true, path: 'stray', type: 'file', size: 3, folder: 'here', data: 'resident' },
    { deleted: true, path: 'dir\\gone.bin', type: 'file', size: 20_000, folder: 'here', data: 'partly' },
  ]);
  const text = cli(['ls', ntfs, '--deleted']).out.split('\n');
  expect(text).toEqual([
    expect.stringMatching(/in record {6}stray$/),
    expect.stringMatching(/partly reused {2}dir\\gone\.bin$/),
    '',
  ]);
  expect(cli(['ls', ntfs, '-r', '--names']).out).not.toMatch(/gone|stray/);
});

test('a format without traces is refused, and a path is wrong use', () => {
  expect(cli(['ls', wim, '--deleted'])).toMatchObject({
    code: 2,
    err: expect.stringContaining('traces of deleted files'),
  });
  expect(cli(['ls', ntfs, 'dir', '--deleted']).err).toContain('whole volume');
});
