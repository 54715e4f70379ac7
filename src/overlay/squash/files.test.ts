/** Squashed files: by the tables of the reference model, and by what the whole stack shows. */
import { describe, expect, it } from 'vitest';
import type { FileMarker, Layer } from '../../layer/types.ts';
import { type LayerSpec, makeLayer, makeLayers, makeNames, randomRun } from '../../testing/layers.ts';
import { randomBelow, randomStack } from '../../testing/merged-trees.ts';
import { modelLayer, textOf } from '../../testing/model-trees.ts';
import { allFileTrees, type RefNode, squashFiles, tidyFiles, viewFiles } from '../../testing/reference/files.ts';
import { squashedSketch } from '../../testing/squashed.ts';
import { FileOverlay } from '../files/overlay.ts';
import { EntryKind, NO_LAYER } from '../types.ts';
import { clashingMarks } from './marks.ts';
import { NOTHING, type Squashed, shownAt, squash } from './squash.ts';

function pairOf(layers: readonly Layer[]) {
  const overlay = new FileOverlay(makeNames);
  overlay.update(layers, []);
  const [lower, upper] = overlay.layers;
  const squashed = squash(overlay.names, upper!, lower!, { closeAll: false });
  return { overlay, squashed, pair: [lower!, upper!] as const };
}

/** A node of the squashed layer in the words of the reference model. */
function refOf(squashed: Squashed, pair: ReturnType<typeof pairOf>['pair'], node: number): RefNode | null {
  const kind = squashed.kind[node]!;
  if (kind === NOTHING || kind === EntryKind.path) return null;
  if (kind === EntryKind.whiteout) return { type: 'whiteout' };
  const { layer, row } = shownAt(squashed, pair, node)!;
  const { data } = pair[layer]!.table!;
  if (kind === EntryKind.leaf) return { type: 'file', id: textOf(data.size[row]!) };
  const kids: Record<string, RefNode> = {};
  for (let child = squashed.union.childStart[node]!; child < squashed.union.childStart[node + 1]!; child++) {
    const kid = refOf(squashed, pair, child);
    if (kid !== null)
      kids[pair[shownAt(squashed, pair, child)!.layer]!.name(shownAt(squashed, pair, child)!.row)] = kid;
  }
  // the model marks every directory that is closed, the squashed layer the topmost one
  return { type: 'dir', opaque: squashed.closed[node] === 1, meta: textOf(data.allocated[row]!), kids };
}

/** With FUZZ they run for long. */
const TIMEOUT = { timeout: 3_600_000 };

describe('squash of files against the reference model', () => {
  it('gives what its tables give for every pair of small trees', () => {
    const [uppers, lowers] = [allFileTrees(2), allFileTrees(1)];
    const step = process.env['FUZZ'] === undefined ? 7 : 1;
    let pairs = 0;
    for (let u = 0; u < uppers.length; u++)
      for (let l = u % step; l < lowers.length; l += step) {
        const [upper, lower] = [uppers[u]!, lowers[l]!];
        const { overlay, squashed, pair } = pairOf(makeLayers(modelLayer(lower), modelLayer(upper)));
        const top = overlay.find(['top']);
        const made = top < 0 ? null : refOf(squashed, pair, top);
        expect(made, JSON.stringify([upper, lower])).toEqual(tidyFiles(squashFiles(upper, lower)));
        pairs++;
      }
    expect(pairs).toBeGreaterThan(2000);
  });

  it('the tables keep the view over every base, and any order of squashing gives the same', () => {
    const { seed, count, random } = randomRun(20_000);
    const trees = [allFileTrees(2), allFileTrees(1), allFileTrees(0)];
    for (let n = 0; n < count; n++) {
      const [a, b, c] = trees.map((all) => all[Math.floor(random() * all.length)]!) as [RefNode, RefNode, RefNode];
      const where = `seed ${seed}, round ${n}: ${JSON.stringify([a, b, c])}`;
      expect(viewFiles([squashFiles(a, b), c]), where).toEqual(viewFiles([a, b, c]));
      expect(squashFiles(squashFiles(a, b), c), where).toEqual(squashFiles(a, squashFiles(b, c)));
    }
  });
});

