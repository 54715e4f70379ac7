/** Deleted keys and values, and what logs changed, as the page asks for them. */
import { beforeAll, expect, test } from 'vitest';
import { MemorySource } from '../../source/memory.ts';
import { loadModules } from '../../testing/modules.ts';
import { dirtyHive, hiveWithDeleted } from '../../testing/traced-hives.ts';
import { webHost } from '../host.ts';
import { openImage } from '../open-image.ts';
import { Workspace } from './workspace.ts';

let workspace: Workspace;
const layers: string[] = [];

beforeAll(async () => {
  const host = webHost(loadModules());
  workspace = new Workspace(host);
  const dirty = dirtyHive('SOFTWARE');
  const opened = [
    openImage(host, new MemorySource('SOFTWARE', hiveWithDeleted('SOFTWARE'))),
    openImage(host, new MemorySource('SOFTWARE', dirty.hive), { logs: [new MemorySource('SOFTWARE.LOG1', dirty.log)] }),
  ];
  for (const [i, { image }] of opened.entries()) {
    workspace.attachImage(`${i}`, image.report(), image);
    layers.push(await workspace.addLayer({ image: `${i}`, mount: '', role: i === 0 ? 'os' : 'app', name: null }));
  }
  await workspace.settled();
});

test('R-32 deleted keys and their values, with paths of the merged registry', async () => {
  const { rows, total } = await workspace.hiveDeleted('HKLM/SOFTWARE', layers[0]!);
  expect(total).toBe(2);
  const path = 'HKEY_LOCAL_MACHINE\\SOFTWARE\\Gone';
  expect(rows).toMatchObject([
    { kind: 'key', path, name: '', parent: 'live', lastWrite: '2026-01-02T03:04:05.0000000Z' },
    { kind: 'value', path, name: 'text', type: 'REG_SZ', text: 'still there', size: 24, parent: 'recovered' },
  ]);
  expect(rows.every(({ offset }) => offset > 4096)).toBe(true);
});

test('what the log changed; null for a hive that was closed', async () => {
  expect(await workspace.hiveReplayed('HKLM/SOFTWARE', layers[0]!)).toBeNull();
  const found = (await workspace.hiveReplayed('HKLM/SOFTWARE', layers[1]!))!;
  expect(found).toMatchObject({ readableBefore: true, ranges: 1, bytes: 4096 });
  const below = (name: string) => `HKEY_LOCAL_MACHINE\\SOFTWARE\\${name}`;
  const [one, two] = ['REG_DWORD  0x00000001 (1)', 'REG_DWORD  0x00000002 (2)'];
  expect(found.rows).toMatchObject([
    { kind: 'key', change: 'changed', path: below('a'), aspects: [] },
    { kind: 'value', change: 'changed', path: below('a'), name: 'n', before: one, after: two },
    { kind: 'key', change: 'removed', path: below('b'), after: null },
    { kind: 'value', change: 'removed', path: below('b'), before: one, after: null },
    { kind: 'key', change: 'added', path: below('c'), before: null },
    { kind: 'value', change: 'added', path: below('c'), before: null, after: two },
  ]);
  expect(found.total).toBe(found.rows.length);
});

test('a layer without a hive there is refused', async () => {
  await expect(workspace.hiveDeleted('HKLM/SYSTEM', layers[0]!)).rejects.toThrow(/a hive at HKLM\/SYSTEM/);
});
