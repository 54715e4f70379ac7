/**
 * Pain 10, upper and lower case: names that fall together under the case table of the OS volume, names that no longer do,
 * and folders that one layer compares case-sensitively and another does not (F-31, F-33).
 */
import { foldText } from '../../../index/upcase.ts';
import type { Layer } from '../../../layer/types.ts';
import type { Version } from '../../stack.ts';
import { EntryKind, StateFlag, type Twin } from '../../types.ts';
import { type Detector, type Evidence, MAX_NAMES, type Sink } from '../types.ts';
import { adding, fileRule, type MergeView } from '../view.ts';
import { lowerInstead } from '../ways-out.ts';

const COLLISION = 'Two names are one name under the case table of the OS volume: only one of them is shown.';
/** Sides of a finding that are shown beside the two that it is about. */
const SIDES = 5;
/** Names of one folder that are listed: there may be as many folders as findings are kept. */
const FOLDER_NAMES = 100;

const isEntry = ({ kind }: Version) => kind !== EntryKind.whiteout && kind !== EntryKind.path;

/**
 * Two names of one folder of one layer. A rule names a path, and to rules the two have one path: there is one only where another
 * layer has a copy to show instead. Else one of them has to be renamed where the layer is made.
 */
export const caseTwins: Detector = {
  id: 'caseTwins',
  pain: 10,
  detect(view, _known, sink) {
    const { files } = view;
    for (const { node, layer, row } of files.union.twins) {
      // what a rule or an upper copy keeps out of sight collides with nothing
      if (!view.stack(files, node).some((version) => version.layer === layer && version.seen)) continue;
      const kept = files.union.slots[layer]![node]!;
      const names = [kept, row].map((at) => files.layers[layer]!.name(at));
      const folder = view.filePath(files.union.parent[node]!).replace(/\\$/, '');
      sink.add({
        code: 'upcaseCollision',
        severity: 'warning',
        message: COLLISION,
        path: view.filePath(node),
        place: view.filePlace(node),
        note: names.join(', '),
        evidence: [
          view.fileEvidence(node, { layer, row: kept }, 'wins', { name: names[0]! }),
          view.fileEvidence(node, { layer, row }, 'hidden', { name: names[1]! }),
        ],
        proposal: lowerInstead(view, node),
        means: {
          layer: files.layerIds[layer]!,
          names: names.slice(0, FOLDER_NAMES).map((name) => `${folder}\\${name}`),
        },
      });
    }
  },
};

/** Units of which two case tables do not say the same. */
function differing(own: Uint16Array, base: Uint16Array): Uint8Array | null {
  const units = new Uint8Array(65_536);
  for (let unit = 0; unit < units.length; unit++) units[unit] = own[unit] === base[unit] ? 0 : 1;
  return units.includes(1) ? units : null;
}

/** Nodes at which a layer has a name with one of these units. */
function concerned(view: MergeView, layer: number, units: Uint8Array): number[] {
  const { union, layers } = view.files;
  const data = layers[layer]!.table?.data;
  const found: number[] = [];
  if (data === undefined) return found;
  const slots = union.slots[layer]!;
  for (let node = 1; node < union.count; node++) {
    const row = slots[node]!;
    if (row < 0 || row >= data.count) continue;
    const from = data.nameOffset[row]!;
    let at = from + data.nameLength[row]! - 1;
    while (at >= from && units[data.names[at]!] === 0) at--;
    if (at >= from) found.push(node);
  }
  return found;
}

export const caseTables: Detector = {
  id: 'caseTables',
  pain: 10,
  detect(view, _known, sink) {
    const base = view.files.names.upcase;
    for (const layer of view.layers) {
      const own = layer.tree?.upcase ?? null;
      const units = !layer.enabled || own === null ? null : differing(own, base);
      if (own === null || units === null) continue;
      const number = view.files.layerIds.indexOf(layer.id);
      const nodes = concerned(view, number, units);
      table(view, layer, units, nodes, sink);
      const folders = new Set<number>();
      for (const node of nodes) {
        collision(view, node, number, own, sink);
        folders.add(view.files.union.parent[node]!);
      }
      for (const folder of folders) partings(view, folder, number, own, sink);
    }
  },
};

/** That the tables differ. Which one counts is no matter of rules: it is that of the volume that programs see. */
function table(view: MergeView, layer: Layer, units: Uint8Array, nodes: readonly number[], sink: Sink): void {
  const differs = units.reduce((sum, unit) => sum + unit, 0);
  const number = view.files.layerIds.indexOf(layer.id);
  const side = (node: number): Evidence =>
    view.fileEvidence(node, { layer: number, row: view.files.union.slots[number]![node]! }, 'wins');
  sink.add({
    code: 'upcaseDivergence',
    severity: 'info',
    message: 'The volume compares names by another case table than the OS volume, which decides in the merged view.',
    path: null,
    place: null,
    note: `${differs}`,
    evidence: [
      {
        layer: layer.id,
        role: 'hidden',
        path: layer.name,
        facts: { units: String(differs), items: String(nodes.length) },
      },
      ...nodes.slice(0, SIDES).map(side),
    ],
    means: nodes.length === 0 ? {} : { names: nodes.slice(0, MAX_NAMES).map((node) => view.filePath(node)) },
  });
}

