/**
 * SHA-1 (FIPS 180-4), whole blocks of 64 bytes. The caller pads and keeps the state between calls.
 *
 * The message schedule is made four words at a time: from word 32 on, W[t] = rotl2(W[t-6] ^ W[t-16] ^ W[t-28] ^ W[t-32])
 * says the same as the standard's rotl1(W[t-3] ^ W[t-8] ^ W[t-14] ^ W[t-16]) and no word needs one of its own four.
 */
import { INPUT, SCHEDULE, STATE } from './memory';

// @ts-ignore: decorator
@inline
function rotateEach(v: v128, by: i32): v128 {
  return v128.or(i32x4.shl(v, by), i32x4.shr_u(v, 32 - by));
}

/** Words of the schedule from `back` words before word `at`. */
// @ts-ignore: decorator
@inline
function words(at: usize, back: usize): v128 {
  return v128.load(at - (back << 2));
}

// @ts-ignore: decorator
@inline
function schedule(block: usize): void {
  let at = SCHEDULE;
  for (let i: usize = 0; i < 64; i += 16) {
    const raw = v128.load(block + i);
    v128.store(at + i, i8x16.shuffle(raw, raw, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12));
  }
  for (at = SCHEDULE + 64; at < SCHEDULE + 128; at += 16) {
    // W[t-3] of the fourth lane is this vector's own first word: left out, then put in by itself.
    const three = i8x16.shuffle(words(at, 4), i32x4.splat(0), 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 16, 16, 16);
    const mixed = v128.xor(v128.xor(three, words(at, 8)), v128.xor(words(at, 14), words(at, 16)));
    const turned = rotateEach(mixed, 1);
    const first: u32 = i32x4.extract_lane(turned, 0);
    const fourth: u32 = i32x4.extract_lane(turned, 3);
    v128.store(at, i32x4.replace_lane(turned, 3, <i32>(fourth ^ rotl<u32>(first, 1))));
  }
  for (; at < SCHEDULE + 320; at += 16) {
    const mixed = v128.xor(v128.xor(words(at, 6), words(at, 16)), v128.xor(words(at, 28), words(at, 32)));
    v128.store(at, rotateEach(mixed, 2));
  }
}

// @ts-ignore: decorator
@inline
function choose(b: u32, c: u32, d: u32): u32 {
  return d ^ (b & (c ^ d));
}

// @ts-ignore: decorator
@inline
function parity(b: u32, c: u32, d: u32): u32 {
  return b ^ c ^ d;
}

// @ts-ignore: decorator
@inline
function majority(b: u32, c: u32, d: u32): u32 {
  return (b & c) | (d & (b | c));
}

/** Takes `blocks` blocks of INPUT into STATE. */
export function sha1Blocks(blocks: u32): void {
  const end = INPUT + (<usize>blocks << 6);
  for (let block = INPUT; block < end; block += 64) oneBlock(block);
}

function oneBlock(block: usize): void {
  schedule(block);
  let a = load<u32>(STATE);
  let b = load<u32>(STATE, 4);
  let c = load<u32>(STATE, 8);
  let d = load<u32>(STATE, 12);
  let e = load<u32>(STATE, 16);
  // Five rounds a turn: the five words change their roles instead of their places. The sum ends with what the round before
  // has just made, so that a round waits for two operations and not for five.
  let w = SCHEDULE;
  for (; w < SCHEDULE + 80; w += 20) {
    e = e + load<u32>(w) + 0x5a827999 + choose(b, c, d) + rotl<u32>(a, 5);
    b = rotl<u32>(b, 30);
    d = d + load<u32>(w, 4) + 0x5a827999 + choose(a, b, c) + rotl<u32>(e, 5);
    a = rotl<u32>(a, 30);
    c = c + load<u32>(w, 8) + 0x5a827999 + choose(e, a, b) + rotl<u32>(d, 5);
    e = rotl<u32>(e, 30);
    b = b + load<u32>(w, 12) + 0x5a827999 + choose(d, e, a) + rotl<u32>(c, 5);
    d = rotl<u32>(d, 30);
    a = a + load<u32>(w, 16) + 0x5a827999 + choose(c, d, e) + rotl<u32>(b, 5);
    c = rotl<u32>(c, 30);
  }
  for (; w < SCHEDULE + 160; w += 20) {
    e = e + load<u32>(w) + 0x6ed9eba1 + parity(b, c, d) + rotl<u32>(a, 5);
    b = rotl<u32>(b, 30);
    d = d + load<u32>(w, 4) + 0x6ed9eba1 + parity(a, b, c) + rotl<u32>(e, 5);
    a = rotl<u32>(a, 30);
    c = c + load<u32>(w, 8) + 0x6ed9eba1 + parity(e, a, b) + rotl<u32>(d, 5);
    e = rotl<u32>(e, 30);
    b = b + load<u32>(w, 12) + 0x6ed9eba1 + parity(d, e, a) + rotl<u32>(c, 5);
    d = rotl<u32>(d, 30);
    a = a + load<u32>(w, 16) + 0x6ed9eba1 + parity(c, d, e) + rotl<u32>(b, 5);
    c = rotl<u32>(c, 30);
  }
  for (; w < SCHEDULE + 240; w += 20) {
    e = e + load<u32>(w) + 0x8f1bbcdc + majority(b, c, d) + rotl<u32>(a, 5);
    b = rotl<u32>(b, 30);
    d = d + load<u32>(w, 4) + 0x8f1bbcdc + majority(a, b, c) + rotl<u32>(e, 5);
    a = rotl<u32>(a, 30);
    c = c + load<u32>(w, 8) + 0x8f1bbcdc + majority(e, a, b) + rotl<u32>(d, 5);
    e = rotl<u32>(e, 30);
    b = b + load<u32>(w, 12) + 0x8f1bbcdc + majority(d, e, a) + rotl<u32>(c, 5);
    d = rotl<u32>(d, 30);
    a = a + load<u32>(w, 16) + 0x8f1bbcdc + majority(c, d, e) + rotl<u32>(b, 5);
    c = rotl<u32>(c, 30);
  }
  for (; w < SCHEDULE + 320; w += 20) {
    e = e + load<u32>(w) + 0xca62c1d6 + parity(b, c, d) + rotl<u32>(a, 5);
    b = rotl<u32>(b, 30);
    d = d + load<u32>(w, 4) + 0xca62c1d6 + parity(a, b, c) + rotl<u32>(e, 5);
    a = rotl<u32>(a, 30);
    c = c + load<u32>(w, 8) + 0xca62c1d6 + parity(e, a, b) + rotl<u32>(d, 5);
    e = rotl<u32>(e, 30);
    b = b + load<u32>(w, 12) + 0xca62c1d6 + parity(d, e, a) + rotl<u32>(c, 5);
    d = rotl<u32>(d, 30);
    a = a + load<u32>(w, 16) + 0xca62c1d6 + parity(c, d, e) + rotl<u32>(b, 5);
    c = rotl<u32>(c, 30);
  }
  store<u32>(STATE, load<u32>(STATE) + a);
  store<u32>(STATE, load<u32>(STATE, 4) + b, 4);
  store<u32>(STATE, load<u32>(STATE, 8) + c, 8);
  store<u32>(STATE, load<u32>(STATE, 12) + d, 12);
  store<u32>(STATE, load<u32>(STATE, 16) + e, 16);
}
