/** plan simulate, diff and export: a plan replayed over its layers, held against another one, taken apart. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { cli, Inputs, objects } from '../testing/cli.ts';
import { sampleFiles } from '../testing/sample.ts';

const inputs = new Inputs();
let layers: string[] = [];
let ruled: string[] = [];
let plan = '';
let other = '';

beforeAll(() => {
  const [os, user] = sampleFiles().map(({ name, bytes }) => inputs.add(name, bytes));
  layers = ['--os', os!, '--user', user!];
  const match = { kind: 'subtree', p: 'Users\\ann' };
  const rules = { format: 'stratascope-rules', version: 1, rules: [{ target: 'file', match, action: 'keepLower' }] };
  ruled = [...layers, '--rules', inputs.add('rules.json', Buffer.from(JSON.stringify(rules)))];
  [plan, other] = [inputs.free('a.plan'), inputs.free('b.plan')];
  for (const [args, file] of [
    [layers, plan],
    [ruled, other],
  ] as const)
    expect(cli(['plan', 'build', ...args, '-o', file])).toMatchObject({ code: 0, err: '' });
});

describe('simulate', () => {
  test('over its own layers and rules the plan gives what is shown', () => {
    const { code, out, err } = cli(['plan', 'simulate', plan, ...layers]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(
      /^layer {5}os \(os\): exact\nlayer {5}user \(user\): exact\nThe plan gives what is shown here: [\d,]+ entries\.\n$/,
    );
  });

  test('under other rules it says which, and entry by entry what differs', () => {
    const { code, out } = cli(['plan', 'simulate', plan, ...ruled]);
    expect(code).toBe(1);
    expect(out).toContain('rule      only here: keepLower file subtree Users\\ann\n');
    const [about, ...found] = objects<{ [field: string]: unknown }>(
      cli(['plan', 'simulate', plan, ...ruled, '--json']).out,
    );
    expect(about).toMatchObject({ refused: null });
    const gaps = found.filter((item) => 'path' in item);
    expect(gaps).toHaveLength(about!['differences'] as number);
    // just what the rule leaves out: the person's own files, and nothing elsewhere
    expect(gaps.length).toBeGreaterThan(0);
    for (const gap of gaps) {
      expect(String(gap['path'])).toMatch(/^Users\\ann(\\|$)/);
      expect(gap['plan']).not.toEqual(gap['view']);
    }
    // and the other plan gives just that view
    expect(cli(['plan', 'simulate', other, ...ruled]).code).toBe(0);
  });

  test('listed: every entry of the merged view, with the layer that it comes from', () => {
    const listed = objects<{ kind: string; path: string }>(
      cli(['plan', 'simulate', plan, ...layers, '--list', '--json']).out,
    );
    const files = listed.filter(({ kind, path: at }) => kind !== 'value' && !at.includes('/'));
    const merged = objects<{ path: string }>(cli(['merge', ...layers, 'ls', '-r', '--json']).out);
    expect(files.map(({ path: at }) => at).sort()).toEqual(merged.map(({ path: at }) => at).sort());
    const lines = cli(['plan', 'simulate', plan, ...layers, '--list']).out.split('\n');
    expect(lines).toHaveLength(listed.length + 1);
  });

  test('without one of its layers it cannot be replayed, and says so', () => {
    const { code, out } = cli(['plan', 'simulate', plan, ...layers.slice(0, 2)]);
    expect(code).toBe(1);
    expect(out).toContain('layer     user (user): absent');
    expect(out).toContain('not replayed: layers of the plan are not here');
    expect(cli(['plan', 'simulate', plan, ...layers.slice(0, 2), '--list'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('none for user'),
    });
  });
});

describe('diff', () => {
  test('a plan and itself say the same', () => {
    expect(cli(['plan', 'diff', plan, plan])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^The plans say the same: [\d,]+ records\.\n$/),
    });
  });

  test('another rule: the rule, and the records that follow from it', () => {
    const { code, out } = cli(['plan', 'diff', plan, other]);
    expect(code).toBe(1);
    expect(out).toContain('+ rule keepLower file subtree Users\\ann\n');
    const found = objects<{
      what?: string;
      change?: string;
      before: { path: string } | null;
      after: { path: string } | null;
    }>(cli(['plan', 'diff', plan, other, '--json']).out);
    const records = found.filter(({ what }) => what === 'record');
    expect(records.length).toBeGreaterThan(0);
    for (const { before, after } of records) expect((before ?? after)!.path).toMatch(/^Users/);
    // the other way round it is the opposite
    const back = objects<{ what?: string; change?: string }>(cli(['plan', 'diff', other, plan, '--json']).out);
    const count = (list: typeof back, change: string) => list.filter((item) => item.change === change).length;
    expect(count(back, 'added')).toBe(count(found, 'removed'));
    expect(count(back, 'removed')).toBe(count(found, 'added'));
  });
});

describe('export', () => {
  test('the folder that the specification describes: the very parts that were signed for', () => {
    const folder = inputs.free('plan');
    expect(cli(['plan', 'export', plan, '-o', folder]).code).toBe(0);
    const manifest = JSON.parse(readFileSync(path.join(folder, 'plan.json'), 'utf8')) as {
      segments: { path: string; bytes: string }[];
    };
    for (const segment of manifest.segments)
      expect(String(readFileSync(path.join(folder, segment.path)).length)).toBe(segment.bytes);
    expect(readdirSync(folder).sort()).toEqual(['conflicts', 'files', 'plan.json', 'registry']);
    // never over what is there
    expect(cli(['plan', 'export', plan, '-o', folder])).toMatchObject({
      code: 2,
      err: expect.stringContaining('already'),
    });
  });

  test('records one by one, as objects and as a table', () => {
    const records = objects<{ target: string; path: string; record: { a: string } }>(
      cli(['plan', 'export', plan, '--format', 'json']).out,
    );
    expect(records.some(({ path: at, record }) => record.a === 'whiteout' && at.endsWith('legacy.dll'))).toBe(true);
    const rows = cli(['plan', 'export', plan, '--format', 'csv']).out.split('\r\n');
    expect(rows).toHaveLength(records.length + 2);
    expect(rows[0]).toBe('target,path,value,action,layer,more');
  });

  test('a damaged plan is refused by all three', () => {
    const bytes = new Uint8Array(readFileSync(plan));
    bytes[bytes.length >> 1]! ^= 1;
    const bad = inputs.add('bad.plan', bytes);
    for (const args of [
      ['export', bad, '--format', 'json'],
      ['diff', bad, plan],
      ['simulate', bad, ...layers],
    ])
      expect(cli(['plan', ...args])).toMatchObject({ code: 2, out: '', err: expect.stringMatching(/^Invalid\w+: /) });
  });
});

test('wrong use is told', () => {
  for (const args of [
    ['simulate', plan],
    ['simulate', ...layers],
    ['diff', plan],
    ['diff', plan, plan, ...layers],
    ['export', plan],
    ['export', plan, '--format', 'xml'],
    ['export', plan, '--format', 'csv', '-o', 'x'],
    ['show', plan, '--list'],
    ['verify', plan, '--format', 'csv', ...layers],
    ['build', plan, ...layers],
    ['other'],
  ])
    expect(cli(['plan', ...args]).code, args.join(' ')).toBe(2);
});

test('each part of a layer is named once', () => {
  const folder = inputs.free('parts');
  expect(cli(['plan', 'export', plan, '-o', folder]).code).toBe(0);
  const { layers: told } = JSON.parse(readFileSync(path.join(folder, 'plan.json'), 'utf8')) as {
    layers: { source: { kind: string }; fingerprint: { parts: { what: string }[] } }[];
  };
  expect(told.map(({ source }) => source.kind)).toEqual(['wim', 'vhdx gpt ntfs']);
  for (const { fingerprint } of told) {
    const names = fingerprint.parts.map(({ what }) => what);
    expect(names).toEqual([...new Set(names)]);
  }
});
