import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Rule } from '../layer/types.ts';
import { file, type TreeSpec } from '../testing/chunks.ts';
import { makeLayers, makeNames } from '../testing/layers.ts';
import { propertyRun } from '../testing/property-run.ts';
import { FileOverlay } from './files/overlay.ts';
import { Cell, NO_LAYER, NodeState, type SortKey, type ViewFilter, type ViewSpec } from './types.ts';
import type { View } from './view.ts';

const ALL: ViewFilter = { text: '', states: null, layers: null, showHidden: false };
const spec = (
  more: { filter?: Partial<ViewFilter>; by?: SortKey; descending?: boolean; expanded?: Iterable<number> } = {},
): ViewSpec => ({
  filter: { ...ALL, ...more.filter },
  sort: { by: more.by ?? 'name', descending: more.descending ?? false },
  expanded: more.expanded ?? [],
});

const overlayOf = (...specs: Parameters<typeof makeLayers>) => {
  const overlay = new FileOverlay(makeNames);
  overlay.update(makeLayers(...specs), []);
  return overlay;
};
const shown = (view: View) =>
  view.rows(view.generation, 0, view.total)!.rows.map((row) => `${'  '.repeat(row.depth)}${row.name}`);

const sample = () =>
  overlayOf(
    {
      tree: {
        Windows: { System32: { 'a.dll': 'os', 'b.exe': 'os!' }, 'win.ini': 'os' },
        Users: { ann: { 'note.txt': 'old' } },
        'boot.ini': 'b',
      },
    },
    {
      tree: {
        Users: { ann: { 'note.txt': 'newer', 'big.bin': file({ size: 999, modifiedHi: 3 }) } },
        'Extra.txt': 'e',
      },
      markers: [
        { kind: 'whiteout', path: ['Windows', 'System32', 'a.dll'] },
        { kind: 'whiteout', path: ['never', 'was'] },
      ],
    },
  );

/** Rows as they must be, by plain recursion over everything. */
function flatten(overlay: FileOverlay, open: ReadonlySet<number>, showHidden: boolean): number[] {
  const { union, state } = overlay.resolution;
  const folder = (node: number) => {
    const kind = (layer: number) => {
      const row = union.slots[layer]![node]!;
      return row < 0 ? -1 : overlay.layers[layer]!.kind[row]!;
    };
    const won = overlay.resolution.winner[node]!;
    if (won !== NO_LAYER) return kind(won) !== 0;
    for (const layer of overlay.resolution.order.toReversed())
      if (kind(layer) >= 0 && kind(layer) < 4) return kind(layer) !== 0;
    return null;
  };
  const walk = (node: number): number[] => {
    const children: number[] = [];
    for (let c = union.childStart[node]!; c < union.childStart[node + 1]!; c++)
      if (folder(c) !== null && (showHidden || state[c] !== NodeState.hidden)) children.push(c);
    children.sort(
      (a, b) => Number(folder(b)) - Number(folder(a)) || overlay.names.compare(union.nameId[a]!, union.nameId[b]!),
    );
    return children.flatMap((c) => [c, ...(open.has(c) ? walk(c) : [])]);
  };
  return walk(0);
}

