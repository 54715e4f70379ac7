/** The hives of a squashed layer, each as a new layered hive. */
import { fail } from '../../base/errors.ts';
import { WasmNames } from '../../codec/names.ts';
import { type FlatKey, writeNewHive } from '../../hive/regf/write.ts';
import { LayerKind } from '../../hive/types.ts';
import type { KeyTable } from '../../index/key-table.ts';
import { foldText, windowsUpcase } from '../../index/upcase.ts';
import { hiveRule } from '../../layer/defaults.ts';
import { fileOfMount } from '../../layer/stores/own/write.ts';
import type { HiveRule, Layer, MountedHive } from '../../layer/types.ts';
import { type HiveRow, type RegistryLayer, registryLayer } from '../../overlay/registry/layer.ts';
import { type SquashedKey, squashedKey } from '../../overlay/squash/keys.ts';
import { LOWER, NOTHING, type Squashed, shownAt, squash, UPPER } from '../../overlay/squash/squash.ts';
import type { ImageApi } from '../api-image.ts';
import type { Notes } from './notes.ts';

/** A layer that is squashed, with the image that has its bytes. */
export interface SquashSide {
  readonly layer: Layer;
  readonly api: ImageApi;
  /** Mount of its tree in the image. */
  readonly mount: string;
  /** Name of a hive's file in a store, where it is not that of its mount: users whose SID was found by their folder. */
  readonly mountName: (hive: MountedHive) => string;
}
export type Sides = readonly [lower: SquashSide, upper: SquashSide];

export interface HiveContext {
  readonly module: WebAssembly.Module;
  readonly rules: readonly HiveRule[];
  /** Current control set of the base of the stack, null when it has none. */
  readonly controlSet: number | null;
}

export interface SquashedHive {
  readonly file: string;
  readonly mount: string;
  readonly parts: readonly Uint8Array[];
  readonly keys: number;
}

/** Values are asked for in batches of this many keys. */
const BATCH_KEYS = 256;

/** One hive after the other, so that only one is in memory. */
export async function* squashedHives(
  sides: Sides,
  { module, rules, controlSet }: HiveContext,
  notes: Notes,
): AsyncGenerator<SquashedHive> {
  const names = new WasmNames(module, windowsUpcase());
  const fold = new Map<KeyTable, { keys: Uint32Array; values: Uint32Array }>();
  const folded = (table: KeyTable) => {
    let known = fold.get(table);
    if (known === undefined) {
      known = { keys: names.fold(table.data), values: names.fold(table.data.values) };
      fold.set(table, known);
    }
    return known;
  };
  for (const [mount, own] of seenHives(sides, rules)) {
    const rows = sides.map(({ layer }, side) =>
      registryLayer(
        { ...layer, hives: own[side as 0 | 1].map((hive) => ({ ...hive, mount })) },
        { names, rules: [], controlSet, isBase: false, folded },
      ),
    );
    const pair = [rows[LOWER]!, rows[UPPER]!] as const;
    const squashed = squash(names, pair[UPPER], pair[LOWER], { closeAll: true });
    for (const { layer, row } of squashed.union.twins)
      notes.add('namesAlike', 1, `${mount}: ${pair[layer as 0 | 1].name(row)}`);
    const [first] = squashed.origins.keys();
    if (first !== undefined) notes.add('keysRenamed', squashed.origins.size, mount);
    const keys = await flatKeys(squashed, pair, sides, mount, controlSet, notes);
    const layered = keys.some(
      (key) => key.layerKind !== 0 || key.inheritClass || key.values.some((value) => value.tombstone),
    );
    const top = own[UPPER].length > 0 ? UPPER : LOWER;
    const file = fileOfMount(sides[top].mountName(own[top][0]!));
    const parts = writeNewHive(keys, { fileName: file, layered, upcase: windowsUpcase() });
    yield { file, mount, parts, keys: keys.length };
  }
}

/**
 * Hives of both layers by mount, those that are seen. Mounts are compared as key names are. A hive that replaces is taken
 * whole, and a user's hive takes the user's classes along: both from one layer, or no classes at all.
 */
function seenHives(
  [lower, upper]: Sides,
  rules: readonly HiveRule[],
): [mount: string, hives: readonly [readonly MountedHive[], readonly MountedHive[]]][] {
  const fold = (mount: string) => foldText(mount, windowsUpcase());
  const all = new Map<string, { readonly mount: string; readonly hives: readonly [MountedHive[], MountedHive[]] }>();
  for (const side of [UPPER, LOWER] as const)
    for (const hive of (side === UPPER ? upper : lower).layer.hives) {
      const known = all.get(fold(hive.mount)) ?? { mount: hive.mount, hives: [[], []] };
      known.hives[side].push(hive);
      all.set(fold(hive.mount), known);
    }
  const replaces = (mount: string) => hiveRule(mount, rules)?.mode === 'replace';
  /** Side whose hive is taken whole, null where both count. */
  const owner = (mount: string): typeof LOWER | typeof UPPER | null => {
    const found = all.get(fold(mount));
    return found === undefined || !replaces(mount) ? null : found.hives[UPPER].length > 0 ? UPPER : LOWER;
  };
  const seen: [string, readonly [readonly MountedHive[], readonly MountedHive[]]][] = [];
  for (const [folded, { mount, hives }] of [...all].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const user = /^HKU\/(?!\.).*_CLASSES$/.test(folded) ? owner(mount.slice(0, -'_Classes'.length)) : null;
    const whole = user ?? owner(mount);
    const own = [whole === UPPER ? [] : hives[LOWER], whole === LOWER ? [] : hives[UPPER]] as const;
    if (own[LOWER].length + own[UPPER].length > 0) seen.push([mount, own]);
  }
  return seen;
}

