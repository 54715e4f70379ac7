import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createWalking, type Watch } from './walking.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Work that ends when it is told to. */
function begin(walking: ReturnType<typeof createWalking>) {
  let resolve!: (taken: string) => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<string>((good, bad) => {
    [resolve, reject] = [good, bad];
  });
  const taken: string[] = [];
  let watch!: Watch;
  const ran = walking.run(
    (given) => {
      watch = given;
      return promise;
    },
    (what) => void taken.push(what),
  );
  return { watch, resolve, reject, ran, taken };
}

test('a walk that is quick is not told; its files are taken', async () => {
  const walking = createWalking();
  const walk = begin(walking);
  walk.watch.step('pool', 3, null);
  walk.resolve('files');
  await walk.ran;
  expect(walk.taken).toEqual(['files']);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(walking.state.value).toBeNull();
});

test('a long one is told as it goes on, until it ends', async () => {
  const walking = createWalking();
  const walk = begin(walking);
  walk.watch.step('pool', 3, null);
  await vi.advanceTimersByTimeAsync(200);
  expect(walking.state.value).toEqual({ name: 'pool', done: 3, total: null });
  walk.watch.step('pool', 4, 9);
  await vi.advanceTimersByTimeAsync(200);
  expect(walking.state.value).toEqual({ name: 'pool', done: 4, total: 9 });
  walk.resolve('files');
  await walk.ran;
  expect([walking.state.value, walk.taken]).toEqual([null, ['files']]);
});

test('all are stopped together; what they find later, and what fails in them, counts no more', async () => {
  const walking = createWalking();
  const [one, two] = [begin(walking), begin(walking)];
  one.watch.step('one', 1, null);
  await vi.advanceTimersByTimeAsync(200);
  walking.cancel();
  expect([walking.state.value, one.watch.stop.aborted, two.watch.stop.aborted]).toEqual([null, true, true]);
  two.watch.step('two', 2, null);
  await vi.advanceTimersByTimeAsync(200);
  expect(walking.state.value).toBeNull();
  one.resolve('files');
  two.reject(new Error('stopped'));
  await Promise.all([one.ran, two.ran]);
  expect([...one.taken, ...two.taken]).toEqual([]);
  // one that hangs for ever keeps nothing of the next
  const hung = begin(walking);
  hung.watch.step('share', 1, null);
  await vi.advanceTimersByTimeAsync(200);
  walking.cancel();
  const next = begin(walking);
  next.watch.step('next', 1, null);
  await vi.advanceTimersByTimeAsync(200);
  expect(walking.state.value?.name).toBe('next');
  next.resolve('files');
  await next.ran;
  expect(walking.state.value).toBeNull();
});

test('what goes wrong is thrown, by the walk and by what follows it', async () => {
  const walking = createWalking();
  const walk = begin(walking);
  walk.reject(new Error('unplugged'));
  await expect(walk.ran).rejects.toThrow('unplugged');
  const failing = walking.run(
    async () => 'files',
    async () => {
      throw new Error('no room');
    },
  );
  await expect(failing).rejects.toThrow('no room');
  expect(walking.state.value).toBeNull();
});
