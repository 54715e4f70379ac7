/** Two merged views compared: a stack with and without some of its layers, or two stacks. */
import { filetimeIso } from '../base/filetime.ts';
import { hex } from '../base/guid.ts';
import { WasmNames } from '../codec/names.ts';
import { valueText, valueTypeName } from '../content/registry-value.ts';
import { compareTrees, type Difference } from '../index/compare.ts';
import { type CompareReader, compareKeys, type KeyDifference } from '../index/key-compare.ts';
import { windowsUpcase } from '../index/upcase.ts';
import type { Layer, RuleSet } from '../layer/types.ts';
import { type FileView, fileView, type KeyView, keyView } from '../overlay/compare/view-tables.ts';
import { FileOverlay, upcaseOf } from '../overlay/files/overlay.ts';
import { RegistryOverlay } from '../overlay/registry/overlay.ts';
import { type MergedValue, NO_LAYER } from '../overlay/types.ts';
import type { ComparedEntry, CompareReport } from './api-compare.ts';
import { type CloserSide, lookCloser, type Reader } from './compare-closer.ts';
import { comparedTables, countDifferences, type ReadyTree } from './compare-mounts.ts';
import type { Reading } from './workspace/reading.ts';

/** What layers show together, by itself: later changes of a workspace do not reach it. */
export interface MergedView {
  readonly files: FileView;
  readonly registry: MergedKeys;
  /** Ids by the layer numbers of `files`. */
  readonly fileLayers: readonly string[];
  /** Fold table of the files. */
  readonly upcase: Uint16Array;
}

const leftOut = (layers: readonly Layer[], without: readonly string[]) =>
  layers.map((layer) => (without.includes(layer.id) ? { ...layer, enabled: false } : layer));

const namesOf = (module: WebAssembly.Module) => (upcase: Uint16Array) => new WasmNames(module, upcase);

/** Images that layers stand on, by layer. */
export type Readers = (layer: string) => Reader | null;

/** Where rows of merged files are read: in the layer that each is shown of. */
const rowReader =
  ({ layer }: FileView, ids: readonly string[], readers: Readers): CloserSide['readerOf'] =>
  (row) =>
    layer[row] === NO_LAYER ? null : readers(ids[layer[row]!]!);

/** The merged files as a tree like that of an image. @param without ids of layers that are left out */
export function mergedTree(
  module: WebAssembly.Module,
  layers: readonly Layer[],
  rules: RuleSet,
  without: readonly string[],
  readers: Readers,
): ReadyTree {
  const files = new FileOverlay(namesOf(module));
  files.update(leftOut(layers, without), rules.rules);
  const info = { rootId: 0, rootRef: 0, estimate: null, upcase: upcaseOf(layers) };
  const view = fileView(files);
  return { tree: { table: view.table, info, findings: [] }, readerOf: rowReader(view, files.layerIds, readers) };
}

/** A merged registry by itself. */
export interface MergedKeys {
  readonly keys: KeyView;
  /** Ids by layer number. */
  readonly layers: readonly string[];
  /** Ids by the number of the hive in `keys.hives`. */
  readonly hiveLayers: readonly string[];
}

/** @param without ids of layers that are left out */
export function mergedKeys(
  module: WebAssembly.Module,
  layers: readonly Layer[],
  rules: RuleSet,
  without: readonly string[],
): MergedKeys {
  const registry = new RegistryOverlay(namesOf(module));
  registry.updateSet(leftOut(layers, without), rules);
  const hives = layers.flatMap((layer) => layer.hives);
  const hiveLayers = layers.flatMap(({ hives: own, id }) => own.map(() => id));
  return { keys: keyView(registry, hives), layers: registry.layerIds, hiveLayers };
}

/** @param without ids of layers that are left out */
export function mergedView(
  module: WebAssembly.Module,
  layers: readonly Layer[],
  rules: RuleSet,
  without: readonly string[] = [],
): MergedView {
  const files = new FileOverlay(namesOf(module));
  files.update(leftOut(layers, without), rules.rules);
  return {
    files: fileView(files),
    registry: mergedKeys(module, layers, rules, without),
    fileLayers: files.layerIds,
    upcase: upcaseOf(layers),
  };
}

/** An entry of two views, with the ids of the layers that each side comes from. */
export interface ViewDifference extends ComparedEntry {
  readonly layers: { readonly before: string | null; readonly after: string | null };
}

export interface FileComparison {
  readonly totals: CompareReport['totals'];
  /** Every entry of both views but what is the same, afresh for each call. */
  entries(): Generator<ViewDifference>;
}

