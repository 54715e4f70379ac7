/** Rows of the merged view for scripts: the same columns as a listing of one image, with the layer that each row comes from. */

import { fail } from '../base/errors.ts';
import { filetimeIso } from '../base/filetime.ts';
import { hex } from '../base/guid.ts';
import { valueText, valueTypeName } from '../content/registry-value.ts';
import type { Merged } from '../overlay/merged.ts';
import type { NamedLayer } from '../overlay/nodes.ts';
import { shownOf } from '../overlay/nodes.ts';
import { FLAG_NAMES, type MergedValue, NO_LAYER, STATE_NAMES, StateFlag } from '../overlay/types.ts';
import type { ClassSide } from './api.ts';
import { type ListEntry, listEntry, needsDetail } from './listing.ts';
import type { KeyEntry, ValueEntry } from './reg-listing.ts';
import { fileParts, keyParts } from './workspace/address.ts';
import type { Reading } from './workspace/reading.ts';

export interface Provenance {
  /** Role and place of the winning layer: `os`, `app1`, `user1` ..., null for hidden rows. */
  readonly layer: string | null;
  readonly state: (typeof STATE_NAMES)[number];
  readonly flags: readonly string[];
  readonly shadowed: readonly string[];
  readonly rule: string | null;
}

/** Flags that a script may rely on; the others are marks of the machinery. */
const SHOWN_FLAGS = StateFlag.opaque | StateFlag.conflict | StateFlag.origin;

/** Names of layers by number: `os`, `app1`, `app2`, `user`. */
export function layerNames(workspace: Reading): Map<string, string> {
  const names = new Map<string, string>();
  const roles = workspace.layerRecords.map((record) => record.role);
  const seen = { os: 0, app: 0, user: 0 };
  for (const { id, role } of workspace.layerRecords) {
    seen[role]++;
    names.set(
      id,
      roles.filter((other) => other === role).length === 1 && role !== 'app' ? role : `${role}${seen[role]}`,
    );
  }
  return names;
}

function provenance(merged: Merged<NamedLayer>, names: ReadonlyMap<string, string>, node: number): Provenance {
  const { winner, state, flags } = merged.resolution;
  const name = (layer: number) => names.get(merged.layerIds[layer] ?? '') ?? '';
  return {
    layer: winner[node] === NO_LAYER ? null : name(winner[node]!),
    state: STATE_NAMES[state[node]!]!,
    flags: FLAG_NAMES.filter((_, bit) => (flags[node]! & SHOWN_FLAGS & (1 << bit)) !== 0),
    shadowed: merged.shadowed(node).map(name),
    rule: merged.rule(node)?.id ?? null,
  };
}

/** Nodes below `start` in directory order, parents first. */
function* walk(merged: Merged<NamedLayer>, start: number, deep: boolean, hidden: boolean): Generator<number> {
  const { childStart } = merged.union;
  const { winner } = merged.resolution;
  const stack = [{ next: childStart[start]!, end: childStart[start + 1]! }];
  while (stack.length > 0) {
    const top = stack[stack.length - 1]!;
    if (top.next === top.end) {
      stack.pop();
      continue;
    }
    const node = top.next++;
    const shown = winner[node] !== NO_LAYER;
    if (!shown && (!hidden || shownOf(merged.resolution, merged.layers, node) === null)) continue;
    yield node;
    if (deep && childStart[node] !== childStart[node + 1])
      stack.push({ next: childStart[node]!, end: childStart[node + 1]! });
  }
}

export interface MergedEntry {
  readonly path: string;
  readonly entry: () => Promise<ListEntry & Provenance>;
  readonly provenance: Provenance;
}

export function* mergedFiles(workspace: Reading, path: string, deep: boolean, hidden: boolean): Generator<MergedEntry> {
  const { files } = workspace.merged;
  const names = layerNames(workspace);
  const start = files.find(fileParts(path));
  if (start < 0) fail('MissingItem', 'merged view', null, path, 'no such path');
  const folder = files.union.childStart[start] !== files.union.childStart[start + 1];
  for (const node of folder ? walk(files, start, deep, hidden) : [start]) {
    const at = files.path(node).join('\\');
    const from = provenance(files, names, node);
    yield {
      path: at,
      provenance: from,
      entry: async () => {
        const shown = shownOf(files.resolution, files.layers, node)!;
        const record = workspace.layerRecords.find(({ id }) => id === files.layerIds[shown.layer])!;
        const table = files.layers[shown.layer]!.table!;
        const more = needsDetail(table, shown.row)
          ? await record.api.describe(record.mount, table.ref(shown.row))
          : null;
        return { ...listEntry(table, shown.row, at, more), ...from };
      },
    };
  }
}

