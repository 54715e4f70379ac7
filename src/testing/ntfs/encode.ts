/** Bytes of NTFS structures, written. The reader's `src/fs/ntfs/layout.ts` has the pictures. */
import { utf16leBytes } from '../../base/utf16.ts';

export interface RunSpec {
  readonly count: number;
  /** -1: a hole. */
  readonly lcn: number;
}

export interface AttributeSpec {
  readonly type: number;
  readonly name?: string;
  readonly flags?: number;
  readonly value?: Uint8Array;
  readonly mapping?: {
    readonly lowestVcn: number;
    readonly runs: readonly RunSpec[];
    readonly allocated: number;
    readonly size: number;
    readonly valid: number;
    /** Clusters really used, in bytes: makes the header 8 bytes longer. */
    readonly total?: number;
    readonly compressionUnit?: number;
  };
  /** Must stand in the base record. */
  readonly inBase?: boolean;
}

export const align8 = (n: number) => Math.ceil(n / 8) * 8;

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, p) => sum + p.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Little-endian bytes of a signed number, as few as keep its sign. */
function signedBytes(value: number): number[] {
  const bytes: number[] = [];
  let rest = BigInt(value);
  do {
    bytes.push(Number(rest & 0xffn));
    rest >>= 8n;
  } while (!((rest === 0n && bytes.at(-1)! < 128) || (rest === -1n && bytes.at(-1)! >= 128)));
  return bytes;
}

export function encodeRuns(runs: readonly RunSpec[]): Uint8Array {
  const bytes: number[] = [];
  let last = 0;
  for (const { count, lcn } of runs) {
    const length = signedBytes(count);
    const delta = lcn < 0 ? [] : signedBytes(lcn - last);
    bytes.push(length.length | (delta.length << 4), ...length, ...delta);
    if (lcn >= 0) last = lcn;
  }
  return Uint8Array.from([...bytes, 0]);
}

export function encodeAttribute(spec: AttributeSpec, instance: number): Uint8Array {
  const name = utf16leBytes(spec.name ?? '');
  const flags = spec.flags ?? 0;
  const header = spec.mapping === undefined ? 24 : spec.mapping.total === undefined ? 64 : 72;
  const bodyAt = align8(header + name.length);
  const body = spec.mapping === undefined ? spec.value! : encodeRuns(spec.mapping.runs);
  const bytes = new Uint8Array(align8(bodyAt + body.length));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, spec.type, true);
  view.setUint32(4, bytes.length, true);
  view.setUint8(8, spec.mapping === undefined ? 0 : 1);
  view.setUint8(9, name.length / 2);
  view.setUint16(10, name.length > 0 ? header : spec.mapping === undefined ? 24 : header, true);
  view.setUint16(12, flags, true);
  view.setUint16(14, instance, true);
  bytes.set(name, header);
  bytes.set(body, bodyAt);
  if (spec.mapping === undefined) {
    view.setUint32(16, body.length, true);
    view.setUint16(20, bodyAt, true);
    view.setUint8(22, spec.type === 0x30 ? 1 : 0);
    return bytes;
  }
  const { lowestVcn, runs, allocated, size, valid, total, compressionUnit } = spec.mapping;
  const clusters = runs.reduce((sum, r) => sum + r.count, 0);
  view.setBigUint64(16, BigInt(lowestVcn), true);
  view.setBigInt64(24, BigInt(lowestVcn + clusters - 1), true);
  view.setUint16(32, bodyAt, true);
  view.setUint16(34, compressionUnit ?? 0, true);
  if (lowestVcn === 0) {
    view.setBigUint64(40, BigInt(allocated), true);
    view.setBigUint64(48, BigInt(size), true);
    view.setBigUint64(56, BigInt(valid), true);
    if (total !== undefined) view.setBigUint64(64, BigInt(total), true);
  }
  return bytes;
}

/** Saves the last two bytes of each stride in the update sequence array at `arrayAt` and writes `number` over them. */
export function protect(block: Uint8Array, arrayAt: number, number = 1): void {
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  view.setUint16(4, arrayAt, true);
  view.setUint16(6, block.length / 512 + 1, true);
  view.setUint16(arrayAt, number, true);
  for (let i = 1; i <= block.length / 512; i++) {
    view.setUint16(arrayAt + i * 2, view.getUint16(i * 512 - 2, true), true);
    view.setUint16(i * 512 - 2, number, true);
  }
}

export interface RecordSpec {
  readonly number: number;
  readonly sequence: number;
  readonly links: number;
  readonly flags: number;
  /** File reference of the base record, for extension records. */
  readonly base?: bigint;
  readonly attributes: readonly Uint8Array[];
}

const RECORD_USA = 48;

/** Where attributes begin, and bytes they may have, in a record of this size. */
export function recordRoom(recordSize: number): { start: number; room: number } {
  const start = align8(RECORD_USA + (recordSize / 512 + 1) * 2);
  return { start, room: recordSize - start - 8 };
}

export function encodeRecord(spec: RecordSpec, recordSize: number): Uint8Array {
  const { start } = recordRoom(recordSize);
  const bytes = new Uint8Array(recordSize);
  const view = new DataView(bytes.buffer);
  bytes.set(new TextEncoder().encode('FILE'));
  view.setUint16(16, spec.sequence, true);
  view.setUint16(18, spec.links, true);
  view.setUint16(20, start, true);
  view.setUint16(22, spec.flags, true);
  view.setUint32(28, recordSize, true);
  view.setBigUint64(32, spec.base ?? 0n, true);
  view.setUint16(40, spec.attributes.length, true);
  view.setUint32(44, spec.number, true);
  let at = start;
  for (const attribute of spec.attributes) {
    bytes.set(attribute, at);
    at += attribute.length;
  }
  view.setUint32(at, 0xffff_ffff, true);
  view.setUint32(24, at + 8, true);
  protect(bytes, RECORD_USA);
  return bytes;
}

export interface NameSpec {
  readonly parent: bigint;
  readonly name: string;
  /** 0 POSIX, 1 Win32, 2 DOS, 3 both. */
  readonly namespace: number;
  readonly times: readonly bigint[];
  readonly allocated: number;
  readonly size: number;
  readonly attributes: number;
  readonly reparseTag: number;
}

export function encodeName(spec: NameSpec): Uint8Array {
  const name = utf16leBytes(spec.name);
  const bytes = new Uint8Array(66 + name.length);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, spec.parent, true);
  for (let i = 0; i < 4; i++) view.setBigUint64(8 + i * 8, spec.times[i]!, true);
  view.setBigUint64(40, BigInt(spec.allocated), true);
  view.setBigUint64(48, BigInt(spec.size), true);
  view.setUint32(56, spec.attributes, true);
  view.setUint32(60, spec.reparseTag, true);
  view.setUint8(64, spec.name.length);
  view.setUint8(65, spec.namespace);
  bytes.set(name, 66);
  return bytes;
}

/** @param times created, modified, changed, accessed */
export function encodeStandard(times: readonly bigint[], attributes: number, security: number, caseSensitive = false) {
  const bytes = new Uint8Array(72);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < 4; i++) view.setBigUint64(i * 8, times[i]!, true);
  view.setUint32(32, attributes, true);
  view.setUint32(40, caseSensitive ? 1 : 0, true);
  view.setUint32(52, security, true);
  return bytes;
}
