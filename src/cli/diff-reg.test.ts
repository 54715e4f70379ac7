/** diff of hives and registries, as a process. */
import { beforeAll, describe, expect, test } from 'vitest';
import { cli, Inputs, objects } from '../testing/cli.ts';
import { buildHive, dword, type KeySpec, sz } from '../testing/hive-builder.ts';
import { sampleFiles } from '../testing/sample.ts';

const inputs = new Inputs();
const TIME = 133_000_000_000_000_000n;
const key = (name: string, values: KeySpec['values'] = [], keys: readonly KeySpec[] = [], time = TIME): KeySpec => ({
  name,
  values,
  keys,
  lastWrite: time,
});
let before = '';
let after = '';
let state: string[] = [];

beforeAll(() => {
  const old = key(
    'ROOT',
    [],
    [
      key('Gone', [{ name: 'v', type: 1, data: sz('x') }]),
      key('Kept', [
        { name: 'edited', type: 4, data: dword(1) },
        { name: 'dropped', type: 1, data: sz('y') },
        { name: 'same', type: 1, data: sz('z') },
      ]),
      { ...key('Owned'), class: 'A' },
      key('Touched'),
    ],
  );
  const fresh = key(
    'ROOT',
    [],
    [
      key('KEPT', [
        { name: 'Edited', type: 4, data: dword(2) },
        { name: 'same', type: 1, data: sz('z') },
        { name: '', type: 1, data: sz('new') },
      ]),
      key('New', [], [key('Inner')]),
      { ...key('Owned'), class: 'B' },
      key('Touched', [], [], TIME + 1n),
    ],
  );
  before = inputs.add('before.hiv', buildHive(old, { minor: 5 }));
  after = inputs.add('after.hiv', buildHive(fresh, { minor: 3 }));
  for (const { name, bytes } of sampleFiles()) inputs.add(name, bytes);
  state = inputs.state();
});

describe('two hives', () => {
  test('for people: what came, went and changed; times alone only when they are asked for', () => {
    const { code, out, err } = cli(['diff', before, after]);
    expect([code, err]).toEqual([1, '']);
    expect(out.split('\n')).toEqual([
      '- [Gone]',
      '  - v  REG_SZ  x',
      '~ [KEPT]',
      '  ~ Edited  REG_DWORD  0x00000001 (1) -> 0x00000002 (2)',
      '  + (Default)  REG_SZ  new',
      '  - dropped  REG_SZ  y',
      '+ [New]',
      '+ [New\\Inner]',
      '~ [Owned]  (class)',
      'keys: 2 added, 1 removed, 2 changed, 1 by their time only, 1 same',
      'values: 1 added, 2 removed, 1 changed, 1 same',
      '',
    ]);
    expect(cli(['diff', before, after, '--times']).out).toContain('. [Touched]  (last write)\n');
    expect(cli(['diff', before, after, '--all']).out).toContain('= []\n');
  });

  test('--json has both sides of each value, and the sums last', () => {
    const rows = objects(cli(['diff', before, after, 'Kept', '--json']).out);
    expect(rows[0]).toEqual({
      change: 'changed',
      key: 'Kept',
      aspects: [],
      before: { lastWrite: '2022-06-18T04:26:40.0000000Z', class: null },
      after: { lastWrite: '2022-06-18T04:26:40.0000000Z', class: null },
    });
    expect(rows[1]).toEqual({
      change: 'changed',
      key: 'Kept',
      name: 'Edited',
      before: { type: 'REG_DWORD', typeCode: 4, size: 4, data: '01000000', text: '0x00000001 (1)' },
      after: { type: 'REG_DWORD', typeCode: 4, size: 4, data: '02000000', text: '0x00000002 (2)' },
    });
    expect(rows.at(-1)).toEqual({
      summary: {
        keys: { added: 0, removed: 0, changed: 1, times: 0, same: 0 },
        values: { added: 1, removed: 1, changed: 1, same: 1 },
      },
    });
  });

  test('a hive equals itself; times alone are no difference; a key of one side is added or removed', () => {
    expect(cli(['diff', before, before]).code).toBe(0);
    expect(cli(['diff', before, after, 'Touched']).code).toBe(0);
    expect(cli(['diff', before, after, 'New']).out).toContain('+ [New]\n+ [New\\Inner]\n');
    const none = cli(['diff', before, after, 'Nowhere']);
    expect([none.code, none.err]).toEqual([2, expect.stringContaining('the key Nowhere on one of both sides')]);
  });
});

test('the registries of two images, hive by hive at their mounts', () => {
  const [os, user] = sampleFiles().map(({ name }) => inputs.free(name));
  const { code, out } = cli(['diff', os!, user!, '--reg', 'HKLM\\SOFTWARE\\Contoso\\Viewer', '--json']);
  expect(code).toBe(1);
  const rows = objects(out);
  expect(rows.find(({ name }) => name === 'RenderThreads')).toMatchObject({
    change: 'changed',
    key: 'HKLM\\SOFTWARE\\Contoso\\Viewer',
    before: { data: '08000000' },
    after: { data: '02000000' },
  });
  const all = cli(['diff', os!, user!, '--reg']);
  expect(all.out).toContain('- [HKLM\\SYSTEM]\n');
  expect(all.code).toBe(1);
  expect(cli(['diff', os!, os!, '--reg']).code).toBe(0);
});

test.each([
  [[], 'diff takes two images'],
  [['a', 'b', 'c', 'd'], 'diff takes two images'],
])('wrong use: %j', (args, text) => {
  const { code, err } = cli(['diff', ...args]);
  expect([code, err]).toEqual([2, expect.stringContaining(text)]);
});

test('a tree is not compared with a hive', () => {
  const [os] = sampleFiles().map(({ name }) => inputs.free(name));
  const { code, err } = cli(['diff', os!, before]);
  expect([code, err]).toEqual([2, expect.stringContaining('two trees or two hives')]);
  expect(inputs.state()).toEqual(state);
});
