/**
 * L1 and L2 tables as a lazy map from the virtual disk to the file.
 *
 *     L1 entry    bits 9-55 offset of an L2 table of one cluster; 0: nothing below it is stored
 *     L2 entry    bits 9-55 offset of the cluster, bit 0 reads as zeros (version 3), bit 62 compressed, bit 63 in use once
 *     compressed  bits 0 to x-1 offset in bytes, x to 61 sectors beyond the first; x = 62 - (clusterBits - 8)
 *     extended    16 bytes an entry: the second word has 32 bits "zeros" and 32 bits "stored", one a sub-cluster
 *
 * In an external data file a cluster may lie at 0: bit 63 tells it from one that is not stored.
 */
import type { Bytes } from '../../base/bytes.ts';
import type { ChunkDecoder, Codecs } from '../../codec/types.ts';
import { failAt, place } from '../../source/place.ts';
import { readBytes } from '../../source/read.ts';
import { emptyRun, type Run, type RunMapper, storedRun } from '../../source/run-list.ts';
import type { ByteSource } from '../../source/types.ts';
import { DecodedPieces } from '../decoded.ts';
import type { Behind } from '../parent.ts';
import { TableCache } from '../table-cache.ts';
import { hasFeature, Incompatible, type Qcow2Header } from './header.ts';
import { entryOffset, readTables, type State, type Tables } from './tables.ts';

/** Largest compressed cluster the decoders take. */
const MAX_STORED = 2 << 20;
const SUB_CLUSTERS = 32;
const ALL = -1;
/** Steps one look-up takes to join what belongs together: bounded, so that a forged size costs no long search. */
const MAX_JOINED_TABLES = 1024;
const MAX_JOINED_CLUSTERS = 256;

/** What an L2 entry says; `at` and `length` are bytes in the file of the cluster. */
export interface Cluster {
  readonly kind: 'hole' | 'zero' | 'stored' | 'compressed' | 'missing';
  readonly at: number;
  readonly length: number;
  /** One bit a sub-cluster, all ones without them: stored here; reads as zeros. What is neither lies behind. */
  readonly stored: number;
  readonly zeros: number;
}

const NOTHING = { at: 0, length: 0, stored: ALL, zeros: 0 };
const HOLE: Cluster = { kind: 'hole', ...NOTHING };
const ZERO: Cluster = { kind: 'zero', ...NOTHING };
const MISSING: Cluster = { kind: 'missing', ...NOTHING };

/** The parts a disk is read from. */
export interface Files {
  /** The qcow2 file itself. */
  readonly source: ByteSource;
  /** Holds the clusters: `source`, or the external data file. */
  readonly data: ByteSource;
  readonly behind: Behind;
}

export class ClusterReader {
  readonly clusterSize: number;
  readonly perTable: number;
  readonly #files: Files;
  readonly #header: Qcow2Header;
  readonly #cache: TableCache;
  readonly #pieces: DecodedPieces;
  readonly #extended: boolean;
  readonly #external: boolean;

