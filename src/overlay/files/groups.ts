/**
 * Consistency groups in the merge: all members come from the layer that the main file comes from; a member that only another
 * layer has is not seen. What a rule says of one member alone stands.
 */
import type { NameSpace } from '../../codec/names.ts';
import { companionOf, GROUP_MARKS, type GroupKind, isEseCompanion, isEseMain } from '../../layer/groups.ts';
import type { Rule } from '../../layer/types.ts';
import type { CompiledRule } from '../rules.ts';
import { type Decisions, EntryKind, NO_LAYER, type Resolution, Seen, type Union } from '../types.ts';
import type { FileLayer } from './layer.ts';

export interface FileGroup {
  readonly what: GroupKind;
  /** Nodes. */
  readonly main: number;
  readonly members: readonly number[];
}

/** Groups by names alone: what is a group does not depend on order or rules. */
export function findGroups(union: Union, names: NameSpace): FileGroup[] {
  // one byte a name says whether it is worth a look: a pass over a million nodes is then one test each
  const marks = new Uint8Array(names.count);
  for (const mark of GROUP_MARKS) {
    const hits = names.search(mark);
    for (let id = 0; id < marks.length; id++) marks[id]! |= hits[id]!;
  }
  const groups = new Map<number, { what: GroupKind; members: number[] }>();
  const add = (main: number, what: GroupKind, member: number) => {
    const group = groups.get(main);
    if (group === undefined) groups.set(main, { what, members: [member] });
    else group.members.push(member);
  };
  const eseFolders = new Map<number, number[]>();
  const mainOf = childFinder(union);
  for (let node = 1; node < union.count; node++) {
    const id = union.nameId[node]!;
    if (marks[id] === 0) continue;
    const name = names.text(id);
    const up = union.parent[node]!;
    const companion = companionOf(name);
    if (companion !== null) {
      const main = mainOf(up, names.id(companion.main));
      if (main >= 0) add(main, companion.what, node);
    } else if (isEseMain(name)) {
      const mains = eseFolders.get(up);
      if (mains === undefined) eseFolders.set(up, [node]);
      else mains.push(node);
    }
  }
  for (const [folder, mains] of eseFolders) {
    const [main] = mains;
    if (mains.length > 1) continue;
    const name = names.text(union.nameId[main!]!);
    for (let node = union.childStart[folder]!; node < union.childStart[folder + 1]!; node++)
      if (isEseCompanion(names.text(union.nameId[node]!), name)) add(main!, 'ese', node);
  }
  return [...groups].map(([main, { what, members }]) => ({ what, main, members }));
}

/** Finds children by name id, -1 when there is none; the folder that was asked last is at hand, as nodes come folder by folder. */
function childFinder({ childStart, nameId }: Union): (folder: number, name: number) => number {
  let last = -1;
  const nodes = new Map<number, number>();
  return (folder, name) => {
    if (folder !== last) {
      last = folder;
      nodes.clear();
      // of names that case alone tells apart the first one is meant
      for (let node = childStart[folder + 1]! - 1; node >= childStart[folder]!; node--) nodes.set(nameId[node]!, node);
    }
    return nodes.get(name) ?? -1;
  };
}

/** A member that would come from another layer than its main file. */
export interface MovedMember {
  readonly group: FileGroup;
  readonly node: number;
  /** Layers of the member as it would be by itself, and of the main file. */
  readonly from: number;
  readonly to: number;
}

/** Layer of a file that is seen, NO_LAYER for folders and what is not seen. */
export function fileWinner(resolution: Resolution, layers: readonly FileLayer[], node: number): number {
  const won = resolution.winner[node]!;
  if (won === NO_LAYER) return NO_LAYER;
  return layers[won]!.kind[resolution.union.slots[won]![node]!] === EntryKind.leaf ? won : NO_LAYER;
}

/**
 * Members to be taken from the layer of their main file.
 * @param decisions rules without groups: a rule that decides a member and not its main file is somebody's word on it
 */
export function movedMembers(
  groups: readonly FileGroup[],
  resolution: Resolution,
  layers: readonly FileLayer[],
  decisions: Decisions<CompiledRule>,
): MovedMember[] {
  const moved: MovedMember[] = [];
  for (const group of groups) {
    const to = fileWinner(resolution, layers, group.main);
    if (to === NO_LAYER) continue;
    for (const node of group.members) {
      const from = fileWinner(resolution, layers, node);
      // what the main file's layer has and something else closes stays closed: only what is seen can be of another layer
      if (from === NO_LAYER || from === to) continue;
      if (decisions.rule[node] !== 0 && decisions.rule[node] !== decisions.rule[group.main]) continue;
      moved.push({ group, node, from, to });
    }
  }
  return moved;
}

/** The decisions with one more rule for each layer that members are taken from. */
export function withGroups(
  decisions: Decisions<CompiledRule>,
  moved: readonly MovedMember[],
  source: Rule,
): Decisions<CompiledRule> {
  const rules = [...decisions.rules];
  const rule = decisions.rule.slice();
  const places = new Map<number, number>();
  for (const { node, to } of moved) {
    let place = places.get(to);
    if (place === undefined) {
      rules.push({ source, step: 'rule', seen: Seen.layer, layer: to });
      place = rules.length;
      places.set(to, place);
    }
    rule[node] = place;
  }
  return { rules, rule };
}
