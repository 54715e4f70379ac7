/**
 * Checks a WIM against what it states: the SHA-1 of every blob and of an image's metadata, and the integrity table.
 *
 *     integrity table: 00 cbSize  04 dwNumElements  08 dwChunkSize (10 MiB)  0C SHA-1s (20 bytes each)
 *     over the file from behind the header to the end of the blob table
 *
 * Images share blobs, so the file is checked as a whole, in the order of its bytes, whichever image is asked; several
 * workers may each take a share. What is bad is told with the paths of all files that use it, in every image.
 */
import { Bytes } from '../../base/bytes.ts';
import { FormatError } from '../../base/errors.ts';
import type { Facts, Finding } from '../../base/findings.ts';
import { hex } from '../../base/guid.ts';
import { place } from '../../source/place.ts';
import type { ByteSource } from '../../source/types.ts';
import type { VerifyShare } from '../types.ts';
import { streamRoles } from './dentry.ts';
import { HEADER_SIZE } from './header.ts';
import { type Member, wholeOf } from './members.ts';
import { type Progress, WAIT } from './steps.ts';
import type { ImageTree } from './tree.ts';
import { readStep, type WimFile } from './wim-file.ts';

/** Paths told of a bad blob; how many there are is told in any case. */
const MAX_PATHS = 1000;
/** Units of all paths that are told: a hundred thousand usual ones. Those of a hostile image may have millions each. */
const MAX_PATH_UNITS = 16 << 20;
/** 10 GiB images have 1,000 chunks of 10 MiB; a million bounds what is read for the table. */
const MAX_INTEGRITY = 20 << 20;
/** Blobs that the platform hashes, where it can: smaller ones are done before it has begun, larger ones are read in pieces. */
const PLATFORM_FROM = 4 << 10;
const PLATFORM_TO = 8 << 20;
/** Bytes that it may have at once: it keeps copies of them. */
const IN_FLIGHT = 32 << 20;

type Report = (finding: Finding) => void;

/** The blobs of the file in the order of their data, and where the bytes of each begin when all are laid end to end. */
interface Order {
  readonly blobs: Uint32Array;
  readonly starts: Float64Array;
  readonly bytes: number;
}

/** Bytes of the whole work that a share is: `from` to `to`, excluded. */
interface Range {
  readonly from: number;
  readonly to: number;
}

export class WimVerifier {
  readonly #file: WimFile;
  /** Blob -> what is wrong with it, null when it is good. */
  readonly #blobs = new Map<number, Facts | null>();
  /** Pieces of integrity tables, by place in the work -> what is wrong. */
  readonly #pieces = new Map<number, Finding | null>();
  #order: Order | null = null;
  #buffer = new Uint8Array(0);
  /** Bytes that the platform is hashing. */
  #inFlight = 0;

  constructor(file: WimFile) {
    this.#file = file;
  }

