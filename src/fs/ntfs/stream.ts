/** Attribute values as ByteSources: resident, and non-resident with holes, ValidDataLength and pieces in several records. */
import { fail } from '../../base/errors.ts';
import { BaseSource } from '../../source/base.ts';
import { failAt } from '../../source/place.ts';
import { emptyRun, type Run, RunListSource, storedRun } from '../../source/run-list.ts';
import type { ByteSource, Extent } from '../../source/types.ts';
import type { Boot } from './boot.ts';
import { CompressedSource } from './compressed.ts';
import { ATTRIBUTE_FLAG_COMPRESSION_MASK, STRIDE } from './layout.ts';
import type { Attribute } from './record.ts';
import { type ClusterRun, decodeRuns } from './runs.ts';

/** A value that stands in its record. Where it covers the end of a stride, two of its bytes stand in the array instead. */
class ResidentSource extends BaseSource {
  readonly #bytes: Uint8Array;
  readonly #mft: ByteSource;
  readonly #at: number;

  constructor(name: string, bytes: Uint8Array, mft: ByteSource, at: number) {
    super(name, bytes.length);
    this.#bytes = bytes;
    this.#mft = mft;
    this.#at = at;
  }

  protected fill(offset: number, dst: Uint8Array): void {
    dst.set(this.#bytes.subarray(offset, offset + dst.length));
  }

  protected *spans(offset: number, length: number): Iterable<Extent> {
    const start = this.#at + offset;
    const whole = (start % STRIDE) + length <= STRIDE - 2;
    for (const extent of this.#mft.extents(start, length))
      yield { ...extent, offset: extent.offset - this.#at, kind: whole ? extent.kind : 'decoded' };
  }
}

/** Decodes the run lists of all pieces of one attribute, in VCN order. @throws FormatError InvalidData on a gap */
export function runsOf(pieces: readonly Attribute[], boot: Boot): ClusterRun[] {
  const sorted = [...pieces].sort((a, b) => a.mapping!.lowestVcn - b.mapping!.lowestVcn);
  const runs: ClusterRun[] = [];
  let vcn = 0;
  for (const { mapping } of sorted) {
    const { pairs, lowestVcn } = mapping!;
    if (lowestVcn !== vcn) {
      const code = lowestVcn < vcn ? 'InvalidData' : 'MissingData';
      const actual = `one that begins with ${lowestVcn}`;
      fail(code, pairs.source, pairs.base, `the piece that begins with cluster ${vcn}`, actual);
    }
    const part = decodeRuns(pairs, vcn, boot.clusters);
    for (const run of part) runs.push(run);
    const last = part.at(-1);
    if (last !== undefined) vcn = last.vcn + last.count;
  }
  return runs;
}

/**
 * The bytes of a non-resident attribute. Clusters behind the end of the image are runs of kind `missing`; what lies
 * behind ValidDataLength is zeros, whatever the clusters hold.
 * @throws FormatError InvalidData when the runs end before the valid data does
 */
export function nonResidentSource(
  name: string,
  volume: ByteSource,
  boot: Boot,
  clusterRuns: readonly ClusterRun[],
  size: number,
  valid: number,
): ByteSource {
  const runs: Run[] = [];
  const end = Math.min(size, valid);
  let at = 0;
  const push = (run: Run) => {
    if (run.length > 0) runs.push(run);
    at += run.length;
  };
  for (const { count, lcn } of clusterRuns) {
    if (at >= end) break;
    const length = Math.min(count * boot.clusterSize, end - at);
    if (lcn < 0) {
      push(emptyRun('zero', at, length));
      continue;
    }
    const offset = lcn * boot.clusterSize;
    const here = Math.max(0, Math.min(length, volume.size - offset));
    push(storedRun(at, here, volume, offset));
    push(emptyRun('missing', at, length - here));
  }
  if (at < end) failAt('InvalidData', volume, 0, `${end} bytes of ${name} in its run list`, `${at} bytes`);
  push(emptyRun('zero', at, size - at));
  return new RunListSource(name, size, runs, `${name}, whose clusters lie behind the end of the image,`);
}

/** The bytes of an attribute whose pieces are `pieces` (one when it is resident). */
export function attributeSource(
  name: string,
  volume: ByteSource,
  mft: ByteSource,
  boot: Boot,
  pieces: readonly Attribute[],
): ByteSource {
  const first = pieces.find((piece) => piece.value !== null || piece.mapping?.lowestVcn === 0);
  if (first === undefined)
    failAt('MissingData', mft, pieces[0]!.record * boot.recordSize, `the first piece of ${name}`, 'only later ones');
  const { value, mapping } = first;
  if (value !== null) {
    const at = first.record * boot.recordSize + first.valueAt;
    return new ResidentSource(name, value.bytes, mft, at);
  }
  const runs = runsOf(
    pieces.filter((piece) => piece.mapping !== null),
    boot,
  );
  if ((first.flags & ATTRIBUTE_FLAG_COMPRESSION_MASK) !== 0)
    return new CompressedSource(name, volume, boot, mapping!, runs);
  return nonResidentSource(name, volume, boot, runs, mapping!.fileSize, mapping!.validDataLength);
}
