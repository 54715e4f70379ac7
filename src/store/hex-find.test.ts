import { expect, test } from 'vitest';
import { Random } from '../testing/damage.ts';
import { findBytes, needles } from './hex-find.ts';

const CONTROL = { cancelled: () => false, progress: () => {} };
const over = (bytes: Uint8Array) => async (offset: number, length: number) => bytes.slice(offset, offset + length);

test('pairs of hex digits are bytes, all else is text of two kinds', () => {
  expect(needles('4D 5a90')).toEqual([Uint8Array.of(0x4d, 0x5a, 0x90)]);
  expect(needles('0x4d,0x5a')).toEqual([Uint8Array.of(0x4d, 0x5a)]);
  expect(needles('Hi')).toEqual([Uint8Array.of(0x48, 0x69), Uint8Array.of(0x48, 0, 0x69, 0)]);
  expect(needles('"ab"')).toEqual([Uint8Array.of(0x61, 0x62), Uint8Array.of(0x61, 0, 0x62, 0)]);
  expect(needles('abc')[0]).toEqual(Uint8Array.of(0x61, 0x62, 0x63));
  expect([needles(''), needles('文')[1]]).toEqual([[], Uint8Array.of(0x87, 0x65)]);
});

test('the next match each way, going round, as a naive search finds it', async () => {
  const random = new Random(5);
  for (let run = 0; run < 300; run++) {
    const bytes = Uint8Array.from({ length: random.below(40) }, () => random.below(3));
    const needle = Uint8Array.from({ length: 1 + random.below(3) }, () => random.below(3));
    const from = random.below(bytes.length + 2) - 1;
    const all = [...bytes.keys()].filter((at) => needle.every((byte, i) => bytes[at + i] === byte));
    const next = all.find((at) => at > from) ?? all[0] ?? null;
    const previous = all.findLast((at) => at < from) ?? all.at(-1) ?? null;
    const find = async (backward: boolean) =>
      (await findBytes(over(bytes), bytes.length, [needle], from, backward, CONTROL))?.offset ?? null;
    expect([await find(false), await find(true)], `run ${run}`).toEqual([next, previous]);
  }
});

test('a match over the edge of a piece is found, and the length is that of what was found', async () => {
  const bytes = new Uint8Array((2 << 20) + 10);
  const edge = (1 << 20) - 1;
  bytes.set([0x48, 0, 0x69, 0], edge);
  const found = await findBytes(over(bytes), bytes.length, needles('Hi'), -1, false, CONTROL);
  expect(found).toEqual({ offset: edge, length: 4 });
  expect(await findBytes(over(bytes), bytes.length, needles('Hi'), bytes.length, true, CONTROL)).toEqual(found);
});

test('a search can be given up, and tells how far it is', async () => {
  const bytes = new Uint8Array(5 << 20);
  const done: number[] = [];
  const control = { cancelled: () => done.length === 2, progress: (count: number) => void done.push(count) };
  expect(await findBytes(over(bytes), bytes.length, needles('FF'), -1, false, control)).toBeNull();
  expect(done).toEqual([1 << 20, 2 << 20]);
});
