/**
 * A layer's file tree in normal form -> rows for the core.
 *
 * Markers that name existing rows change their kind. A whiteout of a name the layer does not have gets a row of its own past
 * the end of the table, and so do the directories on the way to it (`path`: they carry the way and contribute nothing).
 */
import type { Finding } from '../../base/findings.ts';
import { type NameSpace, SKIP } from '../../codec/names.ts';
import { NodeFlag } from '../../fs/types.ts';
import type { NodeTable } from '../../index/node-table.ts';
import { childOf, lookup } from '../../index/path.ts';
import { foldText } from '../../index/upcase.ts';
import type { LayerTree } from '../../layer/types.ts';
import type { JoinLayer, OldPath } from '../join.ts';
import { mayMove } from '../origin.ts';
import { ABSENT, EntryKind } from '../types.ts';

export interface FileLayer extends JoinLayer {
  readonly table: NodeTable | null;
  /** True when folders of it are merged under other names: its paths are not those of the view. */
  readonly renamed: boolean;
  readonly findings: readonly Finding[];
  /** Name of any row, markers without a table row included. */
  name(row: number): string;
}

/** Stands in for layers without files, so that layer numbers stay the same for files and keys. */
export const NO_FILES: FileLayer = {
  root: ABSENT,
  nameId: new Uint32Array(0),
  kind: new Uint8Array(0),
  childStart: new Uint32Array(0),
  childEnd: new Uint32Array(0),
  extra: null,
  origins: null,
  caseSensitive: null,
  exact: () => '',
  table: null,
  renamed: false,
  findings: [],
  name: () => '',
};

/** @param ids name ids of the table's rows in `names`; not changed */
export function fileLayer(source: string, tree: LayerTree, names: NameSpace, ids: Uint32Array): FileLayer {
  const { table } = tree;
  const { flags, orphanRow, childStart, count } = table.data;
  const kind = new Uint8Array(count);
  let nameId = ids;
  const cased = new Set<number>();
  const wanted = NodeFlag.directory | NodeFlag.link;
  for (let row = 0; row < count; row++) {
    const bits = flags[row]!;
    if ((bits & wanted) === NodeFlag.directory) kind[row] = EntryKind.folder;
    if (bits & NodeFlag.caseSensitive) cased.add(row);
  }
  kind[tree.root] = EntryKind.folder;
  const spelled = new Map<number, string>();
  const findings: Finding[] = [];
  for (const { path, name } of tree.folders ?? []) {
    const row = lookup(table, path, names.upcase, tree.root);
    const folder = row < 0 ? -1 : table.data.parent[row]!;
    if (row < 0 || childOf(table, folder, name, names.upcase) >= 0) continue;
    spelled.set(row, name);
    findings.push({
      code: 'profileMoved',
      severity: 'info',
      where: { source, offset: null },
      message: 'The profile lies in another folder here than in the base: it is merged into the folder of the base.',
      facts: { path: path.join('\\'), to: name },
    });
  }
  if (spelled.size > 0) {
    nameId = ids.slice();
    for (const [row, name] of spelled) nameId[row] = names.id(name);
  }
  const internal = orphanRow > 0 ? [...tree.internal, orphanRow] : tree.internal;
  if (internal.length > 0) {
    if (nameId === ids) nameId = ids.slice();
    for (const row of internal) nameId[row] = SKIP;
  }
  const name =
    spelled.size === 0 ? (row: number) => table.name(row) : (row: number) => spelled.get(row) ?? table.name(row);
  const layer = {
    root: tree.root,
    nameId,
    kind,
    childStart,
    childEnd: childStart.subarray(1),
    extra: null,
    origins: null,
    caseSensitive: cased.size > 0 ? cased : null,
    exact: name,
    name,
    table,
    renamed: spelled.size > 0,
    findings,
  };
  return tree.markers.length > 0 ? withMarkers(source, layer, tree, names) : layer;
}

