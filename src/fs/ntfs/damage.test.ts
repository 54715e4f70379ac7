/** Damaged and truncated volumes end in a result or a FormatError, soon; what is not damaged still lists. */
import { expect, test } from 'vitest';
import { FormatError } from '../../base/errors.ts';
import { MemorySource } from '../../source/memory.ts';
import { loadModules } from '../../testing/modules.ts';
import { chunkRows, scanRows } from '../../testing/node-rows.ts';
import { buildNtfs } from '../../testing/ntfs-builder.ts';
import { surviveMutations, surviveTruncations } from '../../testing/survive.ts';
import { ntfs } from './index.ts';

const text = (s: string) => new TextEncoder().encode(s);
const image = buildNtfs({
  mftFragments: 2,
  root: [
    ...Array.from({ length: 60 }, (_, i) => ({
      name: `file ${i}`,
      shortName: `FILE~${i}`,
      data: text('x'.repeat(i * 9)),
    })),
    { name: 'fragments', data: new Uint8Array(40_000).fill(7), fragments: 4, runsPerPiece: 2 },
    { name: 'sparse', data: new Uint8Array(40_000), sparse: true },
    { name: 'packed', data: text('text that shrinks '.repeat(5000)), compressed: true },
    { name: 'dir', dir: [{ name: 'deep', dir: [{ name: 'x', streams: [{ name: 's', data: text('stream') }] }] }] },
    { name: 'link', reparse: { tag: 0xa000_000c, data: new Uint8Array(20) } },
    { name: 'alias', reparse: { tag: 0x8000_001b, data: new Uint8Array(60).fill(1) } },
    { name: 'layer', reparse: { tag: 0x8000_0018, data: new Uint8Array(40).fill(2) } },
    { name: 'special', reparse: { tag: 0x8000_0014, data: text('LNK\u0001\0\0\0\0t\0') } },
    { name: 'ea', ea: new Uint8Array(40).fill(4), objectId: new Uint8Array(64).fill(5) },
    { name: 'gone', data: new Uint8Array(9000), fragments: 2, deleted: 'partly' },
  ],
});
const view = new DataView(image.buffer);
const mft = Number(view.getBigUint64(48, true)) * 4096;
const records = Math.min(100, Math.floor((image.length - mft) / 1024));
const indexes = [];
for (let at = 0; at < image.length; at += 4096) if (view.getUint32(at, true) === 0x5844_4e49) indexes.push(at);
/** Boot sector, headers and attributes of the records, index blocks. */
const hot = [0, 40, ...indexes, ...Array.from({ length: records * 4 }, (_, i) => mft + i * 256)];

const modules = loadModules();
/** Everything the tab does with a volume. */
function exercise(bytes: Uint8Array): void {
  const opened = ntfs.open(new MemorySource('bad.img', bytes), { codecs: {} as never, modules, resolve: () => [] });
  const volume = opened.volumes[0]!;
  opened.fingerprint();
  const attempt = (run: () => void) => {
    try {
      run();
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
    }
  };
  const { rows } = scanRows(volume);
  const links = new Set(rows.map((r) => `${r.id}/${r.parent}/${r.name}`));
  expect(links.size).toBe(rows.length);
  attempt(() => chunkRows(volume.list(volume.rootRef)));
  for (const row of rows.filter((_, i) => i % 7 === 0 || i > rows.length - 12)) {
    if ((row.flags & 1) !== 0) attempt(() => volume.list(row.ref));
    attempt(() => volume.describe(row.ref));
    attempt(() => {
      const source = volume.open(row.ref);
      const size = Math.min(source.size, 65_536);
      source.readInto(source.size - size, new Uint8Array(size));
      for (const extent of source.extents(0, size)) expect(extent.length).toBeGreaterThan(0);
    });
  }
  const deleted = volume.deleted!(() => {});
  while (!deleted.step(50));
  const check = volume.verify(() => {});
  while (check?.step(50) === false);
}

test('the image itself is whole', () => {
  exercise(image);
});

test('survives truncation', () => {
  expect(surviveTruncations(image, exercise, [0, 512, 8192, mft, mft + 1024, image.length - 512])).toBeGreaterThan(30);
});

test('fuzz: survives damage', () => {
  expect(surviveMutations(image, exercise, { hot, count: 300 })).toBeGreaterThan(0);
});

test('lists what the damage does not touch', () => {
  const damaged = image.slice();
  damaged.fill(0xff, mft + 40 * 1024, mft + 41 * 1024); // record 40: `file 8`
  const opened = ntfs.open(new MemorySource('bad.img', damaged), { codecs: {} as never, modules, resolve: () => [] });
  const { rows, findings } = scanRows(opened.volumes[0]!);
  const names = new Set(rows.map((r) => r.name));
  expect(names.has('file 8')).toBe(false);
  for (let i = 0; i < 60; i++) if (i !== 8) expect(names.has(`file ${i}`)).toBe(true);
  expect(findings.map((f) => [f.code, f.facts!['record']])).toEqual([['ntfsRecordSignature', 40]]);
});
