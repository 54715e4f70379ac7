/** The lines of the paths kernel against the same walk in TypeScript. */
import { describe, expect, test } from 'vitest';
import { PRINTED_STYLE } from '../base/text-bytes.ts';
import { toUnits } from '../base/utf16.ts';
import { writePathLines } from '../codec/path-lines.ts';
import { Random } from '../testing/damage.ts';
import { loadModule } from '../testing/modules.ts';
import { type PooledTree, SortedWalk } from './order.ts';
import { PathBytes } from './path-bytes.ts';
import { windowsUpcase } from './upcase.ts';

const upcase = windowsUpcase();
const UNITS = [
  0x61, 0x41, 0x62, 0x5f, 0x2e, 0x7e, 0x7f, 0x9f, 0xa0, 0xe4, 0xc4, 1, 10, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xffff,
];
const SURROGATES = [0xd800, 0xdbff, 0xdc00, 0xdfff];

interface Made extends PooledTree {
  readonly data: PooledTree['data'] & { readonly count: number };
}

/** A random tree in breadth-first order with names of odd units. */
function made(seed: number, rows: number): Made {
  const random = new Random(seed);
  const parents: number[] = [0];
  for (let row = 1, parent = 0; row < rows; row++) {
    while (parent + 1 < row && random.below(4) === 0) parent++;
    parents.push(parent);
  }
  const names: number[] = [];
  const nameOffset = new Uint32Array(rows);
  const nameLength = new Uint16Array(rows);
  for (let row = 1; row < rows; row++) {
    nameOffset[row] = names.length;
    nameLength[row] = random.below(12);
    for (let i = 0; i < nameLength[row]!; i++) names.push(random.pick(random.below(6) === 0 ? SURROGATES : UNITS));
  }
  const childStart = new Uint32Array(rows + 1).fill(rows);
  for (let row = 0; row < rows; row++) {
    const first = parents.findIndex((parent, i) => i > 0 && parent >= row);
    childStart[row] = first < 0 ? rows : first;
  }
  const data = { count: rows, names: Uint16Array.from(names), nameOffset, nameLength, childStart };
  const name = (): string => ''; // the walk takes the units themselves
  return { count: rows, name, data: { ...data, parent: Uint32Array.from(parents) } };
}

function inTypeScript(tree: PooledTree, root: number, base: string): string {
  const walk = new SortedWalk(tree, root, upcase, true);
  const path = new PathBytes(tree, base, PRINTED_STYLE);
  let text = '';
  while (walk.next()) {
    path.follow(walk);
    text += `${Buffer.from(path.bytes.subarray(0, path.length)).toString('latin1')}\n`;
  }
  return text;
}

describe.each([false, true])('checked build: %s', (checked) => {
  const module = loadModule('paths', checked);
  const inKernel = ({ data }: Pick<Made, 'data'>, root: number, base: string) => {
    let text = '';
    const bytes = new PathBytes({ data, count: data.count, name: () => '' }, base, PRINTED_STYLE);
    const start = bytes.bytes.slice(0, bytes.length);
    const written = writePathLines(module, data, upcase, root, start, (lines) => {
      text += Buffer.from(lines).toString('latin1');
    });
    return written ? text : null;
  };

  test('the same lines from random trees', () => {
    for (let seed = 1; seed <= 150; seed++) {
      const tree = made(seed, 1 + (seed % 90));
      const root = seed % 3 === 0 ? Math.min(tree.data.count - 1, seed % 5) : 0;
      const base = seed % 2 === 0 ? '' : 'Windows\\\u00e4\n';
      expect(inKernel(tree, root, base), `seed ${seed}`).toBe(inTypeScript(tree, root, base));
    }
  });

  test('more lines than the window holds, in one directory without order', () => {
    const count = 30_000;
    const tree = made(1, 2);
    const names = Array.from({ length: count }, (_, i) => `${(i * 7919) % count}`.padStart(40, 'x'));
    const data = {
      ...tree.data,
      count: count + 1,
      names: toUnits(names.join('')),
      nameOffset: Uint32Array.from({ length: count + 1 }, (_, row) => Math.max(0, row - 1) * 40),
      nameLength: new Uint16Array(count + 1).fill(40, 1),
      childStart: new Uint32Array(count + 2).fill(count + 1).fill(1, 0, 1),
    };
    const text = inKernel({ data }, 0, 'base')!;
    expect(text.length).toBe(count * 46);
    expect(text).toBe(
      [...names]
        .sort()
        .map((name) => `base\\${name}\n`)
        .join(''),
    );
  });

  test('paths that may be longer than the window are left to the caller, tables that are none refused', () => {
    const deep = 9;
    const names = new Uint16Array(60_000).fill(0x61);
    const chain = {
      ...made(1, 1).data,
      count: deep,
      names,
      nameOffset: new Uint32Array(deep),
      nameLength: new Uint16Array(deep).fill(60_000, 1),
      childStart: Uint32Array.from({ length: deep + 1 }, (_, row) => Math.min(row + 1, deep)),
    };
    expect(inKernel({ data: chain }, 0, '')).toBeNull();
    const good = made(3, 40).data;
    const bad = (change: Partial<Made['data']>) => inKernel({ data: { ...good, ...change } }, 0, '');
    expect(bad({})).not.toBeNull();
    expect(bad({ childStart: new Uint32Array(41) })).toBeNull();
    expect(bad({ childStart: good.childStart.slice().fill(3, 20, 22) })).toBeNull();
    expect(bad({ nameOffset: good.nameOffset.slice().fill(2 ** 31, 20, 21) })).toBeNull();
    expect(bad({ nameLength: good.nameLength.slice().fill(60_000, 39) })).toBeNull();
  });
});
