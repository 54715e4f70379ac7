/** The rules of the F table of merge-semantics.md that can be seen without a guest, one small case each. */

import { describe, expect, test } from 'vitest';
import { ntPathOnly } from '../../base/nt-names.ts';
import { NodeFlag } from '../../fs/types.ts';
import { windowsUpcase } from '../../index/upcase.ts';
import { MarkerSet } from '../../layer/markers.ts';
import { ociStore } from '../../layer/stores/oci/index.ts';
import { plainStore } from '../../layer/stores/plain/index.ts';
import type { FileMarker } from '../../layer/types.ts';
import { dir, file, nodeTable, type TreeSpec } from '../../testing/chunks.ts';
import { type LayerSpec, makeLayers, makeNames } from '../../testing/layers.ts';
import { FileOverlay } from '../files/overlay.ts';
import { squashedMarks } from '../squash/marks.ts';
import { squash } from '../squash/squash.ts';
import { STATE_NAMES, StateFlag } from '../types.ts';

const merge = (...specs: LayerSpec[]) => {
  const overlay = new FileOverlay(makeNames);
  overlay.update(makeLayers(...specs), []);
  return overlay;
};
const whiteout = (path: string): FileMarker => ({ kind: 'whiteout', path: path.split('\\') });
const opaque = (path: string): FileMarker => ({ kind: 'opaque', path: path.split('\\') });

/** `name` of each visible path, with the layer that shows it. */
function shown(overlay: FileOverlay): Record<string, string> {
  const found: Record<string, string> = {};
  for (let node = 1; node < overlay.union.count; node++)
    if (overlay.visible(node))
      found[overlay.path(node).join('\\')] = overlay.layerIds[overlay.resolution.winner[node]!]!;
  return found;
}
const stateOf = (overlay: FileOverlay, path: string) =>
  STATE_NAMES[overlay.resolution.state[overlay.find(path.split('\\'))]!];

describe('creation and deletion', () => {
  test('F-01 a new file in a folder that only a lower layer has: the folders on the way merge', () => {
    const overlay = merge({ tree: { A: { B: { old: '1' } } } }, { tree: { A: { B: { new: '2' } } } });
    expect(shown(overlay)).toEqual({ A: 'user', 'A\\B': 'user', 'A\\B\\old': 'os', 'A\\B\\new': 'user' });
    expect(stateOf(overlay, 'A\\B')).toBe('unchanged');
  });

  test('F-03 F-04 a deletion hides what lies below, whether the layer had a copy or not', () => {
    const overlay = merge(
      { tree: { f: '1', g: '1' } },
      { tree: { g: '2' } },
      { tree: {}, markers: [whiteout('f'), whiteout('g')] },
    );
    expect(shown(overlay)).toEqual({});
    expect(overlay.shadowed(overlay.find(['g']))).toHaveLength(2);
  });

  test('F-06 one deletion covers a folder with all below; marks inside it are dropped', () => {
    const overlay = merge({ tree: { D: { E: { f: '1' } } } }, { tree: {}, markers: [whiteout('D')] });
    expect(shown(overlay)).toEqual({});
    const set = new MarkerSet(windowsUpcase());
    for (const marker of [whiteout('D\\E\\f'), whiteout('D'), opaque('D\\E')]) set.add(marker);
    expect(set.list()).toEqual([whiteout('D')]);
  });

  test('F-07 F-08 made again after a deletion: a folder closes, a file stands', () => {
    const overlay = merge(
      { tree: { D: { f: '1' }, g: '1' } },
      { tree: { D: { n: '2' }, g: '2' }, markers: [opaque('D')] },
    );
    expect(shown(overlay)).toEqual({ D: 'user', 'D\\n': 'user', g: 'user' });
    expect(overlay.resolution.flags[overlay.find(['D'])]! & StateFlag.opaque).toBe(StateFlag.opaque);
  });

  test('F-09 deletions in an opaque folder are read, say nothing, and are not written', () => {
    const layers = makeLayers(
      { tree: { D: { f: '1' } } },
      { tree: {} },
      { tree: { D: { n: '2' } }, markers: [opaque('D'), whiteout('D\\f')] },
    );
    const overlay = new FileOverlay(makeNames);
    overlay.update(layers, []);
    expect(shown(overlay)).toEqual({ D: 'user', 'D\\n': 'user' });
    const pair = [overlay.layers[1]!, overlay.layers[2]!] as const;
    const made = squash(overlay.names, pair[1], pair[0], { closeAll: false });
    expect([...squashedMarks(made, pair)]).toEqual([opaque('D')]);
  });

  test('F-12 a renamed file is a new one and a deletion', () => {
    const overlay = merge({ tree: { old: 'x' } }, { tree: { new: 'x' }, markers: [whiteout('old')] });
    expect(shown(overlay)).toEqual({ new: 'user' });
    expect(stateOf(overlay, 'new')).toBe('added');
  });
});

