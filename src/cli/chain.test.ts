/** IMAGE of several files joined by commas: chains and split sets, in any order. */
import { readFileSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { cli, Inputs, objects } from '../testing/cli.ts';
import { vhdxChain } from '../testing/disk-chain.ts';
import { NOTES, volumeStates } from '../testing/volume-chain.ts';
import { buildWim } from '../testing/wim-builder.ts';
import { splitWim } from '../testing/wim-split.ts';

const inputs = new Inputs();
let chain: string[] = [];
let parts: string[] = [];

beforeAll(() => {
  chain = vhdxChain(volumeStates()).map(({ name, bytes }) => inputs.add(name, bytes));
  const root = { name: '', dir: ['a', 'b'].map((name) => ({ name, data: new TextEncoder().encode(name) })) };
  const split = splitWim({ images: [{ name: 'x', root }] }, { parts: 2 });
  parts = split.map((bytes, i) => inputs.add(`x, part ${i + 1}.swm`, bytes));
});

test('a chain in any order, with a selector or without', () => {
  const [base, middle, top] = chain as [string, string, string];
  for (const files of [
    [top, middle, base],
    [base, top, middle],
  ])
    expect(cli(['cat', files.join(','), 'notes.txt']).out).toBe(NOTES[2]);
  expect(cli(['cat', `${middle},${base}`, 'notes.txt']).out).toBe(NOTES[1]);
  expect(cli(['ls', `${base},${middle}`, '--names']).out.split('\n')).toContain('1.txt');
});

test('parts of a set whose names have commas', () => {
  const joined = `${parts[1]},${parts[0]}`;
  expect(cli(['cat', `${joined}::1`, 'a']).out + cli(['cat', `${joined}::1`, 'b']).out).toBe('ab');
});

test('parts and parents that lie beside a nested image', () => {
  const file = (name: string, path: string) => ({ name, data: new Uint8Array(readFileSync(path)) });
  const [base, middle, top] = chain as [string, string, string];
  const dir = [
    file('x.swm', parts[0]!),
    file('x2.swm', parts[1]!),
    file('top.avhdx', top),
    file('mid.avhdx', middle),
    file('golden.vhdx', base),
    { name: 'readme.txt', data: new Uint8Array(9) },
  ];
  const holder = inputs.add('holder.wim', buildWim({ images: [{ name: 'h', root: { name: '', dir } }] }));
  expect(cli(['cat', `${holder}::x.swm::1`, 'a']).out + cli(['cat', `${holder}::x.swm::1`, 'b']).out).toBe('ab');
  expect(cli(['cat', `${holder}::top.avhdx`, 'notes.txt']).out).toBe(NOTES[2]);
});

test('info tells the chain, for people and as JSON', () => {
  const [base, middle, top] = chain as [string, string, string];
  const told = cli(['info', [base, middle, top].join(',')]);
  expect(told.code).toBe(0);
  expect(told.out).toMatch(/^ {2}parent: disk1\.vhdx\n {4}parent: disk0\.vhdx$/m);
  const [object] = objects<{ file: string; root: { chain: { id: string; file: string }[] } }>(
    cli(['info', '--json', [base, middle, top].join(',')]).out,
  );
  expect(object!.file).toBe('disk2.vhdx');
  expect(object!.root.chain.map(({ id, file }) => [id, file])).toEqual([
    ['parent', 'disk1.vhdx'],
    ['parent/parent', 'disk0.vhdx'],
  ]);
});

test('a parent that is missing is named with what would fit; nothing beside the file is opened', () => {
  const [base, middle, top] = chain as [string, string, string];
  const alone = cli(['info', top]);
  expect(alone.code).toBe(2);
  expect(alone.out).toMatch(/parent: missing, the parent "\.\\disk1\.vhdx" \(dataWriteGuid [\da-f-]{36}\)/);
  const listed = cli(['ls', `${top},${middle}`]);
  expect(listed.code).toBe(2);
  expect(listed.err).toMatch(
    /^MissingParent: disk1\.vhdx: expected the parent "\.\\disk0\.vhdx" with dataWriteGuid .* also known as "C:\\vm\\disk0\.vhdx", found no such file among those given\n$/,
  );
  // one of another identity is not taken for it
  expect(cli(['ls', `${base},${top}`]).err).toMatch(
    /^MissingParent: disk2\.vhdx: expected the parent "\.\\disk1\.vhdx"/,
  );
});
