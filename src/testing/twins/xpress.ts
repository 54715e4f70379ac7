/** XPRESS-Huffman as [MS-XCA] 2.2.4 tells it, one bit at a time: the oracle of `wasm/codec/xpress.ts`. */
import { ERR_DATA, ERR_INPUT_END, ERR_OUTPUT_FULL } from '../../../wasm/abi.ts';
import { copyMatch, PlainCode, Refused, type Verdict, verdict } from './bits.ts';

const LARGEST = 2 << 20;

export function decodeXpress(src: Uint8Array, size: number): Verdict {
  return verdict(new Uint8Array(size), (out) => {
    if (src.length < 256) throw new Refused(ERR_INPUT_END);
    const lengths: number[] = [];
    for (const pair of src.subarray(0, 256)) lengths.push(pair & 15, pair >> 4);
    const code = new PlainCode(lengths, false);

    let at = 256;
    /** The next unit, or null when the input does not hold it. */
    const unit = () => {
      const value = src.length - at >= 2 ? src[at]! | (src[at + 1]! << 8) : null;
      at += 2;
      return value;
    };
    // Two units are always read ahead: that decides where the bytes of long lengths stand.
    let now = unit();
    let next = unit();
    let left = 16;
    const bit = () => {
      if (left === 0) {
        now = next;
        next = unit();
        left = 16;
      }
      if (now === null) throw new Refused(ERR_INPUT_END);
      return (now >> --left) & 1;
    };
    const number = (bytes: number) => {
      if (at > src.length || src.length - at < bytes) throw new Refused(ERR_INPUT_END);
      let value = 0;
      for (let i = 0; i < bytes; i++) value += src[at++]! * 256 ** i;
      return value;
    };

    for (let to = 0; to < size; ) {
      const symbol = code.read(bit);
      if (symbol < 256) {
        out[to++] = symbol;
        continue;
      }
      let length = symbol & 15;
      if (length === 15) {
        length += number(1);
        if (length === 15 + 255) {
          length = number(2);
          if (length === 0) length = number(4);
          if (length < 15) throw new Refused(ERR_DATA);
          if (length > LARGEST) throw new Refused(ERR_OUTPUT_FULL);
        }
      }
      let offset = 1;
      for (let i = (symbol >> 4) & 15; i > 0; i--) offset = offset * 2 + bit();
      to = copyMatch(out, to, size, offset, length + 3, ERR_OUTPUT_FULL);
    }
  });
}
