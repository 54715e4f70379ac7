/** Wrong use and unreadable input: exit 2 and one sentence, or with --json one object, on standard error. */
import { spawnSync } from 'node:child_process';
import process from 'node:process';
import { beforeAll, describe, expect, test } from 'vitest';
import { VERSION } from '../engine/version.ts';
import { cli, cliProgram, Inputs } from '../testing/cli.ts';
import { buildHive } from '../testing/hive-builder.ts';
import { sampleFiles } from '../testing/sample.ts';
import { hasTool } from '../testing/tools.ts';
import { buildWim } from '../testing/wim-builder.ts';

const inputs = new Inputs();
let wim = '';
let hive = '';
let many = '';
beforeAll(() => {
  wim = inputs.add('a.wim', sampleFiles()[0]!.bytes);
  hive = inputs.add('SYSTEM', buildHive({ name: 'ROOT' }));
  const dir = Array.from({ length: 20_000 }, (_, i) => ({ name: `file number ${i}` }));
  many = inputs.add('many.wim', buildWim({ images: [{ name: 'many', root: { name: '', dir } }] }));
});

const CASES: readonly (readonly [name: string, args: () => string[], says: string])[] = [
  ['no such command', () => ['list', wim], 'there is no command "list"'],
  ['store: no layer', () => ['store', wim], 'is too much'],
  ['no image', () => ['ls'], 'ls takes an image'],
  ['too many arguments', () => ['ls', wim, 'a', 'b'], 'at most one path'],
  ['an unknown option', () => ['ls', wim, '--recursive'], "Unknown option '--recursive'"],
  ['an empty selector', () => ['ls', `${wim}::`], 'empty selector'],
  ['no file before the selector', () => ['ls', '::1'], 'names no image file'],
  ['an empty name among joined files', () => ['ls', `${wim},`], 'has an empty file name'],
  ['cat without a path', () => ['cat', wim], 'cat takes an image and a path'],
  ['cat of a directory', () => ['cat', wim, 'Windows'], 'Windows is a directory'],
  ['ls of a hive', () => ['ls', hive], 'use reg'],
  ['reg with two lists', () => ['reg', hive, '--deleted', '--log-changes'], 'not both at once'],
  ['info of nothing', () => ['info'], 'at least one image'],
  ['verify of nothing', () => ['verify'], 'at least one image'],
  ['merge without layers', () => ['merge', 'ls'], 'at least one layer'],
  ['merge without a verb', () => ['merge', '--os', wim], 'one of ls, cat, reg, findings, stats'],
  ['merge diff', () => ['merge', '--os', wim, 'diff'], 'takes --without LAYER or --to LAYERS'],
  ['merge cat without a path', () => ['merge', '--os', wim, 'cat'], 'merge cat takes a path'],
  ['merge stats with a path', () => ['merge', '--os', wim, 'stats', 'x'], 'no path'],
  ['an option without its image', () => ['merge', 'ls', '--os'], '--os needs an image'],
  ['--rules without its file', () => ['merge', '--os', wim, 'ls', '--rules'], '--rules needs a file'],
  ['plan simulate without layers', () => ['plan', 'simulate', 'x'], 'at least one layer'],
  ['plan diff of one', () => ['plan', 'diff', 'a'], 'plan diff takes'],
  ['plan export to nowhere', () => ['plan', 'export', 'a'], 'plan export takes -o FOLDER'],
  ['plan build without -o', () => ['plan', 'build', '--os', wim], '-o PLAN'],
  ['plan show with layers', () => ['plan', 'show', 'x', '--os', wim], 'plan show takes no layers'],
];

