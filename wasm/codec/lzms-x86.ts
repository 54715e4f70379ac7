/**
 * Undoes the x86 filter of LZMS. Before compression the addresses in some instructions were changed from relative to
 * absolute, so that uses of one function or variable look alike:
 *
 *     48 8B 05 / 0D    mov r, [rip + n]     F0 83 05   lock add [rip + n]
 *     48|4C 8D x5/xD   lea r, [rip + n]     FF 15      call [rip + n]
 *     E8               call n               E9         jmp n: skipped, never changed
 *
 * The filter runs over any data and decides by itself what is code: an address whose lower 16 bits (absolute) were used
 * within the last 65,535 bytes says that code is here, and only instructions up to 1,023 bytes behind such a place, 511 for
 * E8, are changed. The first byte and the last 16 never start an instruction.
 */
const WINDOW: i32 = 65535;
const REACH: i32 = 1023;
const TAIL: u32 = 16;
export const X86_TABLE_BYTES: u32 = 65536 * 4;

let lastCode: i32 = 0;

/** @param uses 65,536 positions (i32) where an instruction with these lower bits of its address ended last */
export function startX86(uses: usize): void {
  for (let at = uses; at < uses + X86_TABLE_BYTES; at += 4) store<i32>(at, -WINDOW - 1);
  lastCode = -REACH - 1;
}

/**
 * Undoes or applies what starts from `from` up to before `to`. @param from 1 in the first call, then what the last one
 * returned. @returns where to go on
 */
export function passX86(data: usize, length: u32, from: u32, to: u32, uses: usize, undo: bool): u32 {
  if (length <= TAIL + 1) return length;
  const end = min<u32>(to, length - TAIL);
  let code = lastCode;
  let at = from;
  while (at < end) {
    // What is not one of these bytes in one of these orders is passed 16 at a time. Nothing that was changed is looked at
    // again: the next instruction begins behind the field of the last one.
    const hits = startsIn(data + at);
    if (hits == 0) {
      at += 16;
      continue;
    }
    at += ctz<u32>(hits);
    if (at >= end) break;
    const first: u32 = load<u8>(data + at);
    if (first == 0xe9) {
      at += 5;
      continue;
    }
    const opcode: u32 = first == 0xe8 ? 1 : first == 0xff ? 2 : 3;
    const field = data + at + opcode;
    const position = <i32>at;
    const near = position - code <= (first == 0xe8 ? REACH >> 1 : REACH);
    if (near && undo) store<u32>(field, load<u32>(field) - at);
    const target = (at + <u32>load<u16>(field)) & 0xffff;
    if (near && !undo) store<u32>(field, load<u32>(field) + at);
    const use = uses + (target << 2);
    const instructionEnd = position + <i32>opcode + 3;
    if (instructionEnd - load<i32>(use) <= WINDOW) code = instructionEnd;
    store<i32>(use, instructionEnd);
    at += opcode + 4;
  }
  lastCode = code;
  return at;
}

/** Bit i: an instruction of the list stands at `at + i`. Looks at 18 bytes. */
// @ts-ignore: decorator
@inline
function startsIn(at: usize): u32 {
  const first = v128.load(at);
  const second = v128.load(at, 1);
  const third = v128.load(at, 2);
  const near = is(v128.and(first, i8x16.splat(-2)), 0xe8);
  const call = v128.and(is(first, 0xff), is(second, 0x15));
  const lock = v128.and(is(first, 0xf0), v128.and(is(second, 0x83), is(third, 0x05)));
  const lea = v128.and(
    is(v128.and(first, i8x16.splat(-5)), 0x48),
    v128.and(is(second, 0x8d), is(v128.and(third, i8x16.splat(7)), 0x05)),
  );
  const mov = v128.and(is(first, 0x48), v128.and(is(second, 0x8b), is(v128.and(third, i8x16.splat(-9)), 0x05)));
  return i8x16.bitmask(v128.or(v128.or(near, call), v128.or(lock, v128.or(lea, mov))));
}

// @ts-ignore: decorator
@inline
function is(bytes: v128, value: u8): v128 {
  return i8x16.eq(bytes, i8x16.splat(<i8>value));
}
