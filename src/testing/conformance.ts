/**
 * What every format must pass. The checks take sources and bytes, not formats, so that containers, file systems and
 * hives share them; `containerConformance` puts them together for a container.
 *
 * - recognised by content alone, and by no format that stands before it
 * - random windows, unaligned and across structure edges, equal a naive reference
 * - `extents` cover exactly, are joined, and agree with the bytes
 * - cut off at each edge or damaged by seed, it ends in a result or a FormatError within two seconds
 */
import { describe, expect, test } from 'vitest';
import { FormatError } from '../base/errors.ts';
import { PROBE_HEAD, PROBE_TAIL } from '../base/limits.ts';
import type { Codecs } from '../codec/types.ts';
import type { ContainerFormat, OpenedContainer } from '../container/types.ts';
import { type FsFormat, NodeFlag } from '../fs/types.ts';
import type { FormatDescriptor, ProbeWindow, Resolve } from '../source/format.ts';
import { MemorySource } from '../source/memory.ts';
import { readBytes } from '../source/read.ts';
import type { ByteSource } from '../source/types.ts';
import { Random } from './damage.ts';
import { scanRows } from './node-rows.ts';
import { type Exercise, surviveMutations, surviveTruncations } from './survive.ts';

/** What the engine hands to `probe`. */
export function probeWindow(source: ByteSource): ProbeWindow {
  return {
    head: readBytes(source, 0, Math.min(PROBE_HEAD, source.size)),
    tail: readBytes(source, Math.max(0, source.size - PROBE_TAIL), Math.min(PROBE_TAIL, source.size)),
    size: source.size,
  };
}

/** The first of `formats` that takes the bytes; the name of the file plays no part. */
export function recognise<T extends FormatDescriptor>(formats: readonly T[], bytes: Uint8Array): T | undefined {
  const window = probeWindow(new MemorySource('unknown', bytes));
  return formats.find((format) => format.probe(window));
}

/** Throws unless two runs of bytes are equal; vitest's own comparison of megabytes takes seconds. */
export function expectBytes(got: Uint8Array, expected: Uint8Array, what = 'bytes'): void {
  if (Buffer.compare(got, expected) === 0) return;
  const at = got.findIndex((byte, i) => byte !== expected[i]);
  throw new Error(`${what} differ: lengths ${got.length} and ${expected.length}, first difference at ${at}`);
}

/** Reads `count` windows, half of them across one of `edges`, and compares each with `expected`. */
export function checkWindows(
  source: ByteSource,
  expected: Uint8Array,
  options: { count?: number; edges?: readonly number[]; seed?: number } = {},
): void {
  const { count = 300, edges = [], seed = 1 } = options;
  expect(source.size).toBe(expected.length);
  const random = new Random(seed);
  for (let i = 0; i < count; i++) {
    const length = Math.min(expected.length, random.below(i % 8 === 0 ? 1 << 20 : 10_000));
    const near = edges.length > 0 && i % 2 === 0 ? random.pick(edges) - random.below(length + 1) : null;
    const offset = Math.min(Math.max(0, near ?? random.below(expected.length + 1)), expected.length - length);
    const what = `seed ${seed}: ${length} bytes at ${offset} of ${source.name}`;
    expectBytes(readBytes(source, offset, length), expected.subarray(offset, offset + length), what);
  }
  expect(readBytes(source, 0, 0)).toHaveLength(0);
  expect(() => source.readInto(expected.length, new Uint8Array(1))).toThrow(FormatError);
}

/**
 * Checks that extents cover a range in order without gap, that neighbours are joined, and that what they say is so.
 * @param files the bytes of the user's files by name
 */
export function checkExtents(source: ByteSource, files: Readonly<Record<string, Uint8Array>>): void {
  let end = 0;
  let last: { kind: string; file: string | null; fileEnd: number } | null = null;
  for (const { kind, offset, length, file, fileOffset, fileLength } of source.extents(0, source.size)) {
    expect(offset).toBe(end);
    expect(length).toBeGreaterThan(0);
    end += length;
    const goesOn = last?.kind === kind && last.file === file && (file === null || last.fileEnd === fileOffset);
    expect(goesOn, `extent at ${offset} goes on where the one before it ends`).toBe(false);
    last = { kind, file, fileEnd: fileOffset + fileLength };
    if (kind === 'missing') {
      expect(() => readBytes(source, offset, 1)).toThrow('MissingData');
      continue;
    }
    const bytes = readBytes(source, offset, length);
    if (kind === 'zero') expectBytes(bytes, new Uint8Array(length), `zeros at ${offset}`);
    if (kind !== 'stored') continue;
    expect(fileLength).toBe(length);
    expectBytes(bytes, files[file!]!.subarray(fileOffset, fileOffset + length), `bytes stored at ${offset}`);
  }
  expect(end).toBe(source.size);
}

