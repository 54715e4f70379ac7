/** Backup streams for tests: written from the documentation of WIN32_STREAM_ID, not with what reads them. */
import { utf16leBytes } from '../base/utf16.ts';

export interface StreamSpec {
  readonly id: number;
  readonly attributes?: number;
  readonly name?: string;
  readonly data?: Uint8Array;
  /** Of a sparse block. */
  readonly offset?: number;
  /** What the header states, when that is not true. */
  readonly size?: number;
}

export const BACKUP = {
  data: 1,
  ea: 2,
  security: 3,
  alternate: 4,
  link: 5,
  property: 6,
  objectId: 7,
  reparse: 8,
  block: 9,
  txf: 10,
} as const;

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function u32(...values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(values.length * 4);
  const view = new DataView(bytes.buffer);
  values.forEach((value, i) => {
    view.setUint32(i * 4, value, true);
  });
  return bytes;
}

/** A file as the transport folder of a layer has it. */
export function backupFile(attributes: number, streams: readonly StreamSpec[]): Uint8Array {
  const parts = [u32(attributes)];
  for (const { id, attributes: bits = 0, name = '', data = new Uint8Array(0), offset, size } of streams) {
    const before = offset === undefined ? new Uint8Array(0) : u32(offset, 0);
    const units = utf16leBytes(name);
    parts.push(u32(id, bits, size ?? data.length + before.length, 0, units.length), units, before, data);
  }
  return joined(parts);
}

/** FILE_FULL_EA_INFORMATION of one attribute. */
export function eaEntry(name: string, value: Uint8Array): Uint8Array {
  const head = u32(0, name.length << 8);
  new DataView(head.buffer).setUint16(6, value.length, true);
  return joined([head, new TextEncoder().encode(`${name}\0`), value]);
}

/** REPARSE_DATA_BUFFER of a symbolic link or a mount point. */
export function reparseBuffer(tag: number, target: string): Uint8Array {
  const symlink = tag === 0xa000_000c;
  const name = utf16leBytes(target);
  const bytes = new Uint8Array((symlink ? 20 : 16) + name.length * 2);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, tag, true);
  view.setUint16(4, bytes.length - 8, true);
  view.setUint16(10, name.length, true);
  view.setUint16(12, name.length, true);
  view.setUint16(14, name.length, true);
  bytes.set(name, symlink ? 20 : 16);
  bytes.set(name, (symlink ? 20 : 16) + name.length);
  return bytes;
}
