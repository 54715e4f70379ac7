import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { SupervisedImage } from './image-worker.ts';
import { createReaders } from './readers.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function started() {
  const all: { name: string; die: (error: Error) => void; reader: SupervisedImage }[] = [];
  let fails = 0;
  const readers = createReaders((name, onDeath) => {
    if (fails > 0) {
      fails--;
      return Promise.reject(new Error(`${name} could not be started`));
    }
    const reader = { api: {}, end() {}, ended: false } as unknown as SupervisedImage;
    all.push({ name, die: onDeath, reader });
    return Promise.resolve(reader);
  });
  const failNext = () => {
    fails = 1;
  };
  return { all, readers, failNext, names: () => all.map(({ name }) => name) };
}

test('a prober and a reader wait when the page is quiet, and one more after each image', async () => {
  const { all, readers, names } = started();
  expect(names()).toEqual([]);
  vi.runAllTimers();
  expect(names()).toEqual(['probe', 'image1']);
  const dead: string[] = [];
  expect(await readers.take((error) => dead.push(error.message))).toBe(all[1]!.reader);
  vi.runAllTimers();
  expect(names()).toEqual(['probe', 'image1', 'image2']);
  all[1]!.die(new Error('gone'));
  expect(dead).toEqual(['gone']);
});

test('two images at once get a reader each', async () => {
  const { all, readers } = started();
  vi.runAllTimers();
  const [one, two] = await Promise.all([readers.take(() => {}), readers.take(() => {})]);
  expect([one, two]).toEqual([all[1]!.reader, all[2]!.reader]);
  expect(one).not.toBe(two);
});

test('a waiting reader that dies is not handed out', async () => {
  const { all, readers } = started();
  vi.runAllTimers();
  all[1]!.die(new Error('gone'));
  expect(await readers.take(() => {})).toBe(all[2]!.reader);
});

test('what could not be started is tried again when it is asked for', async () => {
  const { readers, failNext, names } = started();
  failNext();
  await expect(readers.prober()).rejects.toThrow('probe could not be started');
  await readers.prober();
  failNext();
  await expect(readers.take(() => {})).rejects.toThrow('image1 could not be started');
  await readers.take(() => {});
  expect(names()).toEqual(['probe', 'image2']);
});
