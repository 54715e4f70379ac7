import { describe, expect, it } from 'vitest';
import { NodeFlag } from '../../fs/types.ts';
import { windowsUpcase } from '../../index/upcase.ts';
import type { FileMarker, Rule } from '../../layer/types.ts';
import { dir, file, type TreeSpec } from '../../testing/chunks.ts';
import { makeLayers, makeNames, randomRun } from '../../testing/layers.ts';
import { modelLayer, textOf } from '../../testing/model-trees.ts';
import { allFileTrees, type RefNode, type RefView, viewFiles } from '../../testing/reference/files.ts';
import { EVIDENCE_NAMES, NO_LAYER, NodeState, STATE_NAMES, StateFlag } from '../types.ts';
import { FileOverlay } from './overlay.ts';

function viewOf(overlay: FileOverlay, node: number): RefView | null {
  const { winner, union } = overlay.resolution;
  const layer = winner[node]!;
  if (layer === NO_LAYER) return null;
  const row = union.slots[layer]![node]!;
  const { table } = overlay.layers[layer]!;
  if (!table!.isFolder(row)) return { file: textOf(table!.data.size[row]!) };
  const kids: { [name: string]: RefView } = {};
  for (let child = union.childStart[node]!; child < union.childStart[node + 1]!; child++) {
    const view = viewOf(overlay, child);
    if (view !== null) kids[overlay.name(child)] = view;
  }
  return { meta: textOf(table!.data.allocated[row]!), kids };
}

function merged(stack: readonly (RefNode | null)[]): RefView | null {
  const overlay = new FileOverlay(makeNames);
  overlay.update(makeLayers(...stack.toReversed().map(modelLayer)), []);
  const top = overlay.find(['top']);
  return top < 0 ? null : viewOf(overlay, top);
}

describe('files against the reference model', () => {
  it('fuzz: agrees on small trees in three layers', () => {
    const { seed, count, random } = randomRun(1500);
    const trees = [allFileTrees(2), allFileTrees(1), allFileTrees(0)];
    for (let n = 0; n < count; n++) {
      const stack = trees.map((all) => all[Math.floor(random() * all.length)]!);
      expect(merged(stack), `seed ${seed}, round ${n}: ${JSON.stringify(stack)}`).toEqual(viewFiles(stack));
    }
  });

  it('fuzz: agrees on random deeper trees in up to five layers', () => {
    const { seed, count, random } = randomRun(300);
    const pick = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)]!;
    const node = (layer: number, depth: number): RefNode => {
      const type = pick(
        depth > 3 ? (['file', 'whiteout'] as const) : (['dir', 'dir', 'dir', 'file', 'whiteout'] as const),
      );
      if (type === 'whiteout') return { type };
      if (type === 'file') return { type, id: `f${layer}.${depth}` };
      const kids: Record<string, RefNode> = {};
      for (const name of ['a', 'b', 'c']) if (random() < 0.6) kids[name] = node(layer, depth + 1);
      return { type, opaque: random() < 0.15, meta: `m${layer}.${depth}`, kids };
    };
    for (let n = 0; n < count; n++) {
      const layers = 1 + Math.floor(random() * 5);
      const stack = Array.from({ length: layers }, (_, i) => (random() < 0.1 ? null : node(layers - i, 0)));
      expect(merged(stack), `seed ${seed}, round ${n}`).toEqual(viewFiles(stack));
    }
  });
});

const overlayOf = (...specs: Parameters<typeof makeLayers>) => {
  const overlay = new FileOverlay(makeNames);
  overlay.update(makeLayers(...specs), []);
  return overlay;
};
const stateOf = (overlay: FileOverlay, path: string) => {
  const node = overlay.find(path.split('\\'));
  const { state, evidence, flags } = overlay.resolution;
  return { state: STATE_NAMES[state[node]!], evidence: EVIDENCE_NAMES[evidence[node]!], flags: flags[node]! };
};