/** Every visible path with what identifies its entry. */
function viewOf(overlay: FileOverlay): string[] {
  const { winner, union } = overlay.resolution;
  const lines: string[] = [];
  for (let node = 1; node < union.count; node++) {
    const layer = winner[node]!;
    if (layer === NO_LAYER) continue;
    const { data } = overlay.layers[layer]!.table!;
    const row = union.slots[layer]![node]!;
    const facts = [data.size, data.attributes, data.flags, data.hashHi, data.reparseTag].map((column) => column[row]);
    lines.push(`${overlay.path(node).join('\\')} ${facts.join(' ')}`);
  }
  return lines.sort();
}

function viewOfStack(specs: readonly LayerSpec[]): string[] {
  const overlay = new FileOverlay(makeNames);
  overlay.update(
    specs.map((spec, i) => makeLayer(`layer${i}`, { role: 'app', tree: {}, ...spec })),
    [],
  );
  return viewOf(overlay);
}

describe('squash of files in a stack', () => {
  const rounds = (origins: boolean, normal: number) => {
    const { seed, count } = randomRun(normal);
    let pairs = 0;
    for (let n = 0; n < count; n++) {
      const random = randomBelow(seed + n);
      const specs = randomStack(random, origins).map(({ tree, markers }) => ({ tree: tree ?? {}, markers }));
      for (let at = 0; at + 1 < specs.length; at++) {
        // a layer above may make a directory case-sensitive: it then tells names apart that the two take for one
        if (specs.slice(at + 2).some(({ tree }) => JSON.stringify(tree).includes('"dir":{"flags":2}'))) continue;
        const { overlay, squashed, pair } = pairOf(makeLayers(specs[at]!, specs[at + 1]!));
        // names that fall together inside one layer, or are told apart by case alone, are told and not squashed
        if (overlay.union.twins.length > 0 || [...clashingMarks(squashed)].length > 0) continue;
        const one = squashedSketch(squashed, pair, overlay.names);
        const where = `seed ${seed + n}, pair ${at}: ${JSON.stringify(specs)}\n${JSON.stringify(one)}`;
        expect(viewOfStack([...specs.slice(0, at), one, ...specs.slice(at + 2)]), where).toEqual(viewOfStack(specs));
        pairs++;
      }
    }
    return pairs / count;
  };

  it('shows the same as its two layers, at any place in the stack', TIMEOUT, () => {
    expect(rounds(false, 250)).toBeGreaterThan(0.4);
  });

  it('shows the same with renamed directories', TIMEOUT, () => {
    expect(rounds(true, 250)).toBeGreaterThan(0.4);
  });
});

describe('squash of renamed directories', () => {
  const origin = (path: string, from: string): FileMarker => ({
    kind: 'origin',
    path: path.split('\\'),
    from: from.split('\\'),
  });
  const whiteout = (path: string): FileMarker => ({ kind: 'whiteout', path: path.split('\\') });
  const marks = (lower: LayerSpec, upper: LayerSpec) => {
    const { overlay, squashed, pair } = pairOf(makeLayers(lower, upper));
    return squashedSketch(squashed, pair, overlay.names);
  };

  it('leaves one step of a chain', () => {
    const { tree, markers } = marks(
      { tree: { B: { 'b.txt': 'b', Sub: { 's.txt': 's' } } }, markers: [origin('B', 'Windows\\A')] },
      { tree: { C: {} }, markers: [origin('C', 'B\\Sub'), whiteout('B')] },
    );
    expect(Object.keys(tree)).toEqual(['C']);
    expect(Object.keys(tree['C'] as object)).toEqual(['dir', 'children']);
    expect(markers).toContainEqual({ kind: 'origin', path: ['C'], from: ['WINDOWS', 'A', 'SUB'] });
    expect(markers).toContainEqual({ kind: 'whiteout', path: ['B'] });
  });

  it('closes a directory whose old path the lower layer deleted', () => {
    const { markers } = marks(
      { tree: {}, markers: [whiteout('Old')] },
      { tree: { New: {} }, markers: [origin('New', 'Old\\Deep')] },
    );
    expect(markers).toEqual([
      { kind: 'opaque', path: ['New'] },
      { kind: 'whiteout', path: ['Old'] },
    ]);
  });

  it('keeps an origin inside a directory that is closed', () => {
    const { tree, markers } = marks(
      { tree: { Old: { x: '1' } } },
      { tree: { P: { New: {} } }, markers: [{ kind: 'opaque', path: ['P'] }, origin('P\\New', 'Old')] },
    );
    expect(markers).toEqual([
      { kind: 'opaque', path: ['P'] },
      { kind: 'origin', path: ['P', 'New'], from: ['OLD'] },
    ]);
    expect(JSON.stringify(tree)).toContain('"x"');
  });
});
