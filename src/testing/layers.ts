/** Layers from descriptions, for tests of the merge. */
import { WasmNames } from '../codec/names.ts';
import type { FileMarker, Layer, LayerRole, MountedHive, RuleSet } from '../layer/types.ts';
import { type KeySpec, keyTable, nodeTable, type TreeSpec } from './chunks.ts';
import { loadModule } from './modules.ts';

const spaces = new Map<Uint16Array, WasmNames>();

/** One name space for each case table in the whole test file: thousands of small merges need no new instance each. */
export function makeNames(upcase: Uint16Array): WasmNames {
  let names = spaces.get(upcase);
  if (names === undefined) {
    names = new WasmNames(loadModule('overlay', true), upcase);
    spaces.set(upcase, names);
  }
  return names;
}

export interface LayerSpec {
  readonly role?: LayerRole;
  readonly tree?: TreeSpec;
  readonly markers?: readonly FileMarker[];
  readonly hives?: { readonly [mount: string]: KeySpec };
  readonly enabled?: boolean;
  readonly controlSet?: number;
  readonly upcase?: Uint16Array;
}

export function makeLayer(id: string, spec: LayerSpec): Layer {
  const hives = Object.entries(spec.hives ?? {}).map(
    ([mount, key]): MountedHive => ({ mount, key: `${id}:${mount}`, path: null, table: keyTable(key), state: 'clean' }),
  );
  return {
    id,
    role: spec.role ?? 'app',
    name: id,
    enabled: spec.enabled ?? true,
    tree:
      spec.tree === undefined
        ? null
        : {
            table: nodeTable(spec.tree),
            root: 0,
            markers: spec.markers ?? [],
            internal: [],
            upcase: spec.upcase ?? null,
            store: 'plain',
          },
    hives,
    controlSet: spec.controlSet ?? null,
  };
}

/** Layers base first, named `os`, `app1`, ..., `user` by their place. */
export function makeLayers(...specs: LayerSpec[]): Layer[] {
  return specs.map((spec, i) => {
    const role: LayerRole = spec.role ?? (i === 0 ? 'os' : i === specs.length - 1 ? 'user' : 'app');
    return makeLayer(role === 'app' ? `app${i}` : role, { ...spec, role });
  });
}

export const NO_RULES: RuleSet = { rules: [], hives: [] };

/** Seed and count of a random test: FUZZ sets the count, FUZZ_SEED the seed; the seed is part of the failure message. */
export function randomRun(normal: number): { seed: number; count: number; random: () => number } {
  const seed = Number(process.env['FUZZ_SEED'] ?? 20261121);
  const count = Number(process.env['FUZZ'] ?? normal);
  let state = seed >>> 0;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  return { seed, count, random };
}
