/** Link keys: what leads to a hive that is not merged, or to one that only layers above have. */
import { describe, expect, test } from 'vitest';
import { KeyFlag } from '../../hive/types.ts';
import type { KeySpec } from '../../testing/chunks.ts';
import { keys, look, offered } from '../../testing/findings.ts';
import { type LayerSpec, makeLayers } from '../../testing/layers.ts';
import { settled } from '../../testing/settled.ts';

const SOFTWARE = 'HKLM/SOFTWARE';
const linkTo = (target: string): KeySpec => {
  keys({ K: { v: target } }); // remembers the text
  return { keys: { L: { flags: KeyFlag.symlink, values: { SymbolicLinkValue: { type: 6, data: target } } } } };
};
const told = (...specs: LayerSpec[]) =>
  (look(makeLayers({ hives: { [SOFTWARE]: {} } }, ...specs)).get('linkEscape') ?? []).map(
    ({ note, path, proposal }) => `${path} > ${note} ${proposal?.add[0]?.action}`,
  );
const upper = (target: string, more: LayerSpec['hives'] = {}): LayerSpec => ({
  role: 'app',
  hives: { [SOFTWARE]: linkTo(target), ...more },
});

describe('R-14 a link of the registry that leaves what is merged', () => {
  test.each([
    '\\Registry\\Machine\\HARDWARE\\x',
    '\\REGISTRY\\User\\S-1-5-21-9\\x',
    '\\Registry\\A\\{guid}',
    '\\Device\\x',
    'SOFTWARE\\x',
  ])('to %s', (target) => {
    expect(told(upper(target))).toEqual([`HKEY_LOCAL_MACHINE\\SOFTWARE\\L > ${target} passthrough`]);
  });

  test.each(['\\Registry\\Machine\\SOFTWARE\\Classes', '\\registry\\machine\\software'])('stays with %s', (target) => {
    expect(told(upper(target))).toEqual([]);
  });

  test('into a hive of a layer above it; not of its own or of one below', () => {
    const target = '\\Registry\\User\\S-1-5-21-9\\Software';
    const user = { 'HKU/S-1-5-21-9': {} };
    const line = `HKEY_LOCAL_MACHINE\\SOFTWARE\\L > ${target} passthrough`;
    expect(told(upper(target), { hives: user })).toEqual([line]);
    expect(told(upper(target, user))).toEqual([]);
    expect(told({ role: 'app', hives: user }, upper(target))).toEqual([]);
  });

  test('of the base: only what a layer above puts at its end', () => {
    const target = '\\Registry\\User\\S-1-5-21-9\\Software';
    const base: LayerSpec = { hives: { [SOFTWARE]: linkTo(target) } };
    const of = (...specs: LayerSpec[]) => look(makeLayers(base, ...specs)).get('linkEscape') ?? [];
    expect(of({ hives: {} })).toEqual([]);
    expect(of({ hives: { 'HKU/S-1-5-21-9': {} } })).toMatchObject([{ note: target, proposal: null }]);
  });

  test('a link that another layer takes the place of says nothing', () => {
    expect(told(upper('\\Device\\x'), { hives: { [SOFTWARE]: { keys: { L: {} } } } })).toEqual([]);
  });
});

test('what is proposed settles it', async () => {
  expect(offered.length).toBeGreaterThan(3);
  for (const offer of offered) expect(await settled(offer), offer.item.note).toMatchObject({ left: [], proven: true });
});
