import { expect, test } from 'vitest';
import { mountAt, nodeOfMount } from './chain-mounts.ts';

test('a mount names the point of the chain that it is seen at', () => {
  expect(mountAt(null, 'p1')).toBe('p1');
  expect([mountAt('parent', ''), mountAt('parent/parent', 'p1')]).toEqual(['chain:parent', 'chain:parent/parent::p1']);
  expect(['p1', '', 'chain:parent', 'chain:parent/parent::p1::x'].map(nodeOfMount)).toEqual([
    null,
    null,
    'parent',
    'parent/parent',
  ]);
});
