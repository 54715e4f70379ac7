/**
 * The registry half of the simulated driver: the lowest hive of each mount and the plan, nothing else. Shares no code
 * with the overlay (see simulate-files.ts).
 */
import { fail } from '../base/errors.ts';
import { foldText } from '../index/upcase.ts';
import { compareNames, fromBase64, isKeyName, type PlanPath } from './encode.ts';
import type { KeyEntries } from './read-segments.ts';
import { joinName } from './segments.ts';
import type { SimHive, SimValue } from './simulate-hive.ts';
import type { RegistryRecord } from './spec.ts';
import { valueHash } from './value-hash.ts';
import { keyLine, valueLine } from './view-lines.ts';

export interface SimMount {
  readonly mount: string;
  /** Layer of the lowest hive. */
  readonly layer: string;
  readonly hive: SimHive;
}

export interface SimRegistry {
  /** In path order. */
  readonly mounts: readonly SimMount[];
  readonly blobs: ReadonlyMap<string, Uint8Array>;
  readonly upcase: Uint16Array;
}

interface Frame {
  readonly path: PlanPath;
  readonly joined: string;
  /** Sub-keys that the base has here, in order. */
  readonly names: readonly { readonly name: string; readonly row: number }[];
  next: number;
}

const WHERE = 'merge plan';
const NONE = -1;

/** Lines of the view. @throws FormatError when records cannot be what they say */
export function* simulateKeys(groups: Iterator<KeyEntries>, registry: SimRegistry): Generator<string> {
  const { upcase, blobs } = registry;
  let group = groups.next();
  const fold = (name: string) => foldText(name, upcase);
  const refuse = (expected: string, path: PlanPath) =>
    fail('InvalidData', WHERE, null, expected, JSON.stringify(path.join('\\')));

  for (const { mount, layer, hive } of registry.mounts) {
    const walk: Frame[] = [];

    const enter = function* (path: PlanPath, joined: string, row: number): Generator<string> {
      let own: KeyEntries['entries'] = [];
      if (!group.done && isAt(group.value.path, path)) {
        own = group.value.entries;
        group = groups.next();
      }
      const record = own[0]?.name === null ? own[0].record : null;
      const state = keyState(record, row, path);
      if (state === null) {
        if (!group.done && isBelow(group.value.path, path)) refuse('no record below a deleted key', path);
        return;
      }
      const link = record === null ? hive.isLink(row) : record.a === 'link';
      const lastWrite = record !== null && 'lw' in record ? String(record.lw) : hive.lastWrite(row);
      const from = record !== null && 'l' in record ? String(record.l) : layer;
      yield keyLine(link ? 'link' : 'key', joined, from, lastWrite);
      for (const value of values(state.content ? row : NONE, own)) {
        yield valueLine(joined, value.name, value.type, value.hash);
      }
      if (link) return;
      const names = new Map<string, { name: string; row: number }>();
      if (state.children && row !== NONE)
        for (const child of hive.children(row)) {
          const name = fold(child.name);
          if (isKeyName(child.name) && !names.has(name)) names.set(name, child);
        }
      const sorted = [...names.values()].sort((a, b) => compareNames(a.name, b.name, upcase));
      walk.push({ path, joined, names: sorted, next: 0 });
    };

    const values = (row: number, own: KeyEntries['entries']): SimValue[] => {
      const found = new Map<string, SimValue>();
      if (row !== NONE) for (const value of hive.values(row)) found.set(fold(value.name), value);
      for (const { name, record } of own) {
        if (name === null) continue;
        if (record.a === 'tombstoneValue') found.delete(fold(name));
        else if (record.a === 'override') found.set(fold(name), { name, type: record.t, hash: hashOf(record, blobs) });
        else refuse('a record about a value', [name]);
      }
      return [...found.values()].sort((a, b) => compareNames(a.name, b.name, upcase));
    };

    yield* enter([mount], mount, hive.root);
    for (let frame = walk.at(-1); frame !== undefined; frame = walk.at(-1)) {
      const base = frame.names[frame.next];
      const recorded = !group.done && isBelow(group.value.path, frame.path) ? group.value.path : null;
      const name = recorded?.[frame.path.length] ?? null;
      if (base === undefined && name === null) {
        walk.pop();
        continue;
      }
      const order = base === undefined ? 1 : name === null ? -1 : orderOf(base.name, name, fold);
      if (order <= 0) frame.next++;
      const shown = order < 0 ? base!.name : name!;
      const row = order <= 0 ? base!.row : NONE;
      yield* enter([...frame.path, shown], joinName(frame.joined, shown), row);
    }
  }
  if (!group.done) refuse('records on keys of the view', group.value.path);

  /** Whether the base's values and sub-keys are seen; null when the key does not exist. */
  function keyState(record: RegistryRecord | null, row: number, path: PlanPath) {
    switch (record?.a) {
      case undefined:
      case 'passthrough':
        return row === NONE ? refuse('a record for a key that the base does not have', path) : OPEN;
      case 'tombstoneKey':
      case 'hide':
        return null;
      case 'ensureKey':
        return OPEN;
      case 'supersedeLocal':
        return { content: false, children: true };
      case 'supersedeTree':
      case 'link':
        return { content: false, children: false };
      default:
        return refuse('a record about a key', path);
    }
  }
}

const OPEN = { content: true, children: true };

function orderOf(a: string, b: string, fold: (name: string) => string): number {
  const x = fold(a);
  const y = fold(b);
  return x < y ? -1 : x > y ? 1 : 0;
}

function hashOf(record: RegistryRecord & { a: 'override' }, blobs: ReadonlyMap<string, Uint8Array>): string | null {
  if (record.d !== undefined) return valueHash(record.t, fromBase64(record.d));
  if (record.blob === undefined) return null;
  const blob = blobs.get(record.blob) ?? fail('MissingPart', WHERE, null, `blobs/${record.blob}`, 'nothing');
  return valueHash(record.t, blob);
}

function isAt(a: PlanPath, b: PlanPath): boolean {
  return a.length === b.length && startsWith(a, b);
}

function isBelow(a: PlanPath, b: PlanPath): boolean {
  return a.length > b.length && startsWith(a, b);
}

function startsWith(a: PlanPath, b: PlanPath): boolean {
  for (let i = b.length - 1; i >= 0; i--) if (a[i] !== b[i]) return false;
  return true;
}
