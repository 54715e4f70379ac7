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
  expect(findings.map(({ code, facts }) => [code, facts])).toEqual([['appVolumesBeside', { names: ['METADATA'] }]]);
});

test('policies count for the kind of volume they are for; scripts and the rest are told', () => {
  const table = nodeTable({
    SVROOT: { 'x.bat': 'b' },
    Config: {
      Custom: { 'snapvol.cfg': 'a', App: { 'snapvol.cfg': 'b' }, system: { 'snapvol.cfg': 'c' }, 'logon.bat': 'x' },
      Default: { provisioning: { 'snapvol.cfg': 'd' } },
    },
    'prestartup.bat': 'x',
  });
  const text = new TextEncoder().encode('exclude_path=\\x\n');
  const needs = appVolumesStore.needs(table, upcase);
  const as = (label: string) => {
    const bytes = needs.map(() => text);
    const { policies, findings } = appVolumesStore.apply(table, upcase, bytes, 'v', undefined, { label });
    return { counts: policies!.map(({ source }) => source), told: findings.map(({ code, facts }) => [code, facts]) };
  };
  const scripts = ['appVolumesScripts', { scripts: ['Config\\Custom\\logon.bat', 'prestartup.bat'] }];
  const [one, app] = ['Config\\Custom\\snapvol.cfg', 'Config\\Custom\\App\\snapvol.cfg'];
  const others = ['Config\\Custom\\system\\snapvol.cfg', 'Config\\Default\\provisioning\\snapvol.cfg'];
  const found = as('CVApps');
  expect(found.counts.sort()).toEqual([app, one].sort());
  expect(found.told).toEqual([['appVolumesOtherKind', { kind: 'package', policies: others }], scripts]);
  expect(as('CVWritable')).toEqual({
    counts: [one],
    told: [['appVolumesOtherKind', { kind: 'writable volume', policies: [app, ...others] }], scripts],
  });
});

test('a disk of Windows that has such a folder is none', () => {
  expect(detectStore(nodeTable({ SVROOT: {}, Windows: {} }), upcase, 'ntfs').id).toBe('plain');
});
