import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { FormatError } from '../base/errors.ts';
import { createLongCall } from './long-call.ts';

const FAULT = new FormatError({
  code: 'MissingItem',
  where: { source: 'x', offset: null },
  expected: 'a',
  actual: 'b',
});

/** A call that is answered or refused by hand. */
function held<T>() {
  let answer!: (value: T) => void;
  let refuse!: (reason: unknown) => void;
  const promise = new Promise<T>((yes, no) => {
    [answer, refuse] = [yes, no];
  });
  return { promise, answer, refuse };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('a long call', () => {
  test('shows how far it is, hands the answer over and looks no more', async () => {
    const look = vi.fn(async () => 7);
    const long = createLongCall<number>(look);
    const call = held<string>();
    const taken: string[] = [];
    const run = long.run(
      0,
      () => call.promise,
      (answer) => taken.push(answer),
    );
    expect(long.progress.value).toBe(0);
    await vi.advanceTimersByTimeAsync(450);
    expect([long.progress.value, look.mock.calls.length]).toEqual([7, 2]);
    call.answer('done');
    await run;
    expect([taken, long.progress.value, long.error.value]).toEqual([['done'], null, null]);
    await vi.advanceTimersByTimeAsync(1000);
    expect(look).toHaveBeenCalledTimes(2);
  });

  test('says why it failed, until something else is asked', async () => {
    const long = createLongCall<number>(async () => null);
    const failed = vi.fn();
    await long.run(
      0,
      () => Promise.reject(FAULT),
      () => expect.unreachable(),
      failed,
    );
    expect(failed).toHaveBeenCalledOnce();
    expect([long.error.value?.code, long.progress.value]).toEqual(['MissingItem', null]);
    void long.run(
      0,
      () => held<void>().promise,
      () => {},
    );
    expect(long.error.value).toBeNull();
  });

  test.each(['answer', 'refuse'] as const)(
    'is forgotten when it is given up or another one is asked: %s',
    async (how) => {
      const long = createLongCall<number>(async () => null);
      const [first, second] = [held<unknown>(), held<unknown>()];
      const taken: unknown[] = [];
      const take = (answer: unknown) => taken.push(answer);
      const one = long.run(
        1,
        () => first.promise,
        take,
        () => taken.push('failed'),
      );
      const two = long.run(
        2,
        () => second.promise,
        take,
        () => taken.push('failed'),
      );
      first[how](FAULT);
      await one;
      expect([long.progress.value, taken]).toEqual([2, []]);
      long.end();
      second[how](FAULT);
      await two;
      expect([long.progress.value, long.error.value, taken]).toEqual([null, null, []]);
    },
  );
});
