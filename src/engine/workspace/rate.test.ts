import { expect, test } from 'vitest';
import { Meter } from './rate.ts';

test('rate and time left', () => {
  let now = 0;
  const meter = new Meter('scan', () => now);
  expect(meter.progress(0, 100, 0)).toEqual({ what: 'scan', done: 0, total: 100, rate: 0, secondsLeft: null });
  now = 1000;
  expect(meter.progress(25, 100, 4_000_000)).toEqual({
    what: 'scan',
    done: 25,
    total: 100,
    rate: 4_000_000,
    secondsLeft: 3,
  });
  now = 10_000;
  expect(meter.progress(50, null, 4_000_000).secondsLeft).toBeNull();
  now = 13_000;
  const late = meter.progress(100, 100, 10_000_000);
  expect(late.secondsLeft).toBeNull();
  expect(late.rate).toBeCloseTo(2_000_000);
});
