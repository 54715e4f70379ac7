/** Clusters of a volume that is being built: handed out from the front, kept as pieces until the image is assembled. */
import type { RunSpec } from './encode.ts';

export class Allocator {
  readonly clusterSize: number;
  /** First cluster that was never handed out. */
  next = 0;
  readonly #used: RunSpec[] = [];
  readonly #freed: RunSpec[] = [];
  readonly #pieces: { readonly lcn: number; readonly bytes: Uint8Array }[] = [];

  constructor(clusterSize: number) {
    this.clusterSize = clusterSize;
  }

  /** Clusters for `bytes` bytes in `fragments` runs, each with a free cluster behind it when there are several. */
  take(bytes: number, fragments = 1): RunSpec[] {
    const clusters = Math.ceil(bytes / this.clusterSize);
    const parts = Math.max(1, Math.min(fragments, clusters));
    const runs: RunSpec[] = [];
    for (let i = 0, left = clusters; i < parts && left > 0; i++) {
      const count = Math.ceil(left / (parts - i));
      runs.push({ lcn: this.next, count });
      this.#used.push({ lcn: this.next, count });
      this.next += count + (parts > 1 ? 1 : 0);
      left -= count;
    }
    return runs;
  }

  /** Gives clusters back in $Bitmap; what stands in them stays, and nobody else gets them. */
  free(runs: readonly RunSpec[]): void {
    this.#freed.push(...runs.filter((run) => run.lcn >= 0));
  }

  /** Puts `bytes` into the clusters of `runs`. */
  write(runs: readonly RunSpec[], bytes: Uint8Array): void {
    let at = 0;
    for (const { lcn, count } of runs) {
      const part = bytes.subarray(at, at + count * this.clusterSize);
      if (lcn >= 0 && part.length > 0) this.#pieces.push({ lcn, bytes: part });
      at += count * this.clusterSize;
    }
  }

  /** $Bitmap of a volume of `clusters`; what lies behind the end is marked used. */
  bitmap(clusters: number): Uint8Array {
    const bytes = new Uint8Array(Math.ceil(clusters / 64) * 8);
    const mark = (from: number, to: number) => {
      for (let c = from; c < to; c++) bytes[c >> 3] = bytes[c >> 3]! | (1 << (c & 7));
    };
    for (const { lcn, count } of this.#used) mark(lcn, lcn + count);
    for (const { lcn, count } of this.#freed)
      for (let c = lcn; c < lcn + count; c++) bytes[c >> 3] = bytes[c >> 3]! & ~(1 << (c & 7));
    mark(clusters, bytes.length * 8);
    return bytes;
  }

  assemble(image: Uint8Array): void {
    for (const { lcn, bytes } of this.#pieces) image.set(bytes, lcn * this.clusterSize);
  }
}
