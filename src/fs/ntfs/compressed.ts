/**
 * Streams compressed by NTFS: the clusters of each compression unit (16 as a rule) say how its bytes are stored.
 *
 *     all 16 are holes          zeros
 *     all 16 have a place       the bytes as they are
 *     some, then holes          LZNT1, decoded to 16 clusters
 */
import { fail } from '../../base/errors.ts';
import { Lru } from '../../base/lru.ts';
import { decodeLznt1 } from '../../codec/lznt1.ts';
import { BaseSource, emptyExtent } from '../../source/base.ts';
import { place } from '../../source/place.ts';
import { readBytes } from '../../source/read.ts';
import type { ByteSource, Extent } from '../../source/types.ts';
import type { Boot } from './boot.ts';
import type { Mapping } from './record.ts';
import type { ClusterRun } from './runs.ts';

/** Windows compresses up to 64 KiB clusters, 16 of them in a unit. */
const MAX_UNIT = 1 << 20;
/** Decoded units kept. */
const CACHE_BYTES = 4 << 20;

export class CompressedSource extends BaseSource {
  readonly #volume: ByteSource;
  readonly #clusterSize: number;
  readonly #unitClusters: number;
  readonly #unitSize: number;
  readonly #runs: readonly ClusterRun[];
  readonly #valid: number;
  readonly #units = new Lru<number, Uint8Array>(CACHE_BYTES);

  /** @throws FormatError UnsupportedSize when the compression unit is none that NTFS makes */
  constructor(name: string, volume: ByteSource, boot: Boot, mapping: Mapping, runs: readonly ClusterRun[]) {
    super(name, mapping.fileSize);
    const { compressionUnit, pairs } = mapping;
    this.#unitClusters = compressionUnit > 0 && compressionUnit <= 16 ? 2 ** compressionUnit : 0;
    this.#unitSize = this.#unitClusters * boot.clusterSize;
    if (this.#unitSize === 0 || this.#unitSize > MAX_UNIT)
      fail(
        'UnsupportedSize',
        pairs.source,
        pairs.base,
        'compression units of up to 1 MiB',
        `2^${compressionUnit} clusters`,
      );
    this.#volume = volume;
    this.#clusterSize = boot.clusterSize;
    this.#runs = runs;
    this.#valid = Math.min(mapping.validDataLength, mapping.fileSize);
  }

  /** The pieces of the runs that lie in a unit. Their counts make up the unit, or the run list ends too early. */
  #pieces(unit: number): ClusterRun[] {
    const start = unit * this.#unitClusters;
    const end = start + this.#unitClusters;
    let low = 0;
    for (let high = this.#runs.length; low < high; ) {
      const middle = (low + high) >>> 1;
      const run = this.#runs[middle]!;
      if (run.vcn + run.count <= start) low = middle + 1;
      else high = middle;
    }
    const pieces: ClusterRun[] = [];
    for (let i = low; i < this.#runs.length && this.#runs[i]!.vcn < end; i++) {
      const run = this.#runs[i]!;
      const vcn = Math.max(start, run.vcn);
      const count = Math.min(end, run.vcn + run.count) - vcn;
      pieces.push({ vcn, count, lcn: run.lcn < 0 ? -1 : run.lcn + vcn - run.vcn });
    }
    return pieces;
  }

  #decode(unit: number): Uint8Array {
    const known = this.#units.get(unit);
    if (known !== undefined) return known;
    const pieces = this.#pieces(unit);
    const stored = pieces.filter((p) => p.lcn >= 0);
    const clusters = stored.reduce((sum, p) => sum + p.count, 0);
    const covered = pieces.reduce((sum, p) => sum + p.count, 0);
    if (covered < this.#unitClusters && clusters * this.#clusterSize < this.#length(unit) && clusters === covered)
      fail('InvalidData', this.name, null, `clusters for unit ${unit} of ${this.name}`, `${covered} clusters`);
    const packed = new Uint8Array(clusters * this.#clusterSize);
    let at = 0;
    for (const { lcn, count } of stored) {
      packed.set(readBytes(this.#volume, lcn * this.#clusterSize, count * this.#clusterSize), at);
      at += count * this.#clusterSize;
    }
    let bytes = packed;
    if (clusters < covered) {
      bytes = new Uint8Array(this.#unitSize);
      const where = place(this.#volume, (stored[0]?.lcn ?? 0) * this.#clusterSize);
      decodeLznt1(packed, bytes, where.source, where.offset ?? 0);
    }
    this.#units.set(unit, bytes, bytes.length);
    return bytes;
  }

  /** Valid bytes of a unit. */
  #length(unit: number): number {
    return Math.max(0, Math.min(this.#unitSize, this.#valid - unit * this.#unitSize));
  }

  protected fill(offset: number, dst: Uint8Array): void {
    for (let done = 0; done < dst.length; ) {
      const at = offset + done;
      if (at >= this.#valid) {
        dst.fill(0, done);
        return;
      }
      const unit = Math.floor(at / this.#unitSize);
      const skip = at - unit * this.#unitSize;
      const count = Math.min(this.#length(unit) - skip, dst.length - done);
      dst.set(this.#decode(unit).subarray(skip, skip + count), done);
      done += count;
    }
  }

  /** A compressed unit is one `decoded` extent at its first cluster, with the length of all its clusters. */
  protected *spans(offset: number, length: number): Iterable<Extent> {
    const end = offset + length;
    for (let at = offset; at < end; ) {
      const unit = Math.floor(at / this.#unitSize);
      const skip = at - unit * this.#unitSize;
      const count = at >= this.#valid ? end - at : Math.min(this.#length(unit) - skip, end - at);
      if (at >= this.#valid) yield emptyExtent('zero', at, count);
      else yield* this.#unitSpans(unit, at, skip, count);
      at += count;
    }
  }

  *#unitSpans(unit: number, at: number, skip: number, length: number): Iterable<Extent> {
    const pieces = this.#pieces(unit);
    const stored = pieces.filter((p) => p.lcn >= 0);
    const first = stored[0];
    if (first === undefined) {
      yield emptyExtent('zero', at, length);
      return;
    }
    const bytes = stored.reduce((sum, p) => sum + p.count, 0) * this.#clusterSize;
    if (stored.length < pieces.length) {
      const where = place(this.#volume, first.lcn * this.#clusterSize);
      yield {
        kind: 'decoded',
        offset: at,
        length,
        file: where.source,
        fileOffset: where.offset ?? 0,
        fileLength: bytes,
      };
      return;
    }
    for (const { vcn, lcn, count } of stored) {
      const from = (vcn - unit * this.#unitClusters) * this.#clusterSize;
      const start = Math.max(from, skip);
      const stop = Math.min(from + count * this.#clusterSize, skip + length);
      if (start >= stop) continue;
      const below = lcn * this.#clusterSize + start - from;
      for (const extent of this.#volume.extents(below, stop - start))
        yield { ...extent, offset: extent.offset - below + at + start - skip };
    }
  }
}
