import { expect, test } from 'vitest';
import { pathOf } from '../../../index/path.ts';
import { windowsUpcase } from '../../../index/upcase.ts';
import { nodeTable, type TreeSpec } from '../../../testing/chunks.ts';
import { detectStore } from '../registry.ts';
import { appVolumesStore } from './index.ts';

const upcase = windowsUpcase();
const VOLUME: TreeSpec = {
  SVROOT: { 'Program Files': { App: { 'snapvol.cfg': 'p' } } },
  CONFIG: { Custom: { app: { 'snapvol.cfg': 'x' } } },
  'snapvol.cfg': 'y',
  METADATA: {},
  'System Volume Information': {},
};

test('the files below SVROOT, with the policies of the volume', () => {
  const table = nodeTable(VOLUME);
  expect(detectStore(table, upcase, 'ntfs').id).toBe('appvolumes');
  expect(appVolumesStore.needs(table, upcase).map(({ path }) => path)).toEqual([
    'CONFIG\\Custom\\app\\snapvol.cfg',
    'snapvol.cfg',
  ]);
  const text = new TextEncoder().encode('exclude_path=\\ProgramData\\VMware\nwhat=1\n');
  const { root, policies, findings } = appVolumesStore.apply(table, upcase, [text, null], 'app.vmdk');
  expect(pathOf(table, root)).toBe('SVROOT');
  expect(
    policies!.map(({ source, rules, findings: told }) => [source, rules.length, told.map(({ code }) => code)]),
  ).toEqual([
    ['CONFIG\\Custom\\app\\snapvol.cfg', 1, ['ruleLineUnreadable']],
    ['snapvol.cfg', 0, ['ruleFileMissing']],
  ]);
  expect(findings.map(({ code, facts }) => [code, facts])).toEqual([
    ['appVolumesBeside', { names: ['CONFIG', 'METADATA'] }],
  ]);
});

test('a disk of Windows that has such a folder is none', () => {
  expect(detectStore(nodeTable({ SVROOT: {}, Windows: {} }), upcase, 'ntfs').id).toBe('plain');
});