describe('states', () => {
  it('F-05 F-18 F-32 tells added, overrides, same, unchanged and hidden apart, with the evidence', () => {
    const overlay = overlayOf(
      {
        tree: {
          'base.txt': 'base',
          'same.txt': 'equal',
          'new.txt': 'old content',
          'size.bin': file({ size: 5 }),
          'time.bin': file({ size: 7, modifiedLo: 1 }),
          'unknown.bin': file({ size: 7, modifiedLo: 1 }),
          'gone.txt': 'x',
          Dir: { 'below.txt': 'b' },
          Attributes: dir({ attributes: 0x10 }),
        },
      },
      {
        tree: {
          'added.txt': 'a',
          'SAME.TXT': 'equal',
          'new.txt': 'new content',
          'size.bin': file({ size: 6 }),
          'time.bin': file({ size: 7, modifiedLo: 1 }),
          'unknown.bin': file({ size: 7, modifiedLo: 2 }),
          dir: {},
          Attributes: dir({ attributes: 0x12 }),
        },
        markers: [
          { kind: 'whiteout', path: ['gone.txt'] },
          { kind: 'whiteout', path: ['never.txt'] },
        ],
      },
    );
    expect(stateOf(overlay, 'base.txt').state).toBe('unchanged');
    expect(stateOf(overlay, 'added.txt').state).toBe('added');
    expect(stateOf(overlay, 'same.txt')).toMatchObject({ state: 'same', evidence: 'hash' });
    expect(stateOf(overlay, 'new.txt')).toMatchObject({ state: 'overrides', evidence: 'hash' });
    expect(stateOf(overlay, 'size.bin')).toMatchObject({ state: 'overrides', evidence: 'size' });
    expect(stateOf(overlay, 'time.bin')).toMatchObject({ state: 'same', evidence: 'sizeTime' });
    expect(stateOf(overlay, 'unknown.bin')).toMatchObject({ state: 'overrides', evidence: 'unknown' });
    expect(stateOf(overlay, 'gone.txt')).toMatchObject({ state: 'hidden', flags: StateFlag.whiteout });
    expect(stateOf(overlay, 'never.txt')).toMatchObject({
      state: 'hidden',
      flags: StateFlag.whiteout | StateFlag.stale,
    });
    expect(stateOf(overlay, 'Dir').state).toBe('unchanged');
    expect(stateOf(overlay, 'Attributes').state).toBe('overrides');
    expect(overlay.name(overlay.find(['same.txt']))).toBe('SAME.TXT');
  });

  it('F-70 F-71 F-72 flags type conflicts, but not what was deleted on purpose', () => {
    const overlay = overlayOf(
      { tree: { a: { x: '1' }, b: 'file', c: { x: '1' }, d: { x: '1' }, l: { x: '1' } } },
      { tree: {}, markers: [{ kind: 'whiteout', path: ['d'] }] },
      {
        tree: {
          a: 'file',
          b: { y: '2' },
          c: { y: '2' },
          d: 'file',
          l: file({ flags: NodeFlag.directory | NodeFlag.link }),
        },
        markers: [{ kind: 'opaque', path: ['c'] }],
      },
    );
    expect(stateOf(overlay, 'a').flags).toBe(StateFlag.conflict);
    expect(stateOf(overlay, 'a\\x').state).toBe('hidden');
    expect(stateOf(overlay, 'b').flags).toBe(StateFlag.conflict);
    expect(stateOf(overlay, 'c')).toMatchObject({ flags: StateFlag.opaque, state: 'overrides' });
    expect(stateOf(overlay, 'c\\x').state).toBe('hidden');
    expect(stateOf(overlay, 'd').flags).toBe(0);
    expect(stateOf(overlay, 'l').flags).toBe(StateFlag.conflict);
    expect(stateOf(overlay, 'l\\x').state).toBe('hidden');
  });
});

