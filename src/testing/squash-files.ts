/**
 * Files of random stacks, many in one merge: each stands under a name of its own (`s0`, `s1` ...). Making a merge costs more
 * than a small tree in it.
 */
import type { FileMarker, Layer } from '../layer/types.ts';
import { FileOverlay } from '../overlay/files/overlay.ts';
import { casedElsewhere } from '../overlay/squash/case.ts';
import { squash } from '../overlay/squash/squash.ts';
import { NO_LAYER } from '../overlay/types.ts';
import { file, type TreeSpec } from './chunks.ts';
import { makeLayer, makeNames } from './layers.ts';
import { pathsOf, randomStack } from './merged-trees.ts';
import type { ShowsOther } from './squash-rounds.ts';
import { squashedSketch } from './squashed.ts';

export interface Sketch {
  readonly tree: TreeSpec;
  readonly markers: readonly FileMarker[];
}
/** Layers, base first. */
export type FileStack = readonly Sketch[];

const STREAMS = 4;
/** Groups of hard links in a layer. */
const GROUPS = 3;

/** Most are small: what goes wrong does so in few folders. */
const DEPTHS = [1, 1, 1, 2, 2, 2, 3, 4];

type Entry = TreeSpec[string];
const isFile = (entry: Entry) => typeof entry === 'string' || ('file' in entry && Object.keys(entry).length === 1);
const isDir = (entry: Entry): entry is { readonly dir: object; readonly children: TreeSpec } =>
  typeof entry !== 'string' && 'dir' in entry && 'children' in entry;

/** The texts of `randomTree` become files, some with streams, some with two names. */
function dressed(tree: TreeSpec, random: (n: number) => number): TreeSpec {
  const out: Record<string, Entry> = {};
  for (const [name, entry] of Object.entries(tree)) {
    if (typeof entry === 'string') {
      const size = Number(entry.slice(-1)) + 1;
      const linkId = 1 + random(2 * GROUPS);
      const some = random(5) === 0;
      const linked = linkId <= GROUPS;
      // streams are those of the file, whatever its names
      const flags = (linked ? linkId === 1 : some) ? STREAMS : 0;
      out[name] = file({ size, hashHi: size, attributes: 0x20, linkId, links: linked ? 2 : 1, flags });
    } else if (isFile(entry)) out[name] = entry;
    else if (isDir(entry)) out[name] = { ...entry, children: dressed(entry.children, random) };
    else out[name] = dressed(entry as TreeSpec, random);
  }
  return out;
}

export function randomFileStack(random: (n: number) => number, origins: boolean): FileStack {
  const stack = randomStack(random, origins, DEPTHS[random(DEPTHS.length)]!);
  return stack.map(({ tree, markers }, at) => ({
    tree: dressed(tree ?? {}, random),
    markers: origins
      ? [
          ...markers,
          ...renamedFiles(
            random,
            tree ?? {},
            stack.slice(0, at).map((below) => below.tree ?? {}),
          ),
        ]
      : markers,
  }));
}

/** Names that are what the layers below have elsewhere, file or folder: some where the layer has something, mostly not. */
function renamedFiles(random: (n: number) => number, tree: TreeSpec, below: readonly TreeSpec[]): FileMarker[] {
  const markers: FileMarker[] = [];
  for (let n = random(3); n > 0; n--) {
    const folders = [[], ...pathsOf(tree, false)];
    const all = below.flatMap((one) => pathsOf(one, true));
    if (all.length === 0) break;
    const path = [...folders[random(folders.length)]!, random(3) === 0 ? 'd' : 'm'];
    markers.push({ kind: 'origin', path, from: all[random(all.length)]! });
  }
  return markers;
}

