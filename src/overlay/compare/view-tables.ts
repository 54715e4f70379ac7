/**
 * A merged view as tables of its own: what it shows, and nothing of where else there is more. Two views in this form are
 * compared as two images are (`index/compare.ts`, `index/key-compare.ts`), whatever layers they are made of.
 */
import { KeyFlag } from '../../hive/types.ts';
import { KEPT_KEY_COLUMNS, KEPT_VALUE_COLUMNS, KeyTable, type KeyTableData } from '../../index/key-table.ts';
import { KEPT_COLUMNS, type KeptColumns, NodeTable } from '../../index/node-table.ts';
import type { MountedHive } from '../../layer/types.ts';
import type { FileOverlay } from '../files/overlay.ts';
import type { KeyVersion } from '../registry/keys.ts';
import type { RegistryOverlay } from '../registry/overlay.ts';
import { type MergedValue, NO_LAYER, NodeState, type Resolution } from '../types.ts';

export interface FileView {
  readonly table: NodeTable;
  /** By row the layer number whose entry is shown. */
  readonly layer: Uint8Array;
}

export interface KeyView {
  readonly table: KeyTable;
  readonly layer: Uint8Array;
  /** By value row where it comes from. */
  readonly values: readonly MergedValue[];
  /** Hives of all layers, which the next two speak of. */
  readonly hives: readonly MountedHive[];
  readonly classFrom: KeySources;
  readonly securityFrom: KeySources;
}

/** By key row: the hive that something of it comes from, as an index (-1: none has it), and the row there. */
export interface KeySources {
  readonly hive: Int32Array;
  readonly row: Uint32Array;
}

/** Visible nodes in the order of the union, which is that of a table, and where each stands in it. */
function shownNodes({ union, winner }: Resolution) {
  const rowOf = new Int32Array(union.count).fill(-1);
  let count = 0;
  for (let node = 0; node < union.count; node++) if (node === 0 || winner[node] !== NO_LAYER) rowOf[node] = count++;
  const nodes = new Uint32Array(count);
  const parent = new Uint32Array(count);
  const childStart = new Uint32Array(count + 1);
  const layer = new Uint8Array(count);
  for (let node = 0; node < union.count; node++) {
    const row = rowOf[node]!;
    if (row < 0) continue;
    nodes[row] = node;
    parent[row] = rowOf[union.parent[node]!]!;
    layer[row] = winner[node]!;
  }
  // children stand in the order of their parents, behind the root
  for (let row = 1; row < count; row++) childStart[parent[row]! + 1]!++;
  childStart[0] = 1;
  for (let row = 0; row < count; row++) childStart[row + 1]! += childStart[row]!;
  return { nodes, parent, childStart, layer, count };
}

/** Names one behind the other. */
class NamePool {
  #units = new Uint16Array(1 << 16);
  #length = 0;

