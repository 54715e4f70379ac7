import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { createCodecs } from '../../codec/codecs.ts';
import { MemorySource } from '../../source/memory.ts';
import { readBytes } from '../../source/read.ts';
import { checkWindows, expectBytes, recognise, walkContainer } from '../../testing/conformance.ts';
import { Random } from '../../testing/damage.ts';
import { loadModules } from '../../testing/modules.ts';
import { surviveMutations, surviveTruncations } from '../../testing/survive.ts';
import { thrown } from '../../testing/thrown.ts';
import { containerFormats } from '../registry.ts';
import { gzip } from './index.ts';
import { Marks } from './stream.ts';

const codecs = createCodecs(loadModules(true));
const random = new Random(31);
const open = (bytes: Uint8Array) => gzip.open(new MemorySource('x.gz', bytes), { codecs, resolve: () => [] });
const inner = (bytes: Uint8Array) => open(bytes).parts[0]!.source;
/** 30 MB in which every place is another: more than one mark, more than the cache of pieces would need. */
const large = new Uint8Array(30_000_000);
for (let i = 0; i < large.length; i += 7) large[i] = (i >> 12) ^ i;
const packed = new Uint8Array(gzipSync(large, { level: 1 }));

test('is recognised', () => {
  expect(recognise(containerFormats, packed)?.id).toBe('gzip');
  expect(open(packed).facts).toMatchObject({ size: large.length, members: 1, trailing: 0 });
});

test('reads anywhere, forwards and backwards', () => {
  const source = inner(packed);
  expectBytes(readBytes(source, 0, large.length), large);
  for (const at of [29_999_990, 12_345_678, 0, 8_388_600, 20_000_000, 1_048_570])
    expectBytes(readBytes(source, at, 10), large.subarray(at, at + 10), `at ${at}`);
  checkWindows(inner(packed), large, { count: 40, edges: [1 << 20, 8 << 20] });
  const [extent] = source.extents(25_000_000, 5);
  expect(extent).toMatchObject({ kind: 'decoded', file: 'x.gz' });
  expect(extent!.fileOffset).toBeGreaterThan(100_000);
});

test('several members are one stream, with padding behind the last', () => {
  const parts = [random.bytes(100_000), new Uint8Array(0), random.bytes(2_000_000), large.subarray(0, 3_000_000)];
  const bytes = Buffer.concat([...parts.map((part) => gzipSync(part)), Buffer.alloc(512)]);
  const opened = open(new Uint8Array(bytes));
  expect(opened.facts).toMatchObject({ members: 4, trailing: 512 });
  const whole = new Uint8Array(Buffer.concat(parts));
  const { source } = opened.parts[0]!;
  expectBytes(readBytes(source, 0, source.size), whole);
  expectBytes(readBytes(source, 99_999, 20), whole.subarray(99_999, 100_019));
});

test('optional fields of the header', () => {
  const plain = gzipSync('text');
  const fields = [
    Buffer.from([3, 0, 1, 2, 3]),
    Buffer.from('disk.vhd\0'),
    Buffer.from('a comment\0'),
    Buffer.from([9, 9]),
  ];
  const bytes = Buffer.concat([plain.subarray(0, 10), ...fields, plain.subarray(10)]);
  bytes[3] = 2 | 4 | 8 | 16;
  const opened = open(new Uint8Array(bytes));
  expect(opened.parts[0]!.title).toBe('disk.vhd');
  expect(Buffer.from(readBytes(opened.parts[0]!.source, 0, 4)).toString()).toBe('text');
});

test('a wrong CRC and a wrong length are told', () => {
  const bad = packed.slice();
  bad[bad.length - 8]! ^= 1;
  expect(thrown(() => open(bad)).code).toBe('InvalidChecksum');
  const longer = packed.slice();
  longer[longer.length - 4]! ^= 1;
  expect(thrown(() => open(longer)).code).toBe('InvalidLength');
});

test('places stay within 32 MiB of histories, however large the stream', () => {
  const marks = new Marks();
  let most = 0;
  const history = new Uint8Array(0);
  for (let output = 0; output < 64 * 2 ** 30; output += 1 << 20)
    if (marks.until(output) === 0) {
      marks.add({ input: output / 1000, output, place: { bitCount: 0, bitValue: 0, history } });
      most = Math.max(most, marks.list.length);
    }
  expect(most).toBeLessThan(1024);
  const outputs = marks.list.map(({ output }) => output);
  expect(outputs[0]).toBe(0);
  // far apart, but evenly
  expect(Math.max(...outputs.slice(1).map((at, i) => at - outputs[i]!))).toBe(128 << 20);
});

describe('hostile', () => {
  /** Time of the processor that opening takes, and what it gave. */
  const work = (bytes: Uint8Array) => {
    const before = process.cpuUsage();
    const { facts } = open(bytes);
    const { user, system } = process.cpuUsage(before);
    return { facts, milliseconds: (user + system) / 1000 };
  };

  test('a megabyte of empty blocks costs no read for each', () => {
    // fixed codes, no symbol: 3 + 7 bits, not the last; eight of them are ten bytes
    const blocks = new Uint8Array(1 << 20);
    for (let bit = 0; bit + 10 <= blocks.length * 8; bit += 10) blocks[(bit + 1) >> 3]! |= 1 << ((bit + 1) & 7);
    const whole = blocks.length - (blocks.length % 5);
    const [empty] = [gzipSync('')];
    const bytes = Buffer.concat([empty.subarray(0, 10), blocks.subarray(0, whole), empty.subarray(10)]);
    const { facts, milliseconds } = work(new Uint8Array(bytes));
    expect(facts).toMatchObject({ size: 0, members: 1, compressed: bytes.length });
    expect(milliseconds).toBeLessThan(1500);
  });

  test('a megabyte of empty members costs no read for each', () => {
    const empty = gzipSync('');
    const members = Math.floor((1 << 20) / empty.length);
    const last = gzipSync('the end');
    const bytes = new Uint8Array(Buffer.concat([...Array.from({ length: members }, () => empty), last]));
    const { facts, milliseconds } = work(bytes);
    expect(facts).toMatchObject({ size: 7, members: members + 1 });
    expect(Buffer.from(readBytes(inner(bytes), 0, 7)).toString()).toBe('the end');
    expect(milliseconds).toBeLessThan(1500);
  });

  test('a header without an end is refused', () => {
    const long = Buffer.concat([gzipSync('').subarray(0, 10), Buffer.alloc(400_000, 0x61)]);
    long[3] = 8;
    expect(thrown(() => open(new Uint8Array(long))).code).toBe('UnexpectedEnd');
  });

  const small = new Uint8Array(gzipSync(large.subarray(0, 60_000)));
  const exercise = (bytes: Uint8Array) => walkContainer(gzip, bytes, codecs);

  test('survives being cut off anywhere', () => {
    expect(surviveTruncations(small, exercise, [0, 3, 10, small.length - 8])).toBeGreaterThan(10);
  });

  test('fuzz: survives damage', () => {
    expect(surviveMutations(small, exercise, { hot: [0, 3, 10, small.length - 8], count: 300 })).toBeGreaterThan(0);
  }, 600_000);
});
