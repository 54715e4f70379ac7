/**
 * Checks a WIM against what it states: the SHA-1 of every blob and of an image's metadata, and the integrity table.
 *
 *     integrity table: 00 cbSize  04 dwNumElements  08 dwChunkSize (10 MiB)  0C SHA-1s (20 bytes each)
 *     over the file from behind the header to the end of the blob table
 *
 * Images share blobs, so the file is checked as a whole, in the order of its bytes; results are remembered, and each
 * volume names its own files that a bad blob belongs to.
 */
import { Bytes } from '../../base/bytes.ts';
import { FormatError } from '../../base/errors.ts';
import type { Facts, Finding } from '../../base/findings.ts';
import { hex } from '../../base/guid.ts';
import { place } from '../../source/place.ts';
import type { ByteSource } from '../../source/types.ts';
import { streamRoles } from './dentry.ts';
import { HEADER_SIZE } from './header.ts';
import { type Member, wholeOf } from './members.ts';
import type { Progress } from './steps.ts';
import type { ImageTree } from './tree.ts';
import { readStep, type WimFile } from './wim-file.ts';

/** Files named per bad blob. */
const MAX_PATHS = 8;
/** 10 GiB images have 1,000 chunks of 10 MiB; a million bounds what is read for the table. */
const MAX_INTEGRITY = 20 << 20;

type Report = (finding: Finding) => void;

export class WimVerifier {
  readonly #file: WimFile;
  /** Blob -> what is wrong with it, null when it is good. */
  readonly #blobs = new Map<number, Facts | null>();
  #integrity: Finding[] | null = null;

  constructor(file: WimFile) {
    this.#file = file;
  }

