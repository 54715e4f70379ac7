/**
 * Pain 3: files that are valid only together come from different layers. A database with the log of another one is
 * replayed into damage; the search index and what the registry says of it drift apart and it is built anew at each sign-in.
 */
import { type MergedValue, NO_LAYER, NodeState } from '../../types.ts';
import type { Detector, Sink } from '../types.ts';
import { adding, fileRule, keyRule, type MergeView } from '../view.ts';

/** Ends of companions, and how the main file's name follows from theirs. */
const SUFFIXES: readonly (readonly [end: string, what: string])[] = [
  ['.LOG1', 'hive'],
  ['.LOG2', 'hive'],
  ['-WAL', 'sqlite'],
  ['-SHM', 'sqlite'],
  ['-JOURNAL', 'sqlite'],
];
/** Companions of every ESE database of their folder. */
const ESE = /\.(?:log|chk|jfm|jtx|jrs)$/i;

function winnerOf(view: MergeView, node: number): number {
  return node < 0 || view.isFolder(node) ? NO_LAYER : view.files.resolution.winner[node]!;
}

function split(view: MergeView, sink: Sink, main: number, companions: readonly number[], what: string): void {
  const { files } = view;
  const won = winnerOf(view, main);
  const { order } = files.resolution;
  const strange = companions.filter((node) => winnerOf(view, node) !== won && winnerOf(view, node) !== NO_LAYER);
  if (won === NO_LAYER || strange.length === 0) return;
  const rank = (layer: number) => order.indexOf(layer);
  const rules = strange.map((node) => {
    const other = winnerOf(view, node);
    const above = rank(other) > rank(won) && view.role(files, other) === 'user';
    // what lies above is left out where that is possible; what shines through from below is hidden
    return fileRule('exact', view.filePlace(node), above && rank(won) === 0 ? 'keepLower' : 'hide');
  });
  sink.add({
    code: 'splitGroup',
    severity: 'error',
    message: 'Files that are only valid together come from different layers: opening them damages the data.',
    path: view.filePath(main),
    place: view.filePlace(main),
    note: [what, ...strange.map((node) => files.name(node))].join(', '),
    evidence: [main, ...strange].flatMap((node) => {
      const layer = winnerOf(view, node);
      const row = files.union.slots[layer]![node]!;
      return [view.fileEvidence(node, { layer, row }, 'wins')];
    }),
    proposal: adding(...rules),
  });
}

export const splitGroups: Detector = {
  id: 'splitGroups',
  pain: 3,
  detect(view, _known, sink) {
    const { files } = view;
    const { union, names } = files;
    // one byte a name says whether it is worth a look: a pass over a million nodes is then one test each
    const marks = new Uint8Array(names.count);
    for (const end of [...SUFFIXES.map(([suffix]) => suffix), '.EDB']) {
      const hit = names.search(end);
      for (let id = 0; id < marks.length; id++) marks[id]! |= hit[id]!;
    }
    const groups = new Map<number, { what: string; nodes: number[] }>();
    for (let node = 1; node < union.count; node++) {
      if (marks[union.nameId[node]!] === 0 || !files.visible(node)) continue;
      const name = names.text(union.nameId[node]!);
      if (name.endsWith('.EDB')) {
        const nodes = [...view.children(files, union.parent[node]!)].filter((other) => ESE.test(files.name(other)));
        groups.set(node, { what: 'ese', nodes });
        continue;
      }
      for (const [end, what] of SUFFIXES) {
        if (!name.endsWith(end)) continue;
        const main = view.find(files, [name.slice(0, -end.length)], union.parent[node]!);
        if (main < 0) continue;
        const group = groups.get(main) ?? { what, nodes: [] };
        group.nodes.push(node);
        groups.set(main, group);
      }
    }
    for (const [main, { what, nodes }] of groups) split(view, sink, main, nodes, what);
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
        const layer = winnerOf(view, child);
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
