/** Trees that arrive in order and the same trees shuffled: the shortcut and the long way must agree. */
import { expect, test } from 'vitest';
import { MAX_DEPTH } from '../base/limits.ts';
import { Random } from '../testing/damage.ts';
import { LOST, orderTree } from './tree-order.ts';

/** Parent items of a random tree in breadth-first order. */
function treeInOrder(random: Random, items: number): Uint32Array {
  const parents = new Uint32Array(items);
  let parent = 0;
  for (let item = 1; item <= items; item++) {
    while (parent + 1 < item && random.below(3) === 0) parent++;
    parents[item - 1] = parent;
  }
  return parents;
}

/** Children of each item in order, by the rows that `orderTree` made. */
function childrenOf({ count, order, childStart, parent }: ReturnType<typeof orderTree>): Map<number, number[]> {
  const children = new Map<number, number[]>();
  for (let row = 0; row < count; row++) {
    const kids = Array.from(order.subarray(childStart[row]!, childStart[row + 1]!));
    for (let at = childStart[row]!; at < childStart[row + 1]!; at++) expect(parent[at]).toBe(row);
    if (kids.length > 0) children.set(order[row]!, kids);
  }
  return children;
}

test('a tree in order stays as it is and has the children its parents say', () => {
  for (let seed = 1; seed <= 200; seed++) {
    const parents = treeInOrder(new Random(seed), seed % 50);
    const expected = new Map<number, number[]>();
    parents.forEach((parent, i) => {
      expected.set(parent, [...(expected.get(parent) ?? []), i + 1]);
    });
    const tree = orderTree(parents.slice());
    expect([...tree.order]).toEqual(Array.from({ length: parents.length + 1 }, (_, i) => i));
    expect(tree.parent.length).toBe(tree.count);
    expect(childrenOf(tree), `seed ${seed}`).toEqual(expected);
    expect(tree.orphanRow + tree.lost + tree.cycles + tree.tooDeep).toBe(0);
  }
});

test('the same tree in another order has the same children', () => {
  for (let seed = 1; seed <= 100; seed++) {
    const random = new Random(seed);
    const parents = treeInOrder(random, 40);
    // item i + 1 becomes item place[i] + 1
    const place = parents.map((_, i) => i);
    for (let i = place.length - 1; i > 0; i--) {
      const other = random.below(i + 1);
      [place[i], place[other]] = [place[other]!, place[i]!];
    }
    const moved = new Uint32Array(parents.length);
    parents.forEach((parent, i) => {
      moved[place[i]!] = parent === 0 ? 0 : place[parent - 1]! + 1;
    });
    const name = (item: number) => (item === 0 ? 0 : place.indexOf(item - 1) + 1);
    const renamed = new Map(
      [...childrenOf(orderTree(moved))].map(([item, kids]) => [name(item), kids.map(name).sort((a, b) => a - b)]),
    );
    const straight = [...childrenOf(orderTree(parents.slice()))];
    expect(new Map([...renamed].sort(([a], [b]) => a - b)), `seed ${seed}`).toEqual(
      new Map(straight.sort(([a], [b]) => a - b)),
    );
  }
});

test('what hangs on nothing or is too deep is never taken for order', () => {
  expect(orderTree(Uint32Array.of(0, LOST, 1)).lost).toBe(1);
  expect(orderTree(Uint32Array.of(2, 1)).cycles).toBe(1);
  expect(orderTree(Uint32Array.of(1)).cycles).toBe(1);
  const chain = Uint32Array.from({ length: MAX_DEPTH + 5 }, (_, i) => i);
  expect(orderTree(chain).tooDeep).toBeGreaterThan(0);
  expect(orderTree(chain.subarray(0, MAX_DEPTH - 1)).tooDeep).toBe(0);
});

test('a chain that arrives from its end is cut at the same depth', () => {
  // item 1 is the deepest, the last one lies in the root
  const chain = (items: number) => Uint32Array.from({ length: items }, (_, i) => (i + 2) % (items + 1));
  expect(orderTree(chain(MAX_DEPTH - 1))).toMatchObject({ tooDeep: 0, orphanRow: 0, count: MAX_DEPTH });
  const { tooDeep, count, order, orphanRow } = orderTree(chain(MAX_DEPTH));
  expect([tooDeep, count, order[orphanRow]]).toEqual([1, MAX_DEPTH + 2, MAX_DEPTH + 1]);
});
