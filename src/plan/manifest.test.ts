import { describe, expect, test } from 'vitest';
import type { Finding } from '../base/findings.ts';
import { windowsUpcase } from '../index/upcase.ts';
import type { Rule } from '../layer/types.ts';
import { conflictRecords } from './conflicts.ts';
import type { PlanInput } from './input.ts';
import { manifestOf, planLayerIds } from './manifest.ts';

const layer = (id: string, role: 'os' | 'app' | 'user') => ({
  id,
  role,
  writable: role === 'user',
  source: { kind: 'wim' },
  os: role === 'os' ? { build: '26100' } : null,
  volume: null,
  fingerprint: [{ what: 'wim.header', sha256: 'a'.repeat(64) }],
});
const rule = (id: string, origin: Rule['origin'], more: Partial<Rule> = {}): Rule => ({
  id,
  target: 'key',
  match: { kind: 'subtree', p: 'HKLM/SYSTEM\\{ControlSet}\\Services' },
  action: 'passthrough',
  origin,
  enabled: true,
  ...more,
});

const LAYERS = [layer('x9', 'os'), layer('q1', 'app'), layer('q2', 'app'), layer('z', 'user')];

function made(change: Partial<PlanInput>) {
  const input: PlanInput = {
    version: '1.0.0',
    layers: LAYERS,
    files: null,
    registry: null,
    upcase: windowsUpcase(),
    keyUpcase: windowsUpcase(),
    rules: [],
    mounts: [],
    controlSet: 1,
    findings: [],
    ...change,
  };
  return manifestOf(input, {
    ids: planLayerIds(input.layers),
    fileStack: ['user', 'os'],
    hives: [{ mount: 'HKLM/SYSTEM', stack: ['os'] }],
    requires: ['files.v1'],
    upcaseTable: '',
    keyTable: '',
    segments: [],
    statistics: {},
    merkleRoot: '',
    effectiveViewSha256: '',
  });
}

describe('manifest', () => {
  test('layers are named by role and order', () => {
    expect([...planLayerIds(LAYERS)]).toEqual([
      ['x9', 'os'],
      ['q1', 'app1'],
      ['q2', 'app2'],
      ['z', 'user'],
    ]);
    expect([...planLayerIds([layer('a', 'user'), layer('b', 'user')]).values()]).toEqual(['user', 'user2']);
    expect(made({}).layers.map(({ id, order, writable }) => [id, order, writable])).toEqual([
      ['os', 0, false],
      ['app1', 1, false],
      ['app2', 2, false],
      ['user', 3, true],
    ]);
  });

  test('rules in force: built-in first, then as listed, without ids of the workspace', () => {
    const { rules } = made({
      rules: [
        rule('r-8f3a', 'user', { action: 'redirect', layer: 'q2', write: 'z' }),
        rule('drivers', 'default'),
        rule('off', 'default', { enabled: false }),
        rule('never1', 'builtin', { target: 'file', match: { kind: 'exact', p: 'pagefile.sys\ud800' } }),
      ],
    });
    expect(rules.map(({ id }) => id)).toEqual(['never1', 'user1', 'drivers']);
    expect(rules[0]!.match).toEqual({ kind: 'exact', p16: expect.any(String) });
    expect(rules[1]).toMatchObject({ layer: 'app2', write: 'user' });
    expect(rules[2]!.match).toEqual({ kind: 'subtree', p: 'HKLM/SYSTEM\\ControlSet001\\Services' });
  });

  test('hives with mode, expanded allow-list and states by plan id', () => {
    const mounts = [
      {
        mount: 'HKLM/SYSTEM',
        mode: 'baseOnly' as const,
        allow: ['{ControlSet}\\Control\\Print'],
        states: [
          { layer: 'x9', state: 'recovered' as const },
          { layer: 'gone', state: 'clean' as const },
        ],
      },
    ];
    expect(made({ mounts }).hives).toEqual([
      {
        mount: 'HKLM/SYSTEM',
        mode: 'baseOnly',
        stack: ['os'],
        allow: ['ControlSet001\\Control\\Print'],
        state: { os: 'recovered' },
      },
    ]);
  });

  test('each layer must match and the driver must know what is required', () => {
    expect(made({}).preconditions).toEqual([
      { id: 'c1', level: 'must', test: 'layerFingerprint', layer: 'os' },
      { id: 'c2', level: 'must', test: 'layerFingerprint', layer: 'app1' },
      { id: 'c3', level: 'must', test: 'layerFingerprint', layer: 'app2' },
      { id: 'c4', level: 'must', test: 'layerFingerprint', layer: 'user' },
      { id: 'c5', level: 'must', test: 'driverFeatures', bits: ['files.v1'] },
    ]);
  });
});

test('conflicts are sorted by severity, numbered, and speak of the plan’s layers', () => {
  const finding = (code: string, severity: Finding['severity'], facts: Finding['facts']): Finding => ({
    code,
    severity,
    where: { source: 'C:\\Users\\somebody\\disk.vhdx', offset: 7 },
    message: `${code} \ud800`,
    ...(facts ? { facts } : {}),
  });
  const records = conflictRecords(
    [
      finding('b', 'info', undefined),
      finding('c', 'error', { path: 'x\\y\udc00', layers: ['q1', 'z'], size: Number.NaN }),
      finding('a', 'info', { path: 'p' }),
    ],
    planLayerIds(LAYERS),
  );
  expect(records).toEqual([
    {
      id: 'f1',
      sev: 'error',
      code: 'c',
      message: 'c \ufffd',
      p16: 'eABcAHkAANw',
      facts: { layers: ['app1', 'user'], size: null },
    },
    { id: 'f2', sev: 'info', code: 'a', message: 'a \ufffd', p: 'p', facts: {} },
    { id: 'f3', sev: 'info', code: 'b', message: 'b \ufffd', facts: {} },
  ]);
});
