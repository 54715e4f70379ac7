/** The checksum kernels against what Node brings natively (OpenSSL with the processor's SHA instructions, zlib). */
import { createHash } from 'node:crypto';
import * as zlib from 'node:zlib';
import { createCodecs } from '../../codec/codecs.ts';
import { loadModules } from '../../testing/modules.ts';
import { median } from './median.ts';

export interface ChecksumResult {
  readonly name: string;
  readonly megabytesPerSecond: number;
  /** Null where this Node has no native one. */
  readonly peerMegabytesPerSecond: number | null;
}

const BYTES = 64 << 20;

export function benchChecksums(rounds: number): ChecksumResult[] {
  const codecs = createCodecs(loadModules());
  const data = Uint8Array.from({ length: BYTES }, (_, i) => (i * 2_654_435_761) >>> 24);
  const nativeCrc = (zlib as { crc32?: (data: Uint8Array) => number }).crc32;
  const cases: [string, () => void, (() => void) | null][] = [
    [
      'SHA-1',
      () => {
        const hasher = codecs.sha1();
        hasher.update(data);
        hasher.digest();
      },
      () => createHash('sha1').update(data).digest(),
    ],
    ['CRC-32', () => codecs.crc32(data), nativeCrc === undefined ? null : () => nativeCrc(data)],
    ['CRC-32C', () => codecs.crc32c(data), null],
  ];
  const speed = (work: () => void): number => {
    const start = process.cpuUsage();
    work();
    return BYTES / process.cpuUsage(start).user;
  };
  return cases.map(([name, ours, peer]) => {
    ours(); // V8 replaces the kernel's first code during this
    const mine: number[] = [];
    const theirs: number[] = [];
    for (let round = 0; round < rounds; round++) {
      mine.push(speed(ours));
      if (peer !== null) theirs.push(speed(peer));
    }
    return {
      name,
      megabytesPerSecond: median(mine),
      peerMegabytesPerSecond: theirs.length === 0 ? null : median(theirs),
    };
  });
}