  constructor(files: Files, header: Qcow2Header, codecs: Codecs) {
    this.clusterSize = 2 ** header.clusterBits;
    this.#extended = hasFeature(header, Incompatible.extendedL2);
    this.#external = hasFeature(header, Incompatible.externalData);
    this.perTable = this.clusterSize / (this.#extended ? 16 : 8);
    this.#files = files;
    this.#header = header;
    this.#cache = new TableCache(files.source);
    let decoder: ChunkDecoder | null = null;
    this.#pieces = new DecodedPieces(files.source, (at, stored, length) => {
      decoder ??= decoderOf(files.source, header, codecs, this.clusterSize);
      const bytes = new Uint8Array(length);
      const where = place(files.source, at);
      decoder.decode(readBytes(files.source, at, stored), bytes, where.source, where.offset ?? at);
      return bytes;
    });
  }

  /** @throws FormatError as readTables does */
  tables(state: State): Tables {
    return readTables(this.#files.source, this.#cache, state, this.clusterSize, this.perTable);
  }

  /** Entry `index` of an L2 table. */
  cluster(table: Bytes, index: number): Cluster {
    const at = index * (this.#extended ? 16 : 8);
    const [high, low] = [table.u32be(at), table.u32be(at + 4)];
    if ((high & 0x4000_0000) !== 0) return this.#compressed(high, low);
    const offset = entryOffset(high, low);
    const placed = offset !== 0 || (this.#external && high >= 0x8000_0000);
    const sound = placed && offset % this.clusterSize === 0;
    if (!this.#extended) {
      // the mark came with version 3: an older file that has it is damaged
      if ((low & 1) !== 0) return this.#header.version >= 3 ? ZERO : MISSING;
      if (!placed) return HOLE;
      return sound ? { kind: 'stored', at: offset, length: 0, stored: ALL, zeros: 0 } : MISSING;
    }
    const [zeros, stored] = [table.u32be(at + 8), table.u32be(at + 12)];
    if ((stored & zeros) !== 0) return MISSING;
    if (stored === 0 && zeros === 0) return HOLE;
    return stored === 0 || sound ? { kind: 'stored', at: offset, length: 0, stored, zeros } : MISSING;
  }

  #compressed(high: number, low: number): Cluster {
    // above bit 31 in any case: clusters of 2^21 bytes leave 49 bits
    const highBits = 62 - (this.#header.clusterBits - 8) - 32;
    const at = (high & (2 ** highBits - 1)) * 2 ** 32 + low;
    const sectors = ((high & 0x3fff_ffff) >>> highBits) + 1;
    const length = Math.min(sectors * 512 - (at % 512), this.#files.source.size - at, MAX_STORED);
    if (length <= 0 || this.#external) return MISSING;
    return { kind: 'compressed', at, length, stored: ALL, zeros: 0 };
  }

  /** The map of one state. */
  mapper(tables: Tables, size: number): RunMapper {
    const { clusterSize, perTable } = this;
    const { behind } = this.#files;
    const covered = clusterSize * perTable;
    return (offset) => {
      const entry = Math.floor(offset / covered);
      const table = tables.offsetOf(entry);
      if (table <= 0) {
        const end = entry >= tables.entries ? size : Math.min(size, this.#sameUntil(tables, entry, table) * covered);
        return table === 0 ? behind(offset, end - offset) : emptyRun('missing', offset, end - offset);
      }
      const index = Math.floor(offset / clusterSize) - entry * perTable;
      return this.#run(tables.at(table), entry * covered, index, offset, size);
    };
  }

  /** The first L1 entry behind `entry` that leads elsewhere than nowhere (`kind` 0 or -1), or where the search ends. */
  #sameUntil(tables: Tables, entry: number, kind: number): number {
    const last = Math.min(tables.entries, entry + MAX_JOINED_TABLES);
    let next = entry + 1;
    while (next < last && tables.offsetOf(next) === kind) next++;
    return next;
  }

  /** @param base offset in the disk of entry 0 of the table */
  #run(table: Bytes, base: number, index: number, offset: number, size: number): Run {
    const { clusterSize, perTable } = this;
    const cluster = this.cluster(table, index);
    const start = base + index * clusterSize;
    if (cluster.kind === 'compressed') {
      const length = Math.min(clusterSize, size - start);
      return storedRun(start, length, this.#pieces.piece(cluster.at, cluster.length, length), 0);
    }
    if (this.#extended && cluster.kind === 'stored') return this.#subRun(cluster, start, offset, size);
    // neighbours that go on alike are one run
    const last = Math.min(perTable, index + MAX_JOINED_CLUSTERS);
    let next = index + 1;
    for (; next < last; next++) {
      const other = this.cluster(table, next);
      if (other.kind !== cluster.kind) break;
      if (other.kind === 'stored' && other.at !== cluster.at + (next - index) * clusterSize) break;
    }
    const end = Math.min(size, base + next * clusterSize);
    if (cluster.kind === 'hole') return this.#files.behind(offset, end - offset);
    if (cluster.kind !== 'stored') return emptyRun(cluster.kind, offset, end - offset);
    return this.#storedRun(start, end - start, cluster.at, offset);
  }

  /** The run of sub-clusters around `offset` that are alike. */
  #subRun({ at, stored, zeros }: Cluster, start: number, offset: number, size: number): Run {
    const subSize = this.clusterSize / SUB_CLUSTERS;
    const kindOf = (sub: number): number => ((stored >>> sub) & 1) * 2 + ((zeros >>> sub) & 1);
    const first = Math.floor((offset - start) / subSize);
    const kind = kindOf(first);
    let next = first + 1;
    while (next < SUB_CLUSTERS && kindOf(next) === kind) next++;
    const end = Math.min(size, start + next * subSize);
    if (kind === 0) return this.#files.behind(offset, end - offset);
    if (kind === 1) return emptyRun('zero', offset, end - offset);
    return this.#storedRun(start + first * subSize, end - start - first * subSize, at + first * subSize, offset);
  }

  /** What of [start, start + length) the file holds at `at`; the part that it does not hold is missing. */
  #storedRun(start: number, length: number, at: number, offset: number): Run {
    const here = Math.min(length, Math.max(0, this.#files.data.size - at));
    if (offset < start + here) return storedRun(start, here, this.#files.data, at);
    return emptyRun('missing', start + here, length - here);
  }
}

function decoderOf(source: ByteSource, header: Qcow2Header, codecs: Codecs, clusterSize: number): ChunkDecoder {
  if (header.compressionType === 0) return codecs.inflate(clusterSize, 'raw');
  if (header.compressionType === 1) return codecs.zstd(clusterSize);
  return failAt(
    'UnsupportedFeature',
    source,
    104,
    'clusters compressed by DEFLATE or Zstandard',
    `compression ${header.compressionType}`,
  );
}
