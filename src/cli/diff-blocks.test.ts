/** diff --blocks: the nodes of a chain, two disks of different kinds. */
import { gzipSync } from 'node:zlib';
import { beforeAll, expect, test } from 'vitest';
import type { Difference } from '../source/compare.ts';
import { cli, Inputs, objects } from '../testing/cli.ts';
import { changedUnits, vhdxChain } from '../testing/disk-chain.ts';
import { volumeStates } from '../testing/volume-chain.ts';

const inputs = new Inputs();
const states = volumeStates();
let nodes: string[] = [];
let raw = '';

beforeAll(() => {
  const files = vhdxChain(states).map(({ name, bytes }) => inputs.add(name, bytes));
  // each node with its parents
  nodes = files.map((_, i) => files.slice(0, i + 1).join(','));
  raw = inputs.add('newest.img', states.at(-1)!);
});

const expected = (from: number, to: number, unit: number) =>
  changedUnits(states[from]!, states[to]!, unit).map(({ offset, bytes }) => ({
    kind: 'differs',
    offset,
    length: bytes.length,
  }));

interface Summary {
  readonly summary: { readonly differs: number; readonly compared: number };
}

test('two nodes of a chain: what changed, and only what is between them is read', () => {
  const { code, out } = cli(['diff', nodes[0]!, nodes.at(-1)!, '--blocks', '--json']);
  expect(code).toBe(1);
  const lines = objects<Difference | Summary>(out);
  const found = lines.slice(0, -1);
  expect(found).toEqual(expected(0, states.length - 1, 512));
  const { summary } = lines.at(-1) as Summary;
  expect(summary.differs).toBe((found as Difference[]).reduce((sum, { length }) => sum + length, 0));
  expect(summary.compared).toBeLessThan(states[0]!.length / 2);
});

test('in larger units, for people', () => {
  const { out } = cli(['diff', nodes[0]!, nodes[1]!, '--blocks', '--unit', '4096']);
  const [first, ...more] = expected(0, 1, 4096);
  expect(out.split('\n')).toHaveLength(more.length + 3);
  const offset = first!.offset.toString(16).padStart(12, '0');
  expect(out).toContain(`differs  0x${offset}  ${first!.length.toLocaleString('en')} bytes\n`);
  expect(out).toMatch(/[\d,]+ bytes differ, [\d,]+ had to be compared\n$/);
});

test('a chain and a raw disk that hold the same are equal', () => {
  expect(cli(['diff', nodes.at(-1)!, raw, '--blocks'])).toMatchObject({ code: 0, err: '' });
});

test('a disk inside gzip is unwrapped as well', () => {
  const { name, bytes } = vhdxChain(states.slice(0, 1))[0]!;
  const packed = inputs.add(`${name}.gz`, new Uint8Array(gzipSync(bytes)));
  const same = inputs.add('first.img', states[0]!);
  expect(cli(['diff', packed, same, '--blocks'])).toMatchObject({ code: 0, err: '' });
  const { code, out } = cli(['diff', packed, raw, '--blocks', '--json']);
  expect(code).toBe(1);
  expect(objects<Difference | Summary>(out).slice(0, -1)).toEqual(expected(0, states.length - 1, 512));
});

test.each([
  ['a selector', () => ['diff', `${raw}::p1`, raw, '--blocks'], 'no selector'],
  ['a unit of half a sector', () => ['diff', raw, raw, '--blocks', '--unit', '256'], 'whole sectors'],
  ['a unit without blocks', () => ['diff', raw, raw, '--unit', '512'], 'goes with --blocks'],
  ['a key', () => ['diff', raw, raw, 'HKLM', '--blocks'], 'goes with --unit only'],
  ['a child without its parent', () => ['diff', nodes[1]!.split(',')[1]!, raw, '--blocks'], 'MissingParent'],
])('%s is wrong use or unreadable', (_, args, told) => {
  expect(cli(args())).toMatchObject({ code: 2, err: expect.stringContaining(told) });
});
