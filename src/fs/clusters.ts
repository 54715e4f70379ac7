/**
 * The file allocation table and the clusters it chains, as FAT12/16/32 and exFAT have them.
 *
 *     entry n of the table: the cluster after cluster n; the largest values end a chain, one value marks a bad cluster
 *     cluster n (from 2 on) stands at heapOffset + (n - 2) * clusterSize
 *
 * A chain may end early, leave the volume, run into a free or bad cluster or into itself. It is followed as far as it is
 * sound, each cluster once, and says why it ends.
 */
import { Lru } from '../base/lru.ts';
import { readBytes } from '../source/read.ts';
import { emptyRun, type Run, RunListSource, storedRun } from '../source/run-list.ts';
import type { ByteSource } from '../source/types.ts';

export interface ClusterGeometry {
  readonly bits: 12 | 16 | 32;
  /** Mask of a 32-bit entry: FAT32 keeps the upper four bits for itself. */
  readonly mask: number;
  /** Bytes of the table in use. */
  readonly tableOffset: number;
  readonly tableLength: number;
  readonly heapOffset: number;
  readonly clusterSize: number;
  /** Clusters of the volume; the first is number 2. */
  readonly clusters: number;
}

export interface ClusterRun {
  readonly cluster: number;
  readonly count: number;
}

/** `enough`: as many as were asked for; `end`: by its end mark; the rest are faults (`tangled`: the caller gave up). */
export type ChainEnd = 'enough' | 'end' | 'loop' | 'free' | 'bad' | 'outside' | 'missing' | 'tangled';
export interface Chain {
  readonly runs: readonly ClusterRun[];
  readonly clusters: number;
  readonly end: ChainEnd;
}

export const CHAIN_FAULTS: Record<ChainEnd, string> = {
  enough: 'a chain as long as it must be',
  end: 'the end of the chain',
  loop: 'a chain that leads back into itself',
  free: 'a cluster that is free',
  bad: 'a cluster marked bad',
  outside: 'a cluster outside the volume',
  missing: 'an entry of the table behind the end of the image',
  tangled: 'clusters shared by too many chains to follow them all',
};

const FIRST_CLUSTER = 2;
/** A multiple of three and four halves, so that no entry of 12 or 32 bits stands across two pages. */
const PAGE = 98_304;
const PAGES_HELD = 64;

export class Clusters {
  readonly geometry: ClusterGeometry;
  readonly source: ByteSource;
  readonly #pages = new Lru<number, Uint8Array>(PAGES_HELD * PAGE);
  /** One bit a cluster, set only while a chain is followed. */
  #marks: Uint8Array | null = null;

  constructor(source: ByteSource, geometry: ClusterGeometry) {
    this.source = source;
    this.geometry = geometry;
  }

  contains(cluster: number): boolean {
    return cluster >= FIRST_CLUSTER && cluster < this.geometry.clusters + FIRST_CLUSTER;
  }

  offsetOf(cluster: number): number {
    return this.geometry.heapOffset + (cluster - FIRST_CLUSTER) * this.geometry.clusterSize;
  }

