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
/** Bytes that may start an instruction. */
const starts = memory.data(256, 16);
export const X86_TABLE_BYTES: u32 = 65536 * 4;

let lastCode: i32 = 0;

/** Called once, when the module starts. */
export function initX86(): void {
  store<u8>(starts + 0x48, 1);
  store<u8>(starts + 0x4c, 1);
  store<u8>(starts + 0xe8, 1);
  store<u8>(starts + 0xe9, 1);
  store<u8>(starts + 0xf0, 1);
  store<u8>(starts + 0xff, 1);
}

/** @param uses 65,536 positions (i32) where an instruction with these lower bits of its address ended last */
export function startX86(uses: usize): void {
  for (let at = uses; at < uses + X86_TABLE_BYTES; at += 4) store<i32>(at, -WINDOW - 1);
  lastCode = -REACH - 1;
}

/**
 * Undoes what starts from `from` up to before `to`. @param from 1 in the first call, then what the last one returned
 * @returns where to go on
 */
export function undoX86(data: usize, length: u32, from: u32, to: u32, uses: usize): u32 {
  if (length <= TAIL + 1) return length;
  const end = min<u32>(to, length - TAIL);
  let at = from;
  while (at < end) {
    const first: u32 = load<u8>(data + at);
    if (load<u8>(starts + first) == 0) {
      at++;
      continue;
    }
    if (first == 0xe9) {
      at += 5;
      continue;
    }
    const second: u32 = load<u8>(data + at, 1);
    const third: u32 = load<u8>(data + at, 2);
    let opcode: u32 = 0;
    if (first == 0xe8) opcode = 1;
    else if (first == 0xff) opcode = second == 0x15 ? 2 : 0;
    else if (first == 0xf0) opcode = second == 0x83 && third == 0x05 ? 3 : 0;
    else if (second == 0x8d) opcode = (third & 7) == 5 ? 3 : 0;
    else if (first == 0x48 && second == 0x8b) opcode = (third & 0xf7) == 0x05 ? 3 : 0;
    if (opcode == 0) {
      at++;
      continue;
    }
    const field = data + at + opcode;
    const position = <i32>at;
    if (position - lastCode <= (first == 0xe8 ? REACH >> 1 : REACH))
      store<u32>(field, load<u32>(field) - at);
    const target = (at + <u32>load<u16>(field)) & 0xffff;
    const use = uses + (target << 2);
    const instructionEnd = position + <i32>opcode + 3;
    if (instructionEnd - load<i32>(use) <= WINDOW) lastCode = instructionEnd;
    store<i32>(use, instructionEnd);
    at += opcode + 4;
  }
  return at;
}
