/**
 * What binds names of a plan to one another (merge-plan 4.7, `group` and `linkGroup`): a record alone says where one name
 * comes from, and a driver that copies one of them up later would part what belongs together.
 *
 *     group       files that are valid only together, all of them from layer `l`: copied up all at once, or none
 *     linkGroup   one file of layer `l` under several names; `keep`: none of them is copied up alone, since a rule keeps the
 *                 group whole; `break`: this name is a file of its own already, the others still are one
 *
 * Each stands as a field in the record of its name, since a name has one record. Bound are names where layers meet: a group that
 * one layer alone has needs no word.
 */
import { type FileGroup, fileWinner } from '../overlay/files/groups.ts';
import { linkGroups } from '../overlay/files/hard-links.ts';
import { ABSENT, EntryKind, NO_LAYER } from '../overlay/types.ts';
import { isAddressable, joinPath, textField } from './encode.ts';
import type { FileView } from './merged-files.ts';

/** Names that one file of NTFS can have. A group of more is none that a volume could hold. */
const MAX_MEMBERS = 1024;

export interface Bonds {
  /** Fields for the records of these nodes. */
  readonly fields: ReadonlyMap<number, Readonly<Record<string, unknown>>>;
  /** Nodes that must come from the very layer that is named, not from one with an equal copy. */
  readonly exact: ReadonlySet<number>;
}

/** @param groups files that are valid only together; none when the rule for them is off */
export function bondsOf(view: FileView, groups: readonly FileGroup[]): Bonds {
  const fields = new Map<number, Record<string, unknown>>();
  const exact = new Set<number>();
  const bind = (node: number, field: string, value: object) => {
    fields.set(node, { ...fields.get(node), [field]: value });
    exact.add(node);
  };
  bindGroups(view, groups, bind, exact);
  bindLinks(view, bind, exact);
  return { fields, exact };
}

type Bind = (node: number, field: string, value: object) => void;

function bindGroups(view: FileView, groups: readonly FileGroup[], bind: Bind, exact: Set<number>): void {
  const { resolution, layers, ids } = view.merged;
  let number = 0;
  for (const { main, members } of groups) {
    const won = fileWinner(resolution, layers, main);
    if (won === NO_LAYER || !isAddressable(view.name(main))) continue;
    const holders = new Set([main, ...members].flatMap((node) => leavesOf(view, node)));
    if (holders.size < 2) continue;
    const seen = members.filter((node) => fileWinner(resolution, layers, node) !== NO_LAYER);
    // somebody's rule has parted them: then nothing is promised
    if (seen.some((node) => fileWinner(resolution, layers, node) !== won)) continue;
    const names = members.map((node) => nameOf(view, node)).filter((name) => name !== null && isAddressable(name));
    if (names.length === 0 || names.length > MAX_MEMBERS) continue;
    const list = names.map((name) => textField('n', name!));
    bind(main, 'group', { id: `g${++number}`, l: ids[won]!, members: list });
    for (const node of seen) exact.add(node);
  }
}

/** Layers in effect with a file at the node. */
function leavesOf(view: FileView, node: number): number[] {
  const { resolution, layers } = view.merged;
  const { order, union } = resolution;
  return order.filter((layer) => {
    const row = union.slots[layer]![node]!;
    return row !== ABSENT && layers[layer]!.kind[row] === EntryKind.leaf;
  });
}

/** The name as the view has it, or as the topmost layer that has the file has it; null when none in effect does. */
function nameOf(view: FileView, node: number): string | null {
  const { resolution, layers } = view.merged;
  if (resolution.winner[node] !== NO_LAYER) return view.name(node);
  const layer = leavesOf(view, node).at(-1);
  return layer === undefined ? null : layers[layer]!.name(resolution.union.slots[layer]![node]!);
}

function bindLinks(view: FileView, bind: Bind, exact: Set<number>): void {
  const { resolution, layers, ids } = view.merged;
  let number = 0;
  for (const { layer, broken, kept, shown } of linkGroups(resolution, layers)) {
    const paths = new Map([...shown, ...broken].map((node) => [node, pathOf(view, node)]));
    const touched = [...broken, ...kept].filter((node) => paths.get(node) !== null).sort((x, y) => x - y);
    const [first] = touched;
    const members = shown.filter((node) => node !== first && paths.get(node) !== null);
    if (first === undefined || members.length === 0 || members.length > MAX_MEMBERS) continue;
    const id = `l${++number}`;
    const keeps = new Set(kept);
    // the names stand once, in the first of the records
    const list = { members: members.map((node) => textField('p', paths.get(node)!)) };
    for (const node of touched) {
      const policy = keeps.has(node) ? 'keep' : 'break';
      bind(node, 'linkGroup', { id, policy, l: ids[layer]!, ...(node === first ? list : {}) });
    }
    for (const node of members) exact.add(node);
  }
}

/** Path in the view; null when no record could reach it. */
function pathOf(view: FileView, node: number): string | null {
  const { parent } = view.merged.resolution.union;
  const names: string[] = [];
  for (let at = node; at !== 0; at = parent[at]!) {
    const name = view.name(at);
    if (!isAddressable(name)) return null;
    names.push(name);
  }
  return joinPath(names.reverse());
}
