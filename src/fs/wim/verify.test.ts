/** Verifying in shares, and what a verdict names: every file that uses bad data, in every image. */
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Finding } from '../../base/findings.ts';
import { createCodecs } from '../../codec/codecs.ts';
import { MemorySource } from '../../source/memory.ts';
import { Random } from '../../testing/damage.ts';
import { loadModules } from '../../testing/modules.ts';
import { buildWimWithMap } from '../../testing/wim-builder.ts';
import type { WimEntry } from '../../testing/wim-metadata.ts';
import { mixedData, sampleTree } from '../../testing/wim-sample-tree.ts';
import { buildSolidWim } from '../../testing/wim-solid.ts';
import type { FsVolume } from '../types.ts';
import { wim } from './index.ts';

const modules = loadModules();
const codecs = createCodecs(modules);
const open = (bytes: Uint8Array) =>
  wim.open(new MemorySource('x.wim', bytes), { codecs, modules, resolve: () => [] }).volumes;

function verify(volume: FsVolume, part: number, of: number): Finding[] {
  const findings: Finding[] = [];
  const scan = volume.verify((finding) => findings.push(finding), { part, of })!;
  let done = 0;
  while (!scan.step(5)) {
    expect(scan.done).toBeGreaterThanOrEqual(done);
    done = scan.done;
  }
  expect(scan.done).toBe(scan.total);
  return findings;
}

const shared = mixedData(200_000, 9);
const second: WimEntry = {
  name: '',
  attributes: 0x10,
  dir: [
    { name: 'copy.bin', attributes: 0x20, data: shared },
    { name: 'host.txt', attributes: 0x20, data: mixedData(10, 3), streams: [{ name: 'hidden', data: shared }] },
  ],
};
const first: WimEntry = {
  ...sampleTree(),
  dir: [...sampleTree().dir!, { name: 'shared.bin', attributes: 0x20, data: shared }],
};
const built = buildWimWithMap({
  images: [
    { name: 'one', root: first },
    { name: 'two', root: second },
  ],
  integrity: true,
});

/** The file with a byte of the data of `path` (in the first image) changed. */
function damaged(...names: string[]): Uint8Array {
  const bytes = built.bytes.slice();
  for (const name of names) {
    const volume = open(built.bytes)[0]!;
    const chunk = volume.list(volume.rootRef);
    const text = (i: number) =>
      String.fromCharCode(...chunk.names.subarray(chunk.nameOffset[i]!, chunk.nameOffset[i]! + chunk.nameLength[i]!));
    const row = Array.from({ length: chunk.count }, (_, i) => i).find((i) => text(i) === name)!;
    const { facts } = volume.describe(chunk.ref[row]! as never);
    bytes[Number(facts['resourceOffset']) + Math.floor(Number(facts['resourceBytes']) / 2)]! ^= 0x10;
  }
  return bytes;
}

const key = ({ code, where, facts }: Finding) => JSON.stringify([code, where, facts?.['path'], facts?.['files']]);

test('shares together find what the whole finds, each once', () => {
  const bytes = damaged('shared.bin');
  const whole = verify(open(bytes)[0]!, 0, 1).map(key).sort();
  expect(whole).toHaveLength(2);
  for (const of of [2, 3, 16, 500]) {
    const volume = open(bytes)[0]!;
    const found = Array.from({ length: of }, (_, part) => verify(volume, part, of)).flat();
    expect(found.map(key).sort(), `${of} shares`).toEqual(whole);
  }
  for (const of of [1, 7])
    for (let part = 0; part < of; part++) expect(verify(open(built.bytes)[0]!, part, of)).toEqual([]);
});

test('a bad blob is told with all files that use it, in all images', () => {
  const bytes = damaged('shared.bin');
  const paths = (image: number) => verify(open(bytes)[image]!, 0, 1)[0]!.facts;
  expect(paths(0)).toMatchObject({
    path: '\\shared.bin',
    files: 3,
    paths: ['\\shared.bin', '2::\\copy.bin', '2::\\host.txt:hidden'],
  });
  expect(paths(1)).toMatchObject({ path: '\\copy.bin', files: 3 });
  expect(paths(1)!['ref']).toBeTypeOf('number');
});

