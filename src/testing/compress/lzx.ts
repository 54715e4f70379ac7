/** LZX compressor for chunks of a WIM, for tests and for the sample: deterministic, all three kinds of block, a decent ratio. */
import { BitWriter } from './bit-writer.ts';
import { type Code, costOf, makeCode } from './huffman.ts';
import { LITERALS, matchFields } from './lzx-fields.ts';
import { writeLengths } from './lzx-lengths.ts';
import { findTokens, type Tokens, useOffset } from './matches.ts';

const VERBATIM = 1;
const ALIGNED = 2;
const UNCOMPRESSED = 3;
const DEFAULT_BLOCK = 32768;
const MAX_CODE_LENGTH = 16;
const MAX_ALIGNED_LENGTH = 7;
const MAX_MATCH = 257;
const LENGTH_SYMBOLS = 249;
const E8_FILE_SIZE = 12_000_000;

/** Applies the x86 filter: relative targets of calls become absolute. @returns a copy */
export function applyE8(chunk: Uint8Array): Uint8Array {
  const out = new Uint8Array(chunk); // not slice(): a Buffer would share its bytes
  const view = new DataView(out.buffer);
  for (let i = 0; i < out.length - 10; i++) {
    if (out[i] !== 0xe8) continue;
    const target = view.getInt32(i + 1, true);
    if (target >= -i && target < E8_FILE_SIZE)
      view.setInt32(i + 1, target < E8_FILE_SIZE - i ? target + i : target - E8_FILE_SIZE, true);
    i += 4;
  }
  return out;
}

interface Block {
  readonly from: number;
  readonly to: number;
  readonly start: number;
  readonly size: number;
}

/** Cuts the tokens into blocks of about the default size. */
function cutBlocks(tokens: Tokens): Block[] {
  const blocks: Block[] = [];
  let from = 0;
  let start = 0;
  let size = 0;
  for (let i = 0; i < tokens.count; i++) {
    size += tokens.offsets[i] === 0 ? 1 : tokens.lengths[i]!;
    if (size < DEFAULT_BLOCK && i < tokens.count - 1) continue;
    blocks.push({ from, to: i + 1, start, size });
    from = i + 1;
    start += size;
    size = 0;
  }
  return blocks;
}

/**
 * The chunk as WIM's LZX, or null when that is not shorter.
 * @param windowSize chunk size of the WIM, a power of two from 2^15 to 2^21, at least the chunk's length
 * @param rawAnywhere allows raw blocks after packed ones. The format does and 7-Zip reads them; wimlib 1.13 loses its place
 *   there, because it drops the unit it has read ahead, so by default only the first blocks of a chunk may be raw
 */
export function compressLzx(chunk: Uint8Array, windowSize: number, rawAnywhere = false): Uint8Array | null {
  if (chunk.length < 2) return null;
  const data = applyE8(chunk);
  // Offsets are stored plus 2 and must stay below the window's last slot.
  const options = { minLength: 3, maxLength: MAX_MATCH, maxOffset: windowSize - 3, recent: 3 };
  const tokens = findTokens(data, options);
  const windowOrder = 31 - Math.clz32(windowSize);
  const slots = windowOrder === 21 ? 50 : windowOrder === 20 ? 42 : windowOrder * 2;
  const writer = new BitWriter(chunk.length - 1, 0);
  const mainLengths = new Uint8Array(LITERALS + 8 * slots);
  const lengthLengths = new Uint8Array(LENGTH_SYMBOLS);
  const recent = [1, 1, 1];
  let mayBeRaw = true;

  for (const block of cutBlocks(tokens)) {
    const before = [...recent];
    const mainCounts = new Uint32Array(mainLengths.length);
    const lengthCounts = new Uint32Array(LENGTH_SYMBOLS);
    const alignedCounts = new Uint32Array(8);
    let extraBits = 0;
    let alignedMatches = 0;
    for (let i = block.from; i < block.to; i++) {
      if (tokens.offsets[i] === 0) {
        mainCounts[tokens.lengths[i]!]!++;
        continue;
      }
      const match = matchFields(tokens.lengths[i]!, tokens.offsets[i]!, recent);
      useOffset(recent, tokens.offsets[i]!);
      mainCounts[match.symbol]!++;
      if (match.lengthSymbol >= 0) lengthCounts[match.lengthSymbol]!++;
      extraBits += match.extraBits;
      if (match.extraBits < 3) continue;
      alignedCounts[match.extra & 7]!++;
      alignedMatches++;
    }
    const main = makeCode(mainCounts, MAX_CODE_LENGTH);
    const length = makeCode(lengthCounts, MAX_CODE_LENGTH);
    const aligned = makeCode(alignedCounts, MAX_ALIGNED_LENGTH);
    const isAligned = alignedMatches > 0 && costOf(alignedCounts, aligned) + 24 < 3 * alignedMatches;
    const bits = costOf(mainCounts, main) + costOf(lengthCounts, length) + extraBits;
    const raw: boolean = bits > 8 * block.size && mayBeRaw;
    mayBeRaw = raw || rawAnywhere;
    const type = raw ? UNCOMPRESSED : isAligned ? ALIGNED : VERBATIM;

    writer.bits(type, 3);
    writer.bits(block.size === DEFAULT_BLOCK ? 1 : 0, 1);
    if (block.size !== DEFAULT_BLOCK) {
      if (windowOrder >= 16) writer.bits(block.size >> 16, 8);
      writer.bits(block.size & 0xffff, 16);
    }
    if (type === UNCOMPRESSED) {
      writer.align(true);
      for (const offset of recent) writer.number(offset, 4);
      for (let i = 0; i < block.size; i++) writer.byte(data[block.start + i]!);
      if ((block.size & 1) !== 0) writer.byte(0);
      continue;
    }
    if (type === ALIGNED) for (const bitLength of aligned.lengths) writer.bits(bitLength, 3);
    writeLengths(writer, mainLengths.subarray(0, LITERALS), main.lengths.subarray(0, LITERALS));
    writeLengths(writer, mainLengths.subarray(LITERALS), main.lengths.subarray(LITERALS));
    writeLengths(writer, lengthLengths, length.lengths);
    writeSymbols(writer, tokens, block, before, main, length, type === ALIGNED ? aligned : null);
    if (writer.overflow) return null;
  }
  return writer.finish();
}

/** Writes the block's symbols. @param recent last three offsets before it; changed on the way */
function writeSymbols(
  writer: BitWriter,
  tokens: Tokens,
  block: Block,
  recent: number[],
  main: Code,
  length: Code,
  aligned: Code | null,
): void {
  for (let i = block.from; i < block.to && !writer.overflow; i++) {
    const offset = tokens.offsets[i]!;
    if (offset === 0) {
      const literal = tokens.lengths[i]!;
      writer.bits(main.codes[literal]!, main.lengths[literal]!);
      continue;
    }
    const match = matchFields(tokens.lengths[i]!, offset, recent);
    useOffset(recent, offset);
    writer.bits(main.codes[match.symbol]!, main.lengths[match.symbol]!);
    if (match.lengthSymbol >= 0) writer.bits(length.codes[match.lengthSymbol]!, length.lengths[match.lengthSymbol]!);
    if (aligned !== null && match.extraBits >= 3) {
      writer.bits(match.extra >> 3, match.extraBits - 3);
      writer.bits(aligned.codes[match.extra & 7]!, aligned.lengths[match.extra & 7]!);
    } else {
      writer.bits(match.extra, match.extraBits);
    }
  }
}
