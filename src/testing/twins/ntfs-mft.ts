/**
 * Twin of `wasm/ntfs`: one MFT record to rows, written for reading and not for speed. It shares no code with the kernel
 * or with `src/fs/ntfs`, so that a mistake must be made twice to pass.
 */

export interface TwinRow {
  readonly id: number;
  readonly parent: number;
  readonly parentSequence: number;
  readonly name: string;
  readonly short: string;
  readonly size: number;
  readonly allocated: number;
  /** Created, modified, changed, accessed as 64-bit ticks. */
  readonly times: readonly bigint[];
  readonly attributes: number;
  readonly reparseTag: number;
  readonly securityId: number;
  readonly links: number;
  readonly flags: number;
  readonly byteState: number;
}

export type TwinEvent = 'complex' | 'torn' | 'signature' | 'damaged' | null;

export interface TwinResult {
  readonly sequence: number;
  readonly event: TwinEvent;
  readonly rows: readonly TwinRow[];
}

interface Name {
  readonly reference: bigint;
  readonly name: string;
  readonly namespace: number;
  readonly at: number;
}

interface Facts {
  standard: number | null;
  securityId: number;
  names: Name[];
  data: { nonResident: boolean; flags: number; size: number; allocated: number } | null;
  reparseTag: number;
  streams: boolean;
  ea: boolean;
  damaged: boolean;
}

const LIMIT = 2n ** 53n - 1n;
/** As many names as the kernel's list holds. */
const MAX_NAMES = Math.floor(16_384 / 92) + 1;

/** @param bytes one record, fixed up in place */
export function twinRecord(bytes: Uint8Array, number: number): TwinResult {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const signature = String.fromCharCode(...bytes.subarray(0, 4));
  if (signature !== 'FILE') return { sequence: 0, event: signature === '\0\0\0\0' ? null : 'signature', rows: [] };
  const sequence = view.getUint16(16, true);
  const flags = view.getUint16(22, true);
  if ((flags & 1) === 0) return { sequence, event: null, rows: [] };
  if (!fixUp(bytes, view)) return { sequence, event: 'torn', rows: [] };
  if (view.getBigUint64(32, true) !== 0n) return { sequence, event: null, rows: [] };
  const facts = gather(view);
  if (facts === 'complex') return { sequence, event: 'complex', rows: [] };
  return { sequence, event: facts.damaged ? 'damaged' : null, rows: toRows(view, facts, number, (flags & 2) !== 0) };
}

function fixUp(bytes: Uint8Array, view: DataView): boolean {
  const at = view.getUint16(4, true);
  const strides = bytes.length / 512;
  if (view.getUint16(6, true) !== strides + 1 || at + (strides + 1) * 2 > bytes.length) return false;
  const ends = Array.from({ length: strides }, (_, i) => i * 512 + 510);
  if (ends.some((end) => view.getUint16(end, true) !== view.getUint16(at, true))) return false;
  for (const [i, end] of ends.entries()) view.setUint16(end, view.getUint16(at + 2 + i * 2, true), true);
  return true;
}

function gather(view: DataView): Facts | 'complex' {
  const facts: Facts = {
    standard: null,
    securityId: 0,
    names: [],
    data: null,
    reparseTag: 0,
    streams: false,
    ea: false,
    damaged: false,
  };
  const end = Math.min(view.getUint32(24, true), view.byteLength);
  let at = view.getUint16(20, true);
  if (at < 40) return { ...facts, damaged: true };
  while (at + 4 <= end && view.getUint32(at, true) !== 0xffff_ffff) {
    const length = at + 24 <= end ? view.getUint32(at + 4, true) : 0;
    if (length < 24 || at + length > end) return { ...facts, damaged: true };
    const type = view.getUint32(at, true);
    const nonResident = view.getUint8(at + 8) !== 0;
    if (type === 0x20 || (type === 0xc0 && nonResident)) return 'complex';
    if (nonResident) outside(view, at, length, type, facts);
    else inside(view, at, length, type, facts);
    at += length;
  }
  return facts;
}

function outside(view: DataView, at: number, length: number, type: number, facts: Facts): void {
  if (type === 0x10 || type === 0x30) facts.damaged = true;
  if (type === 0xe0) facts.ea = true;
  if (type !== 0x80) return;
  if (view.getUint8(at + 9) !== 0) facts.streams = true;
  else if (facts.data === null) {
    if (length < 64) {
      facts.damaged = true;
      return;
    }
    if (view.getBigUint64(at + 16, true) !== 0n) return;
    const flags = view.getUint16(at + 12, true);
    const total = (flags & 0x80ff) !== 0 && length >= 72;
    const size = view.getBigUint64(at + 48, true);
    const allocated = view.getBigUint64(at + (total ? 64 : 40), true);
    const bad = size > LIMIT || allocated > LIMIT;
    if (bad) facts.damaged = true;
    facts.data = { nonResident: true, flags, size: bad ? 0 : Number(size), allocated: bad ? 0 : Number(allocated) };
  }
}

