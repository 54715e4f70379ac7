/** merge diff: what a layer does to the merged view, and two stacks side by side. */
import { beforeAll, describe, expect, test } from 'vitest';
import { cli, Inputs, objects } from '../testing/cli.ts';
import { buildHive, type KeySpec } from '../testing/hive-builder.ts';
import { sampleFiles } from '../testing/sample.ts';
import { descriptor } from '../testing/wim-sample-tree.ts';

const inputs = new Inputs();
let layers: string[] = [];

beforeAll(() => {
  const [os, user] = sampleFiles().map(({ name, bytes }) => inputs.add(name, bytes));
  layers = ['--os', os!, '--user', user!];
});
const diff = (...args: string[]) => cli(['merge', ...layers, 'diff', ...args]);

describe('merge diff', () => {
  test('--without tells what a layer does to files and keys, and whose both sides are', () => {
    const before = inputs.state();
    const { code, out } = diff('--without', 'user', '--json');
    expect(code).toBe(1);
    const rows = objects(out);
    const at = (path: string) => rows.find((row) => row['path'] === path);
    expect(at('Program Files\\Contoso\\Viewer\\render.dll')).toMatchObject({
      change: 'changed',
      before: { size: expect.any(Number) },
      after: { size: 131_000 },
      layers: { before: 'os', after: 'user' },
    });
    expect(at('Program Files\\Contoso\\Viewer\\plugins\\legacy.dll')).toMatchObject({
      change: 'removed',
      layers: { before: 'os', after: null },
    });
    expect(at('Program Files\\Notes\\notes.exe')).toMatchObject({
      change: 'added',
      before: null,
      layers: { before: null, after: 'user' },
    });
    expect(at('Windows\\System32\\kernel32.dll')).toBeUndefined();
    const viewer = rows.filter((row) => row['key'] === 'HKLM\\SOFTWARE\\Contoso\\Viewer');
    expect(viewer[0]).toMatchObject({ change: 'changed', before: { layer: 'os' }, after: { layer: 'user' } });
    expect(viewer.find(({ name }) => name === 'RenderThreads')).toMatchObject({
      change: 'changed',
      before: { layer: 'os', type: 'REG_DWORD' },
      after: { layer: 'user', type: 'REG_DWORD', data: '02000000' },
    });
    expect(viewer.find(({ name }) => name === 'HardwareDecoding')).toMatchObject({ change: 'removed', after: null });
    const summaries = rows.filter((row) => 'summary' in row);
    expect(summaries).toHaveLength(2);
    expect(inputs.state()).toEqual(before);
  });

  test('--to compares with another stack; equal stacks are equal', () => {
    const same = diff('--to', ...layers);
    expect(same.code).toBe(0);
    expect(same.out).toMatch(/^files: 0 added, 0 removed, 0 changed, 0 metadata only, [1-9]\d* same$/m);
    expect(same.out).toMatch(/^keys: 0 added, 0 removed, 0 changed, 0 by their time only, [1-9]\d* same$/m);
    const turned = diff('--files', '--to', ...layers.slice(0, 2)).out;
    expect(turned).toMatch(/^~ Program Files\\Contoso\\Viewer\\render\.dll {2}\(size\) {2}user -> os$/m);
    expect(turned).not.toContain('keys:');
  });

  test('for people: a sign, both sides and their layers; one of both is enough', () => {
    const { out } = diff('--without', 'user', '--reg');
    expect(out).toMatch(/^~ \[HKLM\\SOFTWARE\\Contoso\\Viewer\] {2}os -> user$/m);
    expect(out).toMatch(/^ {2}~ RenderThreads {2}REG_DWORD {2}.* -> .* {2}os -> user$/m);
    expect(out).not.toContain('files:');
  });

  test('classes and descriptors of keys count, of one stack and of two', () => {
    const hive = (keys: readonly KeySpec[]) =>
      new Inputs().add('SOFTWARE', buildHive({ name: 'ROOT', keys }, { minor: 5, fileName: 'SOFTWARE' }));
    const lower = hive([
      { name: 'class', class: 'one' },
      { name: 'owner', security: descriptor(544) },
      { name: 'same', class: 'one', security: descriptor(544) },
    ]);
    const upper = hive([
      { name: 'class', class: 'two' },
      { name: 'owner', security: descriptor(545) },
      { name: 'same', class: 'one', security: descriptor(544) },
    ]);
    const without = cli(['merge', '--os', lower, '--app', upper, 'diff', '--without', 'app1', '--reg']);
    const stacks = cli(['merge', '--os', lower, 'diff', '--reg', '--to', '--os', upper]);
    for (const { code, out } of [without, stacks]) {
      expect(code).toBe(1);
      expect(out).toMatch(/^~ \[HKLM\\SOFTWARE\\class\] {2}\(class\)/m);
      expect(out).toMatch(/^~ \[HKLM\\SOFTWARE\\owner\] {2}\(security\)/m);
      expect(out).toMatch(/^keys: 0 added, 0 removed, 2 changed/m);
    }
  });

  test('wrong use is told', () => {
    expect(diff('--without', 'app1').err).toContain('one of user, os');
    expect(diff('--without', 'user', '--to', ...layers).code).toBe(2);
  });
});
