import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { thrown } from '../testing/thrown.ts';
import { NodeFileSource } from './node-file.ts';
import { readBytes } from './read.ts';

const pattern = (length: number, seed = 0) => Uint8Array.from({ length }, (_, i) => (i * 7 + seed) & 0xff);

test('a file in Node is read and its change is told', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'source-'));
  try {
    const file = path.join(folder, 'x.img');
    writeFileSync(file, pattern(5000));
    const source = new NodeFileSource(file);
    expect(source.name).toBe('x.img');
    expect(readBytes(source, 1000, 10)).toEqual(pattern(5000).subarray(1000, 1010));
    utimesSync(file, 1, 1);
    expect(thrown(() => readBytes(source, 0, 1)).code).toBe('UnexpectedChange');
    source.close();
    expect(thrown(() => new NodeFileSource(folder)).code).toBe('UnsupportedFormat');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
