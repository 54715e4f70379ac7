/**
 * Mapping pairs: the run list of a non-resident attribute.
 *
 *     header byte: low nibble = bytes of the length, high nibble = bytes of the LCN delta; 00 ends the list
 *     21 18 34 56  -> 0x18 clusters, LCN += 0x5634        01 08 -> 8 clusters without a place: sparse
 *
 * Deltas are signed and relative to the last run that has a place; lengths are positive.
 */
import type { Bytes } from '../../base/bytes.ts';
import { fail } from '../../base/errors.ts';

export interface ClusterRun {
  readonly vcn: number;
  readonly count: number;
  /** -1 for a sparse run. */
  readonly lcn: number;
}

function readInt(bytes: Bytes, at: number, size: number, signed: boolean): number {
  let value = 0;
  let scale = 1;
  for (let i = 0; i < size; i++, scale *= 256) {
    const byte = i === size - 1 && signed ? bytes.i8(at + i) : bytes.u8(at + i);
    value += byte * scale;
  }
  return value;
}

/**
 * Decodes one piece of a run list.
 * @param lowestVcn VCN of its first cluster
 * @param clusters clusters of the volume: every run must lie below
 * @throws FormatError InvalidData, InvalidOffset, UnexpectedEnd
 */
export function decodeRuns(bytes: Bytes, lowestVcn: number, clusters: number): ClusterRun[] {
  const runs: ClusterRun[] = [];
  let vcn = lowestVcn;
  let lcn = 0;
  for (let at = 0; at < bytes.length; ) {
    const header = bytes.u8(at);
    if (header === 0) break;
    const lengthBytes = header & 15;
    const deltaBytes = header >> 4;
    const where = bytes.base + at;
    if (lengthBytes === 0 || lengthBytes > 8 || deltaBytes > 8)
      fail('InvalidData', bytes.source, where, 'a mapping pair of 1 to 8 bytes each', `0x${header.toString(16)}`);
    const count = readInt(bytes, at + 1, lengthBytes, true);
    if (!(count > 0 && Number.isSafeInteger(vcn + count)))
      fail('InvalidData', bytes.source, where, 'a run of at least one cluster', count);
    if (deltaBytes > 0) {
      lcn += readInt(bytes, at + 1 + lengthBytes, deltaBytes, true);
      if (!(lcn >= 0 && count <= clusters - lcn))
        fail('InvalidOffset', bytes.source, where, `clusters below ${clusters}`, `${count} at ${lcn}`);
    }
    runs.push({ vcn, count, lcn: deltaBytes > 0 ? lcn : -1 });
    vcn += count;
    at += 1 + lengthBytes + deltaBytes;
  }
  return runs;
}
