/**
 * Resolved files -> records: what a driver must be told so that the base's own tree becomes the merged one.
 *
 * Every shown directory has a default source: the lowest layer that contributes to it. Names are taken from there unless
 * a record says otherwise, so a record stands exactly where the view's line would differ from the default's. Three
 * passes over the nodes: what each one needs (parents first), what lies below it (children first), then the records in
 * path order.
 */
import type { FileGroup } from '../overlay/files/groups.ts';
import { shortNameClashes } from '../overlay/files/short-names.ts';
import { ABSENT, EntryKind, NO_LAYER, Seen, StateFlag } from '../overlay/types.ts';
import { type Bonds, bondsOf } from './build-bonds.ts';
import { fileIdentity } from './content-identity.ts';
import { isAddressable, joinPath, type PlanPath, textField } from './encode.ts';
import { FileView, type PlanFiles } from './merged-files.ts';
import { joinName } from './segments.ts';

/** One record at its place; records of one directory follow each other and share `directory`. */
export interface FileRecordAt {
  readonly directory: PlanPath;
  readonly name: string;
  readonly record: Fields;
}

/** A record before it is written: an action and its fields, in any order. */
export interface Fields {
  readonly a: string;
  readonly [field: string]: unknown;
}

export interface FileStatistics {
  merged: number;
  fromUpper: number;
  whiteouts: number;
  opaque: number;
  /** Names that no path can say: left out. */
  unaddressable: number;
  longestPath: number;
}

const NONE = NO_LAYER;
/** What a node needs in its directory's group. */
const Need = { nothing: 0, entry: 1, absence: 2 } as const;

/** What the first two passes find out about each node. */
interface Survey {
  /** Default source of each shown folder. */
  readonly source: Uint8Array;
  readonly need: Uint8Array;
  /** 1 where something below needs a record. */
  readonly below: Uint8Array;
}

function surveyOf(view: FileView, bonds: Bonds): Survey {
  const { resolution, layers } = view.merged;
  const { union, winner, flags } = resolution;
  const source = new Uint8Array(union.count).fill(NONE);
  const need = new Uint8Array(union.count);
  const below = new Uint8Array(union.count);
  source[0] = view.of(0).at(-1) ?? NONE;
  for (let node = 1; node < union.count; node++) {
    const from = source[union.parent[node]!]!;
    if (from === NONE) continue;
    const there = view.tableRow(from, node);
    const top = winner[node]!;
    // what the default source has under this name is another file than the one that was renamed to it
    const renamed = (flags[node]! & StateFlag.origin) !== 0;
    const moved = renamed && (top === NO_LAYER || !layers[top]!.origins?.has(union.slots[top]![node]!));
    if (top === NO_LAYER) {
      if (there !== ABSENT || moved) need[node] = Need.absence;
      continue;
    }
    const row = view.tableRow(top, node);
    if (view.isFolder(node)) {
      const stack = view.of(node);
      const last = stack.at(-1)!;
      source[node] = last;
      const own =
        !moved && stack.length === 1 && last === from && view.caseSensitive(node) === view.ownCase(last, node);
      need[node] = own ? Need.nothing : Need.entry;
    } else if (moved) need[node] = Need.entry;
    else if (top !== from) {
      const table = layers[top]!.table!;
      const identity = there === ABSENT ? null : fileIdentity(table, row);
      const equal =
        identity !== null &&
        fileIdentity(layers[from]!.table!, there) === identity &&
        layers[from]!.table!.name(there) === table.name(row);
      need[node] = equal && !bonds.exact.has(node) ? Need.nothing : Need.entry;
    }
    if (bonds.fields.has(node)) need[node] = Need.entry;
  }
  for (let node = union.count - 1; node > 0; node--)
    if (need[node] !== Need.nothing || below[node] === 1) below[union.parent[node]!] = 1;
  return { source, need, below };
}

/**
 * Records in plan order. `statistics` is complete when the generator has ended.
 * @param groups files that are valid only together and therefore stay in one layer
 */
