/** reg --deleted and reg --log-changes. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cli, Inputs, objects } from '../testing/cli.ts';
import { buildHive, dword, type KeySpec, sz } from '../testing/hive-builder.ts';
import { newLog } from '../testing/hive-log-builder.ts';

const inputs = new Inputs();
let dirty = '';
let log = '';
let deleted = '';

const hiveOf = (n: number, names: string[]) => {
  const keys: KeySpec[] = names.map((name) => ({ name, values: [{ name: 'n', type: 4, data: dword(n) }] }));
  return new Uint8Array(buildHive({ name: 'R', keys }, { minor: 5, sequence1: n, sequence2: n }));
};

beforeAll(() => {
  const before = hiveOf(1, ['a', 'b']);
  const view = new DataView(before.buffer);
  view.setUint32(4, 2, true);
  let sum = 0;
  for (let at = 0; at < 508; at += 4) sum ^= view.getInt32(at, true);
  view.setInt32(508, sum, true);
  dirty = inputs.add('SOFT', before);
  log = inputs.add('SOFT.LOG1', newLog([before, hiveOf(2, ['a', 'c'])], 1));
  const bytes = new Uint8Array(
    buildHive({ name: 'R', keys: [{ name: 'Gone', values: [{ name: 'text', type: 1, data: sz('still there') }] }] }),
  );
  // every cell but the root's becomes free, and the root's list is empty
  const root = new DataView(bytes.buffer, 4100 + 32);
  root.setUint32(20, 0, true);
  const cells = new DataView(bytes.buffer, 4096);
  for (let at = 32 - cells.getInt32(32, true); at < 4096; at += Math.abs(cells.getInt32(at, true)))
    cells.setInt32(at, Math.abs(cells.getInt32(at, true)), true);
  deleted = inputs.add('deleted.hiv', bytes);
});
afterAll(() => expect(inputs.state().length).toBeGreaterThan(0));

describe('reg --log-changes', () => {
  test('keys and values before and after', () => {
    const { code, out } = cli(['reg', dirty, '--log', log, '--log-changes', '--json']);
    expect(code).toBe(0);
    const [head, ...changes] = objects(out);
    expect(head).toMatchObject({ state: 'recovered', ranges: 1, bytes: 4096 });
    const value = (data: string) => expect.objectContaining({ name: 'n', type: 'REG_DWORD', data });
    expect(changes).toMatchObject([
      {
        change: 'changed',
        key: 'a',
        values: [{ change: 'changed', before: value('01000000'), after: value('02000000') }],
      },
      { change: 'removed', key: 'b', after: null },
      { change: 'added', key: 'c', before: null, values: [{ change: 'added', before: null }] },
    ]);
    const text = cli(['reg', dirty, 'A', '--log', log, '--log-changes']).out;
    expect(text).toMatch(
      /logs wrote 4096 bytes in 1 places \(recovered\)\n~ \[a\].*\n {2}- n .*\(1\)\n {2}\+ n .*\(2\)\n$/,
    );
  });

  test('of a hive that was closed', () => {
    expect(cli(['reg', deleted, '--log-changes']).out).toContain('no transaction log was applied (clean)');
  });
});

test('reg --deleted', () => {
  const found = objects(cli(['reg', deleted, '--deleted', '--json']).out);
  expect(found).toMatchObject([
    { deleted: 'key', key: 'Gone', parent: 'live' },
    { deleted: 'value', key: 'Gone', name: 'text', type: 'REG_SZ', text: 'still there' },
  ]);
  expect(cli(['reg', deleted, '--deleted']).out).toMatch(
    /^\[Gone\] .*\(deleted\)\n {2}text {2}REG_SZ {2}still there {2}\(deleted\)\n$/,
  );
  expect(cli(['reg', deleted, 'Other', '--deleted']).out).toBe('');
  expect(cli(['reg', deleted, '--deleted', '--log-changes']).code).toBe(2);
});
