/** Hives for tests and the sample: what hivex-wasm writes, always at the same time, and data of the usual types. */
import { type KeyInput, type ValueInput, type WriteOptions, writeHive } from '../../wasm/hivex/src/write/write.ts';
import { utf16leBytes } from '../base/utf16.ts';

export type ValueSpec = ValueInput;

/** A key whose parts are arrays, so that it can be looked at again. */
export interface KeySpec extends KeyInput {
  readonly values?: readonly ValueSpec[];
  readonly keys?: readonly KeySpec[];
}

/** Version 1.3 and BUILT_AT unless they say otherwise. */
export type HiveOptions = WriteOptions;

/** 2026-01-02 03:04:05 UTC. */
export const BUILT_AT = 134_117_966_450_000_000n;

/** Bytes of a hive whose root key is `root`. */
export function buildHive(root: KeySpec, options: HiveOptions = {}): Uint8Array {
  const pieces = writeHive(root, { minor: 3, lastWrite: BUILT_AT, ...options });
  const hive = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    hive.set(piece, at);
    at += piece.length;
  }
  return hive;
}

/** REG_SZ and REG_EXPAND_SZ data. */
export function sz(text: string): Uint8Array {
  return utf16leBytes(`${text}\0`);
}

export function multiSz(texts: readonly string[]): Uint8Array {
  return utf16leBytes(`${texts.map((text) => `${text}\0`).join('')}\0`);
}

export function dword(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}

export function qword(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, value, true);
  return bytes;
}
