import { expect, test } from 'vitest';
import { createCodecs } from '../../codec/codecs.ts';
import { MemorySource } from '../../source/memory.ts';
import { readBytes } from '../../source/read.ts';
import { containerConformance } from '../../testing/conformance.ts';
import { Random } from '../../testing/damage.ts';
import { loadModules } from '../../testing/modules.ts';
import { buildSdi } from '../../testing/sdi-builder.ts';
import { containerFormats } from '../registry.ts';
import { sdi } from './index.ts';

const codecs = createCodecs(loadModules());
const random = new Random(37);
const volume = random.bytes(50_000);
const wim = random.bytes(9000);
const none = new Uint8Array(0);
const open = (bytes: Uint8Array) => sdi.open(new MemorySource('boot.sdi', bytes), { codecs, resolve: () => [] });

containerConformance({
  name: 'a volume and an image (fuzz)',
  format: sdi,
  registry: containerFormats,
  codecs,
  image: buildSdi([
    { type: 'BOOT', bytes: random.bytes(512) },
    { type: 'PART', bytes: volume },
    { type: 'WIM', bytes: wim },
  ]),
  contents: [volume, wim],
  edges: [0, 0x400, 0x440, 0x450, 0x458, 0x480, 0x490, 0x498, 8192],
});

test('blobs are named by their slot, code is not shown', () => {
  const { parts, facts } = open(
    buildSdi([
      { type: 'BOOT', bytes: wim },
      { type: 'PART', bytes: volume },
      { type: 'WIM', bytes: wim },
    ]),
  );
  expect(parts.map(({ key, title }) => `${key} ${title}`)).toEqual(['2 Volume', '3 Windows image']);
  expect(facts).toEqual({ pageAlignment: 8192, blobs: ['BOOT', 'PART', 'WIM'] });
});

test('the only thing inside needs no name; a place without anything is passed over', () => {
  const { parts } = open(
    buildSdi([
      { type: 'PART', bytes: volume },
      { type: 'WIM', bytes: none },
    ]),
  );
  expect(parts.map(({ key }) => key)).toEqual(['']);
  expect(readBytes(parts[0]!.source, 0, volume.length)).toEqual(volume);
});

test('a blob that is cut off keeps its size, with the end missing', () => {
  const { parts, findings } = open(buildSdi([{ type: 'PART', bytes: volume }]).subarray(0, 20_000));
  expect(findings.map(({ code }) => code)).toEqual(['partitionCutOff']);
  expect(parts[0]!.source.size).toBe(volume.length);
  expect(() => readBytes(parts[0]!.source, 0, volume.length)).toThrow('MissingData');
});
