/** Whole workspaces in small: layers with files and hives, and all that a plan is made from. */
import { windowsUpcase } from '../index/upcase.ts';
import type { HiveRule, Layer, LayerRole, Rule } from '../layer/types.ts';
import type { PlanHost, PlanInput } from '../plan/input.ts';
import { planLayerIds } from '../plan/manifest.ts';
import { simLayers } from '../plan/simulate.ts';
import { valueHash } from '../plan/value-hash.ts';
import { type KeySpec, nodeTable, type TreeSpec } from './chunks.ts';
import { hiveOf, mergeHives, mounted, randomKey } from './merged-hives.ts';
import { layerTree, mergeFiles, randomStack } from './merged-trees.ts';

const upcase = windowsUpcase();

export const sha256 = async (bytes: Uint8Array) =>
  new Uint8Array(await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>));

export interface Sketch {
  readonly role: LayerRole;
  readonly tree: TreeSpec | null;
  readonly hives: Readonly<Record<string, KeySpec>>;
  /** `Select\\Current` of its SYSTEM hive. */
  readonly controlSet?: number;
}

/** Workspace ids are random on purpose: nothing of them may reach a plan. */
export function setUp(sketches: readonly Sketch[], hiveRules: readonly HiveRule[] = [], rules: readonly Rule[] = []) {
  const data = new Map<string, Map<number, Uint8Array>>();
  const layers: Layer[] = sketches.map(({ role, tree, hives, controlSet }, i) => {
    const id = `w-${Math.random().toString(36).slice(2)}-${i}`;
    return {
      id,
      role,
      name: `layer ${i}`,
      enabled: true,
      tree: tree === null ? null : layerTree(nodeTable(tree), []),
      hives: Object.entries(hives).map(([mount, spec]) => {
        const hive = hiveOf(spec, valueHash);
        data.set(`${id} ${mount}`, hive.data);
        return mounted(mount, `${id} ${mount}`, hive.table);
      }),
      controlSet: controlSet ?? null,
    };
  });
  const { merged } = mergeFiles(
    sketches.map(({ tree }) => ({ tree, markers: [] })),
    rules,
  );
  const registry = mergeHives(layers, hiveRules, rules);
  const input: PlanInput = {
    version: '1.2.3',
    layers: layers.map(({ id, role }, i) => ({
      id,
      role,
      writable: role === 'user',
      source: { kind: 'test', index: i },
      os: null,
      volume: null,
      fingerprint: [{ what: 'test', sha256: String(i).padStart(64, '0') }],
    })),
    files: { ...merged, layerIds: layers.map(({ id }) => id) },
    registry,
    upcase,
    keyUpcase: upcase,
    rules,
    mounts: hiveRules.map(({ mount, mode, allow }) => ({ mount, mode, allow, states: [] })),
    controlSet: sketches[0]?.controlSet ?? null,
    findings: [],
  };
  const host: PlanHost = {
    sha256,
    fetch: async (requests) =>
      requests.map(({ what, hive, ref }) =>
        what === 'class' ? new Uint8Array([0x43, 0]) : (data.get(hive)!.get(ref) ?? null),
      ),
  };
  const sim = simLayers(layers, planLayerIds(layers), upcase, upcase);
  return { layers, input, host, sim };
}

export const MODES: readonly HiveRule[] = [
  { id: 'h1', mount: 'HKLM/SYSTEM', mode: 'baseOnly', allow: ['a', 'B b\\c'], origin: 'default', enabled: true },
  { id: 'h2', mount: 'HKU/ann', mode: 'replace', allow: [], origin: 'default', enabled: true },
  { id: 'h3', mount: '*', mode: 'merge', allow: [], origin: 'default', enabled: true },
];

/** Rules of every kind that are likely to hit names of random trees and hives. */
export const RULES: readonly Rule[] = (
  [
    ['file', 'passthrough', 'subtree', 'a\\b'],
    ['file', 'exclude', 'glob', '**\\c*'],
    ['file', 'hide', 'exact', 'b\\a'],
    ['key', 'passthrough', 'subtree', 'HKLM/SOFTWARE\\a'],
    ['key', 'exclude', 'glob', 'HKLM/*\\**\\b*'],
    ['key', 'keepLower', 'children', 'HKU/ann'],
    ['key', 'hide', 'exact', 'HKLM/SOFTWARE\\c'],
  ] as const
).map(([target, action, kind, p], i) => ({
  id: `r${i}`,
  target,
  match: { kind, p },
  action,
  origin: 'user',
  enabled: true,
}));

export function randomSketches(random: (n: number) => number): Sketch[] {
  return randomStack(random, false).map(({ tree }, i, all) => ({
    role: i === 0 ? 'os' : i === all.length - 1 ? 'user' : 'app',
    tree,
    hives: Object.fromEntries(
      ['HKLM/SOFTWARE', 'HKLM/SYSTEM', 'HKU/ann']
        .filter(() => random(4) > 0)
        .map((mount) => [mount, randomKey(random, i > 0 || random(3) === 0)]),
    ),
  }));
}
