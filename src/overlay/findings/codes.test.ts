/** Codes that speak of layers as a whole: programs, marks, services, stores, hives, case tables. */
import { afterAll, expect, test } from 'vitest';
import { windowsUpcase } from '../../index/upcase.ts';
import type { Layer } from '../../layer/types.ts';
import { file, type TreeSpec } from '../../testing/chunks.ts';
import {
  CODES_OF_LAYERS,
  CONFLICT_CODES,
  exercised,
  keys,
  look,
  offered,
  PAIN_CODES,
  setKnown,
} from '../../testing/findings.ts';
import { type LayerSpec, makeLayers } from '../../testing/layers.ts';
import { expectSettled } from '../../testing/settled.ts';

const found = (...specs: LayerSpec[]) => look(makeLayers(...specs));
const mark = (...path: string[]) => [{ kind: 'whiteout', path }] as const;
const system = (more: TreeSpec = {}): TreeSpec => ({ Windows: { System32: { 'a.dll': 'a', ...more } } });

afterAll(() => setKnown({ programs: new Map() }));

test('staleUpperBinary: by version, else by link time', () => {
  const pe = (fileVersion: string | null, linkTime: string | null) => ({
    fileVersion,
    linkTime,
    product: null,
    company: null,
  });
  const at = (upper: ReturnType<typeof pe>, lower: ReturnType<typeof pe>) => {
    setKnown({
      programs: new Map([
        [7, lower],
        [8, upper],
      ]),
    });
    return found({ tree: { 'x.exe': file({ size: 7 }) } }, { tree: { 'x.exe': file({ size: 8 }) } }).get(
      'staleUpperBinary',
    );
  };
  expect(at(pe('1.9', null), pe('1.10', null))).toMatchObject([{ note: '1.9 < 1.10', severity: 'warning' }]);
  expect(at(pe('1.0', '2024-01-01T00:00:00Z'), pe('1.0', '2025-01-01T00:00:00Z'))).toMatchObject([
    { note: '2024-01-01 < 2025-01-01' },
  ]);
  expect(at(pe('2.0', null), pe('1.0', null))).toBeUndefined();
});

test('marks: on Windows, on nothing, and what comes back without them', () => {
  const on = found({ tree: system() }, { tree: {}, markers: mark('Windows', 'System32', 'a.dll') });
  expect(on.get('whiteoutOfSystemFile')).toMatchObject([{ proposal: { add: [{ action: 'keepLower' }] } }]);
  expect(on.get('reappearIfRemoved')).toMatchObject([{ note: '1', severity: 'info' }]);
  const off = found({ tree: system() }, { tree: {}, markers: mark('Windows', 'gone.dll') });
  expect([...off.keys()]).toEqual(['staleWhiteout']);
});

test('drivers and services: what boots before the merge, and what lost its program', () => {
  expect([...found({ tree: {} }, { tree: { Windows: { INF: { 'x.inf': 'x' } } } }).keys()]).toEqual(['driverInUpper']);
  const services = (set: number, values: Record<string, string | number>): LayerSpec => ({
    controlSet: set,
    hives: { 'HKLM/SYSTEM': keys({ [`ControlSet00${set}\\Services\\x`]: values }) },
  });
  const boot = found({ ...services(1, {}), tree: {} }, services(2, { Start: 0 }));
  expect(boot.get('bootStartInUpper')).toMatchObject([{ note: 'Start 0' }]);
  expect(boot.get('controlSetMismatch')).toMatchObject([{ note: '2 \u2192 1' }]);
  expect(found(services(1, {}), services(1, { Start: 2 })).get('bootStartInUpper')).toBeUndefined();
  const os = { ...services(1, { ImagePath: 'C:\\P\\x.exe', Type: 16 }), tree: { ...system(), P: { 'x.exe': 'x' } } };
  const lost = found(os, { tree: {}, markers: mark('P', 'x.exe') });
  expect(lost.get('serviceImageMissing')).toMatchObject([{ note: 'x.exe' }]);
  expect(found(os, { tree: {} }).get('serviceImageMissing')).toBeUndefined();
});

test('a Store app that is registered in another version', () => {
  const name = (version: string) => `Contoso.Notes_${version}_x64__8wekyb3d8bbwe`;
  const list = 'Local Settings\\Software\\Microsoft\\Windows\\CurrentVersion\\AppModel\\Repository\\Packages';
  const at = (version: string) =>
    found(
      { tree: { 'Program Files': { WindowsApps: { [name('2.0.0.0')]: { 'n.exe': 'n' } } } } },
      { tree: {}, hives: { 'HKU/S-1-5-21-1_Classes': keys({ [`${list}\\${name(version)}`]: { D: 'Notes' } }) } },
    ).get('storeAppSkew');
  expect(at('1.0.0.0')).toMatchObject([{ note: '1.0.0.0 \u2260 2.0.0.0' }]);
  expect(at('2.0.0.0')).toBeUndefined();
});

test('hives that were not closed', () => {
  const at = (state: 'clean' | 'recovered' | 'dirtyNoLog') => {
    const made = makeLayers({ tree: {}, hives: { 'HKLM/SOFTWARE': {} } }, { tree: {} });
    const layers = made.map((layer): Layer => ({ ...layer, hives: layer.hives.map((hive) => ({ ...hive, state })) }));
    return (
      look(layers)
        .get('hiveDirty')
        ?.map(({ severity }) => severity) ?? []
    );
  };
  expect([at('clean'), at('recovered'), at('dirtyNoLog')]).toEqual([[], ['info'], ['warning']]);
});

test('another case table', () => {
  const other = windowsUpcase().slice();
  other[0x131] = 0x49;
  expect(found({ tree: {} }, { tree: {}, upcase: other }).get('upcaseDivergence')).toMatchObject([{ note: '1' }]);
  expect(found({ tree: {} }, { tree: {}, upcase: windowsUpcase() }).get('upcaseDivergence')).toBeUndefined();
});

test('R-34 a store made over another base: what it deletes may not fit this one', () => {
  const at = (madeOver: string) => {
    const about = new Map([
      ['os', { madeOver: null, build: '26100.2033' }],
      ['user', { madeOver, build: null }],
    ]);
    return (
      look(makeLayers({ tree: {} }, { tree: {} }), [], about)
        .get('wrongBase')
        ?.map(({ severity }) => severity) ?? []
    );
  };
  expect([at('26100.2033'), at('26100.1742'), at('22631.1')]).toEqual([[], ['warning'], ['error']]);
});

test('every code has a case: here, or in findings.test.ts', () => {
  const mine = [...exercised].filter((code) => CODES_OF_LAYERS.includes(code));
  expect(mine.sort()).toEqual([...CODES_OF_LAYERS].sort());
  const known = new Set([...CONFLICT_CODES, ...PAIN_CODES]);
  expect([...exercised].filter((code) => !known.has(code))).toEqual([]);
});

test('every proposal settles what it is for, and the plan that holds its rules proves', async () => {
  await expectSettled(offered.splice(0));
});
