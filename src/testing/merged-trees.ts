/** Random stacks of layers, joined and resolved, for what works on the merged view. */
import type { NodeTable } from '../index/node-table.ts';
import { windowsUpcase } from '../index/upcase.ts';
import type { FileMarker, LayerTree, Rule } from '../layer/types.ts';
import { compareFiles } from '../overlay/files/compare.ts';
import { fileLayer, NO_FILES } from '../overlay/files/layer.ts';
import { join } from '../overlay/join.ts';
import { resolve } from '../overlay/resolve.ts';
import { decide } from '../overlay/rules.ts';
import { sightOf } from '../overlay/sight.ts';
import { dir, file, nodeTable, type TreeSpec } from './chunks.ts';
import { PlainNames } from './twins/overlay.ts';

/** Seeded numbers below n (mulberry32). */
export function randomBelow(seed: number): (n: number) => number {
  let state = seed >>> 0;
  return (n) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % n;
  };
}

const NAMES = ['a', 'A', 'b', 'B b', 'c', 'c\ud800', 'd', 'ß'];

/**
 * A small tree over few names, so that layers meet; file contents repeat, so that some are equal.
 *
 * @param cased in a directory where case counts names may differ by it alone
 */
export function randomTree(random: (n: number) => number, depth = 4, cased = false): TreeSpec {
  const tree: Record<string, TreeSpec[string]> = {};
  const folded = new Set<string>();
  for (const name of NAMES) {
    if (random(5) > 1) continue;
    // Names that fall together in one directory are a matter of their own; one in twenty stays.
    if (!cased && folded.has(name.toLowerCase()) && random(20) > 0) continue;
    folded.add(name.toLowerCase());
    const what = random(10);
    if (what < 4 || depth === 0) tree[name] = `text ${random(3)}`;
    else if (what === 4) tree[name] = file({ flags: 8, reparseTag: 0xa000000c, attributes: 0x420 });
    else {
      const exact = random(25) === 0;
      const children = randomTree(random, depth - 1, exact);
      tree[name] = exact ? dir({ flags: 2 }, children) : children;
    }
  }
  return tree;
}

/** Paths of the directories (and, for `all`, of the files too) of a description. */
export function pathsOf(tree: TreeSpec, all: boolean, prefix: readonly string[] = []): string[][] {
  const paths: string[][] = [];
  const walk = (spec: TreeSpec, above: readonly string[]): void => {
    for (const [name, entry] of Object.entries(spec)) {
      const leaf = typeof entry === 'string' || ('file' in entry && !('children' in entry));
      if (leaf && !all) continue;
      const path = [...above, name];
      paths.push(path);
      if (!leaf) walk(('dir' in entry && 'children' in entry ? entry.children : entry) as TreeSpec, path);
    }
  };
  walk(tree, prefix);
  return paths;
}

export interface LayerSketch {
  readonly tree: TreeSpec | null;
  readonly markers: readonly FileMarker[];
}

/** Markers that fit the layer: opaque and origin on its own directories, whiteouts anywhere the layers below have names. */
export function randomMarkers(
  random: (n: number) => number,
  tree: TreeSpec,
  below: readonly TreeSpec[],
  origins: boolean,
): FileMarker[] {
  /** Lists are made when they are first asked for. */
  const picking = (list: () => readonly string[][]) => {
    let made: readonly string[][] | null = null;
    return (): string[] | undefined => {
      made ??= list();
      return made[random(Math.max(1, made.length))];
    };
  };
  const folder = picking(() => pathsOf(tree, false));
  const anyBelow = picking(() => below.flatMap((t) => pathsOf(t, true)));
  const folderBelow = picking(() => below.flatMap((t) => pathsOf(t, false)));
  const markers: FileMarker[] = [];
  for (let n = random(3); n > 0; n--) {
    const path = folder();
    if (path !== undefined) markers.push({ kind: 'opaque', path });
  }
  for (let n = random(4); n > 0; n--) {
    const path = anyBelow();
    if (path !== undefined) markers.push({ kind: 'whiteout', path });
  }
  for (let n = origins ? random(3) : 0; n > 0; n--) {
    const path = folder();
    const from = folderBelow();
    if (path !== undefined && from !== undefined) markers.push({ kind: 'origin', path, from });
  }
  return markers;
}

export function randomStack(random: (n: number) => number, origins: boolean, depth = 4): LayerSketch[] {
  const sketches: LayerSketch[] = [];
  for (let n = 1 + random(4); n > 0; n--) {
    const tree = sketches.length > 0 && random(12) === 0 ? null : randomTree(random, depth);
    const below = sketches.flatMap((s) => (s.tree === null ? [] : [s.tree]));
    sketches.push({ tree, markers: tree === null ? [] : randomMarkers(random, tree, below, origins) });
  }
  return sketches;
}

export function layerTree(table: NodeTable, markers: readonly FileMarker[]): LayerTree {
  return { table, root: 0, markers, internal: [], upcase: null, store: 'plain' };
}

/** Base first; the last layer has the role `user` when there is more than one. */
export function mergeFiles(
  sketches: readonly LayerSketch[],
  rules: readonly Rule[] = [],
  tableOf: (tree: TreeSpec) => NodeTable = nodeTable,
) {
  const names = new PlainNames(windowsUpcase());
  const trees = sketches.map(({ tree, markers }) => (tree === null ? null : layerTree(tableOf(tree), markers)));
  const layers = trees.map((tree, i) =>
    tree === null ? NO_FILES : fileLayer(`layer ${i}`, tree, names, names.fold(tree.table.data)),
  );
  const order = sketches.map((_, i) => i);
  const user = order.map((i) => i > 0 && i === order.length - 1);
  const ids = order.map((i) => (i === 0 ? 'os' : user[i] ? 'user' : `app${i}`));
  const input = { names, rules, target: 'file', layerOf: (id: string) => ids.indexOf(id), controlSet: null } as const;
  const union = join(names, layers, order, sightOf(input, layers, order, user));
  const decisions = decide({ ...input, union });
  const resolution = resolve({ union, layers, order, user, compare: compareFiles(layers), decisions });
  return { trees, merged: { resolution, layers, ids } };
}
