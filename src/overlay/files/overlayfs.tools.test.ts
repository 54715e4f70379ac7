/**
 * Linux overlayfs as a second opinion: what the kernel shows of random layers is what our merge shows. Rules that map one
 * to one: F-03 to F-09 (deletions and re-creations), F-12 and F-13 (renames), F-40 (listings), F-53, F-56 and F-61 (links,
 * metadata of the top entry), F-70 to F-72 (type conflicts).
 */
import { describe, expect, it } from 'vitest';
import { NodeFlag } from '../../fs/types.ts';
import type { FileMarker } from '../../layer/types.ts';
import { dir, file, type TreeSpec } from '../../testing/chunks.ts';
import { makeLayer, makeNames, randomRun } from '../../testing/layers.ts';
import { randomBelow } from '../../testing/merged-trees.ts';
import { canMount, type LinuxEntry, type LinuxTree, listMounted, type Mounter } from '../../testing/overlayfs.ts';
import { NO_LAYER } from '../types.ts';
import { FileOverlay } from './overlay.ts';

const NAMES = ['a', 'b', 'c', 'd'];
const SYMLINK = 0xa000_000c;

/** Paths of the directories of a tree. */
function foldersOf(tree: LinuxTree, above: readonly string[] = []): string[][] {
  return Object.entries(tree).flatMap(([name, entry]) =>
    'kids' in entry ? [[...above, name], ...foldersOf(entry.kids, [...above, name])] : [],
  );
}

/** Layers, top first. */
function randomLayers(random: (n: number) => number, origins: boolean): LinuxTree[] {
  const layers: LinuxTree[] = [];
  let next = 1;
  const treeOf = (below: readonly string[][], depth: number): LinuxTree => {
    const tree: Record<string, LinuxEntry> = {};
    for (const name of NAMES) {
      if (random(5) < 2) continue;
      const what = depth > 3 ? random(4) : random(10);
      if (what === 0) tree[name] = { whiteout: true };
      else if (what === 1 || what === 2) tree[name] = { size: next++ };
      else if (what === 3) tree[name] = { link: `target ${next++}` };
      else {
        const from = origins && below.length > 0 && random(6) === 0 ? below[random(below.length)]! : null;
        tree[name] = { time: 100 + next++, opaque: random(7) === 0, origin: from, kids: treeOf(below, depth + 1) };
      }
    }
    return tree;
  };
  for (let n = 2 + random(3); n > 0; n--)
    layers.unshift(
      treeOf(
        layers.flatMap((tree) => foldersOf(tree)),
        0,
      ),
    );
  return layers;
}

function specOf(tree: LinuxTree, path: readonly string[], markers: FileMarker[]): TreeSpec {
  const spec: Record<string, TreeSpec[string]> = {};
  for (const [name, entry] of Object.entries(tree)) {
    const at = [...path, name];
    if ('whiteout' in entry) markers.push({ kind: 'whiteout', path: at });
    else if ('size' in entry) spec[name] = file({ size: entry.size });
    else if ('link' in entry) spec[name] = file({ flags: NodeFlag.link, reparseTag: SYMLINK, size: entry.link.length });
    else {
      // the tree first: a mark stands on what is there
      spec[name] = dir({ allocated: entry.time }, specOf(entry.kids, at, markers));
      if (entry.origin !== null) markers.push({ kind: 'origin', path: at, from: entry.origin });
      if (entry.opaque) markers.push({ kind: 'opaque', path: at });
    }
  }
  return spec;
}

/** As `find` prints them: path, type, time of directories, size of files and links. */
function ours(layers: readonly LinuxTree[]): string[] {
  const overlay = new FileOverlay(makeNames);
  const specs = layers.toReversed().map((tree, n) => {
    const markers: FileMarker[] = [];
    return makeLayer(`layer${n}`, { tree: specOf(tree, [], markers), markers });
  });
  overlay.update(specs, []);
  const { winner, union } = overlay.resolution;
  const lines: string[] = [];
  for (let node = 1; node < union.count; node++) {
    const layer = winner[node]!;
    if (layer === NO_LAYER) continue;
    const row = union.slots[layer]![node]!;
    const table = overlay.layers[layer]!.table!;
    const at = overlay.path(node).join('/');
    if (table.isFolder(row)) lines.push(`${at} d ${table.data.allocated[row]}`);
    else lines.push(`${at} ${table.data.flags[row]! & NodeFlag.link ? 'l' : 'f'} ${table.data.size[row]}`);
  }
  return lines.sort();
}

const theirs = (lines: readonly string[]): string[] =>
  lines
    .map((line) => {
      const [at, type, time, size] = line.split('|') as [string, string, string, string, string];
      return `${at} ${type} ${type === 'd' ? Number(time) : size}`;
    })
    .sort();

const KINDS: readonly (readonly [Mounter, boolean, string])[] = [
  ['kernel', true, 'overlayfs, with renamed directories'],
  ['user', false, 'overlayfs of ordinary users'],
  ['fuse', false, 'fuse-overlayfs'],
];

describe('F-03 F-05 F-06 F-07 F-09 F-12 F-13 F-40 F-53 F-56 F-61 F-70 F-71 F-72 as Linux merges', () => {
  for (const [mounter, origins, name] of KINDS)
    it.skipIf(!canMount(mounter))(name, { timeout: 600_000 }, () => {
      const { seed, count } = randomRun(25);
      const stacks = Array.from({ length: count }, (_, n) => randomLayers(randomBelow(seed + n), origins));
      const mounted = listMounted(mounter, stacks)!;
      expect(mounted).toHaveLength(count);
      for (const [n, layers] of stacks.entries())
        expect(ours(layers), `seed ${seed + n}: ${JSON.stringify(layers)}`).toEqual(theirs(mounted[n]!));
    });
});
