import { expect, test } from 'vitest';
import type { ProbeResult } from './api-image.ts';
import { link } from './linking.ts';

const file = (name: string, format: string | null): ProbeResult => ({
  name,
  size: 1,
  format,
  title: '',
  identity: {},
  refusal:
    format === null
      ? { code: 'UnsupportedFormat', where: { source: name, offset: 0 }, expected: '', actual: '' }
      : null,
});

test('logs go to their hive in the order LOG1, LOG2, LOG, whatever the drop order', () => {
  const files = [
    file('a/SYSTEM.LOG2', null),
    file('a/SYSTEM', 'regf'),
    file('a/system.LOG', null),
    file('a/System.log1', null),
    file('b/SYSTEM.LOG1', null),
    file('os.wim', 'wim'),
    file('x.plan', 'plan'),
    file('notes.log', null),
  ];
  expect(link(files)).toEqual({
    groups: [
      { main: 1, logs: [3, 0, 2] },
      { main: 5, logs: [] },
    ],
    plans: [6],
    refused: [4, 7],
  });
});

test('a hive that happens to be called x.log is a hive', () => {
  expect(link([file('x', 'regf'), file('x.log', 'regf')]).groups).toHaveLength(2);
});
