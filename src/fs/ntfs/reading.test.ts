/** How a scan reads: the $MFT once, in the order of its runs, in large pieces; never less than the cache's 64 KiB. */
import { expect, test } from 'vitest';
import { createCodecs } from '../../codec/codecs.ts';
import { BaseSource } from '../../source/base.ts';
import { CachedSource } from '../../source/cached.ts';
import { MemorySource } from '../../source/memory.ts';
import type { ByteSource } from '../../source/types.ts';
import { loadModules } from '../../testing/modules.ts';
import { scanRows } from '../../testing/node-rows.ts';
import { buildNtfs } from '../../testing/ntfs-builder.ts';
import { ntfs } from './index.ts';

const BLOCK = 65_536;

/** Notes each read. */
class Noted extends BaseSource {
  readonly reads: { readonly offset: number; readonly length: number }[] = [];
  readonly #below: ByteSource;

  constructor(below: ByteSource) {
    super(below.name, below.size);
    this.#below = below;
  }

  protected fill(offset: number, dst: Uint8Array): void {
    this.reads.push({ offset, length: dst.length });
    this.#below.readInto(offset, dst);
  }

  protected spans(offset: number, length: number) {
    return this.#below.extents(offset, length);
  }
}

test.each([1, 4])('a scan of a $MFT in %i pieces', (mftFragments) => {
  const root = Array.from({ length: 5000 }, (_, i) => ({ name: `file number ${i}` }));
  const noted = new Noted(new MemorySource('v', buildNtfs({ root, mftFragments })));
  const context = { codecs: createCodecs(loadModules()), modules: loadModules(), resolve: () => [] };
  const volume = ntfs.open(new CachedSource(noted), context).volumes[0]!;
  noted.reads.length = 0;
  expect(scanRows(volume).rows.length).toBeGreaterThan(5000);
  const mft = 5000 * 1024;
  const { reads } = noted;
  for (const { offset, length } of reads)
    expect(length, `${length} bytes at ${offset}`).toBeGreaterThanOrEqual(Math.min(BLOCK, noted.size - offset));
  const large = reads.filter(({ length }) => length >= 1 << 19);
  expect(large.reduce((sum, { length }) => sum + length, 0)).toBeGreaterThan(mft * 0.8);
  // each byte once, and never backwards
  expect(reads.reduce((sum, { length }) => sum + length, 0)).toBeLessThan(mft * 1.2);
  expect(large.every(({ offset }, i) => i === 0 || offset > large[i - 1]!.offset)).toBe(true);
});
