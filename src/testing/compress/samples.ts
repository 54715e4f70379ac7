/** Seeded data with what compressors meet: runs, repeated words, records with near repeats, calls of x86 code, noise. */
import type { Random } from '../damage.ts';

const SPANS = ['noise', 'run', 'words', 'records', 'calls', 'copy'] as const;

/** `length` bytes made of spans of different kinds. */
export function sampleBytes(random: Random, length: number): Uint8Array {
  const out = new Uint8Array(length);
  const words = Array.from({ length: 40 }, () => random.bytes(2 + random.below(12)));
  for (let at = 0; at < length; ) {
    const end = Math.min(length, at + 1 + random.below(random.below(4) === 0 ? 70_000 : 2000));
    fillSpan(random, out, at, end, words, random.pick(SPANS));
    at = end;
  }
  return out;
}

function fillSpan(
  random: Random,
  out: Uint8Array,
  start: number,
  end: number,
  words: readonly Uint8Array[],
  kind: (typeof SPANS)[number],
): void {
  const put = (at: number, bytes: Uint8Array) => {
    out.set(bytes.subarray(0, end - at), at);
    return at + bytes.length;
  };
  if (kind === 'noise') {
    out.set(random.bytes(end - start), start);
  } else if (kind === 'run') {
    // Periods of 1 to 20 bytes: near and far copies of the decoders.
    const period = random.bytes(1 + random.below(20));
    for (let i = start; i < end; i++) out[i] = period[(i - start) % period.length]!;
  } else if (kind === 'words') {
    for (let at = start; at < end; ) at = put(at, random.pick(words));
  } else if (kind === 'records') {
    const record = random.bytes(8 + random.below(40));
    for (let at = start; at < end; ) {
      record[random.below(record.length)] = random.below(256);
      at = put(at, record);
    }
  } else if (kind === 'calls') {
    const target = random.below(14_000_000) - 1_000_000;
    for (let at = start; at < end; ) {
      const call = new Uint8Array(5 + random.below(6)).fill(0x90);
      call[0] = 0xe8;
      new DataView(call.buffer).setInt32(1, target - at, true);
      at = put(at, call);
    }
  } else {
    for (let i = start; i < end; i++) out[i] = start === 0 ? i & 255 : out[i % start]!;
  }
}
