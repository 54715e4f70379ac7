/**
 * A driver in miniature: from the base's own tree, the other layers' trees and the plan alone, what a program sees.
 *
 * This is the other side of the proof, so it shares no resolving code with the overlay: it knows no roles, no rules and
 * no markers, only directories with a default source and records that say otherwise (build-files.ts).
 */
import { fail } from '../base/errors.ts';
import { foldText } from '../index/upcase.ts';
import { compareNames, fieldText, isAddressable, type PlanPath, splitPlanPath } from './encode.ts';
import type { FileEntries } from './read-segments.ts';
import { joinName } from './segments.ts';
import type { Bonds } from './simulate-bonds.ts';
import { PathFinder, type SimTree } from './simulate-tree.ts';
import type { FileRecord } from './spec.ts';
import { dirLine, fileLine } from './view-lines.ts';

export interface SimFiles {
  /** Layer id -> tree; layers without files are missing. */
  readonly trees: ReadonlyMap<string, SimTree>;
  /** Layer that names in the root come from by default, null when no layer has files. */
  readonly root: string | null;
  /** Layer that `passthrough` means. */
  readonly base: string;
  readonly upcase: Uint16Array;
  /** Which names are bound to which layer; absent when the plan binds none. */
  readonly bonds?: Bonds;
}

/** Where a directory's names come from when no record speaks of them. */
interface Source {
  readonly layer: string;
  readonly row: number;
  /** Path in the layer when it is not the path of the view, else null. */
  readonly at: PlanPath | null;
}

interface Frame {
  readonly path: PlanPath;
  readonly joined: string;
  readonly source: Source;
  /** True when nothing below may have records. */
  readonly sealed: boolean;
  readonly names: readonly { readonly name: string; readonly row: number; readonly record: FileRecord | null }[];
  next: number;
}

const WHERE = 'merge plan';

/** Lines of the view. @throws FormatError when a record names what is not there or cannot be reached */
export function* simulateFiles(groups: Iterator<FileEntries>, files: SimFiles): Generator<string> {
  const { trees, upcase } = files;
  const finders = new Map([...trees].map(([layer, tree]) => [layer, new PathFinder(tree)]));
  let group = groups.next();
  const tree = (layer: string): SimTree =>
    trees.get(layer) ?? fail('MissingPart', WHERE, null, `files of layer ${layer}`, 'none');

  /** The row that a record means. */
  const place = (layer: string, path: PlanPath, at: PlanPath | null): Source => {
    tree(layer);
    const row = finders.get(layer)!.find(at ?? path);
    if (row < 0)
      fail('MissingItem', WHERE, null, `${JSON.stringify((at ?? path).join('\\'))} in layer ${layer}`, 'nothing');
    return { layer, row, at };
  };

  const open = (path: PlanPath, joined: string, source: Source, cased: boolean, sealed: boolean): Frame => {
    const own = !group.done && samePath(group.value.path, path) ? group.value.entries : [];
    if (own.length > 0) {
      if (sealed) fail('InvalidData', WHERE, null, 'no record below a whole subtree', JSON.stringify(joined));
      group = groups.next();
    }
    const from = tree(source.layer);
    const key = (name: string) => (cased ? name : foldText(name, upcase));
    const names = new Map<string, { name: string; row: number; record: FileRecord | null }>();
    for (const row of from.children(source.row)) {
      const name = from.name(row);
      const k = key(name);
      if (isAddressable(name) && !names.has(k)) names.set(k, { name, row, record: null });
    }
    for (const { name, record } of own) {
      const k = key(name);
      names.set(k, { name, row: names.get(k)?.row ?? -1, record });
    }
    const sorted = [...names.values()].sort((a, b) => compareNames(a.name, b.name, upcase));
    return { path, joined, source, sealed, names: sorted, next: 0 };
  };

  /** What a record makes of a name; null when the name does not exist. */
  const apply = (record: FileRecord, path: PlanPath) => {
    const other = (field: string): PlanPath | null => {
      const text = fieldText(record, field);
      return text === null ? null : splitPlanPath(text);
    };
    switch (record.a) {
      case 'whiteout':
      case 'hide':
        return null;
      case 'passthrough': {
        const row = finders.get(files.base)?.find(path) ?? -1;
        return row < 0 ? null : { source: { layer: files.base, row, at: null }, attrs: files.base, sealed: true };
      }
      case 'redirect':
      case 'keepLower':
        return { source: place(record.l, path, other('to')), attrs: record.l, sealed: true };
      case 'opaque':
        return { source: place(record.l, path, other('to')), attrs: record.l, sealed: false };
      case 'mergeDir': {
        const source = place(record.stack.at(-1)!, path, other('to'));
        return { source, attrs: record.attrs, sealed: false, cased: record.cs };
      }
      case 'origin': {
        const source = place(record.stack.at(-1)!, path, other('from'));
        return { source, attrs: record.l, sealed: false, cased: record.cs };
      }
    }
  };

  const walk: Frame[] = [];
  if (files.root !== null) {
    const { root } = tree(files.root);
    const cased = tree(files.root).caseSensitive(root);
    walk.push(open([], '', { layer: files.root, row: root, at: null }, cased, false));
  }
  for (let frame = walk.at(-1); frame !== undefined; frame = walk.at(-1)) {
    const entry = frame.names[frame.next++];
    if (entry === undefined) {
      walk.pop();
      continue;
    }
    const path = [...frame.path, entry.name];
    const joined = joinName(frame.joined, entry.name);
    const { source } = frame;
    const inherited = {
      source: { layer: source.layer, row: entry.row, at: source.at === null ? null : [...source.at, entry.name] },
      attrs: source.layer,
      sealed: frame.sealed,
      cased: undefined,
    };
    const made = entry.record === null ? inherited : apply(entry.record, path);
    if (made === null) continue;
    const { layer, row, at } = made.source;
    const kind = tree(layer).kind(row);
    if (kind === 'dir') {
      yield dirLine(joined, made.attrs);
      const cased = ('cased' in made ? made.cased : undefined) ?? tree(layer).caseSensitive(row);
      walk.push(open(path, joined, made.source, cased, made.sealed));
    } else {
      files.bonds?.see(joined, layer);
      yield fileLine(kind, joined, layer, at === null ? joined : at.join('\\'), tree(layer).identity(row));
    }
  }
  files.bonds?.end();
  if (!group.done)
    fail('InvalidData', WHERE, null, 'records in directories of the view', JSON.stringify(group.value.path.join('\\')));
}

function samePath(a: PlanPath, b: PlanPath): boolean {
  if (a.length !== b.length) return false;
  // Neighbouring paths differ at their end, so the end is compared first.
  for (let i = a.length - 1; i >= 0; i--) if (a[i] !== b[i]) return false;
  return true;
}