function inside(view: DataView, at: number, length: number, type: number, facts: Facts): void {
  const size = view.getUint32(at + 16, true);
  const start = view.getUint16(at + 20, true);
  if (start + size > length) {
    facts.damaged = true;
    return;
  }
  const value = at + start;
  if (type === 0x10) {
    if (size >= 48) facts.standard = value;
    else facts.damaged = true;
    if (size >= 72) facts.securityId = view.getUint32(value + 52, true);
  } else if (type === 0x30) {
    const units = size >= 66 ? view.getUint8(value + 64) : 0;
    if (units === 0 || 66 + units * 2 > size || facts.names.length >= MAX_NAMES) facts.damaged = true;
    else facts.names.push(nameAt(view, value, units));
  } else if (type === 0x80) {
    if (view.getUint8(at + 9) !== 0) facts.streams = true;
    else
      facts.data ??= {
        nonResident: false,
        flags: view.getUint16(at + 12, true),
        size,
        allocated: Math.ceil(size / 8) * 8,
      };
  } else if (type === 0xc0) {
    if (size >= 4) facts.reparseTag = view.getUint32(value, true);
    else facts.damaged = true;
  } else if (type === 0xe0) facts.ea = true;
}

function nameAt(view: DataView, at: number, units: number): Name {
  let name = '';
  for (let i = 0; i < units; i++) name += String.fromCharCode(view.getUint16(at + 66 + i * 2, true));
  return { reference: view.getBigUint64(at, true), name, namespace: view.getUint8(at + 65), at };
}

function stateOf(facts: Facts, attributes: number): number {
  const { reparseTag: tag, data } = facts;
  if (facts.damaged) return 8;
  if (tag === 0x8000_0017) return 4;
  if (tag === 0x8000_0013 || tag === 0x8000_0007) return 9;
  if (data !== null && (data.flags & 0x4000) !== 0) return 5;
  const layered = tag === 0x8000_0018 || (tag & 0xffff_0fff) >>> 0 === 0x9000_0018;
  if (layered && (attributes & 0x1200) !== 0) return 7;
  if (!layered && tag !== 0 && (attributes & 0x40_1000) !== 0) return 6;
  if (data === null || !data.nonResident) return 0;
  if ((data.flags & 0xff) !== 0) return 3;
  return (data.flags & 0x8000) !== 0 ? 2 : 0;
}

function toRows(view: DataView, facts: Facts, number: number, directory: boolean): TwinRow[] {
  if (number === 5) return [];
  const { names, standard } = facts;
  const long = names.filter((n) => n.namespace !== 2);
  const seen = new Set<string>();
  const kept = (long.length > 0 ? long : names).filter((n) => {
    const key = `${n.reference}/${n.name}`;
    return !seen.has(key) && seen.add(key);
  });
  return kept.map((name) => {
    let short = '';
    // The first Win32 name of a directory owns its DOS name, be it a row of its own or said twice.
    if (name.namespace === 1 && names.find((n) => n.namespace === 1 && n.reference === name.reference) === name) {
      short = names.find((n) => n.namespace === 2 && n.reference === name.reference)?.name ?? '';
    }
    const times = standard ?? name.at + 8;
    const raw = view.getUint32(standard === null ? name.at + 56 : standard + 32, true) & 0x0fff_ffef;
    const attributes = (directory ? raw | 0x10 : raw) || 0x80;
    const sensitive = directory && standard !== null && (view.getUint32(standard + 40, true) & 1) !== 0;
    return {
      id: number,
      parent: (name.reference & 0xffff_ffff_ffffn) > 0xffff_ffffn ? 0xffff_ffff : Number(name.reference & 0xffff_ffffn),
      parentSequence: Number(name.reference >> 48n),
      name: name.name,
      short: short === name.name ? '' : short,
      size: directory ? 0 : (facts.data?.size ?? 0),
      allocated: directory ? 0 : (facts.data?.allocated ?? 0),
      times: [0, 8, 16, 24].map((at) => view.getBigUint64(times + at, true)),
      attributes,
      reparseTag: facts.reparseTag,
      securityId: facts.securityId,
      links: kept.length,
      flags:
        (directory ? 1 : 0) |
        (sensitive ? 2 : 0) |
        (facts.streams ? 4 : 0) |
        ((facts.reparseTag & 0x2000_0000) !== 0 ? 8 : 0) |
        (facts.ea ? 32 : 0),
      byteState: directory ? 0 : stateOf(facts, attributes),
    };
  });
}
