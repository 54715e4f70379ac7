/** Another base tried under real images: what looks different is marked, and everything can be taken back. */
import { describe, expect, test } from 'vitest';
import { MemorySource } from '../../source/memory.ts';
import { loadModules } from '../../testing/modules.ts';
import { rebaseFixture } from '../../testing/pains/rebase.ts';
import type { Pane, ViewSpec } from '../api.ts';
import { webHost } from '../host.ts';
import { openImage } from '../open-image.ts';
import { mountable } from '../select.ts';
import { Workspace } from './workspace.ts';

const host = webHost(loadModules());

async function open(asLayer: boolean) {
  const workspace = new Workspace(host);
  const mounts = new Map<string, string>();
  const side = (image: string) => ({ image, mount: mounts.get(image)! });
  for (const [name, bytes] of Object.entries(rebaseFixture())) {
    const { image } = openImage(host, new MemorySource(`${name}.wim`, bytes));
    workspace.attachImage(name, image.report(), image);
    mounts.set(name, mountable(image.report().root)[0]!.mount);
  }
  await workspace.addLayer({ ...side('before'), role: 'os', name: 'May' });
  await workspace.addLayer({ ...side('user'), role: 'user', name: 'Ann' });
  if (asLayer) await workspace.addLayer({ ...side('after'), role: 'app', name: 'June' });
  await workspace.settled();
  return { workspace, side };
}

const spec = (pane: Pane, markedOnly: boolean): ViewSpec => ({
  pane,
  filter: '',
  states: null,
  layers: null,
  showHidden: true,
  conflictsOnly: false,
  markedOnly,
  sort: { by: 'name', descending: false },
});

async function rows(workspace: Workspace, pane: Pane, markedOnly: boolean) {
  const { view, generation, count } = await workspace.openView(spec(pane, markedOnly));
  const found =
    pane === 'files'
      ? await workspace.fileRows(view, generation, 0, count)
      : await workspace.keyRows(view, generation, 0, count);
  return found!.map(({ name, marked, changed }) => `${name}${marked ? '*' : ''}${changed ? '!' : ''}`);
}

const stack = (workspace: Workspace) =>
  workspace.state().layers.map(({ name, role, enabled, letter, hue }) => [name, role, enabled, letter, hue].join(' '));

describe.each([
  ['that is no layer', false],
  ['that is a layer above', true],
])('a base %s', (_, asLayer) => {
  test('takes the place of the present one; what looks different is marked, flashes, and is all that a filter leaves', async () => {
    const { workspace, side } = await open(asLayer);
    const before = stack(workspace);
    const told = await workspace.useBase(side('after'));
    const { layers, swap } = workspace.state();
    expect(swap).toEqual(told);
    expect(layers.map(({ name, role, enabled }) => [name, role, enabled])).toEqual([
      ['Ann', 'user', true],
      ['May', 'os', false],
      [asLayer ? 'June' : 'after.wim: Windows', 'os', true],
    ]);
    expect([layers[2]!.id, layers[1]!.id]).toEqual([told!.now, told!.before]);
    const contoso = ['Program Files', 'Contoso', 'seen.txt*!'];
    const hives = ['System32', 'config', 'SOFTWARE*!'];
    if (asLayer) {
      // what it has was seen already, but for the hive that is always the base's
      expect(await rows(workspace, 'files', true)).toEqual(['Windows', ...hives]);
    } else {
      expect(told).toMatchObject({ files: 2, filesGone: 0, keys: 1, keysGone: 0 });
      expect(await rows(workspace, 'files', true)).toEqual([...contoso, 'Windows', ...hives]);
      expect((await rows(workspace, 'registry', true)).filter((row) => row.includes('*'))).toEqual(['Contoso*!']);
    }
    // what is marked stays marked after other changes, which let other rows flash
    const [ann] = layers;
    await workspace.setEnabled(ann!.id, false);
    await workspace.setEnabled(ann!.id, true);
    expect((await rows(workspace, 'files', true)).filter((row) => row.includes('*')).length).toBe(told!.files);
    await workspace.undoBase();
    expect(stack(workspace)).toEqual(before);
    expect(workspace.state().swap).toBeNull();
    expect((await rows(workspace, 'files', true)).join()).not.toContain('*');
    await expect(workspace.undoBase()).rejects.toMatchObject({ code: 'MissingItem' });
  });
});

test('the view is that of the layers over the new base, and of the old one again after it is taken back', async () => {
  const read = async (workspace: Workspace) => {
    const found = workspace.merged.files.find(['Program Files', 'Contoso', 'seen.txt']);
    const { row } = await workspace.fileDetail(found);
    return new TextDecoder().decode(await workspace.readFile(found, row.layer!, '', 0, 100));
  };
  const { workspace, side } = await open(false);
  expect(await read(workspace)).toBe('one');
  await workspace.useBase(side('after'));
  expect(await read(workspace)).toBe('two');
  await workspace.undoBase();
  expect(await read(workspace)).toBe('one');
  // taken back it is kept: used again, nothing is read anew, and its bytes are there
  await workspace.rebase(side('after'));
  await workspace.useBase(side('after'));
  await workspace.endRebase();
  expect(await read(workspace)).toBe('two');
});

test('one base after the other: all are held against the first, which is the way back as well', async () => {
  const { workspace, side } = await open(true);
  const before = stack(workspace);
  await workspace.useBase(side('after'));
  const again = await workspace.useBase(side('user'));
  expect(again).toMatchObject({ before: workspace.state().layers.find(({ name }) => name === 'May')!.id });
  expect(await workspace.useBase(side('before'))).toBeNull();
  expect(stack(workspace)).toEqual(before);
  await expect(workspace.useBase(side('before'))).rejects.toThrow('another tree');
  await expect(workspace.useBase({ image: 'none', mount: '1' })).rejects.toThrow('an image none');
});

test('a layer that is not read to its end is no base, and none beside itself', async () => {
  const { workspace, side } = await open(false);
  const half = await workspace.addLayer({ ...side('after'), role: 'app', name: 'June' });
  await workspace.cancelLayer(half);
  await workspace.settled();
  const before = stack(workspace);
  await expect(workspace.useBase(side('after'))).rejects.toMatchObject({ code: 'MissingData', actual: 'cancelled' });
  expect(stack(workspace)).toEqual(before);
});

test('a layer of the two that moves, is switched or goes ends it', async () => {
  const { workspace, side } = await open(false);
  const told = await workspace.useBase(side('after'));
  await workspace.setEnabled(told!.before, true);
  expect(workspace.state().swap).toBeNull();
  expect((await rows(workspace, 'files', true)).join()).not.toContain('*');
  await workspace.setEnabled(told!.before, false);
  await workspace.removeLayer(told!.before);
  expect(workspace.state().swap).toBeNull();
  await expect(workspace.undoBase()).rejects.toMatchObject({ code: 'MissingItem' });
  await expect(new Workspace(host).useBase(side('after'))).rejects.toMatchObject({ code: 'MissingItem' });
});