describe('renamed directories', () => {
  const exclude = (p: string): Rule => ({
    id: 'x',
    target: 'file',
    match: { kind: 'subtree', p },
    action: 'exclude',
    origin: 'user',
    enabled: true,
  });
  const children = (overlay: FileOverlay, path: string[]) => {
    const node = path.length === 0 ? 0 : overlay.find(path);
    const found: string[] = [];
    for (let c = overlay.union.childStart[node]!; c < overlay.union.childStart[node + 1]!; c++)
      if (overlay.visible(c)) found.push(overlay.name(c));
    return found;
  };

  it('are renamed only by the word of a layer that a rule lets be seen there', () => {
    const layers = makeLayers(
      { tree: { Old: { 'os.txt': '1' }, New: { 'own.txt': '2' } } },
      { tree: { New: { 'user.txt': '3' }, Other: {} }, markers: [{ kind: 'origin', path: ['New'], from: ['Old'] }] },
    );
    const overlay = new FileOverlay(makeNames);
    overlay.update(layers, [exclude('New')]);
    expect(children(overlay, [])).toEqual(['New', 'Old', 'Other']);
    expect(children(overlay, ['New'])).toEqual(['own.txt']);
    overlay.update(layers, []);
    expect(children(overlay, ['New'])).toEqual(['os.txt', 'user.txt']);
    // a rule on what lies inside leaves the renaming alone
    overlay.update(layers, [exclude('New\\user.txt')]);
    expect(children(overlay, ['New'])).toEqual(['os.txt']);
  });

  it('keep their content for a role that a rule does not leave out', () => {
    const layers = makeLayers(
      { tree: { Old: { 'os.txt': '1' } } },
      { tree: { New: { 'user.txt': '3' } }, markers: [{ kind: 'origin', path: ['New'], from: ['Old'] }] },
    );
    const rules = [exclude('New')];
    const overlay = new FileOverlay(makeNames);
    overlay.update(layers, rules);
    expect(children(overlay, [])).toEqual(['Old']);
    overlay.update([layers[0]!, { ...layers[1]!, role: 'app' }], rules);
    expect(children(overlay, ['New'])).toEqual(['os.txt', 'user.txt']);
  });

  it('F-13 continues in the layers below at the old path, through their own marks', () => {
    const overlay = overlayOf(
      { tree: { Old: { 'os.txt': '1', 'gone.txt': '2', Sub: { 'deep.txt': '3' } }, New: { 'hidden.txt': '4' } } },
      { tree: { Old: { 'app.txt': '5' } }, markers: [{ kind: 'whiteout', path: ['Old', 'gone.txt'] }] },
      {
        tree: { New: { 'user.txt': '6' } },
        markers: [
          { kind: 'origin', path: ['New'], from: ['Old'] },
          { kind: 'whiteout', path: ['Old'] },
        ],
      },
    );
    const names = (path: string) => {
      const node = overlay.find([path]);
      const found: string[] = [];
      for (let c = overlay.union.childStart[node]!; c < overlay.union.childStart[node + 1]!; c++)
        if (overlay.visible(c)) found.push(overlay.name(c));
      return found;
    };
    expect(names('New')).toEqual(['app.txt', 'os.txt', 'Sub', 'user.txt']);
    expect(overlay.visible(overlay.find(['New', 'Sub', 'deep.txt']))).toBe(true);
    expect(stateOf(overlay, 'New').flags & StateFlag.origin).toBe(StateFlag.origin);
    expect(overlay.visible(overlay.find(['Old']))).toBe(false);
    expect(overlay.union.ordered).toBe(true);
  });

  it('does not resurrect an origin that an opaque parent above has closed', () => {
    const overlay = overlayOf(
      { tree: { Old: { a: '1' } } },
      { tree: { P: { New: {} } }, markers: [{ kind: 'origin', path: ['P', 'New'], from: ['Old'] }] },
      { tree: { P: {} }, markers: [{ kind: 'opaque', path: ['P'] }] },
    );
    expect(overlay.visible(overlay.find(['P', 'New']))).toBe(false);
    expect(overlay.visible(overlay.find(['P', 'New', 'a']))).toBe(false);
  });
});

describe('many renamed directories', () => {
  const os: TreeSpec = { Old: Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`f${i}`, 'x'])) };
  const user = (count: number) => {
    const names = Array.from({ length: count }, (_, i) => `New${i}`);
    return {
      tree: Object.fromEntries(names.map((name) => [name, {}])),
      markers: names.map((name): FileMarker => ({ kind: 'origin', path: [name], from: ['Old'] })),
    };
  };

  it('show the old content under each of them', () => {
    const overlay = overlayOf({ tree: os }, user(20));
    expect(overlay.union.count).toBe(1 + 1 + 500 + 20 * 501);
    for (const name of ['New0', 'New19']) {
      const node = overlay.find([name, 'f499']);
      expect(overlay.resolution.winner[node]).toBe(0);
      expect(overlay.path(node)).toEqual([name, 'f499']);
    }
    expect(overlay.findings).toEqual([]);
  });

  it('are followed only as far as there is room, and the rest is told', () => {
    const overlay = overlayOf({ tree: os }, user(1000));
    expect(overlay.union.count).toBeLessThan(100_000);
    expect(overlay.findings.map((f) => f.code)).toEqual(['originsTooMany']);
    expect(overlay.visible(overlay.find(['New999']))).toBe(true);
  });
});

