/** XPRESS-Huffman compressor ([MS-XCA] 2.1), for tests and for the sample: deterministic, with a decent ratio. */
import { BitWriter } from './bit-writer.ts';
import { makeCode } from './huffman.ts';
import { findTokens } from './matches.ts';

const SYMBOLS = 512;
const MAX_CODE_LENGTH = 15;
const MIN_MATCH = 3;
const MAX_OFFSET = 65535;
/** Ends the stream. Our decoder goes by the size it is told, 7-Zip and Windows want to see it. */
const END_OF_DATA = 256;

/** The chunk as an XPRESS-Huffman stream, or null when that is not shorter. @param chunk at most 2 MiB */
export function compressXpress(chunk: Uint8Array): Uint8Array | null {
  const tokens = findTokens(chunk, {
    minLength: MIN_MATCH,
    maxLength: chunk.length,
    maxOffset: MAX_OFFSET,
    recent: 0,
  });
  const symbolOf = (i: number) => {
    const offset = tokens.offsets[i]!;
    if (offset === 0) return tokens.lengths[i]!;
    return 256 | ((31 - Math.clz32(offset)) << 4) | Math.min(tokens.lengths[i]! - MIN_MATCH, 15);
  };
  const counts = new Uint32Array(SYMBOLS);
  for (let i = 0; i < tokens.count; i++) counts[symbolOf(i)]!++;
  counts[END_OF_DATA]!++;
  const { lengths, codes } = makeCode(counts, MAX_CODE_LENGTH);

  const head = SYMBOLS / 2;
  if (chunk.length <= head) return null;
  const writer = new BitWriter(chunk.length - 1 - head, 2);
  for (let i = 0; i < tokens.count && !writer.overflow; i++) {
    const symbol = symbolOf(i);
    writer.bits(codes[symbol]!, lengths[symbol]!);
    const offset = tokens.offsets[i]!;
    if (offset === 0) continue;
    const rest = tokens.lengths[i]! - MIN_MATCH;
    if (rest >= 15 + 255) {
      writer.byte(255);
      if (rest > 0xffff) {
        writer.number(0, 2);
        writer.number(rest, 4);
      } else {
        writer.number(rest, 2);
      }
    } else if (rest >= 15) {
      writer.byte(rest - 15);
    }
    const log = 31 - Math.clz32(offset);
    writer.bits(offset & ((1 << log) - 1), log);
  }
  writer.bits(codes[END_OF_DATA]!, lengths[END_OF_DATA]!);
  const body = writer.finish();
  if (body === null) return null;
  const out = new Uint8Array(head + body.length);
  for (let i = 0; i < head; i++) out[i] = lengths[2 * i]! | (lengths[2 * i + 1]! << 4);
  out.set(body, head);
  return out;
}
