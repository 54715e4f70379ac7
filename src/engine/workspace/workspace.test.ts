/** The workspace over the sample pair, as the page and the command line use it. */
import { beforeAll, describe, expect, test } from 'vitest';
import { MemorySource } from '../../source/memory.ts';
import { loadModules } from '../../testing/modules.ts';
import { buildNtfs } from '../../testing/ntfs-builder.ts';
import { sampleFiles } from '../../testing/sample.ts';
import type { FileRow, KeyRow, ViewSpec } from '../api.ts';
import { webHost } from '../host.ts';
import { openImage } from '../open-image.ts';
import { mountable } from '../select.ts';
import { Workspace } from './workspace.ts';

const host = webHost(loadModules());
const FILES: ViewSpec = {
  pane: 'files',
  filter: '',
  states: null,
  layers: null,
  showHidden: true,
  conflictsOnly: false,
  sort: { by: 'name', descending: false },
};
const KEYS: ViewSpec = { ...FILES, pane: 'registry' };

async function openSample(): Promise<{ workspace: Workspace; ids: string[] }> {
  const workspace = new Workspace(host);
  const ids: string[] = [];
  for (const { name, bytes } of sampleFiles()) {
    const { image } = openImage(host, new MemorySource(name, bytes));
    workspace.attachImage(name, image.report(), image);
    ids.push(
      await workspace.addLayer({
        image: name,
        mount: mountable(image.report().root)[0]!.mount,
        role: null,
        name: null,
      }),
    );
  }
  await workspace.settled();
  return { workspace, ids };
}

async function allRows(workspace: Workspace, spec: ViewSpec): Promise<{ view: number; rows: FileRow[] }> {
  const first = await workspace.openView(spec);
  let info = first;
  if (spec.filter === '') {
    const top = (await workspace.fileRows(first.view, first.generation, 0, 100))!;
    for (const row of top) if (row.expandable) info = await workspace.expand(first.view, row.node, true, true);
  }
  return { view: info.view, rows: (await workspace.fileRows(info.view, info.generation, 0, info.count))! };
}

let sample: Awaited<ReturnType<typeof openSample>>;
beforeAll(async () => {
  sample = await openSample();
});

