/** WIM's LZX, one bit at a time: the oracle of `wasm/codec/lzx.ts`. */
import { ERR_DATA, ERR_INPUT_END, ERR_OUTPUT_FULL } from '../../../wasm/abi.ts';
import { copyMatch, PlainCode, Refused, type Verdict, verdict } from './bits.ts';

const SLOTS = new Map([
  [15, 30],
  [16, 32],
  [17, 34],
  [18, 36],
  [19, 38],
  [20, 42],
  [21, 50],
]);

/** @param windowSize chunk size of the WIM, a power of two from 2^15 to 2^21 */
export function decodeLzx(src: Uint8Array, size: number, windowSize: number): Verdict {
  const order = Math.log2(windowSize);
  const mainSymbols = 256 + 8 * SLOTS.get(order)!;
  return verdict(new Uint8Array(size), (out) => {
    let at = 0;
    let unit = 0;
    let left = 0;
    const bit = () => {
      if (left === 0) {
        if (src.length - at < 2) throw new Refused(ERR_INPUT_END);
        unit = src[at]! | (src[at + 1]! << 8);
        at += 2;
        left = 16;
      }
      return (unit >> --left) & 1;
    };
    const bits = (count: number) => {
      let value = 0;
      for (let i = 0; i < count; i++) value = value * 2 + bit();
      return value;
    };
    const word = () => {
      let value = 0;
      for (let i = 0; i < 4; i++) value += src[at++]! * 256 ** i;
      return value;
    };
    /** Reads the lengths of one part of a code in place. */
    const readLengths = (lengths: number[], from: number, to: number) => {
      const pre = new PlainCode(
        Array.from({ length: 20 }, () => bits(4)),
        false,
      );
      for (let i = from; i < to; ) {
        let symbol = pre.read(bit);
        let run = 1;
        if (symbol === 17) run = 4 + bits(4);
        else if (symbol === 18) run = 20 + bits(5);
        else if (symbol === 19) {
          run = 4 + bits(1);
          symbol = pre.read(bit);
          if (symbol > 16) throw new Refused(ERR_DATA);
        }
        const length = symbol > 16 ? 0 : (lengths[i]! + 17 - symbol) % 17;
        if (run > to - i) throw new Refused(ERR_DATA);
        lengths.fill(length, i, i + run);
        i += run;
      }
    };

    const mainLengths = new Array<number>(mainSymbols).fill(0);
    const lengthLengths = new Array<number>(249).fill(0);
    let recent = [1, 1, 1];
    let to = 0;
    while (to < size) {
      const type = bits(3);
      const blockSize = bits(1) === 1 ? 32768 : bits(order >= 16 ? 24 : 16);
      if (blockSize === 0) throw new Refused(ERR_DATA);
      if (blockSize > size - to) throw new Refused(ERR_OUTPUT_FULL);
      const end = to + blockSize;
      if (type === 3) {
        if (left === 0) at += 2;
        left = 0;
        if (src.length - at < 12) throw new Refused(ERR_INPUT_END);
        recent = [word(), word(), word()];
        if (recent.includes(0)) throw new Refused(ERR_DATA);
        if (src.length - at < blockSize) throw new Refused(ERR_INPUT_END);
        out.set(src.subarray(at, at + blockSize), to);
        at += blockSize + (blockSize % 2);
        to = end;
        continue;
      }
      if (type !== 1 && type !== 2) throw new Refused(ERR_DATA);
      const aligned =
        type === 2
          ? new PlainCode(
              Array.from({ length: 8 }, () => bits(3)),
              true,
            )
          : null;
      readLengths(mainLengths, 0, 256);
      readLengths(mainLengths, 256, mainSymbols);
      const main = new PlainCode(mainLengths, false);
      readLengths(lengthLengths, 0, 249);
      const long = new PlainCode(lengthLengths, true);
      while (to < end) {
        const symbol = main.read(bit);
        if (symbol < 256) {
          out[to++] = symbol;
          continue;
        }
        let length = (symbol & 7) + 2;
        if (length === 9) length += long.read(bit);
        const slot = (symbol - 256) >> 3;
        let offset: number;
        if (slot < 3) {
          offset = recent[slot]!;
          recent[slot] = recent[0]!;
          recent[0] = offset;
        } else {
          const extra = slot < 4 ? 0 : Math.min((slot >> 1) - 1, 17);
          offset = slotBase(slot) - 2;
          if (aligned !== null && extra >= 3) {
            offset += bits(extra - 3) * 8;
            offset += aligned.read(bit);
          } else {
            offset += bits(extra);
          }
          recent = [offset, recent[0]!, recent[1]!];
        }
        to = copyMatch(out, to, end, offset, length, ERR_OUTPUT_FULL);
      }
    }
    undoE8(out);
  });
}

/** Sum of the sizes of the slots before. */
function slotBase(slot: number): number {
  let base = 0;
  for (let i = 0; i < slot; i++) base += 2 ** (i < 4 ? 0 : Math.min((i >> 1) - 1, 17));
  return base;
}

function undoE8(out: Uint8Array): void {
  const view = new DataView(out.buffer);
  for (let i = 0; i < out.length - 10; i++) {
    if (out[i] !== 0xe8) continue;
    const target = view.getInt32(i + 1, true);
    if (target >= 0 && target < 12_000_000) view.setInt32(i + 1, target - i, true);
    else if (target < 0 && target >= -i) view.setInt32(i + 1, target + 12_000_000, true);
    i += 4;
  }
}
