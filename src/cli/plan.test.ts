/** plan: built, shown, verified; the same bytes from every process, time zone and order of arguments. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { cli, Inputs, objects } from '../testing/cli.ts';
import { sampleFiles } from '../testing/sample.ts';

const inputs = new Inputs();
let os = '';
let user = '';
let plan = '';
let made: { code: number | null; out: string; err: string };

beforeAll(() => {
  [os = '', user = ''] = sampleFiles().map(({ name, bytes }) => inputs.add(name, bytes));
  plan = inputs.free('first.plan');
  made = cli(['plan', 'build', '--os', os, '--user', user, '-o', plan]);
});

describe('plan build', () => {
  test('says what it made, proven by replay', () => {
    expect(made).toMatchObject({ code: 0, err: '' });
    expect(made.out).toMatch(/^plan {6}[0-9a-f]{64}$/m);
    expect(made.out).toContain('proven by replay');
  });

  test.each([
    ['another process', [], {}],
    ['Kathmandu', [], { TZ: 'Asia/Kathmandu', LANG: 'ne_NP.UTF-8' }],
    ['St. John\u2019s', [], { TZ: 'America/St_Johns', LC_ALL: 'tr_TR.UTF-8' }],
    ['turned arguments', ['turned'], {}],
  ])('the same bytes from %s', (name, [turned], env) => {
    const file = inputs.free(`${name}.plan`);
    const layers = ['--os', os, '--user', user];
    const args = turned === undefined ? layers : [...layers.slice(2), ...layers.slice(0, 2)];
    expect(cli(['plan', 'build', ...args, '-o', file], { env }).code).toBe(0);
    expect(readFileSync(file).equals(readFileSync(plan))).toBe(true);
  });

  test('another folder and other file names change nothing but the names', () => {
    const [a, b] = [inputs.add('x.bin', sampleFiles()[0]!.bytes), inputs.add('y.bin', sampleFiles()[1]!.bytes)];
    const file = inputs.free('renamed.plan');
    expect(cli(['plan', 'build', '--os', `${a}::1`, '--user', `${b}::p1`, '-o', file], { cwd: '/' }).code).toBe(0);
    expect(readFileSync(file).equals(readFileSync(plan))).toBe(true);
  });

  test('never over a file that is there, be it an input', () => {
    const before = inputs.state();
    for (const output of [plan, os]) {
      const again = cli(['plan', 'build', '--os', os, '-o', output]);
      expect(again).toMatchObject({ code: 2, err: expect.stringContaining('there already') });
    }
    expect(inputs.state()).toEqual(before);
  });
});

describe('plan show and verify', () => {
  test('show needs no layers', () => {
    const { code, out } = cli(['plan', 'show', plan, '--json']);
    expect(code).toBe(0);
    const [check] = objects<{ summary: { planId: string }; layers: object[]; samples: object[] }>(out);
    expect(made.out).toContain(check!.summary.planId);
    expect(check!.layers).toMatchObject([
      { role: 'os', match: 'absent' },
      { role: 'user', match: 'absent' },
    ]);
    expect(cli(['plan', 'show', plan]).out).toMatch(/whiteout +Program Files\\Contoso\\Viewer\\plugins\\legacy\.dll/);
  });

  test('verify: exact layers are replayed, others do not hold', () => {
    const good = cli(['plan', 'verify', plan, '--os', os, '--user', user]);
    expect(good).toMatchObject({ code: 0, out: expect.stringContaining('proven by replay') });
    expect(cli(['plan', 'verify', plan, '--os', os]).code).toBe(1);
    expect(cli(['plan', 'verify', plan, '--os', os, '--user', os]).code).toBe(1);
  });

  test('a damaged plan is refused', () => {
    const bytes = new Uint8Array(readFileSync(plan));
    const at = bytes.length >> 1;
    bytes[at] = bytes[at]! ^ 1;
    const bad = inputs.add('bad.plan', bytes);
    expect(cli(['plan', 'show', bad])).toMatchObject({ code: 2, out: '', err: expect.stringMatching(/^Invalid\w+: /) });
  });
});
