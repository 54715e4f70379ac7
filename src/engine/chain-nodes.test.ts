/** Two points of a chain: their disks block by block, and the files of their volumes, out of one open image. */
import { describe, expect, test } from 'vitest';
import { mountAt } from '../base/chain-mounts.ts';
import { FormatError } from '../base/errors.ts';
import { MemorySource } from '../source/memory.ts';
import { changedUnits, vdiChain, vhdChain, vhdxChain } from '../testing/disk-chain.ts';
import { loadModules } from '../testing/modules.ts';
import { volumeStates } from '../testing/volume-chain.ts';
import type { DiskRange } from './api-compare.ts';
import { compareMounts } from './compare-mounts.ts';
import { webHost } from './host.ts';
import { Image } from './image.ts';

const states = volumeStates();
const host = webHost(loadModules());
const chains = { vhdx: vhdxChain(states), vhd: vhdChain(states), vdi: vdiChain(states, 1 << 20) };

/** The top of the chain with all that is below it. */
function open(chain: readonly { readonly name: string; readonly bytes: Uint8Array }[]): Image {
  return new Image(
    host,
    chain.toReversed().map(({ name, bytes }) => new MemorySource(name, bytes)),
  );
}

function ranges(image: Image, before: string | null, after: string | null): DiskRange[] {
  const found: DiskRange[] = [];
  for (let again = true; ; again = false) {
    const step = image.nodesNext(before, after, 0, again);
    found.push(...step.news);
    if (!step.finished) continue;
    expect(step.ranges).toBe(found.length);
    expect(step.bytes.differs).toBe(found.reduce((sum, { length }) => sum + length, 0));
    return found;
  }
}

/** Neighbouring sectors that are not the same, found by looking at all of them. */
const naive = (a: Uint8Array, b: Uint8Array) =>
  changedUnits(a, b, 512).map(({ offset, bytes }) => ({ kind: 'differs', offset, length: bytes.length }));

describe.each(Object.keys(chains) as (keyof typeof chains)[])('%s', (kind) => {
  const image = open(chains[kind]);
  const nodes = [image.report().root.chain[1]!.id, image.report().root.chain[0]!.id, null];

  test('any two points differ where their disks do', () => {
    for (const [a, before] of nodes.entries())
      for (const [b, after] of nodes.entries())
        expect(ranges(image, before, after), `${a} to ${b}`).toEqual(naive(states[a]!, states[b]!));
  });

  test('the files of two points are compared as those of two images', async () => {
    const root = image.report().root;
    const tree = root.kind === 'tree' ? root : root.parts[0]!;
    const side = (need: string | null) => ({ image, mount: mountAt(need, tree.mount), name: String(need) });
    const comparison = await compareMounts(side(nodes[0]!), side(nodes[1]!));
    const found = [...comparison.differences()].filter(({ path }) => !path.startsWith('$'));
    const told = (change: string) => found.filter((one) => one.change === change).map(({ path }) => path);
    expect(told('added')).toEqual(['1.txt']);
    expect(told('changed')).toEqual(['notes.txt']);
    expect(told('removed')).toEqual([]);
  });
});

test('only what had been written between the two points is read', () => {
  const image = open(chains.vhdx);
  const step = image.nodesNext('parent', null, 10_000, true);
  expect(step.finished).toBe(true);
  expect(step.compared).toBeLessThan(step.total);
});

test('a point that is not there is named', () => {
  const image = open(chains.vhdx);
  expect(() => image.nodesNext('other', null, 10, true)).toThrow(FormatError);
  expect(() => image.treeInfo(mountAt('other', ''))).toThrow(FormatError);
  // a parent that is there, without such a volume
  expect(() => image.treeInfo(mountAt('parent', 'p9'))).toThrow(FormatError);
});
