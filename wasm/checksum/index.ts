/** Kernel of the checksums. Windows: see memory.ts; statuses: see abi.ts; the skins are in src/codec. */
import { ERR_ARGUMENT, OK } from '../abi';
import { crc, makeTables } from './crc';
import { CASTAGNOLI_TABLE, IEEE_TABLE, INPUT, layOut, STATE, WINDOW_BYTES } from './memory';
import { sha1Blocks } from './sha1';
import { sha256Blocks } from './sha256';

layOut();
makeTables(IEEE_TABLE, 0xedb88320);
makeTables(CASTAGNOLI_TABLE, 0x82f63b78);

/** Address of the window for the bytes. */
export function inputWindow(): usize {
  return INPUT;
}

/** Address of the words of a running hash: five of a SHA-1, eight of a SHA-256. */
export function stateWindow(): usize {
  return STATE;
}

/** Size of the input window in bytes. */
export function windowBytes(): u32 {
  return WINDOW_BYTES;
}

/** Takes `blocks` blocks of 64 bytes into the state. */
export function sha1(blocks: u32): i32 {
  if (blocks > WINDOW_BYTES / 64) return ERR_ARGUMENT;
  sha1Blocks(blocks);
  return OK;
}

/** As `sha1`. */
export function sha256(blocks: u32): i32 {
  if (blocks > WINDOW_BYTES / 64) return ERR_ARGUMENT;
  sha256Blocks(blocks);
  return OK;
}

/** CRC-32 (IEEE) of the first `length` bytes, at most the window's size, going on from `seed`. */
export function crc32(length: u32, seed: u32): u32 {
  return crc(IEEE_TABLE, INPUT, min<u32>(length, WINDOW_BYTES), seed);
}

/** CRC-32C (Castagnoli), as `crc32`. */
export function crc32c(length: u32, seed: u32): u32 {
  return crc(CASTAGNOLI_TABLE, INPUT, min<u32>(length, WINDOW_BYTES), seed);
}