/** @param readers of the layers of each view */
export async function compareFileViews(
  before: MergedView,
  after: MergedView,
  readers: { readonly before: Readers; readonly after: Readers },
): Promise<FileComparison> {
  const [a, b] = [before.files.table, after.files.table];
  const side = ({ files, fileLayers }: MergedView, of: Readers) => ({
    table: files.table,
    readerOf: rowReader(files, fileLayers, of),
  });
  const closer = await lookCloser(side(before, readers.before), side(after, readers.after), after.upcase);
  const all = () => compareTrees(a, b, after.upcase, closer);
  const layerOf = (view: MergedView, row: number) => (row < 0 ? null : view.fileLayers[view.files.layer[row]!]!);
  const told = (found: Difference): ViewDifference => ({
    ...comparedTables(a, b, found),
    layers: { before: layerOf(before, found.a), after: layerOf(after, found.b) },
  });
  return {
    totals: countDifferences(a, b, all()),
    *entries() {
      for (const found of all()) if (found.change !== 'same') yield told(found);
    },
  };
}

export interface KeySide {
  readonly layer: string;
  readonly lastWrite: string | null;
}
export interface ValueSide {
  readonly layer: string;
  readonly value: MergedValue;
}

export interface KeyViewDifference {
  readonly change: KeyDifference['change'];
  /** `HKLM\SOFTWARE\...`; empty for the root of everything. */
  readonly key: string;
  readonly aspects: KeyDifference['aspects'];
  readonly before: KeySide | null;
  readonly after: KeySide | null;
  readonly values: readonly {
    readonly change: 'added' | 'removed' | 'changed' | 'same';
    readonly name: string;
    readonly before: ValueSide | null;
    readonly after: ValueSide | null;
  }[];
  /** Values that are the same on both sides. */
  readonly same: number;
}

/** Keys of either view, parents first. Data are compared by their 64-bit hash. @param reader as `viewReader` gives it */
export function* compareKeyViews(
  before: MergedKeys,
  after: MergedKeys,
  reader: CompareReader,
): Generator<KeyViewDifference> {
  const side = ({ keys }: MergedKeys) => ({ table: keys.table, row: 0 });
  for (const found of compareKeys(side(before), side(after), windowsUpcase(), reader)) {
    if (found.path.length === 0) continue;
    yield {
      change: found.change,
      key: found.path.join('\\'),
      aspects: found.aspects,
      before: keySide(before, found.a),
      after: keySide(after, found.b),
      values: found.values.map(({ a, b, change }) => ({
        change,
        name: (b < 0 ? before.keys.values[a]! : after.keys.values[b]!).name,
        before: valueSide(before, a),
        after: valueSide(after, b),
      })),
      same: found.same,
    };
  }
}

function keySide({ keys, layers }: MergedKeys, row: number): KeySide | null {
  if (row < 0) return null;
  const { lastWriteHi, lastWriteLo } = keys.table.data;
  return { layer: layers[keys.layer[row]!]!, lastWrite: filetimeIso(lastWriteLo[row]!, lastWriteHi[row]!) };
}

function valueSide({ keys, layers }: MergedKeys, row: number): ValueSide | null {
  const value = keys.values[row];
  return value === undefined ? null : { layer: layers[value.layer]!, value };
}

/** A value as scripts and people are told of it, its layer by name. */
export interface ToldValue {
  readonly layer: string | null;
  readonly type: string;
  readonly typeCode: number;
  readonly size: number;
  /** Hexadecimal; null when the data cannot be read. */
  readonly data: string | null;
  readonly text: string | null;
}

/** Data of the sides that have a value, whole or each cut to `limit` bytes; null where they cannot be read. */
export async function sideData(
  workspace: Reading,
  sides: readonly (ValueSide | null)[],
  limit?: number,
): Promise<(Uint8Array | null)[]> {
  const { layerIds } = workspace.merged.registry;
  const asked = sides.filter((side) => side !== null);
  const data = await workspace.valueData(
    asked.map(({ layer, value }) => ({ ...value, layer: layerIds.indexOf(layer) })),
    limit,
  );
  let next = 0;
  return sides.map((side) => (side === null ? null : (data[next++] ?? null)));
}

/** Null where a side has none. @param names of layers by id */
export async function toldValues(
  workspace: Reading,
  names: ReadonlyMap<string, string>,
  sides: readonly (ValueSide | null)[],
): Promise<(ToldValue | null)[]> {
  const data = await sideData(workspace, sides);
  return sides.map((side, i) => {
    if (side === null) return null;
    const bytes = data[i] ?? null;
    const { type, size } = side.value;
    return {
      layer: names.get(side.layer) ?? null,
      type: valueTypeName(type),
      typeCode: type,
      size,
      data: bytes === null ? null : hex(bytes),
      text: bytes === null ? null : valueText(type, bytes),
    };
  });
}