  #page(index: number): Uint8Array {
    let page = this.#pages.get(index);
    if (page !== undefined) return page;
    const { tableOffset, tableLength } = this.geometry;
    const at = tableOffset + index * PAGE;
    const length = Math.min(PAGE, tableLength - index * PAGE, this.source.size - at);
    page = length > 0 ? readBytes(this.source, at, length) : new Uint8Array(0);
    this.#pages.set(index, page, PAGE);
    return page;
  }

  /** Entry `cluster` of the table, or -1 when the image ends before it. */
  entry(cluster: number): number {
    const { bits, mask } = this.geometry;
    const byte = Math.floor((cluster * bits) / 8);
    const page = this.#page(Math.floor(byte / PAGE));
    const at = byte % PAGE;
    const size = bits === 32 ? 4 : 2;
    if (at + size > page.length) return -1;
    const low = page[at]! | (page[at + 1]! << 8);
    if (bits === 12) return cluster % 2 === 0 ? low & 0xfff : low >> 4;
    return bits === 16 ? low : ((low | (page[at + 2]! << 16) | (page[at + 3]! << 24)) & mask) >>> 0;
  }

  /** Follows the chain from `first` for at most `need` clusters. */
  chain(first: number, need: number): Chain {
    const { bits, mask, clusters } = this.geometry;
    const top = bits === 32 ? mask >>> 0 : 2 ** bits - 1;
    this.#marks ??= new Uint8Array(Math.ceil((clusters + FIRST_CLUSTER) / 8));
    const marks = this.#marks;
    const runs: { cluster: number; count: number }[] = [];
    let count = 0;
    let end: ChainEnd = 'enough';
    for (let at = first; count < need; at = this.entry(at)) {
      if (!this.contains(at)) {
        if (at === -1) end = 'missing';
        else if (at >= top - 7 && count > 0) end = 'end';
        else end = at === top - 8 ? 'bad' : at === 0 ? 'free' : 'outside';
        break;
      }
      const bit = 1 << (at & 7);
      if ((marks[at >> 3]! & bit) !== 0) {
        end = 'loop';
        break;
      }
      marks[at >> 3] = marks[at >> 3]! | bit;
      const last = runs.at(-1);
      if (last !== undefined && last.cluster + last.count === at) last.count++;
      else runs.push({ cluster: at, count: 1 });
      count++;
    }
    for (const run of runs) marks.fill(0, run.cluster >> 3, ((run.cluster + run.count - 1) >> 3) + 1);
    return { runs, clusters: count, end };
  }

  /** Clusters that stand one after another without entries in the table. */
  contiguous(first: number, need: number): Chain {
    if (need === 0) return { runs: [], clusters: 0, end: 'enough' };
    const count = this.contains(first) ? Math.min(need, this.geometry.clusters + FIRST_CLUSTER - first) : 0;
    const runs = count === 0 ? [] : [{ cluster: first, count }];
    return { runs, clusters: count, end: count === need ? 'enough' : first === 0 ? 'free' : 'outside' };
  }

  /** True when all bytes of the runs, up to `size`, stand in the image. */
  present({ runs }: Chain, size: number): boolean {
    let left = size;
    for (const { cluster, count } of runs) {
      if (left <= 0) break;
      const length = Math.min(left, count * this.geometry.clusterSize);
      if (this.offsetOf(cluster) + length > this.source.size) return false;
      left -= length;
    }
    return left <= 0;
  }

  /**
   * The bytes of a chain. What the chain does not reach or the image does not hold is missing, never zeros; what lies
   * from `valid` on was never written and is zeros.
   */
  open(name: string, { runs, end }: Chain, size: number, valid = size): ByteSource {
    const pieces: Run[] = [];
    let at = 0;
    const push = (run: Run): void => {
      if (run.length > 0) pieces.push(run);
      at += Math.max(0, run.length);
    };
    const written = Math.min(size, valid);
    for (const { cluster, count } of runs) {
      const length = Math.min(count * this.geometry.clusterSize, written - at);
      const offset = this.offsetOf(cluster);
      const here = Math.max(0, Math.min(length, this.source.size - offset));
      push(storedRun(at, here, this.source, offset));
      push(emptyRun('missing', at, length - here));
    }
    push(emptyRun('missing', at, written - at));
    push(emptyRun('zero', at, size - at));
    const fault = end === 'enough' || end === 'end' ? 'the clusters' : CHAIN_FAULTS[end];
    return new RunListSource(name, size, pieces, `bytes of ${name} (its chain ends with ${fault})`);
  }
}

/** Tells of clusters that two files claim: the second to come is the one told. */
export class Claims {
  readonly #bits: Uint8Array;

  constructor(clusters: number) {
    this.#bits = new Uint8Array(Math.ceil((clusters + FIRST_CLUSTER) / 8));
  }

  has(cluster: number): boolean {
    return (this.#bits[cluster >> 3]! & (1 << (cluster & 7))) !== 0;
  }

  /** Claims the chain. @returns the first cluster of it that was taken before, null when none was */
  take({ runs }: Chain): number | null {
    let taken: number | null = null;
    for (const { cluster, count } of runs)
      for (let at = cluster; at < cluster + count; at++) {
        const bit = 1 << (at & 7);
        if ((this.#bits[at >> 3]! & bit) !== 0) taken ??= at;
        else this.#bits[at >> 3] = this.#bits[at >> 3]! | bit;
      }
    return taken;
  }
}