describe('rows', () => {
  it('stand folders first, then by name, and open in place', () => {
    const overlay = sample();
    const view = overlay.openView(spec());
    expect(shown(view)).toEqual(['Users', 'Windows', 'boot.ini', 'Extra.txt']);
    const before = view.generation;
    const windows = overlay.find(['Windows']);
    expect(view.toggle(windows, true)).toBe(true);
    expect(view.rows(before, 0, 9)).toBeNull();
    expect(shown(view)).toEqual(['Users', 'Windows', '  System32', '  win.ini', 'boot.ini', 'Extra.txt']);
    view.toggle(overlay.find(['Windows', 'System32']), true);
    expect(view.total).toBe(7);
    view.toggle(windows, false);
    expect(view.total).toBe(4);
    // What was open below a closed folder is open again with it.
    view.toggle(windows, true);
    expect(shown(view)).toContain('    b.exe');
    expect(view.rows(view.generation, 5, 100)!.rows).toHaveLength(2);
    expect(view.rows(view.generation, 50, 10)!.rows).toEqual([]);
  });

  it('carry the columns of the winner and a cell for each layer', () => {
    const overlay = sample();
    const view = overlay.openView(spec({ filter: { text: 'NOTE' } }));
    expect(shown(view)).toEqual(['Users', '  ann', '    note.txt']);
    const row = view.rows(view.generation, 2, 1)!.rows[0]!;
    expect(row).toMatchObject({
      size: 5,
      winner: 1,
      state: NodeState.overrides,
      core: [Cell.loses, Cell.wins],
      folder: false,
      expandable: false,
    });
    expect(view.rows(view.generation, 0, 1)!.rows[0]).toMatchObject({ folder: true, expandable: true, expanded: true });
  });

  it('show what is hidden when asked, with its mark, and never what only marks know', () => {
    const overlay = sample();
    const view = overlay.openView(spec({ filter: { showHidden: true } }));
    view.expandAll(0);
    expect(shown(view)).toContain('    a.dll');
    expect(shown(view).join()).not.toContain('never');
    const row = view.rows(view.generation, view.indexOf(overlay.find(['Windows', 'System32', 'a.dll'])), 1)!.rows[0]!;
    expect(row).toMatchObject({ winner: NO_LAYER, size: 2, core: [Cell.loses, Cell.mark] });
  });

  it('filter by state and layer and keep the way to hits', () => {
    const overlay = sample();
    const states = overlay.openView(spec({ filter: { states: [NodeState.added] } }));
    expect(shown(states)).toEqual(['Users', '  ann', '    big.bin', 'Extra.txt']);
    const layers = overlay.openView(spec({ filter: { layers: [1] } }));
    expect(shown(layers)).toEqual(['Users', '  ann', '    big.bin', '    note.txt', 'Extra.txt']);
  });

  it('sort by each column', () => {
    const overlay = sample();
    const expanded = [overlay.find(['Users']), overlay.find(['Users', 'ann'])];
    const by = (key: SortKey, descending: boolean) =>
      shown(overlay.openView(spec({ by: key, descending, expanded }))).map((n) => n.trim());
    expect(by('size', true)).toEqual(['Users', 'ann', 'big.bin', 'note.txt', 'Windows', 'boot.ini', 'Extra.txt']);
    expect(by('modified', false)).toEqual(['Users', 'ann', 'note.txt', 'big.bin', 'Windows', 'boot.ini', 'Extra.txt']);
    expect(by('name', true)).toEqual(['Windows', 'Users', 'ann', 'note.txt', 'big.bin', 'Extra.txt', 'boot.ini']);
    expect(by('type', false)).toEqual(['Users', 'ann', 'big.bin', 'note.txt', 'Windows', 'boot.ini', 'Extra.txt']);
    expect(by('state', false).slice(-2)).toEqual(['Extra.txt', 'boot.ini']);
    expect(by('layer', true).slice(-2)).toEqual(['Extra.txt', 'boot.ini']);
  });

  it('reveal, find and type ahead', () => {
    const overlay = sample();
    const view = overlay.openView(spec());
    const note = overlay.find(['Users', 'ann', 'note.txt']);
    expect(view.indexOf(note)).toBe(-1);
    expect(view.reveal(note)).toBe(3);
    expect(view.nodeAt(3)).toBe(note);
    const next = (from: number, back = false) => overlay.path(view.find('.ini', from, back)).join('\\');
    expect(next(0)).toBe('Windows\\win.ini');
    expect(next(overlay.find(['Windows', 'win.ini']))).toBe('boot.ini');
    expect(next(overlay.find(['boot.ini']))).toBe('Windows\\win.ini');
    expect(next(overlay.find(['boot.ini']), true)).toBe('Windows\\win.ini');
    expect(next(overlay.find(['Users']), true)).toBe('boot.ini');
    expect(view.find('nothing', 0, false)).toBe(-1);
    expect(view.nodeAt(view.typeAhead('ex', 0))).toBe(overlay.find(['Extra.txt']));
    expect(view.typeAhead('q', 0)).toBe(-1);
  });

  it('equal plain flattening whatever is opened and closed', () => {
    const tree: fc.Arbitrary<TreeSpec> = fc.letrec<{ tree: TreeSpec }>((tie) => ({
      tree: fc.dictionary(
        fc.constantFrom('a', 'B', 'c', 'Dd', 'e.x'),
        fc.oneof({ depthSize: 'small' }, fc.constant('f'), tie('tree')),
        { maxKeys: 5 },
      ),
    })).tree;
    fc.assert(
      fc.property(
        tree,
        tree,
        fc.array(fc.nat(60), { maxLength: 20 }),
        fc.boolean(),
        (os, user, toggles, showHidden) => {
          const overlay = overlayOf({ tree: os }, { tree: user, markers: [{ kind: 'whiteout', path: ['a'] }] });
          const view = overlay.openView(spec({ filter: { showHidden } }));
          const open = new Set<number>();
          for (const toggle of toggles) {
            const node = toggle % overlay.union.count;
            if (node === 0) continue;
            if (open.has(node)) open.delete(node);
            else open.add(node);
            view.toggle(node, open.has(node));
          }
          const list = view.rows(view.generation, 0, view.total)!.rows.map((row) => row.node);
          expect(list).toEqual(flatten(overlay, open, showHidden));
          expect(new Set(view.expanded())).toEqual(open);
        },
      ),
      propertyRun(150),
    );
  });
});

