/** Keys of random stacks, many in one merge, and what is left of them when two of their hives are squashed: see `squash-files.ts`. */
import { KeyFlag } from '../hive/types.ts';
import type { Layer } from '../layer/types.ts';
import { RegistryOverlay } from '../overlay/registry/overlay.ts';
import { squash } from '../overlay/squash/squash.ts';
import { NodeState } from '../overlay/types.ts';
import { type KeySpec, valueHash } from './chunks.ts';
import { makeLayer, makeNames, NO_RULES } from './layers.ts';
import { randomKey } from './merged-hives.ts';
import type { ShowsOther } from './squash-rounds.ts';
import { squashedHive, type Untold } from './squashed.ts';

/** Hives, base first. */
export type HiveStack = readonly KeySpec[];

const MOUNT = 'HKLM/SOFTWARE';

/** Texts by hash (which counts the type too), as a table keeps them. */
const texts = new Map<number, string>();
const remember = (type: number, data: string) => texts.set(valueHash(type, data).hi, data);

const UNTOLD: Untold = {
  text: (_type, hash) => texts.get(hash) ?? '',
  security: ({ securityFrom }) =>
    securityFrom === null ? 0 : securityFrom.hive.table.data.security[securityFrom.row]!,
};

/** Descriptors of their own for each key, and texts that can be found again. */
function dressed(spec: KeySpec, random: (n: number) => number): KeySpec {
  for (const value of Object.values(spec.values ?? {}))
    if (typeof value === 'string') remember(1, value);
    else if (value !== null) remember(value.type, value.data);
  const keys: Record<string, KeySpec> = {};
  for (const [name, key] of Object.entries(spec.keys ?? {})) keys[name] = dressed(key, random);
  return { ...spec, security: 1 + random(50), keys };
}

/** Most are small: what goes wrong does so in few keys. */
const DEPTHS = [1, 1, 1, 2, 2, 2, 3, 3];

export function randomHiveStack(random: (n: number) => number): HiveStack {
  const depth = DEPTHS[random(DEPTHS.length)]!;
  return Array.from({ length: 2 + random(3) }, (_, i) => dressed(randomKey(random, i > 0, depth), random));
}

/** One hive for each place in the stacks, base first, with a key for each stack. */
function hivesOf(stacks: readonly HiveStack[]): KeySpec[] {
  const count = Math.max(...stacks.map(({ length }) => length));
  return Array.from({ length: count }, (_, at) => {
    const keys: Record<string, KeySpec> = {};
    stacks.forEach((stack, n) => {
      if (stack[at] !== undefined) keys[`s${n}`] = stack[at];
    });
    return { keys };
  });
}

const layerOf = (id: string, hive: KeySpec) => makeLayer(id, { hives: { [MOUNT]: hive } });

/** All that the merged registry says of the keys below each name in the hive. */
function viewsOf(overlay: RegistryOverlay, layers: readonly Layer[]): Map<string, string> {
  overlay.updateSet(layers, NO_RULES);
  const { union } = overlay;
  const tell = (node: number): string => {
    const key = overlay.key(node);
    const security = key.securityFrom === null ? null : key.securityFrom.hive.table.data.security[key.securityFrom.row];
    const flags = key.classFrom === null ? 0 : key.classFrom.hive.table.data.flags[key.classFrom.row]!;
    let values = '';
    for (const { layer, name, row, state, type } of overlay.values(node)) {
      if (state === NodeState.hidden) continue;
      const { values: data } = overlay.at(layer, union.slots[layer]![node]!)!.hive.table.data;
      values += `${name}=${type}:${data.hashHi[row]},`;
    }
    const leaf = (overlay.row(node).attributes & KeyFlag.symlink) !== 0;
    const hasClass = (flags & KeyFlag.hasClass) !== 0;
    let text = ` ${key.lastWriteLo} ${security} ${hasClass} ${leaf} [${values}]{`;
    for (let child = union.childStart[node]!; child < union.childStart[node + 1]!; child++)
      if (overlay.visible(child)) text += overlay.name(child) + tell(child);
    return `${text}}`;
  };
  const views = new Map<string, string>();
  const root = overlay.find(['HKLM', 'SOFTWARE']);
  for (let top = union.childStart[root]!; top < union.childStart[root + 1]!; top++)
    if (overlay.visible(top)) views.set(overlay.name(top), tell(top));
  return views;
}

/** Pairs of a batch of stacks whose squashed hive shows something else, and how many pairs were compared. */
export function squashedHivesDifferently(stacks: readonly HiveStack[]) {
  const overlay = new RegistryOverlay(makeNames);
  const layers = hivesOf(stacks).map((hive, i) => layerOf(`layer${i}`, hive));
  const expected = viewsOf(overlay, layers);
  const wrong: ShowsOther[] = [];
  let pairs = 0;
  for (let at = 0; at + 1 < layers.length; at++) {
    overlay.updateSet([layers[at]!, layers[at + 1]!], NO_RULES);
    const pair = [overlay.layers[0]!, overlay.layers[1]!] as const;
    const made = squash(overlay.names, pair[1], pair[0], { closeAll: true });
    const one = squashedHive(made, pair, overlay.find(['HKLM', 'SOFTWARE']), UNTOLD);
    const views = viewsOf(overlay, [...layers.slice(0, at), layerOf('squashed', one), ...layers.slice(at + 2)]);
    stacks.forEach((stack, n) => {
      if (at + 1 >= stack.length) return;
      pairs++;
      const [shows, before] = [views.get(`s${n}`) ?? '', expected.get(`s${n}`) ?? ''];
      if (shows !== before) wrong.push({ stack: n, at, shows, expected: before });
    });
  }
  return { pairs, wrong };
}
