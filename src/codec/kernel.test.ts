/** An instance that traps is dropped, the user hears of it, and the next call has a new one. */
import { expect, test } from 'vitest';
import { FormatError } from '../base/errors.ts';
import { Kernel } from './kernel.ts';

/** (memory 1 4), count: adds one to the word at 0, writes it, grows the memory; trap: unreachable. */
const MODULE = Uint8Array.of(
  ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
  ...[1, 8, 2, 0x60, 0, 1, 0x7f, 0x60, 0, 0], // types: () -> i32, () -> ()
  ...[3, 4, 3, 0, 1, 0], // functions
  ...[5, 4, 1, 1, 1, 4], // memory of 1 to 4 pages
  ...[7, 32, 4], // exports
  ...[6, 0x6d, 0x65, 0x6d, 0x6f, 0x72, 0x79, 2, 0], // memory
  ...[5, 0x63, 0x6f, 0x75, 0x6e, 0x74, 0, 0], // count
  ...[4, 0x74, 0x72, 0x61, 0x70, 0, 1], // trap
  ...[4, 0x67, 0x72, 0x6f, 0x77, 0, 2], // grow
  ...[10, 33, 3],
  ...[20, 0, 0x41, 0, 0x41, 0, 0x28, 2, 0, 0x41, 1, 0x6a, 0x36, 2, 0, 0x41, 0, 0x28, 2, 0, 0x0b],
  ...[3, 0, 0x00, 0x0b],
  ...[6, 0, 0x41, 1, 0x40, 0, 0x0b],
);

interface Exports {
  readonly memory: WebAssembly.Memory;
  count(): number;
  trap(): void;
  grow(): number;
}

test('a trap drops the instance', () => {
  const kernel = new Kernel<Exports>(new WebAssembly.Module(MODULE));
  const count = () => kernel.run('a.wim', 16, (e) => e.count());
  expect([count(), count()]).toEqual([1, 2]);
  const before = kernel.exports;
  let error: unknown;
  try {
    kernel.run('a.wim', 16, (e) => e.trap());
  } catch (caught) {
    error = caught;
  }
  expect(error).toBeInstanceOf(FormatError);
  expect((error as FormatError).code).toBe('UnexpectedTrap');
  expect((error as FormatError).where).toEqual({ source: 'a.wim', offset: 16 });
  expect(kernel.exports).not.toBe(before);
  expect(count()).toBe(1);
  expect(kernel.bytes[0]).toBe(1);
});

test('the view follows a memory that grew', () => {
  const kernel = new Kernel<Exports>(new WebAssembly.Module(MODULE));
  expect(kernel.bytes.length).toBe(65536);
  kernel.run('a.wim', null, (e) => e.grow());
  kernel.run('a.wim', null, (e) => e.count());
  expect(kernel.bytes.length).toBe(131072);
  expect(kernel.bytes[0]).toBe(1);
});