describe('wrong use', () => {
  test.each(CASES)('%s', (_, args, says) => {
    const plain = cli(args());
    expect(plain).toMatchObject({ code: 2, out: '' });
    expect(plain.err).toMatch(/^InvalidArgument: command line: expected stratascope .+, found .+\n$/);
    expect(plain.err).toContain(says);
  });

  test.each(CASES.filter((_, i) => i % 5 === 4))('%s, as JSON', (_, args) => {
    const told = cli([...args(), '--json']);
    expect(told).toMatchObject({ code: 2, out: '' });
    expect(JSON.parse(told.err)).toMatchObject({
      error: { code: 'InvalidArgument', where: { source: 'command line', offset: null } },
    });
  });

  test('no command at all shows the help and is wrong use; help is not', () => {
    const { code, out, err } = cli([]);
    expect({ code, err }).toEqual({ code: 2, err: '' });
    for (const command of ['info', 'ls', 'cat', 'verify', 'reg', 'merge', 'plan'])
      expect(out).toContain(`  stratascope ${command} `);
    expect(cli(['--help'])).toEqual({ ...cli(['help']), code: 0 });
  });
});

describe('input that cannot be read', () => {
  test.each<readonly [string, () => string[], string, string]>([
    ['no such file', () => ['ls', inputs.free('none.wim')], 'MissingItem', 'no such file'],
    ['no such path', () => ['ls', wim, 'Windows\\nowhere'], 'MissingItem', 'no such name'],
    ['no such path below', () => ['ls', wim, '-r', 'nowhere'], 'MissingItem', 'no such name'],
    ['a path through a file', () => ['cat', wim, 'pagefile.sys\\x'], 'MissingItem', 'a file'],
    ['no such stream', () => ['cat', wim, 'pagefile.sys:none'], 'MissingItem', ''],
    ['no such image of the WIM', () => ['ls', `${wim}::7`], 'InvalidArgument', '7'],
    ['a selector into a hive', () => ['reg', `${hive}::x\\y`], 'InvalidArgument', 'a hive'],
    ['no such key', () => ['reg', hive, 'none'], 'MissingItem', 'no such key'],
    ['a key of no hive', () => ['reg', wim, 'HKLM\\NONE'], 'MissingItem', 'none'],
    ['not a plan', () => ['plan', 'show', wim], 'InvalidData', ''],
    ['no such path in the merge', () => ['merge', '--os', wim, 'ls', 'nowhere'], 'MissingItem', 'no such path'],
    ['cat of no path in the merge', () => ['merge', '--os', wim, 'cat', 'nowhere'], 'MissingItem', 'no such path'],
    ['a layer that is none', () => ['merge', '--os', inputs.free('x'), 'ls'], 'MissingItem', 'no such file'],
  ])('%s', (_, args, code, says) => {
    const told = cli([...args(), '--json']);
    expect(told).toMatchObject({ code: 2, out: '' });
    const { error } = JSON.parse(told.err);
    expect(error.actual).toContain(says);
    expect(Object.keys(error).sort()).toEqual(['actual', 'code', 'expected', 'where']);
    if (code !== 'InvalidData') expect(error.code).toBe(code);
  });
});

test('the same as a sentence', () => {
  const { code, out, err } = cli(['ls', wim, 'Windows\\nowhere']);
  expect({ code, out, err }).toEqual({
    code: 2,
    out: '',
    err: 'MissingItem: a.wim: expected nowhere on the way to Windows\\nowhere, found no such name\n',
  });
});

test.skipIf(!hasTool('head') || process.platform === 'win32')(
  'a reader that goes away ends the program quietly',
  () => {
    for (const args of ['ls "$1" -r --json', 'ls "$1" --names', 'ls "$1"']) {
      const script = `set -o pipefail; "$0" "$2" ${args} | head -n 1`;
      const { status, stdout, stderr } = spawnSync('bash', ['-c', script, process.execPath, many, cliProgram()]);
      expect({ status, err: stderr.toString() }).toEqual({ status: 0, err: '' });
      expect(stdout.toString().split('\n')).toHaveLength(2);
    }
  },
);

test('the version is told', () => {
  for (const option of ['--version', '-V'])
    expect(cli([option])).toMatchObject({ code: 0, out: `stratascope ${VERSION}\n` });
});