describe('the sample', () => {
  test('is an OS layer below a user layer', () => {
    const { layers, busy, stats } = sample.workspace.state();
    expect(busy).toBe(false);
    expect(layers.map(({ role, status, letter, hue, store }) => ({ role, status, letter, hue, store }))).toEqual([
      { role: 'user', status: 'ready', letter: 'U', hue: 'user', store: 'own' },
      { role: 'os', status: 'ready', letter: 'B', hue: 'base', store: 'plain' },
    ]);
    expect(stats.added).toBeGreaterThan(5);
    expect(stats.overrides).toBeGreaterThan(1);
    expect(stats.hidden).toBeGreaterThan(3);
    expect(stats.conflicts).toBe(1);
  });

  test('shows every state', async () => {
    const { rows } = await allRows(sample.workspace, FILES);
    const by = (name: string) => rows.find((row) => row.name === name)!;
    expect(by('render.dll')).toMatchObject({ state: 'overrides', core: 'wh' });
    expect(by('legacy.dll')).toMatchObject({ state: 'hidden', core: 'dh' });
    expect(by('svg.dll')).toMatchObject({ state: 'added', core: 'w-' });
    expect(by('pdf.dll')).toMatchObject({ state: 'unchanged', core: '-w' });
    expect(by('Templates').flags).toContain('opaque');
    expect(by('blank.cvt').state).toBe('hidden');
    expect(by('logs')).toMatchObject({ directory: false, flags: ['conflict'] });
    expect(by('vpnfilter.sys')).toMatchObject({ state: 'hidden', core: 'x-' });
    expect(by('Program Files').layer).toBeNull();
    expect(by('\u8ba1\u5212.txt').state).toBe('added');
    expect(rows.some((row) => row.name === '.layer' || row.name === 'hives')).toBe(false);
    const welcome = rows.filter((row) => row.name === 'Welcome.txt').map((row) => row.state);
    expect(welcome).toEqual(['same', 'unchanged']);
  });

  test('says why, with all versions and their bytes', async () => {
    const { workspace, ids } = sample;
    const { rows } = await allRows(workspace, FILES);
    const { node } = rows.find((row) => row.name === 'render.dll')!;
    const detail = await workspace.fileDetail(node);
    expect(detail.path).toBe('C:\\Program Files\\Contoso\\Viewer\\render.dll');
    expect(detail.why.at(-1)).toMatchObject({ step: 'default', result: 'decides' });
    expect(detail.versions.map(({ wins, reason }) => [wins, reason])).toEqual([
      [true, 'wins'],
      [false, 'below'],
    ]);
    const [os, user] = await Promise.all(ids.map((id) => workspace.versionDetail(node, id)));
    expect(os!.pe).toMatchObject({ fileVersion: '2.1.0.48', product: 'Contoso Viewer' });
    expect(user!.pe?.fileVersion).toBe('1.8.2.7');
    expect(os!.detail.sha1).toMatch(/^[0-9a-f]{40}$/);
    expect(user!.places[0]).toMatchObject({ kind: 'stored', file: 'ann-userdata.vhdx' });
    expect(new TextDecoder().decode(await workspace.readFile(node, ids[0]!, '', 0, 2))).toBe('MZ');
    expect(await workspace.sha256(node, ids[0]!)).toMatch(/^[0-9a-f]{64}$/);
    const driver = rows.find((row) => row.name === 'vpnfilter.sys')!.node;
    const rule = (await workspace.fileDetail(driver)).why.find((step) => step.result === 'decides');
    expect(rule?.rule?.pattern).toBe('Windows\\System32\\drivers');
  });

  test('merges the registry', async () => {
    const { workspace } = sample;
    const { view } = await workspace.openView(KEYS);
    const at = async (path: string) => (await workspace.reveal(view, path))!;
    const viewer = await at('HKEY_LOCAL_MACHINE\\SOFTWARE\\Contoso\\Viewer');
    const rows: KeyRow[] = (await workspace.keyRows(view, viewer.info.generation, 0, viewer.info.count))!;
    const by = (name: string) => rows.find((row) => row.name === name)!;
    expect(by('HKEY_LOCAL_MACHINE').kind).toBe('root');
    expect(by('SOFTWARE').kind).toBe('hive');
    expect(by('Viewer').state).toBe('overrides');
    const values = await workspace.values(viewer.node, true);
    const value = (name: string) => values.find((row) => row.name === name)!;
    expect(value('RenderThreads')).toMatchObject({
      text: '0x00000002 (2)',
      state: 'overrides',
      typeName: 'REG_DWORD',
      core: 'wh',
    });
    expect(value('HardwareDecoding')).toMatchObject({ state: 'hidden', core: 'dh' });
    expect(value('Version')).toMatchObject({ state: 'unchanged', core: '-w' });
    const detail = await workspace.valueDetail(viewer.node, 'RenderThreads');
    expect(detail.versions.map(({ text, wins }) => [text, wins])).toEqual([
      ['0x00000002 (2)', true],
      ['0x00000008 (8)', false],
    ]);
    expect((await at('HKEY_LOCAL_MACHINE\\SOFTWARE\\Contoso\\Viewer\\RenderThreads')).value).toBe('RenderThreads');
    const run = await at('HKEY_CURRENT_USER\\Software\\Microsoft\\Windows\\CurrentVersion\\Run');
    expect((await workspace.values(run.node, false)).map(({ name }) => name).sort()).toEqual(['Notes', 'OneDrive']);
    const detailOfRun = await workspace.keyDetail(run.node);
    expect(detailOfRun.path).toBe('HKEY_CURRENT_USER\\Software\\Microsoft\\Windows\\CurrentVersion\\Run');
    expect(detailOfRun.really[0]).toMatch(/^HKEY_USERS\\S-1-5-21-.*\\Run$/);
    expect(
      await workspace.reveal(view, 'HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\Ntfs'),
    ).not.toBeNull();
    const hidden = await at('HKEY_LOCAL_MACHINE\\SOFTWARE\\Contoso\\Viewer\\Telemetry');
    expect((await workspace.keyRows(view, hidden.info.generation, hidden.index, 1))![0]!.state).toBe('hidden');
    expect(await workspace.keySecurity(viewer.node)).toMatchObject({ sddl: expect.stringContaining('D:') });
  });

  test('filters, sorts and finds', async () => {
    const { workspace } = sample;
    expect((await allRows(workspace, { ...FILES, filter: 'render' })).rows.map((row) => row.name)).toContain(
      'render.dll',
    );
    const wild = (await allRows(workspace, { ...FILES, filter: '*.cvt' })).rows
      .filter((row) => !row.directory)
      .map((row) => row.name);
    expect(wild.sort()).toEqual(['ann.cvt', 'blank.cvt', 'letter.cvt', 'plan.cvt', 'poster.cvt']);
    const conflicts = (await allRows(workspace, { ...FILES, conflictsOnly: true })).rows;
    expect(conflicts.filter((row) => row.flags.includes('conflict')).map((row) => row.name)).toEqual(['logs']);
    const { view } = await workspace.openView(FILES);
    const found = await workspace.findRow(view, 'kernel32', -1, false, false);
    const info = await workspace.reveal(view, 'C:\\Windows\\System32\\kernel32.dll');
    expect(found).toBe(info!.index);
  });

  test('a switched layer and a switched rule change the view and nothing else', async () => {
    const { workspace, ids } = await openSample();
    await workspace.setEnabled(ids[1]!, false);
    expect(workspace.state().stats).toMatchObject({ added: 0, overrides: 0, hidden: expect.any(Number) });
    await workspace.setEnabled(ids[1]!, true);
    const rule = workspace.state().rules.find(({ pattern }) => pattern === 'Windows\\System32\\drivers')!;
    expect(rule.hits).toBeGreaterThan(0);
    await workspace.setRuleEnabled(rule.id, false);
    const { rows } = await allRows(workspace, FILES);
    expect(rows.find((row) => row.name === 'vpnfilter.sys')!.state).toBe('added');
    await expect(workspace.setRuleEnabled('never-1', false)).rejects.toThrow('a rule that can be switched');
    await workspace.setOrder([ids[0]!, ids[1]!]);
    expect(workspace.state().layers.map((layer) => layer.id)).toEqual([ids[0], ids[1]]);
  });
});

test('nothing that NTFS keeps for itself is listed', async () => {
  const workspace = new Workspace(host);
  const volume = buildNtfs({ root: [{ name: 'Users', dir: [] }] });
  const { image } = openImage(host, new MemorySource('c.img', volume));
  workspace.attachImage('c', image.report(), image);
  await workspace.addLayer({ image: 'c', mount: '', role: null, name: null });
  await workspace.settled();
  const { rows } = await allRows(workspace, FILES);
  expect(rows.map(({ name }) => name)).toEqual(['Users']);
  expect(workspace.state().stats).toMatchObject({ files: 0, directories: 1 });
});
