/**
 * Pain 9: the wrong base under a layer, and deleted things that come back. Marks that hide nothing speak of another base;
 * marks on Windows' own files break it; what a layer's marks hide shows again when that layer goes.
 */
import { EntryKind, NO_LAYER, StateFlag } from '../../types.ts';
import { type Detector, MAX_NAMES } from '../types.ts';
import { adding, fileRule, type MergeView } from '../view.ts';

const SYSTEM_ATTRIBUTE = 0x4;
/** Names that come back that stand in the evidence; the list has more. */
const SIDES = 20;

/** Topmost mark of a node that a layer in effect carries, with its layer. */
function markOf(view: MergeView, node: number): number {
  const { files } = view;
  const { order, union } = files.resolution;
  for (let position = order.length - 1; position >= 0; position--) {
    const layer = order[position]!;
    const row = union.slots[layer]![node]!;
    if (row < 0) continue;
    const kind = files.layers[layer]!.kind[row]!;
    if (kind === EntryKind.whiteout) return layer;
    if (kind !== EntryKind.path) return NO_LAYER;
  }
  return NO_LAYER;
}

/** The copy that a mark hides: topmost below it. */
function hiddenBelow(view: MergeView, node: number, mark: number) {
  return view
    .stack(view.files, node)
    .find(({ layer, kind, hiddenBy }) => layer !== mark && kind !== EntryKind.whiteout && hiddenBy === 'whiteout');
}

export const whiteouts: Detector = {
  id: 'whiteouts',
  pain: 9,
  detect(view, _known, sink) {
    const { files } = view;
    const { flags, union } = files.resolution;
    const windows = view.find(files, ['Windows']);
    const inWindows = new Uint8Array(union.count);
    for (let node = 1; node < union.count; node++) {
      const up = union.parent[node]!;
      if (node === windows || inWindows[up] === 1) inWindows[node] = 1;
      const bits = flags[node]!;
      if ((bits & StateFlag.whiteout) === 0) continue;
      const mark = markOf(view, node);
      if (mark === NO_LAYER) continue;
      const place = view.filePlace(node);
      if (bits & StateFlag.stale) {
        const own = files.layerIds[mark]!;
        sink.add({
          code: 'staleWhiteout',
          severity: 'info',
          message: 'The mark deletes nothing: the layer was made over a base that had this name.',
          path: view.filePath(node),
          place,
          note: files.name(node),
          evidence: view.sides(node),
          // it takes effect the day a base has the name again: a user's mark can be made to count no more, and the layers
          // between are as they were delivered
          proposal: view.role(files, mark) === 'user' ? adding(fileRule('exact', place, 'keepLower')) : null,
          means: { layer: own },
        });
        continue;
      }
      const below = hiddenBelow(view, node, mark);
      if (below === undefined) continue;
      const table = files.layers[below.layer]!.table;
      const system =
        table !== null && below.row < table.count && (table.data.attributes[below.row]! & SYSTEM_ATTRIBUTE) !== 0;
      // a desktop.ini is marked as a system file as well: outside Windows the attribute alone says little
      if (inWindows[node] === 0 && !(system && up === 0)) continue;
      const user = view.role(files, mark) === 'user';
      const lower = files.layerIds[below.layer]!;
      sink.add({
        code: 'whiteoutOfSystemFile',
        severity: 'warning',
        message: 'A layer deletes a file of Windows itself: parts of the system that use it fail.',
        path: view.filePath(node),
        place,
        note: files.name(node),
        evidence: view.sides(node),
        proposal: adding(
          user ? fileRule('subtree', place, 'keepLower') : fileRule('subtree', place, 'redirect', lower),
        ),
      });
    }
  },
};

export const reappearing: Detector = {
  id: 'reappearing',
  pain: 9,
  detect(view, _known, sink) {
    const { files } = view;
    const { flags, union } = files.resolution;
    const counts = new Map<number, { count: number; nodes: number[] }>();
    for (let node = 1; node < union.count; node++) {
      if ((flags[node]! & StateFlag.whiteout) === 0 || (flags[node]! & StateFlag.stale) !== 0) continue;
      const mark = markOf(view, node);
      if (mark === NO_LAYER || hiddenBelow(view, node, mark) === undefined) continue;
      const known = counts.get(mark) ?? { count: 0, nodes: [] };
      known.count++;
      if (known.nodes.length < MAX_NAMES) known.nodes.push(node);
      counts.set(mark, known);
    }
    for (const [layer, { count, nodes }] of counts)
      sink.add({
        code: 'reappearIfRemoved',
        severity: 'info',
        message: 'Without this layer, or after it is flattened carelessly, what it deletes is back.',
        path: view.filePath(nodes[0]!),
        place: null,
        note: `${count}`,
        evidence: nodes.slice(0, SIDES).map((node) => ({
          layer: files.layerIds[layer] ?? null,
          role: 'mark',
          path: view.filePath(node),
          facts: {},
        })),
        // a rule that hid the names for good would keep them from being made again: the list goes with the layer
        means: { names: nodes.map((node) => view.filePath(node)) },
      });
  },
};

/** A store that says what it was made over, above an OS that says what it is. Rules choose among layers; what fits is another base. */
export const wrongBase: Detector = {
  id: 'wrongBase',
  pain: 9,
  detect(view, _known, sink) {
    const os = view.layers.find((layer) => layer.enabled && layer.role === 'os');
    const build = os === undefined ? null : (view.about.get(os.id)?.build ?? null);
    if (os === undefined || build === null) return;
    for (const layer of view.layers) {
      const made = view.about.get(layer.id)?.madeOver ?? null;
      if (!layer.enabled || made === null || made === build) continue;
      sink.add({
        code: 'wrongBase',
        severity: sameRelease(made, build) ? 'warning' : 'error',
        message: 'The layer was made over another base: what it changed and deleted may not fit this one.',
        path: null,
        place: null,
        note: `${made} \u2260 ${build}`,
        evidence: [
          { layer: layer.id, role: 'wins', path: layer.name, facts: { build: made } },
          { layer: os.id, role: 'wins', path: os.name, facts: { build } },
        ],
        means: { layer: layer.id, files: true },
      });
    }
  },
};

/** `26100.1742` and `26100.2033` are one release with other updates. */
const sameRelease = (a: string, b: string) => a.split('.')[0] === b.split('.')[0];
