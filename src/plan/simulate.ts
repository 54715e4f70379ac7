/** The whole simulated driver: a plan and what the layers themselves hold, in; the effective view, out. */
import { fail } from '../base/errors.ts';
import { foldText } from '../index/upcase.ts';
import type { Layer } from '../layer/types.ts';
import type { Plan } from './plan.ts';
import { fileGroups, keyGroups } from './read-segments.ts';
import { BONDS, Bonds } from './simulate-bonds.ts';
import { simulateFiles } from './simulate-files.ts';
import { type SimHive, simHive } from './simulate-hive.ts';
import { simulateKeys } from './simulate-keys.ts';
import { type SimTree, simTree } from './simulate-tree.ts';

export interface SimLayers {
  /** Plan layer id -> its files. */
  readonly trees: ReadonlyMap<string, SimTree>;
  /** Hives by `hiveKey`. */
  readonly hives: ReadonlyMap<string, SimHive>;
  readonly upcase: Uint16Array;
  readonly keyUpcase: Uint16Array;
}

/** @param upcase case table of keys: layers may spell a mount differently */
export function hiveKey(layer: string, mount: string, upcase: Uint16Array): string {
  return `${layer} ${foldText(mount, upcase)}`;
}

/** What the simulator reads of layers. @param layers base first; @param ids workspace id -> plan id: the layers in effect */
export function simLayers(
  layers: readonly Layer[],
  ids: ReadonlyMap<string, string>,
  upcase: Uint16Array,
  keyUpcase: Uint16Array,
): SimLayers {
  const trees = new Map<string, SimTree>();
  const hives = new Map<string, SimHive>();
  const shown = layers[0]?.controlSet ?? null;
  layers.forEach((layer, i) => {
    const id = ids.get(layer.id);
    if (id === undefined) return;
    if (layer.tree !== null) trees.set(id, simTree(layer.tree, upcase));
    for (const { mount, table } of layer.hives) {
      const key = hiveKey(id, mount, keyUpcase);
      if (hives.has(key)) continue;
      const mapped =
        i > 0 && layer.controlSet !== null && shown !== null && foldText(mount, keyUpcase) === 'HKLM/SYSTEM';
      hives.set(key, simHive(table, keyUpcase, mapped ? { own: layer.controlSet!, shown } : null));
    }
  });
  return { trees, hives, upcase, keyUpcase };
}

/** Lines of the effective view (view-lines.ts). @throws FormatError when plan and layers do not fit */
export function* simulate(plan: Plan, layers: SimLayers): Generator<string> {
  const { manifest } = plan;
  const root = manifest.semantics.fileStack.at(-1) ?? null;
  const base = manifest.layers.find((layer) => layer.order === 0)?.id ?? '';
  const { trees, upcase } = layers;
  const bound = BONDS.some((bond) => manifest.requires.includes(bond));
  const files = bound
    ? { trees, root, base, upcase, bonds: new Bonds(fileGroups(plan, upcase)) }
    : { trees, root, base, upcase };
  yield* simulateFiles(fileGroups(plan, upcase), files);
  const mounts = manifest.hives
    .filter((entry) => entry.stack.length > 0)
    .map(({ mount, stack: hives }) => {
      const layer = hives.at(-1)!;
      const hive =
        layers.hives.get(hiveKey(layer, mount, layers.keyUpcase)) ??
        fail('MissingPart', 'merge plan', null, `hive ${mount} of layer ${layer}`, 'none');
      return { mount, layer, hive };
    });
  const registry = { mounts, blobs: plan.blobs, upcase: layers.keyUpcase };
  yield* simulateKeys(keyGroups(plan, layers.keyUpcase), registry);
}
