/** The layers of a plan against open ones: an exact one wherever it stands, else the nearest of its role. */
import { expect, test } from 'vitest';
import type { Manifest } from './spec.ts';
import { compareLayers, type OpenLayer } from './summary.ts';

const part = (what: string, sha256: string) => ({ what, sha256 });
const open = (role: OpenLayer['role'], ...fingerprint: OpenLayer['fingerprint'][number][]) => ({
  role,
  name: `open ${role}`,
  fingerprint,
});
const manifest = (...layers: ReturnType<typeof open>[]) =>
  ({
    layers: layers.map(({ role, fingerprint }) => ({
      id: role,
      role,
      fingerprint: { algo: 'fp1', parts: fingerprint },
    })),
  }) as unknown as Manifest;

const told = (of: Manifest, ...layers: readonly OpenLayer[]) =>
  compareLayers(of, layers).map(({ id, match, differs, open: index }) => [id, match, differs.join(), index]);

test('parts of one name are told apart by what they are', () => {
  // a WIM in a WIM has two headers
  const nested = open('os', part('wim.header', 'outer'), part('wim.header', 'inner'), part('wim.metadata[1]', 'm'));
  expect(told(manifest(nested), nested)).toEqual([['os', 'exact', '', 0]]);
  const other = open('os', part('wim.header', 'outer'), part('wim.header', 'new'), part('wim.metadata[1]', 'm'));
  expect(told(manifest(nested), other)).toEqual([['os', 'different', 'wim.header', 0]]);
});

test('exact wherever it stands; the nearest of its role; none of another', () => {
  const [os, user] = [open('os', part('a', '1'), part('b', '1')), open('user', part('a', '2'))];
  const near = open('os', part('a', '1'), part('b', '9'));
  const far = open('os', part('a', '8'), part('b', '9'));
  expect(told(manifest(os, user), user, os)).toEqual([
    ['os', 'exact', '', 1],
    ['user', 'exact', '', 0],
  ]);
  expect(told(manifest(os, user), far, near)).toEqual([
    ['os', 'different', 'b', 1],
    ['user', 'absent', '', null],
  ]);
});