/** Keys of one mount in the order of a hive. */
async function flatKeys(
  squashed: Squashed,
  pair: readonly [RegistryLayer, RegistryLayer],
  sides: Sides,
  mount: string,
  controlSet: number | null,
  notes: Notes,
): Promise<FlatKey[]> {
  const { childStart } = squashed.union;
  // the root, HKLM or HKU, the mount: nothing else stands in these two layers
  const [group, start] = [childStart[0]!, childStart[childStart[0]!]!];
  if (group === 0 || start === 0) fail('MissingItem', mount, null, 'a hive', 'none');
  const descriptors = new Map<string, Uint8Array | null>();
  const renamed = controlSetNames(sides, mount, controlSet);
  const keys: FlatKey[] = [];
  let batch: { node: number; depth: number; key: SquashedKey; name: string }[] = [];

  const flush = async () => {
    const data = await valueData(
      sides,
      batch.map(({ key }) => key),
    );
    for (const [i, { key, depth, name }] of batch.entries()) {
      const values: FlatKey['values'][number][] = [];
      for (const [v, { place, tombstone, value }] of key.values.entries()) {
        const { table } = place.hive;
        const valueName = table.valueName(value);
        const bytes = data[i]![v] ?? null;
        if (tombstone) values.push({ name: valueName, type: 0, tombstone: true });
        else if (bytes === null) notes.add('valueUnreadable', 1, `${mount}\\${name}\\${valueName}`);
        else values.push({ name: valueName, type: table.data.values.type[value]!, data: bytes });
      }
      keys.push({
        depth,
        name,
        className:
          key.classFrom === null ? null : await describe(sides[key.classFrom.side], key.classFrom, 'className'),
        lastWrite: (BigInt(key.lastWriteHi) << 32n) | BigInt(key.lastWriteLo),
        security: await security(key),
        symlink: key.link,
        layerKind: key.layerKind,
        inheritClass: key.inheritClass,
        values,
      });
    }
    batch = [];
  };
  /** Keys share their descriptors: each cell is asked for once. */
  const security = async ({ securityFrom }: SquashedKey): Promise<Uint8Array | null> => {
    if (securityFrom === null) return null;
    const cell = `${securityFrom.side} ${securityFrom.hive.key} ${securityFrom.hive.table.data.security[securityFrom.row]}`;
    if (!descriptors.has(cell))
      descriptors.set(cell, await describe(sides[securityFrom.side], securityFrom, 'security'));
    return descriptors.get(cell)!;
  };

  const stack = [{ node: start, depth: 0 }];
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    const { node, depth } = top;
    const key = squashedKey(squashed, pair, node);
    if (key === null) continue;
    const shown = shownAt(squashed, pair, node)!;
    const name = depth === 0 ? 'ROOT' : pair[shown.layer].name(shown.row);
    batch.push({ node, depth, key, name: depth === 1 ? (renamed.get(name) ?? name) : name });
    if (batch.length >= BATCH_KEYS) await flush();
    if (key.layerKind === LayerKind.tombstone || key.link) continue;
    for (let child = childStart[node + 1]! - 1; child >= childStart[node]!; child--)
      if (squashed.kind[child] !== NOTHING) stack.push({ node: child, depth: depth + 1 });
  }
  await flush();
  return keys;
}

/**
 * The control sets of both layers stand under the base's number here. Whoever reads the new hive maps the one that its own
 * `Select\Current` names, which is the upper layer's word, or the lower one's.
 */
function controlSetNames(sides: Sides, mount: string, base: number | null): ReadonlyMap<string, string> {
  const own = sides[UPPER].layer.controlSet ?? sides[LOWER].layer.controlSet;
  if (mount !== 'HKLM/SYSTEM' || base === null || own === null || own === base) return new Map();
  const name = (number: number) => `ControlSet${String(number).padStart(3, '0')}`;
  return new Map([[name(base), name(own)]]);
}

async function describe<K extends 'className' | 'security'>(side: SquashSide, { hive, row }: HiveRow, what: K) {
  return (await side.api.hiveDescribe(hive.key, hive.table.data.ref[row]!))[what];
}

/** Data of all values of these keys, by key and value; null for tombstones and for what cannot be read. */
async function valueData(sides: Sides, keys: readonly SquashedKey[]): Promise<(Uint8Array | null)[][]> {
  const out = keys.map(({ values }) => new Array<Uint8Array | null>(values.length).fill(null));
  const asked = new Map<string, { side: number; refs: number[]; at: [number, number][] }>();
  for (const [k, { values }] of keys.entries())
    for (const [v, { side, place, tombstone, value }] of values.entries()) {
      if (tombstone) continue;
      const id = `${side} ${place.hive.key}`;
      const group = asked.get(id) ?? { side, refs: [], at: [] };
      group.refs.push(place.hive.table.data.values.ref[value]!);
      group.at.push([k, v]);
      asked.set(id, group);
    }
  for (const [id, { side, refs, at }] of asked) {
    const key = id.slice(id.indexOf(' ') + 1);
    const data = await sides[side]!.api.hiveData(key, refs, Number.MAX_SAFE_INTEGER);
    for (const [i, [k, v]] of at.entries()) out[k]![v] = data[i] ?? null;
  }
  return out;
}
