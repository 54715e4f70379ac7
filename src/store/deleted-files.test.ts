import { expect, test } from 'vitest';
import type { DeletedFileRow, LayerInfo, WorkspaceApi } from '../engine/api.ts';
import { createDeletedFiles, isSavable, keepsDeleted, nameOf } from './deleted-files.ts';
import type { ReadBytes } from './saving.ts';

const row = (ref: number, over: Partial<DeletedFileRow> = {}): DeletedFileRow =>
  ({ ref, path: `folder\\f${ref}.txt`, directory: false, size: 10, data: 'free', ...over }) as DeletedFileRow;
const LAYER = { id: 'a', name: 'disk', format: 'vhdx gpt ntfs' } as LayerInfo;

/** An api that waits for `next` at each step; each step finds one file, the third is the last. */
function made() {
  const waiting: (() => void)[] = [];
  const asked: boolean[] = [];
  const saved: { name: string; size: number; read: ReadBytes }[] = [];
  let at = 0;
  const api = {
    async deletedFiles(_layer: string, again: boolean) {
      asked.push(again);
      await new Promise<void>((resolve) => waiting.push(resolve));
      at = again ? 1 : at + 1;
      return { files: [row(at)], done: at, total: 3, finished: at === 3, supported: true };
    },
    readDeletedFile: async (layer: string, ref: number, offset: number, length: number) =>
      Uint8Array.of(layer.length, ref, offset, length),
  } as unknown as WorkspaceApi;
  const bytes = async (name: string, size: number, read: ReadBytes) => void saved.push({ name, size, read });
  const model = createDeletedFiles(api, { bytes });
  const next = async () => {
    waiting.shift()?.();
    await new Promise((resolve) => setTimeout(resolve));
  };
  return { model, next, asked, saved };
}

test('files come step by step until the volume is looked through', async () => {
  const { model, next, asked } = made();
  model.open(LAYER);
  expect([model.layer.value?.name, model.progress.value]).toEqual(['disk', { done: 0, total: null }]);
  await next();
  expect([model.rows.value.length, model.progress.value]).toEqual([1, { done: 1, total: 3 }]);
  await next();
  await next();
  expect([model.rows.value.map(({ ref }) => ref), model.progress.value]).toEqual([[1, 2, 3], null]);
  expect([asked, model.total.value, model.stopped.value]).toEqual([[true, false, false], 3, false]);
  model.filter.value = 'F2';
  expect(model.shown.value.map(({ ref }) => ref)).toEqual([2]);
});

test('a search that is stopped keeps what it found; the next one begins anew', async () => {
  const { model, next, asked } = made();
  model.open(LAYER);
  await next();
  model.stop();
  expect([model.progress.value, model.stopped.value]).toEqual([null, true]);
  await next();
  expect([model.rows.value.length, asked.length]).toEqual([1, 2]);
  model.close();
  expect([model.layer.value, model.rows.value]).toEqual([null, []]);
  model.open(LAYER);
  expect([asked.at(-1), model.stopped.value]).toEqual([true, false]);
});

test('only bytes that no other file uses are saved', async () => {
  const { model, saved } = made();
  model.open(LAYER);
  for (const data of ['none', 'partly', 'used', 'unknown'] as const) model.save(row(5, { data }));
  model.save(row(5, { directory: true }));
  expect(saved).toEqual([]);
  model.save(row(5, { data: 'resident', path: 'a\\b:c?.txt' }));
  expect(saved.map(({ name, size }) => [name, size])).toEqual([['b_c_.txt', 10]]);
  expect(await saved[0]!.read(2, 3)).toEqual(Uint8Array.of(1, 5, 2, 3));
});

test('names and formats', () => {
  expect(nameOf(row(7, { path: '' }))).toBe('record 7');
  expect(isSavable(row(1))).toBe(true);
  expect(
    ['ntfs', 'vhdx gpt ntfs', 'wim', 'vhd mbr fat', 'ntfs regf'].map((format) => keepsDeleted({ format })),
  ).toEqual([true, true, false, false, false]);
});
