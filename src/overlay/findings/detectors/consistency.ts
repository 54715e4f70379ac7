/**
 * Pain 3: files that are valid only together come from different layers. A database with the log of another one is
 * replayed into damage; the search index and what the registry says of it drift apart and it is built anew at each sign-in.
 */
import type { RuleDraft } from '../../../layer/types.ts';
import { type FileGroup, fileWinner, type MovedMember } from '../../files/groups.ts';
import { EntryKind, type MergedValue, NO_LAYER, NodeState } from '../../types.ts';
import type { Detector, Evidence, Found } from '../types.ts';
import { adding, fileRule, keyRule, type MergeView } from '../view.ts';

const SPLIT = 'Files that are only valid together come from different layers: opening them damages the data.';
const MOVED =
  'Files that are only valid together lie in different layers: the merge takes them from the layer of the main file.';

/** Members of one group that a rule makes come from another layer than the main file. */
function splitMembers(view: MergeView, main: number, members: readonly number[]): number[] {
  const { files } = view;
  const won = fileWinner(files.resolution, files.layers, main);
  if (won === NO_LAYER) return [];
  return members.filter((node) => {
    const other = fileWinner(files.resolution, files.layers, node);
    return other !== NO_LAYER && other !== won;
  });
}

/** A rule that says for one member what holds for its group: the layer of the main file, or nothing. */
function memberRule(view: MergeView, node: number, from: number, to: number): RuleDraft {
  const { files } = view;
  const { order, union } = files.resolution;
  const place = view.filePlace(node);
  // what lies above is left out where that is possible; what shines through from below is hidden
  const above = order.indexOf(from) > order.indexOf(to) && view.role(files, from) === 'user';
  if (above && to === order[0]) return fileRule('exact', place, 'keepLower');
  const row = union.slots[to]![node]!;
  const has = row >= 0 && files.layers[to]!.kind[row] === EntryKind.leaf;
  return has ? fileRule('exact', place, 'redirect', files.layerIds[to]) : fileRule('exact', place, 'hide');
}

export const splitGroups: Detector = {
  id: 'splitGroups',
  pain: 3,
  detect(view, _known, sink) {
    const { files } = view;
    const { union, resolution, layers } = files;
    const moved = new Map<number, MovedMember[]>();
    for (const member of files.moved) {
      const known = moved.get(member.group.main);
      if (known === undefined) moved.set(member.group.main, [member]);
      else known.push(member);
    }
    const side = (node: number, layer: number, role: Evidence['role']) =>
      view.fileEvidence(node, { layer, row: union.slots[layer]![node]! }, role);
    const report = (
      { main, what }: FileGroup,
      nodes: readonly number[],
      about: Pick<Found, 'severity' | 'message' | 'evidence' | 'proposal'>,
    ) =>
      sink.add({
        code: 'splitGroup',
        path: view.filePath(main),
        place: view.filePlace(main),
        note: [what, ...nodes.map((node) => files.name(node))].join(', '),
        ...about,
      });
    for (const group of files.groups) {
      const won = fileWinner(resolution, layers, group.main);
      const members = moved.get(group.main) ?? [];
      if (members.length > 0)
        report(
          group,
          members.map(({ node }) => node),
          {
            severity: 'warning',
            message: MOVED,
            evidence: [
              side(group.main, won, 'wins'),
              ...members.flatMap(({ node, from, to }) =>
                resolution.winner[node] === to
                  ? [side(node, from, 'hidden'), side(node, to, 'wins')]
                  : [side(node, from, 'hidden')],
              ),
            ],
            proposal: adding(...members.map(({ node, from, to }) => memberRule(view, node, from, to))),
          },
        );
      const split = splitMembers(view, group.main, group.members);
      if (split.length > 0)
        report(group, split, {
          severity: 'error',
          message: SPLIT,
          evidence: [group.main, ...split].map((node) => side(node, fileWinner(resolution, layers, node), 'wins')),
          proposal: adding(...split.map((node) => memberRule(view, node, fileWinner(resolution, layers, node), won))),
        });
    }
  },
};

const INDEX = 'ProgramData\\Microsoft\\Search\\Data';
const INDEX_KEY = 'Microsoft\\Windows Search';
/** Rows of the index folder that are looked at. */
const MAX_ROWS = 10_000;

/** Layers that files below a folder come from. */
function layersBelow(view: MergeView, root: number): Map<number, number> {
  const found = new Map<number, number>();
  const open = [root];
  for (let seen = 0; open.length > 0 && seen < MAX_ROWS; seen++) {
    const node = open.pop()!;
    for (const child of view.children(view.files, node)) {
      if (!view.files.visible(child)) continue;
      if (view.isFolder(child)) open.push(child);
      else {
        const layer = fileWinner(view.files.resolution, view.files.layers, child);
        if (!found.has(layer)) found.set(layer, child);
      }
    }
  }
  return found;
}

/** Layers that the values of a key and its sub-keys come from. */
function layersOfKeys(view: MergeView, root: number): Map<number, MergedValue> {
  const found = new Map<number, MergedValue>();
  const open = [root];
  for (let seen = 0; open.length > 0 && seen < MAX_ROWS; seen++) {
    const node = open.pop()!;
    if (!view.registry.visible(node)) continue;
    for (const value of view.registry.values(node))
      if (value.state !== NodeState.hidden && value.state !== NodeState.same && !found.has(value.layer))
        found.set(value.layer, value);
    open.push(...view.children(view.registry, node));
  }
  return found;
}

export const searchIndex: Detector = {
  id: 'searchIndex',
  pain: 3,
  detect(view, _known, sink) {
    const node = view.find(view.files, INDEX.split('\\'));
    if (node < 0 || !view.files.visible(node)) return;
    const key = view.key('HKLM/SOFTWARE', INDEX_KEY);
    const data = layersBelow(view, node);
    if (data.size === 0) return;
    const keys = key < 0 ? new Map<number, MergedValue>() : layersOfKeys(view, key);
    const ids = new Set([
      ...[...data.keys()].map((layer) => view.files.layerIds[layer]!),
      ...[...keys.keys()].map((layer) => view.registry.layerIds[layer]!),
    ]);
    if (ids.size < 2) return;
    sink.add({
      code: 'searchIndexSplit',
      severity: 'warning',
      message: 'The search index and its settings come from different layers: it is built anew at each sign-in.',
      path: view.filePath(node),
      place: INDEX,
      note: `${data.size + keys.size}`,
      evidence: [
        ...[...data].map(([layer, file]) =>
          view.fileEvidence(file, { layer, row: view.files.union.slots[layer]![file]! }, 'wins'),
        ),
        ...[...keys].map(([layer, value]) => ({
          layer: view.registry.layerIds[layer] ?? null,
          role: 'wins' as const,
          path: view.keyPath(key),
          facts: { value: value.name },
        })),
      ],
      proposal: adding(
        fileRule('subtree', INDEX, 'keepLower'),
        ...(key < 0 ? [] : [keyRule('subtree', view.keyPlace(key), 'keepLower')]),
      ),
    });
  },
};