describe('why', () => {
  it('lists every layer top first with what became of it', () => {
    const overlay = overlayOf(
      { tree: { D: { f: 'os' }, x: 'os', w: 'os' } },
      {
        tree: { D: {}, x: 'app' },
        markers: [
          { kind: 'opaque', path: ['D'] },
          { kind: 'whiteout', path: ['w'] },
        ],
      },
      { tree: { x: 'user' } },
    );
    const versions = (path: string[]) =>
      overlay
        .why(overlay.find(path))
        .versions.map(
          (v) => `${overlay.layerIds[v.layer]} ${v.role} ${v.hiddenBy} ${overlay.layerIds[v.byLayer] ?? '-'}`,
        );
    expect(versions(['x'])).toEqual(['user wins none -', 'app1 hidden upper user', 'os hidden upper user']);
    expect(versions(['D'])).toEqual(['user absent none -', 'app1 wins none -', 'os hidden opaque app1']);
    expect(versions(['D', 'f'])).toEqual(['user absent none -', 'app1 absent none -', 'os hidden ancestor app1']);
    expect(versions(['w'])).toEqual(['user absent none -', 'app1 marker none -', 'os hidden whiteout app1']);
    expect(overlay.shadowed(overlay.find(['x']))).toEqual([1, 0]);
  });

  it('names the rule that left a version out', () => {
    const overlay = new FileOverlay(makeNames);
    const rule: Rule = {
      id: 'stale',
      target: 'file',
      match: { kind: 'exact', p: 'x' },
      action: 'keepLower',
      origin: 'user',
      enabled: true,
    };
    overlay.update(makeLayers({ tree: { x: 'os' } }, { tree: { x: 'user' } }), [rule]);
    const why = overlay.why(overlay.find(['x']));
    expect(why.versions.map((v) => [v.role, v.hiddenBy])).toEqual([
      ['hidden', 'rule'],
      ['wins', 'none'],
    ]);
    expect(why.steps.find((s) => s.result === 'decides')).toEqual({ step: 'rule', result: 'decides', ruleId: 'stale' });
  });
});

describe('statistics', () => {
  it('count what is seen, by layer and state', () => {
    const stats = sample().stats();
    expect(stats).toMatchObject({ files: 6, folders: 4, hidden: 1, conflicts: 0 });
    expect(stats.states).toEqual({ added: 2, overrides: 1, same: 0, unchanged: 7, hidden: 1 });
    expect(stats.layers[1]).toMatchObject({ files: 3, added: 2, overrides: 1, whiteouts: 2, bytes: 1005 });
    expect(stats.layers[0]).toMatchObject({ files: 3, hidden: 2 });
  });

  it('agree with counting the rows of a fully open view', () => {
    const overlay = sample();
    const view = overlay.openView(spec());
    view.expandAll(0);
    const stats = overlay.stats();
    expect(view.total).toBe(stats.files + stats.folders);
  });
});
