import { signal } from '@preact/signals';
import { expect, test, vi } from 'vitest';
import type { DiskDifferences, LayerInfo } from '../engine/api.ts';
import { type BlocksModel, chainPoints, createBlocks, pointKey } from './compare-blocks.ts';
import { compareChoices } from './compare-choices.ts';

const entry = (id: string, file: string | null, kind = 'parent') => ({ id, file, kind, depth: 0 });
const layer = (over: object): LayerInfo =>
  ({
    id: 'a',
    image: 'i',
    mount: 'p1',
    name: 'top',
    imageName: 'top.vhdx',
    files: 1,
    directories: 1,
    ...over,
  }) as LayerInfo;
const CHAINED = layer({
  alternatives: [],
  chain: [
    entry('parent', 'middle.vhdx'),
    entry('parent/parent', 'base.vhdx'),
    entry('x', null),
    entry('e', 'f', 'extent'),
  ],
});

const step = (over: Partial<DiskDifferences>): DiskDifferences => ({
  news: [],
  ranges: 0,
  bytes: { differs: 0, unknown: 0, onlyFirst: 0, onlySecond: 0 },
  done: 0,
  total: 10,
  compared: 0,
  full: false,
  finished: false,
  ...over,
});
const range = (offset: number) => ({ kind: 'differs' as const, offset, length: 512 });

function made(steps: (() => DiskDifferences)[]) {
  const asked: unknown[] = [];
  const layers = signal<readonly LayerInfo[]>([CHAINED]);
  const api = {
    async compareNodes(...args: unknown[]) {
      asked.push(args);
      await new Promise((resolve) => setTimeout(resolve));
      return steps.shift()!();
    },
  };
  return { blocks: createBlocks(api as never, layers), asked, layers };
}
const idle = (blocks: BlocksModel) => vi.waitFor(() => expect(blocks.busy.value).toBe(false));

test('the points of a chain are the image and the parents that are here', () => {
  expect(
    chainPoints([CHAINED, CHAINED, layer({ image: 'j', chain: [] })]).map(({ text, need }) => [text, need]),
  ).toEqual([
    ['top.vhdx', null],
    ['middle.vhdx', 'parent'],
    ['base.vhdx', 'parent/parent'],
  ]);
  expect(compareChoices([CHAINED]).map(({ text, mount }) => [text, mount])).toEqual([
    ['top', 'p1'],
    ['top: middle.vhdx', 'chain:parent::p1'],
    ['top: base.vhdx', 'chain:parent/parent::p1'],
  ]);
});

test('ranges come step by step', async () => {
  const { blocks, asked } = made([
    () => step({ news: [range(0)], ranges: 1, done: 5 }),
    () => step({ news: [range(1024)], ranges: 2, done: 10, finished: true }),
  ]);
  blocks.before.value = pointKey('i', 'parent');
  blocks.after.value = pointKey('i', null);
  blocks.run();
  expect(blocks.busy.value).toBe(true);
  await idle(blocks);
  expect(asked).toEqual([
    ['i', 'parent', null, true],
    ['i', 'parent', null, false],
  ]);
  expect([blocks.rows.value.map(({ offset }) => offset), blocks.found.value?.ranges]).toEqual([[0, 1024], 2]);
  expect([blocks.busy.value, blocks.stopped.value]).toEqual([false, false]);
});

test('what is cancelled is asked for no more and keeps what it found', async () => {
  const { blocks, asked } = made([
    () => step({ news: [range(0)], ranges: 1 }),
    () => {
      blocks.cancel();
      return step({ news: [range(512)], ranges: 2 });
    },
  ]);
  blocks.before.value = pointKey('i', 'parent');
  blocks.after.value = pointKey('i', null);
  blocks.run();
  await idle(blocks);
  expect([asked.length, blocks.rows.value.length, blocks.busy.value, blocks.stopped.value]).toEqual([
    2,
    1,
    false,
    true,
  ]);
});

test('a fault is told; a chain that is gone is compared no more', async () => {
  const { blocks, layers } = made([
    () => {
      throw new Error('gone');
    },
  ]);
  blocks.before.value = pointKey('i', 'parent');
  blocks.after.value = pointKey('i', null);
  blocks.run();
  await idle(blocks);
  expect(blocks.error.value?.actual).toContain('gone');
  layers.value = [];
  expect([blocks.before.value, blocks.after.value, blocks.error.value]).toEqual([null, null, null]);
});
