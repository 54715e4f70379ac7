/** What is written for a store is what its reader reads. */
import { expect, test } from 'vitest';
import type { Finding } from '../../../base/findings.ts';
import { windowsUpcase } from '../../../index/upcase.ts';
import { file, nodeTable } from '../../../testing/chunks.ts';
import type { FileMarker } from '../../types.ts';
import { mountOfFile, ownStore } from './index.ts';
import { readJournal } from './journal.ts';
import { fileOfMount, journalLine, storeHeader } from './write.ts';

const MARKS: readonly FileMarker[] = [
  { kind: 'whiteout', path: ['a', 'b.txt'] },
  { kind: 'whiteout', path: ['half\ud800', 'x'] },
  { kind: 'opaque', path: ['D', '\u8ba1\u5212 "quoted"'] },
  { kind: 'origin', path: ['New'], from: ['Old', 'nul\0'] },
];
const upcase = windowsUpcase();

test('marks come back, odd names included', () => {
  const journal = new Uint8Array(Buffer.concat(MARKS.map((mark, i) => journalLine(mark, i + 1))));
  const findings: Finding[] = [];
  expect(readJournal(journal, 'x', findings).map(({ generation }) => generation)).toEqual([1, 2, 3, 4]);
  const table = nodeTable({
    '.layer': { 'store.json': file({ size: 30 }), 'markers.ndjson': file({ size: journal.length }) },
    files: { x: '1' },
  });
  const { facts, findings: told, markers } = ownStore.apply(table, upcase, [storeHeader({ id: 'a' }), journal], 'x');
  expect([...findings, ...told]).toEqual([]);
  expect(facts).toEqual({ format: 1, id: 'a' });
  expect(markers).toHaveLength(MARKS.length);
  for (const mark of MARKS) expect(markers).toContainEqual(mark);
});

test('hives are named by their mounts', () => {
  for (const mount of ['HKLM/SOFTWARE', 'HKU/S-1-5-21-1_Classes', 'HKU/ann_b'])
    expect(mountOfFile(fileOfMount(mount), upcase)).toBe(mount);
});