  /**
   * Checks a share of the file. The work is laid end to end, blobs first and then what the integrity tables cover, and cut
   * into as many parts of equal bytes; what begins in a part belongs to it. The first part also checks the images' metadata.
   * @param image whose paths come first
   */
  *run(image: number, { part, of }: VerifyShare, report: Report, progress: Progress): Generator<unknown> {
    this.#order ??= this.#makeOrder();
    const { blobs, starts, bytes } = this.#order;
    const whole = bytes + this.#covered();
    const range: Range = { from: (whole / of) * part, to: part === of - 1 ? Infinity : (whole / of) * (part + 1) };
    const startOf = (i: number) => starts[i] ?? bytes;
    const [first, end] = [firstFrom(starts, range.from), firstFrom(starts, range.to)];
    const covered = Math.max(0, Math.min(range.to, whole) - Math.max(range.from, bytes));
    progress.total = startOf(end) - startOf(first) + covered;
    if (part === 0) yield* this.#checkMetadata(report);
    const share = blobs.subarray(first, end);
    for (const blob of share) if (!this.#blobs.has(blob)) yield* this.#checkBlob(blob, progress);
    yield* this.#settle(0);
    // what the platform would not hash
    for (const blob of share) if (!this.#blobs.has(blob)) yield* this.#checkBlob(blob, { done: 0, total: null }, false);
    const bad = [...share].filter((blob) => this.#blobs.get(blob) !== null);
    if (bad.length > 0) yield* this.#tellBad(image, bad, report);
    yield* this.#checkIntegrity(bytes, range, report, progress);
    progress.done = progress.total;
  }

  /** Blobs of this WIM in the order of their data, so that each solid chunk is decoded once. */
  #makeOrder(): Order {
    const { blobs: table, files } = this.#file;
    const { homes, offsets, sizes } = table;
    const blobs = Uint32Array.from({ length: table.count }, (_, i) => i).filter(
      (i) => table.kind(i) !== 'elsewhere' && files[homes[i]!]!.role === 'part',
    );
    const places = Float64Array.from({ length: table.count }, (_, i) => table.place(i));
    const compare = (a: number, b: number) =>
      homes[a]! - homes[b]! || places[a]! - places[b]! || offsets[a]! - offsets[b]!;
    // most tables are in order, and looking costs less than sorting
    if (blobs.some((blob, i) => i > 0 && compare(blobs[i - 1]!, blob) > 0)) blobs.sort(compare);
    const starts = new Float64Array(blobs.length);
    let bytes = 0;
    for (let i = 0; i < blobs.length; i++) {
      starts[i] = bytes;
      bytes += sizes[blobs[i]!]!;
    }
    return { blobs, starts, bytes };
  }

  *#checkMetadata(report: Report): Generator<void> {
    for (let image = 0; image < this.#file.blobs.images.length; image++) {
      const tree = yield* this.#tree(image, report);
      for (const finding of tree?.findings.items ?? []) if (finding.code === 'wimMetadataHash') report(finding);
    }
  }

  /** The tree of an image, null with a finding when its metadata cannot be read. */
  *#tree(image: number, report: Report): Generator<void, ImageTree | null> {
    try {
      return yield* this.#file.tree(image);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      report({
        code: 'wimMetadataUnreadable',
        severity: 'error',
        where: error.where,
        message: 'The metadata of the image cannot be read.',
        facts: { what: 'metadata', image: image + 1, expected: error.expected, actual: error.actual },
      });
      return null;
    }
  }

  /** Notes in `#blobs` what is wrong with a blob; later, when the platform hashes it. */
  *#checkBlob(blob: number, progress: Progress, later = true): Generator<unknown> {
    const { blobs, codecs } = this.#file;
    const expected = hex(blobs.hash(blob));
    const note = (actual: string) =>
      this.#blobs.set(blob, actual === expected ? null : { what: 'blob', expected, actual });
    try {
      const content = this.#file.openBlob(blob, `blob ${expected}`);
      const { size } = content;
      if (!later || codecs.digestSha1 === undefined || size < PLATFORM_FROM || size > PLATFORM_TO) {
        note(yield* this.#sha1(content, 0, size, progress));
        return;
      }
      yield* this.#settle(IN_FLIGHT - size);
      const part = this.#room(size).subarray(0, size);
      content.readInto(0, part);
      this.#inFlight += size;
      codecs
        .digestSha1(part)
        .then(
          (digest) => note(hex(digest)),
          () => {},
        )
        .finally(() => {
          this.#inFlight -= size;
        });
      progress.done += size;
      yield;
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      note(error.message);
    }
  }

  /** Waits until the platform hashes no more than `bytes`. */
  *#settle(bytes: number): Generator<unknown> {
    while (this.#inFlight > Math.max(0, bytes)) yield WAIT;
  }

  /** The buffer, with room for `size` bytes at least. One for all: a new one for each of 100,000 blobs is thrown away at once. */
  #room(size: number): Uint8Array {
    if (this.#buffer.length < size) this.#buffer = new Uint8Array(Math.max(size, readStep(this.#file.header)));
    return this.#buffer;
  }

  /** A finding for each bad blob, with what uses it in every image: plain paths in `image`, `2::\\path` in image 2. */
  *#tellBad(image: number, bad: readonly number[], report: Report): Generator<void> {
    const uses = new Map<number, Uses>(bad.map((blob) => [blob, { count: 0, paths: [], ref: null }]));
    const images = this.#file.blobs.images.map((_, i) => i);
    const room = { units: MAX_PATH_UNITS };
    for (const each of [image, ...images.filter((i) => i !== image)]) {
      const tree = yield* this.#tree(each, () => {});
      if (tree !== null) gatherUses(this.#file, tree, each === image ? '' : `${each + 1}::`, uses, room);
      yield;
    }
    for (const blob of bad) report(this.#badBlob(blob, this.#blobs.get(blob)!, uses.get(blob)!));
  }

  #badBlob(blob: number, bad: Facts, { count, paths, ref }: Uses): Finding {
    return {
      code: 'wimBlobHash',
      severity: 'error',
      where: place(this.#file.homeOf(blob), this.#file.blobs.place(blob)),
      message:
        count > 0
          ? 'Data of a file does not have the SHA-1 that the image states.'
          : 'Data that no file uses does not have its SHA-1.',
      facts: {
        ...bad,
        ...(paths.length > 0 && { path: paths[0]! }),
        ...(ref !== null && { ref }),
        ...(count > 0 && { files: count, paths }),
      },
    };
  }

  *#sha1(source: ByteSource, offset: number, length: number, progress: Progress): Generator<void, string> {
    const hasher = this.#file.codecs.sha1();
    const step = readStep(this.#file.header);
    const buffer = this.#room(Math.min(step, length));
    for (let done = 0; done < length; done += step) {
      const part = buffer.subarray(0, Math.min(step, length - done));
      source.readInto(offset + done, part);
      hasher.update(part);
      // the last piece of an integrity table may reach beyond the share
      progress.done = Math.min(progress.done + part.length, progress.total ?? Infinity);
      yield;
    }
    return hex(hasher.digest());
  }

  /** Bytes under the integrity tables of all parts. */
  #covered(): number {
    return this.#parts().reduce((sum, part) => sum + coveredOf(part), 0);
  }

  #parts(): readonly Member[] {
    return this.#file.files.filter(({ role }) => role === 'part');
  }

  /** Pieces of the integrity tables that begin in `range`; `start` is where they begin in the whole work. */
  *#checkIntegrity(start: number, range: Range, report: Report, progress: Progress): Generator<void> {
    let at = start;
    for (const part of this.#parts()) {
      const covered = coveredOf(part);
      if (covered === 0) continue;
      if (at < range.to && at + covered > range.from) yield* this.#checkTable(part, at, range, report, progress);
      at += covered;
    }
  }

  *#checkTable(part: Member, start: number, range: Range, report: Report, progress: Progress): Generator<void> {
    const { header, source } = part;
    const bad = (offset: number, message: string, expected: string, actual: string): Finding => ({
      code: 'wimIntegrity',
      severity: 'error',
      where: place(source, offset),
      message,
      facts: { what: 'integrity', expected, actual },
    });
    const covered = coveredOf(part);
    const { liOffset } = header.rhIntegrity;
    try {
      const table = new Bytes(wholeOf(part, header.rhIntegrity, 'integrity table', MAX_INTEGRITY), source.name);
      const count = table.u32(4);
      const chunkSize = table.u32(8);
      if (chunkSize === 0 || count !== Math.ceil(covered / chunkSize) || table.length < 12 + count * 20) {
        const actual = `${count} hashes of ${chunkSize} bytes each`;
        report(bad(liOffset, 'The integrity table does not fit the file.', `hashes for ${covered} bytes`, actual));
        return;
      }
      const first = Math.max(0, Math.ceil((range.from - start) / chunkSize));
      for (let i = first; i < count && start + i * chunkSize < range.to; i++) {
        const offset = HEADER_SIZE + i * chunkSize;
        const key = start + i * chunkSize;
        if (!this.#pieces.has(key)) {
          const length = Math.min(chunkSize, covered - i * chunkSize);
          const actual = yield* this.#sha1(source, offset, length, progress);
          const expected = hex(table.slice(12 + i * 20, 20));
          const message = 'A part of the file does not have the SHA-1 of the integrity table.';
          this.#pieces.set(key, actual === expected ? null : bad(offset, message, expected, actual));
        }
        const finding = this.#pieces.get(key);
        if (finding) report(finding);
      }
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      report(bad(liOffset, 'The integrity table cannot be checked.', error.expected, error.actual));
    }
  }
}