describe('with the digest of the platform', () => {
  const subtle = async (bytes: Uint8Array) => new Uint8Array(createHash('sha1').update(bytes).digest());

  /** As a worker does it: between two steps the event loop turns. */
  async function verifyLater(bytes: Uint8Array, digestSha1: (bytes: Uint8Array) => Promise<Uint8Array>) {
    const asked: number[] = [];
    const later = createCodecs(modules, undefined, (part) => {
      asked.push(part.length);
      return digestSha1(part);
    });
    const source = new MemorySource('x.wim', bytes);
    const volume = wim.open(source, { codecs: later, modules, resolve: () => [] }).volumes[0]!;
    const findings: Finding[] = [];
    const scan = volume.verify((finding) => findings.push(finding), { part: 0, of: 1 })!;
    let waits = 0;
    while (!scan.step(50)) {
      waits++;
      await new Promise(setImmediate);
    }
    expect(scan.done).toBe(scan.total);
    return { findings, asked, waits };
  }

  test('the verdict is the same, and the platform was asked for what is not tiny', async () => {
    for (const bytes of [built.bytes, damaged('shared.bin')]) {
      const { findings, asked, waits } = await verifyLater(bytes, subtle);
      expect(findings.map(key)).toEqual(verify(open(bytes)[0]!, 0, 1).map(key));
      expect(asked).toContain(shared.length);
      expect(Math.min(...asked)).toBeGreaterThanOrEqual(4096);
      expect(waits).toBeGreaterThan(0);
    }
  });

  test('what it refuses to hash is hashed here', async () => {
    const bytes = damaged('shared.bin');
    const { findings, asked } = await verifyLater(bytes, () => Promise.reject(new Error('no')));
    expect(asked.length).toBeGreaterThan(0);
    expect(findings.map(key)).toEqual(verify(open(bytes)[0]!, 0, 1).map(key));
  });

  test('two checks that go on by turns do not take what is undecided for bad', async () => {
    const later = createCodecs(modules, undefined, () => Promise.reject(new Error('no')));
    const source = new MemorySource('x.wim', built.bytes);
    const volume = wim.open(source, { codecs: later, modules, resolve: () => [] }).volumes[0]!;
    const findings: Finding[] = [];
    const scans = [0, 0].map(() => volume.verify((finding) => findings.push(finding), { part: 0, of: 1 })!);
    for (let left = scans; left.length > 0; await new Promise(setImmediate))
      left = left.filter((scan) => !scan.step(0));
    expect(findings).toEqual([]);
  });
});

test('a solid resource with two bad files: both are named, and no other', () => {
  // random bytes are stored as they are, so that a changed byte changes one file only
  const random = new Random(5);
  const files = ['a', 'b', 'c', 'd', 'e'].map((name) => ({ name, attributes: 0x20, data: random.bytes(30_000) }));
  const root: WimEntry = { name: '', attributes: 0x10, dir: files };
  for (const codec of ['xpress', 'lzx'] as const) {
    const shape = { codec, chunkSize: 32_768, blobsPerResource: 5 };
    const { bytes } = buildSolidWim({ images: [{ name: 'x', root }] }, shape);
    expect(verify(open(bytes)[0]!, 0, 1)).toEqual([]);
    for (const name of ['b', 'd']) {
      const data = Buffer.from(files.find((file) => file.name === name)!.data.subarray(100, 164));
      bytes[Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).lastIndexOf(data)]! ^= 1;
    }
    const findings = verify(open(bytes)[0]!, 0, 1);
    expect(findings.map(({ code, facts }) => [code, facts?.['path'], facts?.['files']])).toEqual([
      ['wimBlobHash', '\\b', 1],
      ['wimBlobHash', '\\d', 1],
    ]);
  }
});

test('metadata of every image is checked, by the first share only', () => {
  const bytes = built.bytes.slice();
  bytes[built.metadata[1]! + 40]! ^= 1;
  const [own, other] = [verify(open(bytes)[0]!, 0, 4), verify(open(bytes)[0]!, 3, 4)];
  expect(own.map(({ code }) => code).some((code) => code.startsWith('wimMetadata'))).toBe(true);
  expect(other.map(({ code }) => code).some((code) => code.startsWith('wimMetadata'))).toBe(false);
});