describe('names', () => {
  test('F-37 names that only NT paths reach are names like any other', () => {
    const odd = { 'CON.txt': '1', 'trailing.': '2', 'space ': '3', 'COM¹': '4' };
    const overlay = merge({ tree: odd }, { tree: { 'con.TXT': '5', trailing: '6' } });
    expect(Object.keys(shown(overlay)).sort()).toEqual(['COM¹', 'con.TXT', 'space ', 'trailing', 'trailing.'].sort());
    // Win32 would take these for others
    expect(['space', 'CON', 'COM1'].map((name) => overlay.find([name]))).toEqual([-1, -1, -1]);
    expect(overlay.find(['trailing.'])).not.toBe(overlay.find(['trailing']));
    // they get a badge, and no other name does
    const badge = ['CON.txt', 'nul', 'Com¹', 'LPT0 .log', 'aux:stream', 'trailing.', 'space ', 'CONIN$'];
    expect(badge.filter((name) => !ntPathOnly(name))).toEqual([]);
    const plain = ['CONTOSO', 'COM', 'COM10', 'nul-1.txt', '.con', 'a.con', 'LPTx', ' lead', 'trailing'];
    expect(plain.filter(ntPathOnly)).toEqual([]);
  });

  test('F-39 `.wh.` is an ordinary name but in container layers; odd units are kept', () => {
    const tree = { '.wh.note': '1', 'half\ud800': '2', 'ctl\u0001': '3' };
    expect(Object.keys(shown(merge({ tree })))).toEqual(expect.arrayContaining(Object.keys(tree)));
    const table = nodeTable(tree);
    expect(plainStore.apply(table, windowsUpcase(), [], 'x').markers).toEqual([]);
    expect(ociStore.apply(table, windowsUpcase(), [], 'x').markers).toEqual([whiteout('note')]);
  });

  test('F-40 a listing has each name once, in NTFS order, and no marks', () => {
    const overlay = merge(
      { tree: { b: '1', Zoo: '1', _x: '1', gone: '1' } },
      { tree: { B: '2', a: '2' }, markers: [whiteout('gone')] },
      { tree: { c: '3' } },
    );
    expect(Object.keys(shown(overlay))).toEqual(['a', 'B', 'c', 'Zoo', '_x']);
  });
});

describe('types and metadata', () => {
  test('F-61 a merged folder has the times and attributes of its topmost entry', () => {
    const overlay = merge(
      { tree: { D: dir({ modifiedLo: 5, attributes: 0x10 }) } },
      { tree: { D: dir({ modifiedLo: 7, attributes: 0x12 }) } },
    );
    const { modifiedLo, attributes } = overlay.row(overlay.find(['D']));
    expect({ modifiedLo, attributes }).toEqual({ modifiedLo: 7, attributes: 0x12 });
  });

  test('F-72 a reparse point that names another place is a leaf, over a folder and under one', () => {
    const junction = { J: file({ flags: NodeFlag.directory | NodeFlag.link, reparseTag: 0xa000_0003 }) };
    const over = merge({ tree: { J: { f: '1' } } }, { tree: junction });
    expect(shown(over)).toEqual({ J: 'user' });
    const under = merge({ tree: junction }, { tree: { J: { n: '2' } } });
    expect(shown(under)).toEqual({ J: 'user', 'J\\n': 'user' });
    for (const overlay of [over, under])
      expect(overlay.resolution.flags[overlay.find(['J'])]! & StateFlag.conflict).toBe(StateFlag.conflict);
  });

  test('F-73 a folder with a tag merges when the tag lets it have children, is that of a container, or it has some', () => {
    const below = { tree: { D: { f: '1' } } };
    const of = (reparseTag: number, children: TreeSpec = {}) =>
      Object.keys(shown(merge(below, { tree: { D: dir({ reparseTag }, children) } })));
    expect(of(0x9000_301a)).toEqual(['D', 'D\\f']); // cloud, with the D bit
    expect(of(0x9000_001c)).toEqual(['D', 'D\\f']); // ProjFS
    expect(of(0x8000_0018)).toEqual(['D', 'D\\f']); // a placeholder of a container: its children are those below
    expect(of(0x8000_0021)).toEqual(['D']); // OneDrive of old: nothing of what lies below is behind it
    expect(of(0x8000_0021, { n: '2' })).toEqual(['D', 'D\\f', 'D\\n']);
  });
});