describe('case', () => {
  it('F-33 keeps names apart in a case-sensitive directory when its topmost entry says so', () => {
    const sensitive = dir({ flags: NodeFlag.caseSensitive }, { A: '1', a: '2' });
    const below = overlayOf({ tree: { D: sensitive } }, { tree: { D: { b: '3' } } });
    // The upper layer compares without case: A and a fall together, and the one left out is named.
    expect(below.union.twins).toHaveLength(1);
    expect(stateOf(below, 'D\\A').flags).toBe(StateFlag.twins);
    const above = overlayOf({ tree: { D: { A: '1' } } }, { tree: { D: sensitive } });
    const node = above.find(['D']);
    const names: string[] = [];
    for (let c = above.union.childStart[node]!; c < above.union.childStart[node + 1]!; c++) names.push(above.name(c));
    expect(names).toEqual(['A', 'a']);
    expect(stateOf(above, 'D\\A').state).toBe('same');
    expect(stateOf(above, 'D\\a').state).toBe('added');
    expect(stateOf(above, 'D').flags).toBe(StateFlag.caseSensitive);
  });

  it('F-30 compares with the table of the OS volume', () => {
    const plain = Uint16Array.from({ length: 65_536 }, (_, unit) => unit);
    const overlay = overlayOf({ tree: { a: '1' }, upcase: plain }, { tree: { A: '1' } });
    expect(overlay.union.count).toBe(3);
    // that of an upper volume says nothing; a WIM, which has none, has that of Windows
    expect(overlayOf({ tree: { a: '1' } }, { tree: { A: '1' }, upcase: plain }).union.count).toBe(2);
  });

  it('F-30 compares unit by unit: nothing is composed, no pair of surrogates is folded, no letter is two', () => {
    const shown = (lower: string, upper: string) => overlayOf({ tree: { [lower]: '1' } }, { tree: { [upper]: '2' } });
    for (const [lower, upper] of [
      ['\u00e9', 'e\u0301'], // composed or not
      ['\u{10428}', '\u{10400}'], // Deseret: the case of a pair
      ['\u0131', 'I'], // dotless i
      ['\u017f', 'S'], // long s
      ['\u00df', 'SS'],
      ['\ufb01', 'FI'],
    ] as const)
      expect(shown(lower, upper).union.count, lower).toBe(3);
    for (const [lower, upper] of [
      ['\u00e9', '\u00c9'],
      ['\ud800a', '\ud800A'],
    ] as const)
      expect(shown(lower, upper).union.count, lower).toBe(2);
  });
});

describe('order', () => {
  it('names keep their numbers when a volume with an equal case table becomes the base', () => {
    const [first, second] = makeLayers({ tree: { d: { f: '1' } } }, { role: 'os', tree: { D: { f: '2' } } });
    const table = () => windowsUpcase().slice();
    const [a, b] = [first!, second!].map((layer) => ({ ...layer, tree: { ...layer.tree!, upcase: table() } }));
    const overlay = new FileOverlay(makeNames);
    overlay.update([a!], []);
    const node = overlay.find(['d']);
    overlay.update([b!, { ...a!, enabled: false }], []);
    expect(overlay.carry([node])).toEqual([overlay.find(['D'])]);
  });

  it('does not join again when layers move or are switched', () => {
    const layers = makeLayers({ tree: { f: 'os' } }, { tree: { f: 'app', g: '1' } }, { tree: { f: 'user' } });
    const overlay = new FileOverlay(makeNames);
    const rules = [] as const;
    expect(overlay.update(layers, rules).joined).toBe(true);
    const f = overlay.find(['f']);
    expect(overlay.layerIds[overlay.resolution.winner[f]!]).toBe('user');
    const moved = overlay.update([layers[0]!, layers[2]!, layers[1]!], rules);
    expect(moved.joined).toBe(false);
    expect([...moved.delta!.nodes]).toContain(f);
    expect(overlay.layerIds[overlay.resolution.winner[f]!]).toBe('app1');
    const off = overlay.update([layers[0]!, layers[2]!, { ...layers[1]!, enabled: false }], rules);
    expect(off.joined).toBe(false);
    expect(overlay.layerIds[overlay.resolution.winner[f]!]).toBe('user');
    expect(overlay.resolution.state[overlay.find(['g'])]).toBe(NodeState.hidden);
    expect(overlay.why(f).versions.at(-1)).toMatchObject({ hiddenBy: 'disabled' });
  });
});
