/** Random hives in several layers, merged by the real overlay, with data that can be asked for. */
import { utf16leBytes } from '../base/utf16.ts';
import { KeyFlag, LayerKind } from '../hive/types.ts';
import type { KeyTable } from '../index/key-table.ts';
import type { HiveRule, Layer, MountedHive, Rule } from '../layer/types.ts';
import { RegistryOverlay } from '../overlay/registry/overlay.ts';
import { HIVE_ROOT, type KeySpec, keyTable } from './chunks.ts';
import { PlainNames } from './twins/overlay.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

const NAMES = ['a', 'A', 'b', 'B b', 'c', 'ß', 'a\0z'];
const LONG = ['0'.repeat(2100), '1'.repeat(2100)];
const VALUE_NAMES = ['', 'v', 'V', 'x\\y', 'long', 'n\0ul', '\udc00'];

export function randomKey(random: (n: number) => number, upper: boolean, depth = 3): KeySpec {
  const keys: Record<string, KeySpec> = {};
  const values: Mutable<NonNullable<KeySpec['values']>> = {};
  const used = new Set<string>();
  for (const name of NAMES) {
    if (depth === 0 || random(3) > 0 || used.has(name.toLowerCase())) continue;
    used.add(name.toLowerCase());
    keys[name] = randomKey(random, upper, depth - 1);
  }
  const taken = new Set<string>();
  for (const name of VALUE_NAMES) {
    if (random(3) > 0 || taken.has(name.toLowerCase())) continue;
    taken.add(name.toLowerCase());
    const data = name === 'long' ? LONG[random(2)]! : `data ${random(3)}`;
    values[name] = upper && random(5) === 0 ? null : { type: 1 + random(2), data };
  }
  const kind =
    upper && depth < 3
      ? [0, 0, 0, LayerKind.tombstone, LayerKind.supersedeLocal, LayerKind.supersedeTree][random(6)]!
      : 0;
  const lastWrite = 1 + random(1000);
  if (kind === LayerKind.tombstone) return { kind, lastWrite };
  if (depth < 3 && random(15) === 0)
    return {
      flags: KeyFlag.symlink,
      lastWrite,
      values: { SymbolicLinkValue: { type: 6, data: '\\Registry\\Machine' } },
    };
  const flags = (random(6) === 0 ? KeyFlag.hasClass : 0) | (upper && random(3) === 0 ? KeyFlag.inheritClass : 0);
  return { keys, values, kind, flags, lastWrite };
}

/** A table whose hash columns are what a hive engine would compute, and the data of its values by cell. */
export function hiveOf(spec: KeySpec, hash: (type: number, data: Uint8Array) => string) {
  const table = keyTable(spec);
  const data = new Map<number, Uint8Array>();
  let cell = HIVE_ROOT;
  const walk = (key: KeySpec): void => {
    cell += 8;
    for (const value of Object.values(key.values ?? {})) {
      const text = value === null ? '' : typeof value === 'string' ? value : value.data;
      data.set(cell, utf16leBytes(text));
      cell += 8;
    }
    for (const child of Object.values(key.keys ?? {})) walk(child);
  };
  walk(spec);
  const { values } = table.data;
  for (let row = 0; row < values.count; row++) {
    const text = hash(values.type[row]!, data.get(values.ref[row]!)!);
    values.hashHi[row] = Number.parseInt(text.slice(0, 8), 16);
    values.hashLo[row] = Number.parseInt(text.slice(8), 16);
  }
  return { table, data };
}

export function mounted(mount: string, key: string, table: KeyTable): MountedHive {
  return { mount, key, path: null, table, state: 'clean' };
}

/** Merges the hives of layers (base first). */
export function mergeHives(layers: readonly Layer[], hives: readonly HiveRule[], rules: readonly Rule[] = []) {
  const overlay = new RegistryOverlay((upcase) => new PlainNames(upcase));
  overlay.updateSet(layers, { rules, hives });
  return overlay;
}
