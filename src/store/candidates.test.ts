import { expect, test } from 'vitest';
import type { ReportNode } from '../engine/api.ts';
import { candidates, firstRefusal, guessRole, imageLayers, proposed, stackOrder } from './candidates.ts';

const node = (mount: string, kind: 'tree' | 'hive' | null, size: number, parts: ReportNode[] = []): ReportNode => ({
  mount,
  format: 'x',
  title: mount,
  size,
  facts: {},
  identity: {},
  findings: [],
  chain: [],
  parts,
  refusal: null,
  kind,
});
const GB = 1024 ** 3;

test('walks containers in order and leaves out what is refused', () => {
  const refused = {
    ...node('p2', 'tree', 1),
    refusal: { code: 'UnsupportedFeature', where: { source: 'a', offset: null }, expected: 'x', actual: 'y' },
  } as ReportNode;
  const root = node('', null, 9, [node('p1', 'tree', 1), refused, node('p3', null, 5, [node('p3::1', 'tree', 3)])]);
  expect(candidates({ name: 'a', size: 9, root }).map((c) => c.mount)).toEqual(['p1', 'p3::1']);
});

test('the first refusal from the outside in says why nothing can be taken', () => {
  const refusal = {
    code: 'UnsupportedFeature',
    where: { source: 'a', offset: 7 },
    expected: 'x',
    actual: 'y',
  } as const;
  const root = node('', null, 9, [node('p1', null, 1), { ...node('p2', null, 1), refusal }]);
  expect(firstRefusal({ name: 'a', size: 9, root })).toEqual(refusal);
  expect(firstRefusal({ name: 'a', size: 9, root: node('', null, 9) })).toBeNull();
  const zeros = { ...node('p1', null, 1), facts: { reserved: true }, refusal: { ...refusal, actual: 'zeros' } };
  const locked = { ...node('p2', null, 1), refusal };
  expect(firstRefusal({ name: 'a', size: 9, root: node('', null, 9, [zeros, locked]) })).toEqual(refusal);
  expect(firstRefusal({ name: 'a', size: 9, root: node('', null, 9, [zeros]) })).toEqual(zeros.refusal);
});

test('proposes the large volume of a disk, but the first image of a set', () => {
  const c = (mount: string, size: number) => ({ mount, title: mount, text: mount, kind: 'tree' as const, size });
  expect(proposed([c('efi', 0.1 * GB), c('c', 60 * GB), c('recovery', 0.6 * GB)])?.mount).toBe('c');
  expect(proposed([c('1', 14 * GB), c('2', 15 * GB)])?.mount).toBe('1');
  expect(proposed([])).toBeNull();
});

test('proposes the volume that holds Windows, whatever its place and size', () => {
  const facts = { windows: true };
  const root = node('', null, 9, [
    node('p1', 'tree', 9 * GB),
    { ...node('p3', 'tree', GB), facts },
    node('p4', 'tree', 3),
  ]);
  const found = candidates({ name: 'a', size: 9, root });
  expect(found.map(({ windows }) => windows)).toEqual([undefined, true, undefined]);
  expect(proposed(found)?.mount).toBe('p3');
  expect(guessRole('x.vhdx', '', false, true)).toBe('os');
  expect(guessRole('userdata.vhdx', '', false, true)).toBe('user');
});

test.each([
  ['ann-userdata.vhdx', '', false, 'user'],
  ['user data.vhdx', '', false, 'user'],
  ['NTUSER.DAT', '', false, 'user'],
  ['install.wim', '', false, 'os'],
  ['office.vhdx', '', false, 'app'],
  ['x.wim', 'Windows 11 Enterprise', false, 'os'],
  ['x.vhdx', '', false, 'app'],
  ['x.vhdx', '', true, 'os'],
])('%s (%s) alone %s is %s', (name, title, alone, role) => {
  expect(guessRole(name, title, alone)).toBe(role);
});

test('user over app over os', () => {
  const list = [
    { role: 'os' as const },
    { role: 'app' as const, n: 1 },
    { role: 'user' as const },
    { role: 'app' as const, n: 2 },
  ];
  expect(stackOrder(list)).toEqual([list[2], list[1], list[3], list[0]]);
});

test('the layers of a saved image, top first; of several images, those of the first', () => {
  const layer = (mount: string, number: number) => ({ ...node(mount, 'tree', 1), facts: { layer: number } });
  const list = (...parts: ReportNode[]) => candidates({ name: 'a', size: 9, root: node('', 'tree', 9, parts) });
  const mounts = (...parts: ReportNode[]) => imageLayers(list(...parts)).map(({ mount }) => mount);
  expect(mounts(node('p1', 'tree', 1))).toEqual([]);
  expect(mounts(layer('l1', 1), layer('l2', 2))).toEqual(['l2', 'l1']);
  expect(mounts(layer('i1::l1', 1), layer('i1::l2', 2), layer('i2::l1', 1))).toEqual(['i1::l2', 'i1::l1']);
  expect(proposed(list(layer('l1', 1)))?.mount).toBe('');
});
