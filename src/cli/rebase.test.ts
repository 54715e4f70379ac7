/** merge rebase: another base under the layers, in lines, objects and files. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { cli, Inputs, objects } from '../testing/cli.ts';
import { rebaseFixture } from '../testing/pains/rebase.ts';

const inputs = new Inputs();
let layers: string[] = [];
let after = '';
let folder = '';

beforeAll(() => {
  const { before, after: next, user } = rebaseFixture();
  const os = inputs.add('before.wim', before);
  after = inputs.add('after.wim', next);
  layers = ['--os', os, '--user', inputs.add('user.wim', user)];
  folder = path.dirname(os);
});

const run = (...args: string[]) => cli(['merge', ...layers, 'rebase', ...args]);

test('in lines: the bases, what changed, what is hidden and what would settle it; 1 for something newer', () => {
  const { code, out, err } = run(after);
  expect({ code, err }).toEqual({ code: 1, err: '' });
  const lines = out.split('\n');
  expect(lines.slice(0, 5)).toEqual([
    'before (26100.1742) -> after.wim: Windows (26100.2033)',
    'files: 5 changed, 1 added, 1 removed',
    'registry values: 2 changed or added, 0 removed',
    'error: C:\\Program Files\\Contoso\\viewer.exe (1.8.2.7 < 2.1.0.48): A program above is older than the one the new base brings: the update does not take effect. [rebaseHidesNewer]',
    '  settled by: keepLower exact Program Files\\Contoso\\viewer.exe',
  ]);
});

test('in objects: sides by layer', () => {
  const [head, first, ...rest] = objects(run(after, '--json').out);
  expect(head).toMatchObject({ files: { changed: 5 }, after: { build: '26100.2033' } });
  expect(first).toMatchObject({
    code: 'rebaseHidesNewer',
    above: { layer: 'user', version: '1.8.2.7' },
    new: { layer: 'new', version: '2.1.0.48' },
    old: { layer: 'os', version: '1.8.0.0' },
  });
  expect(rest).toHaveLength(5);
});

test('as a file that must be new', () => {
  const file = path.join(folder, 'report.csv');
  expect(run(after, '--format', 'csv', '-o', file).code).toBe(1);
  expect(readFileSync(file, 'utf8').split('\r\n')).toHaveLength(8);
  expect(run(after, '--format', 'csv', '-o', file)).toMatchObject({ code: 2 });
  expect(run(after, '--format', 'markdown').out).toContain('# before (26100.1742)');
  expect((JSON.parse(run(after, '--format', 'json').out) as { items: unknown[] }).items).toHaveLength(6);
});

test('nothing above, nothing hidden; wrong use is told', () => {
  expect(cli(['merge', ...layers.slice(0, 2), 'rebase', after])).toMatchObject({ code: 0 });
  for (const args of [
    [],
    [after, after],
    [after, '--format', 'html'],
    [after, '-o', 'x'],
    [after, '--format', 'csv', '--json'],
  ])
    expect(run(...args).code).toBe(2);
  expect(existsSync('x')).toBe(false);
});