  get units(): Uint16Array {
    return this.#units.slice(0, this.#length);
  }
  add(text: string): number {
    const at = this.#length;
    if (at + text.length > this.#units.length) {
      const more = new Uint16Array(Math.max(this.#units.length * 2, at + text.length));
      more.set(this.#units);
      this.#units = more;
    }
    for (let i = 0; i < text.length; i++) this.#units[at + i] = text.charCodeAt(i);
    this.#length += text.length;
    return at;
  }
}

export function fileView(files: FileOverlay): FileView {
  const { resolution, layers, union } = files;
  const { nodes, parent, childStart, layer, count } = shownNodes(resolution);
  const columns = Object.fromEntries(
    Object.entries(KEPT_COLUMNS).map(([name, Type]) => [name, new Type(count)]),
  ) as unknown as KeptColumns;
  const kept = Object.keys(KEPT_COLUMNS) as (keyof KeptColumns)[];
  const names = new NamePool();
  const nameOffset = new Uint32Array(count);
  const nameLength = new Uint16Array(count);
  const shortLength = new Uint8Array(count);
  for (let row = 0; row < count; row++) {
    const from = layer[row]!;
    const at = from === NO_LAYER ? -1 : union.slots[from]![nodes[row]!]!;
    const table = at < 0 ? null : layers[from]!.table;
    if (table === null) continue;
    for (const column of kept) columns[column][row] = table.data[column][at]!;
    if (row === 0) continue;
    // a short name is that of the name it was made for
    const name = files.name(nodes[row]!);
    const short = name === table.name(at) ? table.shortName(at) : '';
    nameOffset[row] = names.add(name + short);
    nameLength[row] = name.length;
    shortLength[row] = short.length;
  }
  const data = { ...columns, count, parent, childStart, nameOffset, nameLength, shortLength, orphanRow: 0 };
  return { table: new NodeTable({ ...data, names: names.units }), layer };
}

/**
 * Keys with the values and last write that the merged registry shows, and where their class and descriptor come from; layer
 * kinds are not compared. @param hives of all layers
 */
export function keyView(overlay: RegistryOverlay, hives: readonly MountedHive[]): KeyView {
  const { nodes, parent, childStart, layer, count } = shownNodes(overlay.resolution);
  const columns = Object.fromEntries(
    Object.entries(KEPT_KEY_COLUMNS).map(([name, Type]) => [name, new Type(count)]),
  ) as unknown as Pick<KeyTableData, keyof typeof KEPT_KEY_COLUMNS>;
  const names = new NamePool();
  const nameOffset = new Uint32Array(count);
  const nameLength = new Uint16Array(count);
  const valueStart = new Uint32Array(count + 1);
  const values: MergedValue[] = [];
  const numbers = new Map(hives.map(({ key }, i) => [key, i]));
  const [classFrom, securityFrom] = [noSources(count), noSources(count)];
  const from = (sources: KeySources, row: number, place: KeyVersion | null) => {
    if (place === null) return;
    sources.hive[row] = numbers.get(place.hive.key)!;
    sources.row[row] = place.row;
  };
  for (let row = 0; row < count; row++) {
    const node = nodes[row]!;
    valueStart[row] = values.length;
    if (row === 0) continue;
    const name = overlay.name(node);
    nameOffset[row] = names.add(name);
    nameLength[row] = name.length;
    const key = overlay.key(node);
    columns.lastWriteLo[row] = key.lastWriteLo;
    columns.lastWriteHi[row] = key.lastWriteHi;
    from(classFrom, row, key.classFrom);
    from(securityFrom, row, key.securityFrom);
    const own = key.classFrom === null ? 0 : key.classFrom.hive.table.data.flags[key.classFrom.row]! & KeyFlag.hasClass;
    columns.flags[row] = own | (overlay.row(node).attributes & KeyFlag.symlink);
    for (const value of overlay.values(node)) if (value.state !== NodeState.hidden) values.push(value);
  }
  valueStart[count] = values.length;
  const ref = new Uint32Array(count);
  const data = { ...columns, count, ref, parent, childStart, valueStart, nameOffset, nameLength, orphanRow: 0 };
  return {
    table: new KeyTable({ ...data, names: names.units, values: valueColumns(hives, values) }),
    layer,
    values,
    hives,
    classFrom,
    securityFrom,
  };
}

function noSources(count: number): KeySources {
  return { hive: new Int32Array(count).fill(-1), row: new Uint32Array(count) };
}

function valueColumns(hives: readonly MountedHive[], values: readonly MergedValue[]): KeyTableData['values'] {
  const count = values.length;
  const columns = Object.fromEntries(
    Object.entries(KEPT_VALUE_COLUMNS).map(([name, Type]) => [name, new Type(count)]),
  ) as unknown as Pick<KeyTableData['values'], keyof typeof KEPT_VALUE_COLUMNS>;
  const tables = new Map(hives.map((hive) => [hive.key, hive.table]));
  const names = new NamePool();
  const nameOffset = new Uint32Array(count);
  const nameLength = new Uint16Array(count);
  values.forEach(({ hive, name, row }, i) => {
    const { data } = tables.get(hive)!;
    nameOffset[i] = names.add(name);
    nameLength[i] = name.length;
    for (const column of Object.keys(KEPT_VALUE_COLUMNS) as (keyof typeof KEPT_VALUE_COLUMNS)[])
      columns[column][i] = data.values[column][row]!;
  });
  return { ...columns, count, names: names.units, nameOffset, nameLength };
}
