/** Upper and lower case: what falls together, what parts, and which folder decides; each with what settles it. */
import { afterEach, expect, test } from 'vitest';
import { NodeFlag } from '../../fs/types.ts';
import { windowsUpcase } from '../../index/upcase.ts';
import type { Layer } from '../../layer/types.ts';
import { dir, type TreeSpec } from '../../testing/chunks.ts';
import { look, type Offer, offered } from '../../testing/findings.ts';
import { type LayerSpec, makeLayers } from '../../testing/layers.ts';
import { settled } from '../../testing/settled.ts';

const found = (code: string, ...specs: LayerSpec[]) => look(makeLayers(...specs)).get(code) ?? [];
/** The dotless i is an I of its own to Windows; on the volume of this table it is the same letter. */
const OTHER = windowsUpcase().slice();
OTHER[0x131] = 0x49;

afterEach(() => {
  offered.length = 0;
});

async function click(code: string): Promise<Awaited<ReturnType<typeof settled>>> {
  const offer = offered.find(({ item }) => item.code === code) as Offer;
  return settled(offer);
}

test('F-31 two names of one layer: the base has a copy to show instead, or somebody has to rename one', async () => {
  const twins: TreeSpec = { d: { 'A.txt': 'a', 'a.TXT': 'b' } };
  const [alone] = found('upcaseCollision', { tree: {} }, { tree: twins });
  expect(alone).toMatchObject({
    proposal: null,
    means: { layer: 'user', names: ['C:\\d\\A.txt', 'C:\\d\\a.TXT'] },
  });
  const [over] = found('upcaseCollision', { tree: { d: { 'a.txt': 'base' } } }, { tree: twins });
  expect(over!.proposal!.add).toMatchObject([{ action: 'keepLower', match: { kind: 'exact', p: 'd\\A.txt' } }]);
  expect(await click('upcaseCollision')).toMatchObject({ left: [], proven: true, rules: [{ action: 'keepLower' }] });
  // what an upper copy hides as a whole collides with nothing
  expect(found('upcaseCollision', { tree: twins }, { tree: { d: { 'a.txt': 'mine' } } })).toEqual([]);
});

test('F-31 names of two layers that one case table holds apart and the other does not', async () => {
  const under = { upcase: OTHER };
  // the OS volume has the other table: to it both are one name
  const [hides] = found('upcaseCollision', { tree: { 'FI.txt': 'os' }, ...under }, { tree: { 'F\u0131.txt': 'user' } });
  expect(hides).toBeUndefined();
  const [fell] = found(
    'upcaseCollision',
    { tree: { 'FI.txt': 'os' }, ...under },
    { tree: { 'F\u0131.txt': 'user' }, upcase: windowsUpcase() },
  );
  expect(fell).toMatchObject({ severity: 'warning', note: 'F\u0131.txt, FI.txt', path: 'C:\\F\u0131.txt' });
  expect(await click('upcaseCollision')).toMatchObject({ left: [], proven: true });
  offered.length = 0;
  // the user's volume has it: what was one name there are two entries here
  const parted = found('upcaseDivergence', { tree: { 'FI.txt': 'os' } }, { tree: { 'F\u0131.txt': 'user' }, ...under });
  expect(parted.map(({ severity, note }) => `${severity} ${note}`)).toEqual(['info 1', 'warning F\u0131.txt, FI.txt']);
  expect(parted[0]!.means).toEqual({ names: ['C:\\F\u0131.txt'] });
  expect(parted[1]!.proposal!.add).toMatchObject([{ action: 'hide', match: { p: 'FI.txt' } }]);
  expect(await click('upcaseDivergence')).toMatchObject({ left: [], proven: true });
});

test('F-33 a folder that one layer compares case-sensitively: the names, and the other layer decides by one click', async () => {
  const cased = (more: TreeSpec) => ({ d: dir({ flags: NodeFlag.caseSensitive }, more) });
  const [falls] = found('caseFlagMismatch', { tree: cased({ A: 'a', a: 'b' }) }, { tree: { d: { c: 'c' } } });
  expect(falls).toMatchObject({
    note: 'A, a',
    means: { names: ['C:\\d\\A', 'C:\\d\\a'] },
    proposal: { add: [{ action: 'keepLower', match: { kind: 'exact', p: 'd' } }] },
  });
  expect(falls!.message).toContain('names fall together');
  expect(await click('caseFlagMismatch')).toMatchObject({ left: [], proven: true });
  const { layers, drafts, proposal } = offered[0]!;
  const shown = (all: readonly Layer[], rules: Offer['drafts']) => look(all, rules).get('upcaseCollision')?.length ?? 0;
  expect([shown(layers, drafts), shown(layers, proposal.add)]).toEqual([1, 0]);
  offered.length = 0;
  const [twice] = found('caseFlagMismatch', { tree: { d: { A: 'a' } } }, { role: 'app', tree: cased({ a: 'b' }) });
  expect(twice).toMatchObject({ note: 'A, a', proposal: { add: [{ action: 'redirect', layer: 'os' }] } });
  expect(twice!.message).toContain('stand twice');
  expect(await click('caseFlagMismatch')).toMatchObject({ left: [], proven: true });
  expect(found('caseFlagMismatch', { tree: cased({ A: 'a' }) }, { tree: cased({ b: 'b' }) })).toEqual([]);
});
