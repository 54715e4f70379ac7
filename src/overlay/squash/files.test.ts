/** Squashed files: by the tables of the reference model, and by what the whole stack shows. */
import { describe, expect, it } from 'vitest';
import { NodeFlag } from '../../fs/types.ts';
import type { FileMarker, Layer } from '../../layer/types.ts';
import { dir } from '../../testing/chunks.ts';
import { type LayerSpec, makeLayers, makeNames, randomRun } from '../../testing/layers.ts';
import { modelLayer, textOf } from '../../testing/model-trees.ts';
import { allFileTrees, type RefNode, squashFiles, tidyFiles, viewFiles } from '../../testing/reference/files.ts';
import { randomFileStack, squashedDifferently } from '../../testing/squash-files.ts';
import { squashRounds } from '../../testing/squash-rounds.ts';
import { squashedSketch } from '../../testing/squashed.ts';
import { FileOverlay } from '../files/overlay.ts';
import { EntryKind } from '../types.ts';
import { casedElsewhere } from './case.ts';
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

describe('squash of files against the reference model', () => {
  it('fuzz: gives what its tables give for every pair of small trees', () => {
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

  it('fuzz: the tables keep the view over every base, and any order of squashing gives the same', () => {
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

/** Stacks that are merged as one. */
const BATCH = 250;

describe('squash of files in a stack', () => {
  const rounds = (origins: boolean) =>
    squashRounds(1000, BATCH, (random) => randomFileStack(random, origins), squashedDifferently);

  it('fuzz: shows the same as its two layers, at any place in the stack', () => {
    expect(rounds(false)).toBeGreaterThan(1);
  });

  it('fuzz: shows the same with renamed directories', () => {
    expect(rounds(true)).toBeGreaterThan(1);
  });
});

describe('squash where case counts', () => {
  const shows = (...specs: readonly LayerSpec[]) => {
    const overlay = new FileOverlay(makeNames);
    overlay.update(makeLayers(...specs), []);
    const lines: string[] = [];
    for (let node = 1; node < overlay.union.count; node++)
      if (overlay.visible(node)) lines.push(`${overlay.path(node).join('\\')} ${overlay.row(node).size}`);
    return lines.sort();
  };
  const one = (lower: LayerSpec, upper: LayerSpec) => {
    const { pair, squashed } = pairOf(makeLayers(lower, upper));
    return squashedSketch(squashed, pair);
  };
  const cased = { flags: NodeFlag.caseSensitive };
  const base = { tree: { D: { a: 'base a', A: { x: 'below' }, b: 'base' } } };

  it('a mark keeps its own of two names that differ by case alone', () => {
    const lower = {
      tree: { D: dir(cased, { B: {} }) },
      markers: [
        { kind: 'whiteout', path: ['D', 'A'] },
        { kind: 'opaque', path: ['D', 'B'] },
      ],
    } as const;
    const upper = { tree: { D: dir(cased, { a: 'upper', b: {} }) } };
    const made = one(lower, upper);
    expect(made.markers).toEqual(lower.markers);
    expect(Object.keys((made.tree['D'] as { children: object }).children)).toEqual(['a', 'B', 'b']);
    expect(shows(base, made)).toEqual(shows(base, lower, upper));
    expect(shows(base, made)).toEqual(['D 0', 'D\\B 0', 'D\\a 5', 'D\\b 0']);
  });

  it('an old path means the name as it is spelled', () => {
    const lower = { tree: { D: dir(cased, { a: { 1: 'one' }, A: { 2: 'two' } }) } };
    const upper = { tree: { E: {} } };
    const top = { tree: { New: {} }, markers: [{ kind: 'origin', path: ['New'], from: ['d', 'A'] } as const] };
    const stack = shows({ tree: {} }, lower, upper, top);
    expect(stack).toContain('New\\2 3');
    expect(stack).not.toContain('New\\1 3');
    expect(shows({ tree: {} }, one(lower, upper), top)).toEqual(stack);
  });

  it.each([
    ['above makes it count', { tree: { D: { a: '1' } } }, { tree: { D: { A: '22' } } }, { D: dir(cased) }, ['D\\A']],
    [
      'above makes it not count',
      { tree: { D: dir(cased, { A: '1' }) } },
      { tree: { D: dir(cased, { a: '22' }) } },
      { D: {} },
      ['D\\a'],
    ],
    [
      'above agrees',
      { tree: { D: dir(cased, { a: '1' }) } },
      { tree: { D: dir(cased, { A: '2' }) } },
      { D: dir(cased) },
      [],
    ],
    ['no two names are alike', { tree: { D: { a: '1' } } }, { tree: { D: { b: '2' } } }, { D: dir(cased) }, []],
  ] as const)('a layer %s', (_name, lower, upper, tree, told) => {
    const overlay = new FileOverlay(makeNames);
    overlay.update(makeLayers({ tree: {} }, lower, upper, { tree }), []);
    const nodes = [...casedElsewhere(overlay.resolution, overlay.layers, [1, 2])];
    expect(nodes.map((node) => overlay.path(node).join('\\'))).toEqual(told);
    const same = JSON.stringify(shows({ tree: {} }, one(lower, upper), { tree }));
    // what is told is just what the squashed layer cannot show
    expect(same === JSON.stringify(shows({ tree: {} }, lower, upper, { tree }))).toBe(told.length === 0);
  });
});

describe('squash of renamed directories', () => {
  it('tells where the lower layer alone says that case does not count on the way to an old path', () => {
    const stack: readonly LayerSpec[] = [
      { tree: { D: dir({ flags: NodeFlag.caseSensitive }, { a: { x: '1' } }) } },
      { tree: { D: {} } },
      { tree: { New: {} }, markers: [{ kind: 'origin', path: ['New'], from: ['D', 'A'] } as const] },
    ];
    const told = (specs: readonly LayerSpec[], lower: number) => {
      const overlay = new FileOverlay(makeNames);
      overlay.update(makeLayers(...specs), []);
      const nodes = casedElsewhere(overlay.resolution, overlay.layers, [lower, lower + 1]);
      return [...nodes].map((node) => overlay.path(node).join('\\'));
    };
    expect(told(stack, 1)).toEqual(['New']);
    expect(told([stack[0]!, { tree: {} }, stack[2]!], 1)).toEqual([]);
    expect(told([stack[0]!, stack[0]!, stack[2]!], 1)).toEqual([]);
  });

  const origin = (path: string, from: string): FileMarker => ({
    kind: 'origin',
    path: path.split('\\'),
    from: from.split('\\'),
  });
  const whiteout = (path: string): FileMarker => ({ kind: 'whiteout', path: path.split('\\') });
  const marks = (lower: LayerSpec, upper: LayerSpec) => {
    const { squashed, pair } = pairOf(makeLayers(lower, upper));
    return squashedSketch(squashed, pair);
  };

  it('leaves one step of a chain', () => {
    const { tree, markers } = marks(
      { tree: { B: { 'b.txt': 'b', Sub: { 's.txt': 's' } } }, markers: [origin('B', 'Windows\\A')] },
      { tree: { C: {} }, markers: [origin('C', 'B\\Sub'), whiteout('B')] },
    );
    expect(Object.keys(tree)).toEqual(['C']);
    expect(Object.keys(tree['C'] as object)).toEqual(['dir', 'children']);
    expect(markers).toContainEqual({ kind: 'origin', path: ['C'], from: ['Windows', 'A', 'Sub'] });
    expect(markers).toContainEqual({ kind: 'whiteout', path: ['B'] });
  });

  it('keeps names that are what the layers below have elsewhere, in a closed directory too', () => {
    const moved = origin('D\\m', 'Old\\f');
    expect(marks({ tree: { D: {} }, markers: [{ kind: 'opaque', path: ['D'] }, moved] }, { tree: {} }).markers).toEqual(
      [
        { kind: 'opaque', path: ['D'] },
        { kind: 'origin', path: ['D', 'm'], from: ['Old', 'f'] },
      ],
    );
    // the lower layer has it: it stands there by its new name
    const { markers, tree } = marks({ tree: { Old: { f: '1' } } }, { tree: { D: {} }, markers: [moved] });
    expect(Object.keys((tree['D'] as { children: object }).children)).toEqual(['m']);
    expect(markers).toEqual([]);
    // the lower layer closes the way, and nothing is there
    const closed = { tree: { Old: {} }, markers: [{ kind: 'opaque', path: ['Old'] } as const, whiteout('Old\\f\\x')] };
    expect(marks(closed, { tree: { D: {} }, markers: [moved] }).markers).toContainEqual(whiteout('D\\m'));
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
      { kind: 'origin', path: ['P', 'New'], from: ['Old'] },
    ]);
    expect(JSON.stringify(tree)).toContain('"x"');
  });
});
