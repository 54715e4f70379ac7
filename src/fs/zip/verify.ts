/** Checks an archive: the CRC-32 of every file, and in packages every block against the block map. */
import { FormatError } from '../../base/errors.ts';
import type { Facts, Finding } from '../../base/findings.ts';
import type { Scan } from '../../base/scan.ts';
import type { Codecs } from '../../codec/types.ts';
import { place } from '../../source/place.ts';
import { readBytes } from '../../source/read.ts';
import type { ByteSource } from '../../source/types.ts';
import {
  BLOCK,
  BLOCK_MAP,
  type BlockMap,
  isMapTooLarge,
  type MappedFile,
  readBlockMap,
  UNLISTED,
} from './block-map.ts';
import { isEncrypted, openEntry } from './data.ts';
import type { ZipEntry } from './directory.ts';
import type { ZipNode, ZipTree } from './tree.ts';

const PIECE = 16 * BLOCK;

export class ZipCheck implements Scan {
  done = 0;
  readonly total: number;
  readonly #source: ByteSource;
  readonly #tree: ZipTree;
  readonly #codecs: Codecs;
  readonly #report: (finding: Finding) => void;
  readonly #work: Generator<void>;
  #finished = false;

  constructor(source: ByteSource, tree: ZipTree, codecs: Codecs, report: (finding: Finding) => void) {
    this.#source = source;
    this.#tree = tree;
    this.#codecs = codecs;
    this.#report = report;
    this.total = tree.nodes.reduce((sum, { entry, children }) => sum + (children === null ? (entry?.size ?? 0) : 0), 0);
    this.#work = this.#all();
  }

  step(budgetMs: number): boolean {
    const end = performance.now() + budgetMs;
    while (!this.#finished) {
      this.#finished = this.#work.next().done === true;
      if (performance.now() >= end) break;
    }
    return this.#finished;
  }

  #tell(code: string, entry: ZipEntry | null, message: string, facts: Facts): void {
    this.#report({ code, severity: 'error', where: place(this.#source, entry?.local ?? 0), message, facts });
  }

  *#all(): Generator<void> {
    const map = this.#tree.package ? this.#blockMap() : null;
    const listed = new Set<string>();
    for (const { path, node } of this.#files()) {
      const key = path.toLowerCase();
      listed.add(key);
      const mapped = map?.files.get(key) ?? null;
      if (map !== null && mapped === null && !UNLISTED.has(key))
        this.#tell('packageFileUnlisted', node.entry, 'The block map of the package does not list this file.', {
          path,
          what: 'block map',
        });
      if (node.entry !== null) yield* this.#file(path, node.entry, map?.checkable === true ? mapped : null);
      yield;
    }
    for (const name of map?.files.keys() ?? [])
      if (!listed.has(name))
        this.#tell('packageFileMissing', null, 'The block map lists a file that is not in the package.', {
          path: name,
          what: 'block map',
        });
  }

  *#files(): Generator<{ path: string; node: ZipNode }> {
    const work: { path: string; node: ZipNode }[] = [{ path: '', node: this.#tree.root }];
    for (let next = work.pop(); next !== undefined; next = work.pop()) {
      const { path, node } = next;
      if (node.children === null) yield next;
      else
        for (const child of [...node.children.values()].reverse())
          work.push({ path: path === '' ? child.name : `${path}\\${child.name}`, node: child });
    }
  }

  #blockMap(): BlockMap | null {
    const entry = this.#tree.root.children?.get(BLOCK_MAP)?.entry;
    if (entry == null) return null;
    try {
      if (isMapTooLarge(entry.size)) return null;
      const map = readBlockMap(
        new TextDecoder().decode(readBytes(openEntry(this.#source, entry, this.#codecs), 0, entry.size)),
      );
      if (map === null || !map.checkable)
        this.#tell(
          'packageMapUnreadable',
          entry,
          'The block map of the package cannot be used; only checksums are compared.',
          {
            path: BLOCK_MAP,
            what: 'block map',
            expected: 'hashes by SHA-256',
            actual: map === null ? 'no block map' : map.method,
          },
        );
      return map;
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      return null; // told when the file itself is checked
    }
  }

  *#file(path: string, entry: ZipEntry, mapped: MappedFile | null): Generator<void> {
    if (isEncrypted(entry)) return;
    let crc = 0;
    const bad: number[] = [];
    try {
      const source = openEntry(this.#source, entry, this.#codecs);
      for (let at = 0; at < entry.size; at += PIECE) {
        const bytes = readBytes(source, at, Math.min(PIECE, entry.size - at));
        crc = this.#codecs.crc32(bytes, crc);
        for (let block = 0; mapped !== null && block < bytes.length; block += BLOCK) {
          const number = (at + block) / BLOCK;
          if (mapped.hashes[number] !== this.#hash(bytes.subarray(block, block + BLOCK)) && bad.length < 1000)
            bad.push(number);
        }
        this.done += bytes.length;
        yield;
      }
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      this.#report({
        code: 'zipFileDamaged',
        severity: 'error',
        where: error.where,
        message: 'A file of the archive cannot be read.',
        facts: { path, what: 'data', expected: error.expected, actual: error.actual },
      });
      return;
    }
    if (crc !== entry.crc32)
      this.#tell('zipChecksum', entry, 'The bytes of a file are not those that were packed.', {
        path,
        what: 'CRC-32',
        expected: entry.crc32.toString(16).padStart(8, '0'),
        actual: crc.toString(16).padStart(8, '0'),
      });
    if (mapped === null) return;
    if (mapped.size !== entry.size || mapped.hashes.length !== Math.ceil(entry.size / BLOCK))
      this.#tell('packageFileSize', entry, 'A file of the package has another size than the block map says.', {
        path,
        what: 'block map',
        expected: Number.isNaN(mapped.size) ? null : mapped.size,
        actual: entry.size,
      });
    else if (bad.length > 0)
      this.#tell('packageBlockHash', entry, 'Blocks of a file are not those that the package was signed with.', {
        path,
        what: 'SHA-256 of blocks',
        blocks: bad,
      });
  }

  #hash(bytes: Uint8Array): string {
    const hasher = this.#codecs.sha256();
    hasher.update(bytes);
    return btoa(String.fromCharCode(...hasher.digest()));
  }
}
