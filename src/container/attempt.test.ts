import { expect, test } from 'vitest';
import { type ErrorCode, fail } from '../base/errors.ts';
import { thrown } from '../testing/thrown.ts';
import { attempt, isSound } from './attempt.ts';

const failing = (code: ErrorCode) => () => fail(code, 'disk.vhd', 512, 'this', 'that');

test('damage of one copy is a result', () => {
  expect(isSound(attempt(() => 7))).toBe(true);
  const result = attempt(failing('InvalidChecksum'));
  expect(isSound(result)).toBe(false);
  expect(result).toMatchObject({ code: 'InvalidChecksum', where: { source: 'disk.vhd', offset: 512 } });
});

test.each<ErrorCode>(['UnexpectedChange', 'UnexpectedTrap', 'Cancelled'])(
  '%s goes on up: the other copy would hide it',
  (code) => {
    expect(thrown(() => attempt(failing(code))).code).toBe(code);
  },
);

test('a fault of ours is never taken for damage', () => {
  expect(() => attempt(() => new Uint8Array(-1))).toThrow(RangeError);
});
