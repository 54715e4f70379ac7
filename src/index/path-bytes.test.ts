/** Paths as bytes: held against the same walk with paths as text. */
import { expect, test } from 'vitest';
import { JSON_STYLE } from '../base/text-bytes.ts';
import { KeyTableBuilder } from './key-table-builder.ts';
import { pathsOf, SortedWalk } from './order.ts';
import { PathBytes } from './path-bytes.ts';
import { windowsUpcase } from './upcase.ts';

test('paths of a walk are those that pathsOf tells, from any base', () => {
  const names = ['b', 'a', 'c"\\', '\ud800x', '', 'n'.repeat(900), 'a'];
  const parents = [0, 0, 1, 3, 3, 5, 6];
  const units = Uint16Array.from([...names.join('')].join('').split(''), (unit) => unit.charCodeAt(0));
  const count = names.length;
  const builder = new KeyTableBuilder('x', 0);
  const zeros = new Uint32Array(count);
  builder.keys({
    count,
    id: Uint32Array.from(names, (_, i) => i + 1),
    parent: Uint32Array.from(parents),
    nameOffset: Uint32Array.from(names, (_, i) => names.slice(0, i).join('').length),
    nameLength: Uint16Array.from(names, (name) => name.length),
    names: units,
    lastWriteLo: zeros,
    lastWriteHi: zeros,
    layerKind: new Uint8Array(count),
    flags: new Uint16Array(count),
    security: zeros,
    subkeys: zeros,
    values: zeros,
  });
  const { table } = builder.seal();
  for (const base of ['', 'HKLM\\x']) {
    const walk = () => new SortedWalk(table, 0, windowsUpcase(), true, true);
    const expected = [...pathsOf(table, walk(), base)].map(({ path }) => JSON.stringify(path).slice(1, -1));
    const at = walk();
    const path = new PathBytes(table, base, JSON_STYLE);
    const actual: string[] = [];
    while (at.next()) {
      path.follow(at);
      actual.push(Buffer.from(path.bytes.subarray(0, path.length)).toString());
    }
    expect(actual).toEqual(expected);
    expect(actual).toHaveLength(count + 1);
    expect(actual[1]).toBe(base === '' ? 'a' : 'HKLM\\\\x\\\\a');
  }
});