function withMarkers(source: string, plain: FileLayer, tree: LayerTree, names: NameSpace): FileLayer {
  const { table } = tree;
  const base = table.count;
  const findings: Finding[] = [...plain.findings];
  const extra = new Map<number, number[]>();
  const origins = new Map<number, OldPath>();
  /** Rows past the table: spelling, kind, name id. */
  const made: { name: string; kind: number; id: number }[] = [];
  const kind = plain.kind.slice();
  /** Children by folded name, as it is spelled where case counts; made for the directories that markers touch. */
  const indexes = new Map<number, Map<string, number>>();
  const keyOf = (row: number, name: string) =>
    plain.caseSensitive?.has(row) === true ? name : foldText(name, names.upcase);
  const childrenOf = (row: number): Map<string, number> => {
    let index = indexes.get(row);
    if (index !== undefined) return index;
    index = new Map();
    indexes.set(row, index);
    if (row >= base) return index;
    for (let child = plain.childStart[row]!; child < plain.childEnd[row]!; child++) {
      if (plain.nameId[child] === SKIP) continue;
      const key = keyOf(row, plain.name(child));
      if (!index.has(key)) index.set(key, child);
    }
    return index;
  };
  const kindOf = (row: number) => (row < base ? kind[row]! : made[row - base]!.kind);
  const make = (parent: number, name: string, what: number): number => {
    const row = base + made.length;
    made.push({ name, kind: what, id: names.id(name) });
    const list = extra.get(parent);
    if (list === undefined) extra.set(parent, [row]);
    else list.push(row);
    childrenOf(parent).set(keyOf(parent, name), row);
    return row;
  };
  const report = (code: string, message: string, path: readonly string[]) =>
    findings.push({
      code,
      severity: 'warning',
      where: { source, offset: null },
      message,
      facts: { path: path.join('\\') },
    });

  for (const marker of tree.markers) {
    let row = tree.root;
    let lost = false;
    for (let i = 0; i < marker.path.length && !lost; i++) {
      const last = i === marker.path.length - 1;
      if (kindOf(row) === EntryKind.leaf || kindOf(row) === EntryKind.whiteout) {
        lost = true;
        break;
      }
      const name = marker.path[i]!;
      const child = childrenOf(row).get(keyOf(row, name));
      if (child !== undefined) row = child;
      else if (marker.kind === 'whiteout') row = make(row, name, last ? EntryKind.whiteout : EntryKind.path);
      // a name that is only what the layers below have elsewhere
      else if (marker.kind === 'origin') row = make(row, name, EntryKind.path);
      else lost = true;
    }
    if (lost || row === tree.root) {
      report('markerWithoutPlace', 'A marker names a path that the layer cannot have; it is ignored.', marker.path);
      continue;
    }
    if (marker.kind === 'whiteout') {
      if (row < base) kind[row] = EntryKind.whiteout;
      else made[row - base]!.kind = EntryKind.whiteout;
    } else if (marker.kind === 'origin' ? !mayMove(kindOf(row)) : row >= base || kind[row] !== EntryKind.folder) {
      report(
        'markerOnFile',
        'A directory marker stands on something that is no directory; it is ignored.',
        marker.path,
      );
    } else if (!('from' in marker)) kind[row] = EntryKind.closed;
    else origins.set(row, { ids: marker.from.map((name) => names.id(name)), names: marker.from });
  }

  const total = base + made.length;
  const nameId = new Uint32Array(total);
  nameId.set(plain.nameId);
  const kinds = new Uint8Array(total);
  kinds.set(kind);
  const childStart = new Uint32Array(total);
  childStart.set(plain.childStart.subarray(0, base));
  const childEnd = new Uint32Array(total);
  childEnd.set(plain.childEnd.subarray(0, base));
  made.forEach((m, i) => {
    nameId[base + i] = m.id;
    kinds[base + i] = m.kind;
  });
  const name = (row: number) => (row < base ? plain.name(row) : (made[row - base]?.name ?? ''));
  return {
    ...plain,
    nameId,
    kind: kinds,
    childStart,
    childEnd,
    extra: extra.size > 0 ? extra : null,
    origins: origins.size > 0 ? origins : null,
    exact: name,
    name,
    findings,
  };
}