/** Names of two layers that the upper volume held apart are one in the merged view: one hides the other. */
function collision(view: MergeView, node: number, layer: number, own: Uint16Array, sink: Sink): void {
  const { files } = view;
  const versions = view.stack(files, node).filter(isEntry);
  const mine = versions.find((version) => version.layer === layer);
  if (mine === undefined || !versions.some(({ seen }) => seen)) return;
  const name = (version: Version) => files.layers[version.layer]!.name(version.row);
  const fold = (version: Version) => foldText(name(version), own);
  const other = versions.find(
    (version) => version !== mine && version.hiddenBy !== 'rule' && fold(version) !== fold(mine),
  );
  if (other === undefined || mine.hiddenBy === 'rule') return;
  const [upper, lower] = versions.indexOf(mine) < versions.indexOf(other) ? [mine, other] : [other, mine];
  sink.add({
    code: 'upcaseCollision',
    severity: 'warning',
    message: COLLISION,
    path: view.filePath(node),
    place: view.filePlace(node),
    note: `${name(upper)}, ${name(lower)}`,
    evidence: [upper, lower].map((version) =>
      view.fileEvidence(node, version, version.seen ? 'wins' : 'hidden', { name: name(version) }),
    ),
    proposal: lowerInstead(view, node),
    means: { layer: files.layerIds[layer]! },
  });
}

/** Names of two layers that were one name to the upper volume stand side by side in the merged view. */
function partings(view: MergeView, folder: number, layer: number, own: Uint16Array, sink: Sink): void {
  const { files } = view;
  const { winner, order } = files.resolution;
  const byName = new Map<string, number>();
  for (const node of view.children(files, folder)) {
    if (!files.visible(node)) continue;
    const folded = foldText(files.name(node), own);
    const twin = byName.get(folded);
    if (twin === undefined) byName.set(folded, node);
    else if (winner[twin] !== winner[node] && (winner[twin] === layer || winner[node] === layer)) {
      const above = order.indexOf(winner[twin]!) > order.indexOf(winner[node]!);
      const [upper, lower] = above ? [twin, node] : [node, twin];
      const side = (at: number) =>
        view.fileEvidence(at, { layer: winner[at]!, row: files.union.slots[winner[at]!]![at]! }, 'wins');
      sink.add({
        code: 'upcaseDivergence',
        severity: 'warning',
        message: 'To the upper volume this was one name; the case table of the OS volume makes two entries of it.',
        path: view.filePath(upper),
        place: view.filePlace(upper),
        note: `${files.name(upper)}, ${files.name(lower)}`,
        evidence: [side(upper), side(lower)],
        proposal: adding(fileRule('subtree', view.filePlace(lower), 'hide')),
      });
    }
  }
}

/** Names that stand twice in a folder, or of which one has no place in it. */
function sameNames(view: MergeView, folder: number, twins: readonly Twin[]): string[] {
  const { files } = view;
  const { union } = files;
  const names = new Map<number, string[]>();
  const add = (node: number, name: string) => {
    const known = names.get(union.nameId[node]!);
    if (known === undefined) names.set(union.nameId[node]!, [name]);
    else if (!known.includes(name)) known.push(name);
  };
  for (const node of view.children(files, folder)) if (files.visible(node)) add(node, files.name(node));
  for (const { node, layer, row } of twins) if (files.visible(node)) add(node, files.layers[layer]!.name(row));
  return [...names.values()].filter(({ length }) => length > 1).flat();
}

/** Directories that one layer compares case-sensitively and another does not: the one that is seen on top decides. */
export const caseFlags: Detector = {
  id: 'caseFlags',
  pain: 10,
  detect(view, _known, sink) {
    const { files } = view;
    const { union, order } = files.resolution;
    if (order.every((layer) => files.layers[layer]!.caseSensitive === null)) return;
    const twins = new Map<number, Twin[]>();
    for (const twin of union.twins) {
      const folder = union.parent[twin.node]!;
      const known = twins.get(folder);
      if (known === undefined) twins.set(folder, [twin]);
      else known.push(twin);
    }
    for (let node = 0; node < union.count; node++) {
      if (!order.some((layer) => files.layers[layer]!.caseSensitive?.has(union.slots[layer]![node]!))) continue;
      const cased = ({ layer, row }: Version) => files.layers[layer]!.caseSensitive?.has(row) === true;
      const seen = view.stack(files, node).filter((version) => version.seen && isEntry(version));
      const [top] = seen;
      const other = seen.find((version) => cased(version) !== cased(top!));
      if (top === undefined || other === undefined) continue;
      const place = view.filePlace(node);
      const names = sameNames(view, node, twins.get(node) ?? []);
      const folder = view.filePath(node).replace(/\\$/, '');
      const decides = (files.resolution.flags[node]! & StateFlag.caseSensitive) !== 0;
      const user = view.role(files, top.layer) === 'user' && view.role(files, other.layer) !== 'user';
      sink.add({
        code: 'caseFlagMismatch',
        severity: 'warning',
        message: decides
          ? 'The layers do not agree whether this folder tells upper from lower case: it does, and one name may stand twice.'
          : 'The layers do not agree whether this folder tells upper from lower case: it does not, and names fall together.',
        path: view.filePath(node),
        place,
        note: names.length === 0 ? files.name(node) : names.slice(0, 4).join(', '),
        evidence: [
          ...seen.map((version) => view.fileEvidence(node, version, 'wins', { caseSensitive: String(cased(version)) })),
          ...names.slice(0, SIDES).map(
            (name): Evidence => ({
              layer: files.layerIds[top.layer]!,
              role: 'wins',
              path: `${folder}\\${name}`,
              facts: {},
            }),
          ),
        ],
        // the folder of the other layer instead of the one on top: what is in it goes on merging
        proposal: adding(
          user
            ? fileRule('exact', place, 'keepLower')
            : fileRule('exact', place, 'redirect', files.layerIds[other.layer]),
        ),
        means: names.length === 0 ? {} : { names: names.map((name) => `${folder}\\${name}`) },
      });
    }
  },
};