/** One layer for each place in the stacks, base first; hard links of one stack have nothing to do with another's. */
export function layersOf(stacks: readonly FileStack[]): Sketch[] {
  const count = Math.max(...stacks.map(({ length }) => length));
  return Array.from({ length: count }, (_, at) => {
    const tree: Record<string, TreeSpec> = {};
    const markers: FileMarker[] = [];
    stacks.forEach((stack, n) => {
      const sketch = stack[at];
      if (sketch === undefined) return;
      const top = `s${n}`;
      tree[top] = sketch.tree;
      for (const marker of sketch.markers) {
        const path = [top, ...marker.path];
        markers.push(marker.kind === 'origin' ? { ...marker, path, from: [top, ...marker.from] } : { ...marker, path });
      }
    });
    return { tree, markers };
  });
}

/** What the merged view shows below each name at the top, with what identifies each entry. */
function viewsOf(overlay: FileOverlay, layers: readonly Layer[]): Map<string, string> {
  overlay.update(layers, []);
  const { winner, union } = overlay.resolution;
  const tell = (node: number, groups: Map<string, number>): string => {
    let text = '{';
    for (let child = union.childStart[node]!; child < union.childStart[node + 1]!; child++) {
      const layer = winner[child]!;
      if (layer === NO_LAYER) continue;
      const { data } = overlay.layers[layer]!.table!;
      const row = union.slots[layer]![child]!;
      let group = 0;
      if (data.links[row]! > 1) {
        const id = `${layer} ${data.linkId[row]}`;
        group = groups.get(id) ?? groups.size + 1;
        groups.set(id, group);
      }
      text += `${overlay.name(child)} ${data.size[row]} ${data.attributes[row]} ${data.flags[row]} ${data.hashHi[row]} `;
      text += `${data.reparseTag[row]} ${group}${tell(child, groups)}`;
    }
    return `${text}}`;
  };
  const views = new Map<string, string>();
  for (let top = union.childStart[0]!; top < union.childStart[1]!; top++)
    if (winner[top] !== NO_LAYER) views.set(overlay.name(top), tell(top, new Map()));
  return views;
}

/** Numbers of the stacks that have a node among these. */
export function stacksOf(overlay: FileOverlay, nodes: Iterable<number>): Set<number> {
  const found = new Set<number>();
  for (const node of nodes) {
    let top = node;
    while (overlay.union.parent[top] !== 0) top = overlay.union.parent[top]!;
    found.add(Number(overlay.name(top).slice(1)));
  }
  return found;
}

/** Two layers as one, and the stacks of which it cannot say all. */
function squashed(overlay: FileOverlay, lower: Layer, upper: Layer) {
  overlay.update([lower, upper], []);
  const pair = [overlay.layers[0]!, overlay.layers[1]!] as const;
  const made = squash(overlay.names, pair[1], pair[0], { closeAll: false });
  const alike = overlay.union.twins.map(({ node }) => node);
  return {
    one: squashedSketch(made, pair),
    unsaid: stacksOf(overlay, alike),
  };
}

/** Pairs of a batch of stacks whose squashed layer shows something else, and how many pairs were compared. */
export function squashedDifferently(stacks: readonly FileStack[]) {
  const overlay = new FileOverlay(makeNames);
  const layers = layersOf(stacks).map((sketch, i) => makeLayer(`layer${i}`, sketch));
  const expected = viewsOf(overlay, layers);
  const wrong: ShowsOther[] = [];
  let pairs = 0;
  const { layers: rows, resolution } = overlay;
  const cased = layers.slice(1).map((_, at) => stacksOf(overlay, casedElsewhere(resolution, rows, [at, at + 1])));
  for (let at = 0; at + 1 < layers.length; at++) {
    const { one, unsaid } = squashed(overlay, layers[at]!, layers[at + 1]!);
    const views = viewsOf(overlay, [...layers.slice(0, at), makeLayer('squashed', one), ...layers.slice(at + 2)]);
    stacks.forEach((stack, n) => {
      if (at + 1 >= stack.length || unsaid.has(n) || cased[at]!.has(n)) return;
      pairs++;
      const [shows, before] = [views.get(`s${n}`) ?? '', expected.get(`s${n}`) ?? ''];
      if (shows !== before) wrong.push({ stack: n, at, shows, expected: before });
    });
  }
  return { pairs, wrong };
}