/** Index of the first value that is not below `least`; `values` rise. */
function firstFrom(values: Float64Array, least: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle]! < least) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Bytes of a file under its integrity table, 0 without one. */
function coveredOf({ header: { rhIntegrity, rhOffsetTable } }: Member): number {
  return rhIntegrity.ullSize === 0 ? 0 : Math.max(0, rhOffsetTable.liOffset + rhOffsetTable.ullSize - HEADER_SIZE);
}

interface Uses {
  count: number;
  readonly paths: string[];
  /** The file of the first path, when that is in the image that was asked for. */
  ref: number | null;
}

/** Adds what uses the blobs of `uses` in one image. One pass, made only when something is bad. @param room what paths may take */
function gatherUses(
  file: WimFile,
  tree: ImageTree,
  prefix: string,
  uses: Map<number, Uses>,
  room: { units: number },
): void {
  const { metadata } = tree;
  const note = (row: number, hash: number, stream: string) => {
    const blob = hash < 0 || metadata.isZeroHash(hash) ? -1 : file.blobs.find(metadata.u32, hash);
    const known = uses.get(blob);
    if (known === undefined) return;
    if (known.count === 0 && prefix === '') known.ref = tree.offsets[row]!;
    if (known.count++ >= MAX_PATHS || room.units <= 0) return;
    const path = `${prefix}${tree.path(row)}${stream === '' ? '' : `:${stream}`}`;
    room.units -= path.length;
    known.paths.push(path);
  };
  for (let row = 0; row < tree.count; row++) {
    const at = tree.offsets[row]!;
    if (metadata.streams(at) === 0) {
      note(row, metadata.hashIndex(at), '');
      continue;
    }
    const roles = streamRoles(metadata, at);
    for (const hash of [roles.data, roles.efs, roles.reparse]) note(row, hash, '');
    for (const { name, hash } of roles.named) note(row, hash, name);
  }
}
