import { expect, test } from 'vitest';
import { fail } from '../base/errors.ts';
import { damage, Random, truncations } from './damage.ts';
import { survive, surviveMutations } from './survive.ts';

const image = Uint8Array.from({ length: 5000 }, (_, i) => i & 0xff);

test('a seed always makes the same damage and seeds differ', () => {
  const seen = new Set<string>();
  for (let seed = 1; seed <= 100; seed++) {
    const bad = damage(image, seed, [0, 512]);
    expect(bad).toEqual(damage(image, seed, [0, 512]));
    seen.add(Buffer.from(bad).toString('base64'));
  }
  expect(seen.size).toBeGreaterThan(95);
  expect(image).toEqual(Uint8Array.from({ length: 5000 }, (_, i) => i & 0xff));
});

test('hot places are hit more often than the rest', () => {
  let hot = 0;
  for (let seed = 1; seed <= 200; seed++)
    if (
      damage(image, seed, [512])
        .subarray(512, 576)
        .some((b, i) => b !== image[512 + i])
    )
      hot++;
  expect(hot).toBeGreaterThan(100);
});

test('truncations stand around the edges, inside the file', () => {
  const lengths = truncations(1000, [0, 512, 1000], 4);
  expect(lengths).toEqual([0, 1, 8, 250, 500, 511, 512, 513, 520, 750, 999]);
});

test('random numbers keep their bounds', () => {
  const random = new Random(7);
  for (let i = 0; i < 1000; i++) expect(random.below(3)).toBeOneOf([0, 1, 2]);
});

test('survive passes FormatErrors and refuses everything else', () => {
  survive(image, () => fail('InvalidData', 'x', 0, 'a', 'b'), 'fine');
  expect(() => survive(image, () => new Uint8Array(-1), 'seed 3')).toThrow(
    /^seed 3: RangeError \(.+\) instead of a FormatError$/,
  );
  expect(() => surviveMutations(image, () => undefined, { count: 1 })).not.toThrow();
  expect(() => surviveMutations(image, () => new Array(-1), { count: 1 })).toThrow('seed 1: RangeError');
});