export interface MergedKeyEntry {
  readonly key: KeyEntry & Provenance & { readonly side?: ClassSide };
  readonly values: readonly (ValueEntry & Provenance)[];
}

/** Keys at and below a way of a derived view, parents first; the way itself comes first. */
function* walkWays({ derived, merged }: Reading, start: number, deep: boolean, hidden: boolean): Generator<number> {
  const kept = (way: number) =>
    derived.children(way).filter((child) => hidden || merged.registry.visible(derived.main(child)));
  yield start;
  const stack = [...kept(start)].reverse();
  for (let way = stack.pop(); way !== undefined; way = stack.pop()) {
    yield way;
    if (deep) stack.push(...kept(way).reverse());
  }
}

/** Node or way of a typed key, 0 for the empty path. @throws FormatError MissingItem */
export function findKey({ derived }: Reading, path: string): number {
  if (path === '') return 0;
  const parts = keyParts(path);
  const start = parts === null ? -1 : derived.find(parts);
  return start < 0 ? fail('MissingItem', 'merged view', null, path, 'no such key') : start;
}

/** Keys that are listed from one on: ways where the path names a derived view. */
export function keysFrom(workspace: Reading, start: number, deep: boolean, hidden: boolean): Iterable<number> {
  const { registry } = workspace.merged;
  if (workspace.derived.has(start)) return walkWays(workspace, start, deep, hidden);
  return start === 0 ? walk(registry, 0, deep, hidden) : [start, ...walk(registry, start, deep, hidden)];
}

/** Values of a key or way; of a key of HKCR on both sides those of both, the user's first. */
export function valuesOf({ derived }: Reading, node: number, hidden: boolean): MergedValue[] {
  return derived.values(node).flatMap(({ value }) => (hidden || STATE_NAMES[value.state] !== 'hidden' ? [value] : []));
}

export async function* mergedKeys(
  workspace: Reading,
  path: string,
  deep: boolean,
  hidden: boolean,
): AsyncGenerator<MergedKeyEntry> {
  const { derived } = workspace;
  const { registry } = workspace.merged;
  const names = layerNames(workspace);
  for (const node of keysFrom(workspace, findKey(workspace, path), deep, hidden)) {
    const main = derived.main(node);
    const at = derived.path(node).join('\\');
    const key = registry.key(main);
    const values = valuesOf(workspace, node, hidden);
    const data = await workspace.valueData(values);
    const from = key.classFrom;
    const side = derived.side(node);
    yield {
      key: {
        key: at,
        lastWrite: filetimeIso(key.lastWriteLo, key.lastWriteHi),
        class: from === null ? null : await workspace.className(from.layer, from),
        values: values.length,
        subkeys: [...keysFrom(workspace, node, false, hidden)].length - 1,
        layerKind: key.content[0] === undefined ? 0 : key.content[0].hive.table.data.layerKind[key.content[0].row]!,
        ...provenance(registry, names, main),
        ...(side === null ? {} : { side }),
      },
      values: values.map((value, i) => valueEntry(workspace, names, at, value, data[i] ?? null)),
    };
  }
}

function valueEntry(
  workspace: Reading,
  names: ReadonlyMap<string, string>,
  key: string,
  value: MergedValue,
  data: Uint8Array | null,
): ValueEntry & Provenance {
  const name = (layer: number) => names.get(workspace.merged.registry.layerIds[layer] ?? '') ?? '';
  const state = STATE_NAMES[value.state]!;
  return {
    key,
    name: value.name,
    type: valueTypeName(value.type),
    typeCode: value.type,
    size: value.size,
    data: data === null ? null : hex(data),
    text: data === null ? null : valueText(value.type, data),
    layer: state === 'hidden' ? null : name(value.layer),
    state,
    flags: [],
    shadowed: value.shadowed.map((other) => name(other.layer)),
    rule: null,
  };
}
