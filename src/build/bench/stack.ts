/**
 * The whole merge of three made layers, with the default rules, as the workspace does it: files 1,000,000 + 200,000 + 50,000,
 * keys 300,000 + 60,000 + 15,000.
 */
import { WasmNames } from '../../codec/names.ts';
import type { NodeTable } from '../../index/node-table.ts';
import { defaultRules } from '../../layer/defaults.ts';
import type { Layer } from '../../layer/types.ts';
import { FileOverlay } from '../../overlay/files/overlay.ts';
import { Collector } from '../../overlay/findings/collect.ts';
import { DETECTORS } from '../../overlay/findings/detectors.ts';
import { MergeView } from '../../overlay/findings/view.ts';
import type { Merged } from '../../overlay/merged.ts';
import type { NamedLayer } from '../../overlay/nodes.ts';
import { RegistryOverlay } from '../../overlay/registry/overlay.ts';
import { type KeySpec, keyTable } from '../../testing/chunks.ts';
import { madeVolume } from './overlay.ts';

export interface StackTimes {
  readonly title: string;
  readonly entries: number;
  readonly merge: Spent;
  /** A layer switched off, and the first rows of the new view. */
  readonly toggle: Spent;
  /** Two layers change places, and the first rows. */
  readonly reorder: Spent;
  /** Bytes an entry that the merge holds beyond the layers' own columns. */
  readonly bytesPerEntry: number;
}

const FILES = [1_000_000, 200_000, 50_000];
const KEYS = [300_000, 60_000, 15_000];

/** Milliseconds by the clock, and of all threads: collection of garbage and compilation run beside the work. */
export interface Spent {
  readonly clockMs: number;
  readonly processorMs: number;
}

const spent = (work: () => void): Spent => {
  const before = process.cpuUsage();
  const start = performance.now();
  work();
  const clockMs = performance.now() - start;
  const { user, system } = process.cpuUsage(before);
  return { clockMs, processorMs: (user + system) / 1000 };
};

/** A hive of about `count` keys with a value in every second, names common to all hives but for one in five. */
function madeHive(count: number, seed: number): KeySpec {
  const keys: Record<string, KeySpec> = {};
  const perKey = 40;
  for (let n = 0; n < count / perKey; n++) {
    const below: Record<string, KeySpec> = {};
    for (let k = 0; k < perKey - 1; k++) {
      const name = k % 5 === 0 ? `{${seed}-${n}-${k}}` : `Component ${k}`;
      below[name] = k % 2 === 0 ? { lastWrite: n } : { lastWrite: n, values: { Version: `1.${n % 7}.${seed}` } };
    }
    keys[`Software ${n}`] = { keys: below };
  }
  return { keys };
}

function layerOf(i: number, more: Partial<Layer>): Layer {
  const role = (['os', 'app', 'user'] as const)[i]!;
  return { id: role, role, name: role, enabled: true, tree: null, hives: [], controlSet: null, ...more };
}

const treeOf = (table: NodeTable): Layer['tree'] => ({
  table,
  root: 0,
  markers: [],
  internal: [],
  upcase: null,
  store: 'plain',
});

/** What the merge keeps: union, slots, names of rows, resolution. */
function heldBytes({ layers, resolution, union }: Merged<NamedLayer>): number {
  const { evidence, flags, floor, rule, state, winner } = resolution;
  const columns = [
    union.parent,
    union.childStart,
    union.nameId,
    ...union.slots,
    winner,
    state,
    flags,
    evidence,
    floor,
    rule,
  ];
  const rows = layers.flatMap((layer) => [layer.nameId, layer.kind]);
  return [...columns, ...rows].reduce((sum, column) => sum + column.byteLength, 0);
}

function timed(
  title: string,
  entries: number,
  merged: Merged<NamedLayer>,
  update: (layers: readonly Layer[]) => void,
  layers: readonly Layer[],
): StackTimes {
  const [os, app, user] = layers as [Layer, Layer, Layer];
  const filter = { text: '', states: null, layers: null, showHidden: false };
  const rows = () => {
    const view = merged.openView({ filter, sort: { by: 'name', descending: false }, expanded: [0] });
    view.rows(view.generation, 0, 60);
  };
  const merge = spent(() => update(layers));
  rows();
  const toggle = spent(() => {
    update([os, { ...app, enabled: false }, user]);
    rows();
  });
  update(layers);
  const reorder = spent(() => {
    update([os, user, app]);
    rows();
  });
  update(layers);
  return { title, entries, merge, toggle, reorder, bytesPerEntry: heldBytes(merged) / entries };
}

export interface StackBench {
  readonly stacks: readonly StackTimes[];
  /** All detectors over both trees, without what must be read from images. */
  readonly findings: Spent;
}

export function benchStack(module: WebAssembly.Module): StackBench {
  const rules = defaultRules();
  const make = (upcase: Uint16Array) => new WasmNames(module, upcase);
  const layers = FILES.map((rows, i) => {
    const table = keyTable(madeHive(KEYS[i]!, i));
    const hive = { mount: 'HKLM/SOFTWARE', key: `${i}`, path: null, table, state: 'clean' } as const;
    return layerOf(i, { tree: treeOf(madeVolume(rows, i + 1).table), hives: [hive] });
  });
  const count = (of: (layer: Layer) => number) => layers.reduce((sum, layer) => sum + of(layer), 0);
  const files = new FileOverlay(make);
  const registry = new RegistryOverlay(make);
  const stacks = [
    timed(
      'files',
      count(({ tree }) => tree!.table.count),
      files,
      (now) => files.update(now, rules.rules),
      layers,
    ),
    timed(
      'keys',
      count(({ hives }) => hives[0]!.table.count),
      registry,
      (now) => registry.updateSet(now, rules),
      layers,
    ),
  ];
  const known = { pe: () => null, link: () => null, security: () => null, value: () => null };
  const findings = spent(() => {
    const view = new MergeView(files, registry, layers, []);
    for (const detector of DETECTORS) detector.detect(view, known, new Collector(detector.pain));
  });
  return { stacks, findings };
}