export interface ContainerCase {
  /** What the image is: `dynamic, blocks of 4 KiB`. */
  readonly name: string;
  readonly format: ContainerFormat;
  /** All formats of the stage in their order. */
  readonly registry: readonly ContainerFormat[];
  readonly codecs: Codecs;
  readonly image: Uint8Array;
  /** Content of each part, in order. */
  readonly contents: readonly Uint8Array[];
  /** Offsets in the file where structures begin or end: cut there, and damaged there first. */
  readonly edges: readonly number[];
  /** Offsets in the parts where blocks meet. */
  readonly seams?: readonly number[];
  /** How many damaged images to try, 2,000 when absent; every second is mended when there is `mend`. */
  readonly mutations?: number;
  /** Makes checksums right again after damage, so that it gets past them. */
  readonly mend?: (image: Uint8Array) => void;
  /** The other files of the image: what answers its needs, and their bytes by name. */
  readonly others?: { readonly resolve: Resolve; readonly files: Readonly<Record<string, Uint8Array>> };
}

const NAME = 'unknown';

/** Registers the conformance tests of one container image. */
export function containerConformance(given: ContainerCase): void {
  const { format, image, codecs, contents, edges } = given;
  const { resolve, files } = given.others ?? { resolve: () => [], files: {} };
  const open = (bytes: Uint8Array): OpenedContainer => format.open(new MemorySource(NAME, bytes), { codecs, resolve });
  const exercise: Exercise = (bytes) => walkContainer(format, bytes, codecs, resolve);

  describe(`${format.id}: ${given.name}`, () => {
    test('is recognised by its content', () => {
      expect(recognise(given.registry, image)?.id).toBe(format.id);
    });

    test('holds what it should, in random windows', () => {
      const { parts, findings } = open(image);
      expect(findings.filter(({ severity }) => severity !== 'info')).toEqual([]);
      expect(parts).toHaveLength(contents.length);
      parts.forEach(({ source }, i) => {
        checkWindows(source, contents[i]!, { edges: given.seams ?? [] });
      });
    });

    test('tells where its bytes lie', () => {
      for (const { source } of open(image).parts) checkExtents(source, { ...files, [NAME]: image });
    });

    test('has an identity and a fingerprint that do not depend on the run', () => {
      const identity = format.identify(new MemorySource(NAME, image), codecs);
      expect(identity.self).toEqual(open(image).identity);
      const [first, second] = [open(image).fingerprint(), open(image.slice()).fingerprint()];
      expect(first.map(({ what }) => what)).toEqual(second.map(({ what }) => what));
      for (const [i, { bytes, what }] of first.entries()) expectBytes(bytes, second[i]!.bytes, what);
    });

    test('survives being cut off anywhere', () => {
      expect(surviveTruncations(image, exercise, edges)).toBeGreaterThan(30);
    });

    test('fuzz: survives damage', () => {
      let tried = 0;
      const mend = (bytes: Uint8Array): void => {
        if (tried++ % 2 === 1) given.mend?.(bytes);
      };
      surviveMutations(image, exercise, { count: given.mutations ?? 2000, hot: edges, mend });
    }, 600_000);
  });
}

/** Probes, identifies, opens, and reads ends, middles and extents of everything. @throws FormatError, or breaks the promise */
export function walkContainer(
  format: ContainerFormat,
  bytes: Uint8Array,
  codecs: Codecs,
  resolve: Resolve = () => [],
): void {
  const source = new MemorySource(NAME, bytes);
  format.probe(probeWindow(source));
  format.identify(source, codecs);
  const opened = format.open(source, { codecs, resolve });
  opened.fingerprint();
  expect(opened.findings.length).toBeLessThanOrEqual(1000);
  for (const part of opened.parts) walkSource(part.source);
}

/**
 * Everything the tab does with a volume of a file system. @throws FormatError, or breaks the promise
 * @param oneNameEach the format knows no hard links: no two rows may be one file
 */
export function walkVolume(
  format: FsFormat,
  bytes: Uint8Array,
  oneNameEach = false,
  codecs: Codecs = {} as never,
): void {
  const opened = format.open(new MemorySource(NAME, bytes), {
    codecs,
    modules: {} as never,
    resolve: () => [],
  });
  opened.fingerprint();
  const volume = opened.volumes[0]!;
  const { rows } = scanRows(volume);
  if (oneNameEach) expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
  for (const row of rows.slice(0, 60))
    for (const run of [
      () => volume.describe(row.ref),
      () => ((row.flags & NodeFlag.directory) !== 0 ? volume.list(row.ref) : null),
      () => walkSource(volume.open(row.ref)),
    ])
      try {
        run();
      } catch (error) {
        if (!(error instanceof FormatError)) throw error;
      }
  const check = volume.verify(() => {});
  while (check?.step(50) === false);
}

/** Reads bits of a source and its extents (of at most 100,000); missing data are as good an answer as bytes. */
export function walkSource(source: ByteSource): void {
  const window = new Uint8Array(Math.min(4096, source.size));
  for (let i = 0; i <= 16; i++) {
    try {
      source.readInto(Math.floor(((source.size - window.length) * i) / 16), window);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
    }
  }
  let end = 0;
  let count = 0;
  for (const { offset, length } of source.extents(0, source.size)) {
    if (offset !== end || !(length > 0)) throw new Error(`extents of ${source.name} leave a gap at ${end}`);
    end += length;
    if (++count === 100_000) return;
  }
  if (end !== source.size) throw new Error(`extents of ${source.name} end at ${end} of ${source.size}`);
}
