/**
 * Undoes the x86 filter of LZX: before compression, the operand of each E8 (CALL) was changed from a relative to an
 * absolute target, so that calls of one function look alike. WIM applies it to every chunk, code or not, with a file size
 * of 12,000,000 and positions that count from the start of the chunk. The last ten bytes are never touched.
 */
const FILE_SIZE: i32 = 12000000;
const TAIL: u32 = 10;
const INSTRUCTION: u32 = 5;

export function undoE8(data: usize, length: u32): void {
  if (length <= TAIL) return;
  const end = data + length - TAIL;
  const opcode = i8x16.splat(-0x18);
  let at = data;
  while (at < end) {
    // The vector may reach past the end, into bytes that the check below leaves alone.
    const hits: u32 = i8x16.bitmask(i8x16.eq(v128.load(at), opcode));
    if (hits == 0) {
      at += 16;
      continue;
    }
    at += ctz<u32>(hits);
    if (at >= end) return;
    const position = <i32>(at - data);
    const target = load<i32>(at, 1);
    if (target >= 0) {
      if (target < FILE_SIZE) store<i32>(at, target - position, 1);
    } else if (target >= -position) {
      store<i32>(at, target + FILE_SIZE, 1);
    }
    at += INSTRUCTION;
  }
}
