import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { corpus } from '../testing/corpus.ts';
import { windowsUpcase } from './upcase.ts';

/** The table as a file, and where it lies on NTFS volumes of the corpus: they all carry the same one. */
const COPIES = [
  ['christhomas+rust-fs-ntfs/src/upcase-canonical.bin', 0],
  ['SecurityRonin+forensic-vfs-engine/tests/data/gpt_ntfs.E01.raw', 0x103000],
] as const;

for (const [name, offset] of COPIES) {
  const path = corpus(name);
  it.skipIf(path === null)(`equals the table in ${name}`, () => {
    const bytes = readFileSync(path!);
    const units = Uint16Array.from({ length: 65_536 }, (_, i) => bytes.readUInt16LE(offset + i * 2));
    expect(units).toEqual(windowsUpcase());
  });
}
