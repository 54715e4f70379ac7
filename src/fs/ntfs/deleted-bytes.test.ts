/** What is left of a deleted file can be read; what others use now is never handed out as its bytes. */
import { expect, test } from 'vitest';
import { FormatError } from '../../base/errors.ts';
import { readBytes } from '../../source/read.ts';
import { buildVolume } from '../../testing/ntfs-volume.ts';
import type { DeletedFile } from '../types.ts';

const text = (s: string) => new TextEncoder().encode(s);
const big = new Uint8Array(50_000).map((_, i) => (i * 7 + (i >> 8)) & 255);
const { volume } = buildVolume([
  { name: 'here.txt', data: text('here') },
  { name: 'resident', data: text('gone'), deleted: 'free' },
  { name: 'empty', deleted: 'free' },
  { name: 'pieces', data: big, fragments: 8, runsPerPiece: 2, deleted: 'free' },
  { name: 'holes', data: new Uint8Array(50_000), sparse: true, deleted: 'free' },
  { name: 'packed', data: new Uint8Array(200_000).fill(7), compressed: true, deleted: 'free' },
  { name: 'partly', data: big, fragments: 3, deleted: 'partly' },
  { name: 'used', data: big, fragments: 3, deleted: 'used' },
  { name: 'tree', deleted: 'free', dir: [] },
]);

const files = new Map<string, DeletedFile>();
const scan = volume.deleted!((file) => files.set(file.path, file));
while (!scan.step(20));

const bytesOf = (name: string) => {
  const source = volume.openDeleted!(files.get(name)!.ref);
  return readBytes(source, 0, source.size);
};
const refusal = (read: () => unknown) => {
  try {
    read();
  } catch (error) {
    if (error instanceof FormatError) return error.code;
    throw error;
  }
  return null;
};

test('bytes that no other file uses are those of the file', () => {
  expect(bytesOf('resident')).toEqual(text('gone'));
  expect(bytesOf('empty')).toEqual(new Uint8Array(0));
  expect(bytesOf('pieces')).toEqual(big);
  expect(bytesOf('holes')).toEqual(new Uint8Array(50_000));
  expect(bytesOf('packed')).toEqual(new Uint8Array(200_000).fill(7));
});

test('bytes that other files use are refused, all or a part', () => {
  expect(refusal(() => bytesOf('partly'))).toBe('MissingData');
  expect(refusal(() => bytesOf('used'))).toBe('MissingData');
});

test('nothing but deleted files is opened', () => {
  expect(refusal(() => volume.openDeleted!(volume.rootRef))).toBe('MissingItem');
  expect(refusal(() => bytesOf('tree'))).toBe('MissingItem');
});