  *run(image: number, report: Report, progress: Progress): Generator<void> {
    const { blobs } = this.#file;
    const order = this.#order();
    progress.total = order.reduce((sum, blob) => sum + blobs.sizes[blob]!, this.#covered());
    const tree = yield* this.#metadata(image, report);
    let uses: Map<number, Use[]> | null = null;
    for (const blob of order) {
      if (!this.#blobs.has(blob)) this.#blobs.set(blob, yield* this.#checkBlob(blob, progress));
      const bad = this.#blobs.get(blob);
      if (bad) {
        uses ??= tree === null ? new Map() : usesOf(this.#file, tree);
        report(this.#badBlob(blob, bad, tree, uses.get(blob) ?? []));
      }
      yield;
    }
    yield* this.#checkIntegrity(progress);
    for (const finding of this.#integrity ?? []) report(finding);
    progress.done = progress.total;
  }

  /** Blobs of this WIM in the order of their data, so that each solid chunk is decoded once. */
  #order(): Uint32Array {
    const { blobs, files } = this.#file;
    const { homes, offsets } = blobs;
    const here = Uint32Array.from({ length: blobs.count }, (_, i) => i).filter(
      (i) => blobs.kind(i) !== 'elsewhere' && files[homes[i]!]!.role === 'part',
    );
    return here.sort((a, b) => homes[a]! - homes[b]! || blobs.place(a) - blobs.place(b) || offsets[a]! - offsets[b]!);
  }

  /** The tree to name files by, null when the metadata cannot be read; its hash finding is among the tree's own. */
  *#metadata(image: number, report: Report): Generator<void, ImageTree | null> {
    try {
      const tree = yield* this.#file.tree(image);
      for (const finding of tree.findings.items) if (finding.code === 'wimMetadataHash') report(finding);
      return tree;
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      report({
        code: 'wimMetadataUnreadable',
        severity: 'error',
        where: error.where,
        message: 'The metadata of the image cannot be read.',
        facts: { what: 'metadata', expected: error.expected, actual: error.actual },
      });
      return null;
    }
  }

  *#checkBlob(blob: number, progress: Progress): Generator<void, Facts | null> {
    const { blobs } = this.#file;
    const expected = hex(blobs.hash(blob));
    try {
      const content = this.#file.openBlob(blob, `blob ${expected}`);
      const actual = yield* this.#sha1(content, 0, content.size, progress);
      return actual === expected ? null : { what: 'blob', expected, actual };
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      return { what: 'blob', expected, actual: error.message };
    }
  }

  *#sha1(source: ByteSource, offset: number, length: number, progress: Progress): Generator<void, string> {
    const hasher = this.#file.codecs.sha1();
    const buffer = new Uint8Array(Math.min(length, readStep(this.#file.header)));
    for (let done = 0; done < length; done += buffer.length) {
      const part = buffer.subarray(0, Math.min(buffer.length, length - done));
      source.readInto(offset + done, part);
      hasher.update(part);
      progress.done += part.length;
      yield;
    }
    return hex(hasher.digest());
  }

  #badBlob(blob: number, bad: Facts, tree: ImageTree | null, uses: readonly Use[]): Finding {
    const paths = tree === null ? [] : uses.slice(0, MAX_PATHS).map((use) => pathOf(tree, use));
    return {
      code: 'wimBlobHash',
      severity: 'error',
      where: place(this.#file.homeOf(blob), this.#file.blobs.place(blob)),
      message:
        paths.length > 0
          ? 'Data of a file does not have the SHA-1 that the image states.'
          : 'Data that no file of this image uses does not have its SHA-1.',
      facts: {
        ...bad,
        ...(tree !== null &&
          paths.length > 0 && { path: paths[0]!, ref: tree.offsets[uses[0]!.row]!, files: uses.length, paths }),
      },
    };
  }

  /** Bytes under the integrity tables of all parts. */
  #covered(): number {
    return this.#parts().reduce((sum, part) => sum + coveredOf(part), 0);
  }

  #parts(): readonly Member[] {
    return this.#file.files.filter(({ role }) => role === 'part');
  }

  *#checkIntegrity(progress: Progress): Generator<void> {
    if (this.#integrity !== null) return;
    const findings: Finding[] = [];
    for (const part of this.#parts()) if (coveredOf(part) > 0) yield* this.#checkTable(part, findings, progress);
    this.#integrity = findings;
  }

  *#checkTable(part: Member, findings: Finding[], progress: Progress): Generator<void> {
    const { header, source } = part;
    const bad = (offset: number, message: string, expected: string, actual: string) =>
      findings.push({
        code: 'wimIntegrity',
        severity: 'error',
        where: place(source, offset),
        message,
        facts: { what: 'integrity', expected, actual },
      });
    try {
      const covered = coveredOf(part);
      const table = new Bytes(wholeOf(part, header.rhIntegrity, 'integrity table', MAX_INTEGRITY), source.name);
      const count = table.u32(4);
      const chunkSize = table.u32(8);
      if (chunkSize === 0 || count !== Math.ceil(covered / chunkSize) || table.length < 12 + count * 20)
        bad(
          header.rhIntegrity.liOffset,
          'The integrity table does not fit the file.',
          `hashes for ${covered} bytes`,
          `${count} hashes of ${chunkSize} bytes each`,
        );
      else
        for (let i = 0; i < count; i++) {
          const offset = HEADER_SIZE + i * chunkSize;
          const length = Math.min(chunkSize, covered - i * chunkSize);
          const actual = yield* this.#sha1(source, offset, length, progress);
          const expected = hex(table.slice(12 + i * 20, 20));
          if (actual !== expected)
            bad(offset, 'A part of the file does not have the SHA-1 of the integrity table.', expected, actual);
        }
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      bad(header.rhIntegrity.liOffset, 'The integrity table cannot be checked.', error.expected, error.actual);
    }
  }
}

/** Bytes of a file under its integrity table, 0 without one. */
function coveredOf({ header: { rhIntegrity, rhOffsetTable } }: Member): number {
  return rhIntegrity.ullSize === 0 ? 0 : Math.max(0, rhOffsetTable.liOffset + rhOffsetTable.ullSize - HEADER_SIZE);
}

interface Use {
  readonly row: number;
  /** Name of the stream, empty for data that has none. */
  readonly stream: string;
}

/** Blob -> what in the image uses it. One pass, made only when something is bad. */
function usesOf(file: WimFile, tree: ImageTree): Map<number, Use[]> {
  const { metadata } = tree;
  const uses = new Map<number, Use[]>();
  for (let row = 0; row < tree.count; row++) {
    const at = tree.offsets[row]!;
    const note = (hash: number, stream: string) => {
      const blob = hash < 0 || metadata.isZeroHash(hash) ? -1 : file.blobs.find(metadata.u32, hash);
      if (blob < 0) return;
      const known = uses.get(blob);
      if (known) known.push({ row, stream });
      else uses.set(blob, [{ row, stream }]);
    };
    if (metadata.streams(at) === 0) {
      note(metadata.hashIndex(at), '');
      continue;
    }
    const roles = streamRoles(metadata, at);
    for (const hash of [roles.data, roles.efs, roles.reparse]) note(hash, '');
    for (const { name, hash } of roles.named) note(hash, name);
  }
  return uses;
}

function pathOf(tree: ImageTree, { row, stream }: Use): string {
  return stream === '' ? tree.path(row) : `${tree.path(row)}:${stream}`;
}
