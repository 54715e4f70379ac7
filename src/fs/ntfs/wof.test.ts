/** CompactOS files: built with our compressors, and streams that compact.exe made. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { compressLzx } from '../../testing/compress/lzx.ts';
import { compressXpress } from '../../testing/compress/xpress.ts';
import { corpus } from '../../testing/corpus.ts';
import { Random } from '../../testing/damage.ts';
import { concat } from '../../testing/ntfs/encode.ts';
import { buildVolume, content, refusal } from '../../testing/ntfs-volume.ts';
import { ByteState } from '../types.ts';

const data = new Uint8Array(200_000);
data.set(new TextEncoder().encode('some text that shrinks, and shrinks. '.repeat(4000)));
data.set(new Random(1).bytes(50_000), 150_000);

/** The compressed stream: table of offsets, chunks; a chunk that does not shrink is stored. */
function pack(bytes: Uint8Array, chunkSize: number, compress: (chunk: Uint8Array) => Uint8Array | null): Uint8Array {
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += chunkSize) {
    const chunk = bytes.subarray(at, at + chunkSize);
    const packed = compress(chunk);
    chunks.push(packed !== null && packed.length < chunk.length ? packed : chunk);
  }
  const table = new Uint8Array((chunks.length - 1) * 4);
  const view = new DataView(table.buffer);
  let offset = 0;
  chunks.slice(0, -1).forEach((chunk, i) => {
    offset += chunk.length;
    view.setUint32(i * 4, offset, true);
  });
  return concat([table, ...chunks]);
}

function buildCompact(size: number, algorithm: number, packed: Uint8Array) {
  const reparse = new Uint8Array(16);
  reparse.set([1, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, algorithm]);
  const built = buildVolume([
    {
      name: 'file',
      data: new Uint8Array(size),
      sparse: true,
      reparse: { tag: 0x8000_0017, data: reparse },
      streams: [{ name: 'WofCompressedData', data: packed }],
    },
  ]);
  return { ...built, row: built.paths.get('file')! };
}

describe.each([
  { name: 'XPRESS4K', algorithm: 0, chunkSize: 4096 },
  { name: 'LZX', algorithm: 1, chunkSize: 32_768 },
  { name: 'XPRESS8K', algorithm: 2, chunkSize: 8192 },
  { name: 'XPRESS16K', algorithm: 3, chunkSize: 16_384 },
])('$name', ({ algorithm, chunkSize }) => {
  const compress = algorithm === 1 ? (c: Uint8Array) => compressLzx(c, chunkSize) : compressXpress;
  const packed = pack(data, chunkSize, compress);
  const { volume, row } = buildCompact(data.length, algorithm, packed);

  test('reads the bytes and says that they were decoded', () => {
    expect(row).toMatchObject({ size: data.length, byteState: ByteState.wof });
    expect(Buffer.compare(content(volume, row), data)).toBe(0);
    const source = volume.open(row.ref);
    const part = new Uint8Array(50_000);
    source.readInto(140_001, part);
    expect(Buffer.compare(part, data.subarray(140_001, 190_001))).toBe(0);
    const extents = [...source.extents(0, data.length)];
    expect(new Set(extents.map((e) => e.kind))).toEqual(new Set(['decoded', 'stored']));
    expect(extents.reduce((sum, e) => sum + e.length, 0)).toBe(data.length);
  });

  test('refuses a table that does not fit', () => {
    const short = buildCompact(data.length, algorithm, packed.subarray(0, 2));
    expect(refusal(() => short.volume.open(short.row.ref))).toMatch(/^InvalidLength/);
    const backwards = packed.slice();
    backwards.fill(0, 4, 8);
    const bad = buildCompact(data.length, algorithm, backwards);
    expect(refusal(() => bad.volume.open(bad.row.ref))).toMatch(/^InvalidOffset/);
  });
});

const folder = 'fox-it+dissect.ntfs/tests/data/wof';
test.skipIf(corpus(folder) === null).each([
  ['test4k.txt_WofCompressedData', 0, 24_408], // whole words that end in its sixth chunk; the stream does not state it
  ['testlzx.txt_WofCompressedData', 1, 32_544], // as the header of its one LZX block says
])('decodes what compact.exe packed: %s', (name, algorithm, length) => {
  const { volume, row } = buildCompact(length, algorithm, readFileSync(corpus(`${folder}/${name}`)!));
  const text = Buffer.from(content(volume, row)).toString('latin1');
  expect(text).toBe('KUSJESVANSRT'.repeat(3000).slice(0, length));
});