export function* fileRecords(
  merged: PlanFiles,
  statistics: FileStatistics,
  upcase: Uint16Array,
  groups: readonly FileGroup[] = [],
): Generator<FileRecordAt> {
  const view = new FileView(merged);
  const bonds = bondsOf(view, groups);
  const shorts = new Map<number, string | null>();
  for (const { upper, becomes } of shortNameClashes(merged.resolution, merged.layers, upcase))
    shorts.set(upper, becomes);
  const { union } = merged.resolution;
  const survey = surveyOf(view, bonds);
  count(view, statistics);
  const walk: { path: PlanPath; next: number; end: number }[] = [];
  const enter = function* (node: number, path: PlanPath): Generator<FileRecordAt> {
    const end = union.childStart[node + 1]!;
    for (let child = union.childStart[node]!; child < end; child++) {
      if (survey.need[child] === Need.nothing) continue;
      const at = record(view, survey, child, path, statistics);
      if (at === null) continue;
      // what comes from the directory's own layer has no record, and its names are unique there
      const short = shorts.has(child) ? { sn: shorts.get(child) } : {};
      yield { ...at, record: { ...at.record, ...short, ...bonds.fields.get(child) } };
    }
    walk.push({ path, next: union.childStart[node]!, end });
  };
  if (survey.source[0] !== NONE) yield* enter(0, []);
  for (let frame = walk.at(-1); frame !== undefined; frame = walk.at(-1)) {
    if (frame.next === frame.end) {
      walk.pop();
      continue;
    }
    const node = frame.next++;
    if (survey.below[node] === 0 || survey.source[node] === NONE) continue;
    const name = view.name(node);
    if (isAddressable(name)) yield* enter(node, [...frame.path, name]);
  }
}

function count(view: FileView, statistics: FileStatistics): void {
  const { union, winner, order } = view.merged.resolution;
  const length = new Uint32Array(union.count);
  for (let node = 1; node < union.count; node++) {
    const top = winner[node]!;
    if (top === NO_LAYER) continue;
    const up = union.parent[node]!;
    length[node] = length[up]! + (up === 0 ? 0 : 1) + view.name(node).length;
    if (length[node]! > statistics.longestPath) statistics.longestPath = length[node]!;
    statistics.merged++;
    if (top !== order[0]) statistics.fromUpper++;
  }
}

function record(
  view: FileView,
  survey: Survey,
  node: number,
  directory: PlanPath,
  statistics: FileStatistics,
): FileRecordAt | null {
  const { union } = view.merged.resolution;
  const from = survey.source[union.parent[node]!]!;
  const absent = survey.need[node] === Need.absence;
  const name = absent ? view.absentName(from, node) : view.name(node);
  if (!isAddressable(name)) {
    statistics.unaddressable++;
    return null;
  }
  const fields = absent
    ? absence(view, node, from, statistics)
    : entry(view, survey, node, joinName(joinPath(directory), name), statistics);
  return { directory, name, record: { ...textField('n', name), ...fields } };
}

function absence(view: FileView, node: number, from: number, statistics: FileStatistics): Fields {
  const { ids, resolution } = view.merged;
  const what = view.seen(node);
  if (what === Seen.none) return { a: 'hide' };
  const base = resolution.order[0]!;
  // Where paths of layers and view may differ (renamed or case-sensitive directories), the base could have another item
  // under this path: then absence is said outright.
  const ruled = (what === Seen.base || what === Seen.noUser) && !resolution.union.ordered;
  if (ruled && view.tableRow(base, node) === ABSENT) return { a: 'passthrough' };
  statistics.whiteouts++;
  const holders = view.holders(node);
  const hides = (holders.length > 0 ? holders : [from]).map((layer) => ids[layer]!);
  const kind = view.tableRow(from, node) === ABSENT ? 'file' : view.kind(from, node);
  return { a: 'whiteout', hides, kind };
}

function entry(view: FileView, survey: Survey, node: number, path: string, statistics: FileStatistics): Fields {
  const { ids, resolution, layers } = view.merged;
  const stack = view.of(node);
  const top = stack[0]!;
  const last = stack.at(-1)!;
  const folder = view.isFolder(node);
  const moved = view.layerPath(last, node, path);
  const to = moved === null ? {} : textField('to', moved);
  const cased = folder && view.caseSensitive(node);
  const flag = folder && cased !== view.ownCase(last, node) ? { cs: cased } : {};
  if (stack.length > 1 || 'cs' in flag) {
    const names = stack.map((layer) => ids[layer]!);
    const origin = (resolution.flags[node]! & StateFlag.origin) !== 0 && moved !== null;
    return origin
      ? { a: 'origin', l: ids[top]!, ...textField('from', moved), stack: names, ...flag }
      : { a: 'mergeDir', stack: names, attrs: ids[top]!, ...to, ...flag };
  }
  const sub = folder && survey.below[node] === 0 ? { sub: true } : {};
  const kind = layers[top]!.kind[resolution.union.slots[top]![node]!]!;
  if (folder && kind === EntryKind.closed) {
    statistics.opaque++;
    return { a: 'opaque', l: ids[top]!, ...to };
  }
  if (folder && survey.below[node] === 1) return { a: 'mergeDir', stack: [ids[top]!], attrs: ids[top]!, ...to };
  const what = view.seen(node);
  if ((what === Seen.base || what === Seen.noUser) && top === resolution.order[0] && moved === null)
    return { a: 'passthrough' };
  if (what === Seen.noUser) return { a: 'keepLower', l: ids[top]!, ...to, ...sub };
  return { a: 'redirect', l: ids[top]!, ...to, ...sub };
}
