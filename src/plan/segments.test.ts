import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { hex } from '../base/guid.ts';
import { canonical } from './canonical.ts';
import { merkleRoot } from './merkle.ts';
import { type Segment, SegmentWriter } from './segments.ts';

const sha256 = async (bytes: Uint8Array) => new Uint8Array(createHash('sha256').update(bytes).digest());

function write(
  folder: 'files' | 'registry',
  groups: readonly (readonly [string[], string[]])[],
  limits: { records: number; bytes: number },
) {
  const segments: Segment[] = [];
  const writer = new SegmentWriter(folder, limits, (segment) => segments.push(segment));
  for (const [path, names] of groups) {
    writer.group(path);
    for (const name of names) writer.add({ n: name, a: 'hide' }, name);
  }
  writer.end();
  return segments;
}
const text = (segment: Segment) => new TextDecoder().decode(segment.bytes);

describe('segments', () => {
  test('lines are canonical, grouped, with a table of contents', () => {
    const [segment] = write(
      'files',
      [
        [['d'], ['a', 'b']],
        [['d', 'e'], ['c']],
      ],
      { records: 100, bytes: 1000 },
    );
    expect(text(segment!)).toBe(
      '{"d":"d","e":[{"a":"hide","n":"a"},{"a":"hide","n":"b"}]}\n{"d":"d\\\\e","e":[{"a":"hide","n":"c"}]}\n',
    );
    expect(segment).toMatchObject({ path: 'files/00000.ndjson', records: 3, first: 'd\\a', last: 'd\\e\\c' });
    for (const line of text(segment!).trimEnd().split('\n')) expect(canonical(JSON.parse(line))).toBe(line);
    const [keys] = write('registry', [[['k\0'], ['a']]], { records: 100, bytes: 1000 });
    expect(text(keys!)).toBe('{"e":[{"a":"hide","n":"a"}],"k16":"awAAAA"}\n');
  });

  test('a segment ends at the number of records, and a cut group goes on in the next', () => {
    const segments = write('files', [[['d'], ['a', 'b', 'c', 'd', 'e']]], { records: 2, bytes: 1000 });
    expect(segments.map((s) => s.records)).toEqual([2, 2, 1]);
    expect(segments.map((s) => s.path)).toEqual(['files/00000.ndjson', 'files/00001.ndjson', 'files/00002.ndjson']);
    expect(segments.every((s) => text(s).startsWith('{"d":"d","e":[') && text(s).endsWith(']}\n'))).toBe(true);
  });

  test('no segment has more bytes than the limit, counted in UTF-8', () => {
    const names = Array.from({ length: 200 }, (_, i) => `ä€\u{1f600}${i}`);
    const segments = write('files', [[['d\u{1f600}'], names]], { records: 1000, bytes: 700 });
    expect(segments.length).toBeGreaterThan(5);
    for (const segment of segments) expect(segment.bytes.length).toBeLessThanOrEqual(700);
    // Full as well: the next record would not have fitted.
    for (const segment of segments.slice(0, -1)) expect(segment.bytes.length).toBeGreaterThan(700 - 60);
    expect(segments.reduce((sum, s) => sum + s.records, 0)).toBe(200);
  });

  test('a record larger than the limit has a segment of its own', () => {
    const segments = write('files', [[['d'], ['a', 'x'.repeat(500), 'z']]], { records: 100, bytes: 100 });
    expect(segments.map((s) => s.records)).toEqual([1, 1, 1]);
  });
});

describe('Merkle root', () => {
  const leaf = (n: number) => new Uint8Array(32).fill(n);
  const node = (prefix: number, ...parts: Uint8Array[]) => {
    const hash = createHash('sha256').update(Uint8Array.of(prefix));
    for (const part of parts) hash.update(part);
    return new Uint8Array(hash.digest());
  };

  test('of nothing, one, two and three hashes', async () => {
    const [a, b, c] = [leaf(1), leaf(2), leaf(3)];
    expect(hex(await merkleRoot([], sha256))).toBe(createHash('sha256').digest('hex'));
    expect(await merkleRoot([a], sha256)).toEqual(node(0, a));
    const ab = node(1, node(0, a), node(0, b));
    expect(await merkleRoot([a, b], sha256)).toEqual(ab);
    expect(await merkleRoot([a, b, c], sha256)).toEqual(node(1, ab, node(0, c)));
  });

  test('order and number matter', async () => {
    const roots = await Promise.all(
      [[1, 2], [2, 1], [1, 2, 2], [1]].map(async (list) => hex(await merkleRoot(list.map(leaf), sha256))),
    );
    expect(new Set(roots).size).toBe(4);
  });
});
