/** F-34 to F-36: 8.3 names of the merged view. */
import { describe, expect, test } from 'vitest';
import { dir, file, type TreeSpec } from '../../testing/chunks.ts';
import { type LayerSpec, makeLayers, makeNames } from '../../testing/layers.ts';
import { MergeView } from '../findings/view.ts';
import { RegistryOverlay } from '../registry/overlay.ts';
import { FileOverlay } from './overlay.ts';
import { shortNameClashes } from './short-names.ts';

function view(...specs: LayerSpec[]): MergeView {
  const layers = makeLayers(...specs);
  const [files, registry] = [new FileOverlay(makeNames), new RegistryOverlay(makeNames)];
  files.update(layers, []);
  registry.update(layers, []);
  return new MergeView(files, registry, layers);
}
const clashes = ({ files }: MergeView) =>
  [...shortNameClashes(files.resolution, files.layers, files.names.upcase)].map(
    ({ upper, lower, name, becomes }) => `${name}: ${files.name(upper)} > ${files.name(lower)}, ${becomes}`,
  );
const found = (merged: MergeView, path: string) => {
  const node = merged.findShort(path.split('\\'));
  return node < 0 ? null : merged.filePlace(node);
};
const named = (name: string, short: string, below: TreeSpec = {}): TreeSpec => ({ [name]: dir({ short }, below) });

describe('F-35 clashes', () => {
  test('the lower entry keeps the name; the upper one gets the next that nothing in the folder has', () => {
    const os = { ...named('Program Files', 'PROGRA~1'), ...named('Program Files (x86)', 'PROGRA~2') };
    const user = { ...named('Program Data', 'progra~1'), 'PROGRA~3': 'a file of that very name' };
    expect(clashes(view({ tree: os }, { tree: user }))).toEqual(['progra~1: Program Data > Program Files, progra~4']);
  });

  test('three layers, each with its own; an extension stays', () => {
    const at = (name: string): LayerSpec => ({ tree: { [name]: file({ short: 'LONGNA~1.TXT' }) } });
    expect(clashes(view(at('long name a.txt'), at('long name b.txt'), at('long name c.txt')))).toEqual([
      'LONGNA~1.TXT: long name b.txt > long name a.txt, LONGNA~2.TXT',
      'LONGNA~1.TXT: long name c.txt > long name a.txt, LONGNA~3.TXT',
    ]);
  });

  test('none where one entry hides the other, is deleted, or has another name', () => {
    const os = named('Program Files', 'PROGRA~1');
    expect(clashes(view({ tree: os }, { tree: os }))).toEqual([]);
    const mark = [{ kind: 'whiteout', path: ['Program Files'] }] as const;
    expect(clashes(view({ tree: os }, { tree: named('Program Data', 'PROGRA~1'), markers: mark }))).toEqual([]);
    expect(clashes(view({ tree: os }, { tree: named('Program Data', 'PROGRA~2') }))).toEqual([]);
    expect(clashes(view({ tree: os }, { tree: { 'Program Data': {} } }))).toEqual([]);
  });

  test('many of one stem: each gets the next free number, and the search goes on where it ended', () => {
    const of = (from: number, what: string) =>
      Object.fromEntries([...Array(40).keys()].map((i) => [`${what} ${i}`, file({ short: shortOf(from + i) })]));
    const merged = view({ tree: of(1, 'lower') }, { tree: { ...of(1, 'upper'), 'taken~43': 'its own name' } });
    const numbers = [...clashes(merged)].map((text) => Number(/~(\d+)$/.exec(text)![1]));
    expect(numbers.sort((a, b) => a - b)).toEqual([41, 42, ...Array.from({ length: 38 }, (_, i) => 44 + i)]);
  });

  test('when no number is left it gets none', () => {
    const many = Object.fromEntries([...Array(999).keys()].map((i) => [`taken ${i}`, file({ short: shortOf(i + 1) })]));
    const merged = view({ tree: many }, { tree: { more: file({ short: 'TAKEN~1' }) } });
    expect(clashes(merged)).toEqual(['TAKEN~1: more > taken 0, null']);
  });
});

const shortOf = (n: number) => `${'TAKEN'.slice(0, 7 - String(n).length)}~${n}`;

describe('F-34 lookup', () => {
  test('long names first, then 8.3 names of what is seen, component by component', () => {
    const merged = view(
      { tree: named('Program Files', 'PROGRA~1', named('Common Files', 'COMMON~1', { 'a.dll': 'a' })) },
      { tree: { 'PROGRA~9': {} } },
    );
    expect(found(merged, 'progra~1\\COMMON~1\\A.DLL')).toBe('Program Files\\Common Files\\a.dll');
    expect(found(merged, 'PROGRA~9')).toBe('PROGRA~9');
    expect(found(merged, 'PROGRA~2')).toBeNull();
  });

  test('a name that two claim leads to the lower one; one below a mark leads nowhere', () => {
    const os = named('Program Files', 'PROGRA~1');
    const user = named('Program Data', 'PROGRA~1');
    expect(found(view({ tree: os }, { tree: user }), 'PROGRA~1')).toBe('Program Files');
    const mark = [{ kind: 'whiteout', path: ['Program Files'] }] as const;
    expect(found(view({ tree: os }, { tree: {}, markers: mark }), 'PROGRA~1')).toBeNull();
    expect(found(view({ tree: os }, { tree: user, markers: mark }), 'PROGRA~1')).toBe('Program Data');
  });

  test('F-36: a layer without 8.3 names adds none', () => {
    const merged = view({ tree: { 'Program Files': {} } }, { tree: named('Program Data', 'PROGRA~1') });
    expect(found(merged, 'PROGRA~1')).toBe('Program Data');
  });
});
