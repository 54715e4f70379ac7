/**
 * Writes registry hives (regf 1.0 to 1.6) from a description: valid, deterministic, every list kind by choice.
 * The tests and the sample are made with it; hivexml and reglookup must read what it writes.
 */
import { utf16leBytes } from '../base/utf16.ts';
import { HiveWriter, latin1 } from './hive-writer.ts';

export interface ValueSpec {
  /** `''` is the default value. */
  readonly name: string;
  readonly type?: number;
  readonly data?: Uint8Array;
  /** Layered hives: hides the name in the layers below. */
  readonly tombstone?: boolean;
}

export interface KeySpec {
  readonly name: string;
  readonly class?: string;
  /** FILETIME; `options.lastWrite` when absent, 0 for tombstones. */
  readonly lastWrite?: bigint;
  /** Self-relative security descriptor; a plain one when absent. Keys with equal ones share a cell. */
  readonly security?: Uint8Array;
  /** Layered hives: 0 merge, 1 tombstone, 2 supersede local, 3 supersede tree. */
  readonly layerKind?: number;
  readonly inheritClass?: boolean;
  /** A symbolic link; give it a REG_LINK value `SymbolicLinkValue`. */
  readonly symlink?: boolean;
  readonly values?: readonly ValueSpec[];
  readonly keys?: readonly KeySpec[];
}

export type ListKind = 'li' | 'lf' | 'lh' | 'ri';

export interface HiveOptions {
  /** Version 1.minor: 3 by default; 5 and 6 write big data in segments. */
  readonly minor?: number;
  /** Sets the flag of 1.6 that gives layer bytes and tombstones their meaning. */
  readonly layered?: boolean;
  /** Sub-key lists: `lf` up to 1.3, `lh` from 1.5 by default; `ri` puts leaves of `leafSize` under an index root. */
  readonly list?: ListKind;
  /** Entries of a leaf, 500 by default; longer lists get an index root. */
  readonly leafSize?: number;
  readonly fileName?: string;
  /** FILETIME of the base block and of keys without one. */
  readonly lastWrite?: bigint;
  /** Sequence numbers; a difference makes a dirty hive. */
  readonly sequence1?: number;
  readonly sequence2?: number;
  /** Keep sub-keys in the order given instead of sorting them as Windows does. */
  readonly keepOrder?: boolean;
}

/** 2026-01-02 03:04:05 UTC. */
export const BUILT_AT = 134_117_966_450_000_000n;

const NIL = 0xffff_ffff;
const SEGMENT = 16_344;

/** Bytes of a hive whose root key is `root`. */
export function buildHive(root: KeySpec, options: HiveOptions = {}): Uint8Array {
  return new Builder(options).build(root);
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

/** Upper case unit by unit, as the registry sorts and hashes. */
function upcase(name: string): string {
  let all = '';
  for (const unit of name.split('')) {
    const upper = unit.toUpperCase();
    all += upper.length === 1 ? upper : unit;
  }
  return all;
}

/** The hash of `lh` lists: 37 * h + each unit of the upper-case name. */
export function nameHash(name: string): number {
  let h = 0;
  for (const unit of upcase(name).split('')) h = (Math.imul(h, 37) + unit.charCodeAt(0)) >>> 0;
  return h;
}

/** Owner Administrators, group SYSTEM; full access for both, reading for Users. */
function plainSecurity(): Uint8Array {
  const sid = (...sub: number[]) => {
    const bytes = new Uint8Array(8 + sub.length * 4);
    bytes.set([1, sub.length, 0, 0, 0, 0, 0, 5]);
    const view = new DataView(bytes.buffer);
    sub.forEach((part, i) => {
      view.setUint32(8 + i * 4, part, true);
    });
    return bytes;
  };
  const administrators = sid(32, 544);
  const system = sid(18);
  const ace = (mask: number, who: Uint8Array) => {
    const bytes = new Uint8Array(8 + who.length);
    const view = new DataView(bytes.buffer);
    bytes[1] = 2; // container inherit
    view.setUint16(2, bytes.length, true);
    view.setUint32(4, mask, true);
    bytes.set(who, 8);
    return bytes;
  };
  const aces = [ace(0xf003f, administrators), ace(0xf003f, system), ace(0x20019, sid(32, 545))];
  const aclSize = 8 + aces.reduce((sum, one) => sum + one.length, 0);
  const parts = [administrators, system];
  const bytes = new Uint8Array(20 + aclSize + administrators.length + system.length);
  const view = new DataView(bytes.buffer);
  bytes[0] = 1;
  view.setUint16(2, 0x8004, true); // self-relative, DACL present
  view.setUint32(16, 20, true);
  view.setUint16(20, 2, true);
  view.setUint16(22, aclSize, true);
  view.setUint16(24, aces.length, true);
  let at = 28;
  for (const one of aces) {
    bytes.set(one, at);
    at += one.length;
  }
  parts.forEach((part, i) => {
    view.setUint32(4 + i * 4, at, true);
    bytes.set(part, at);
    at += part.length;
  });
  return bytes;
}

const PLAIN = plainSecurity();

class Builder {
  readonly #options: HiveOptions;
  readonly #minor: number;
  readonly #writer: HiveWriter;
  /** Security descriptor as text -> its cell and how many keys use it. */
  readonly #security = new Map<string, { cell: number; count: number }>();

  constructor(options: HiveOptions) {
    this.#options = options;
    this.#minor = options.minor ?? 3;
    this.#writer = new HiveWriter(this.#minor);
  }

  build(root: KeySpec): Uint8Array {
    const {
      fileName = '',
      lastWrite = BUILT_AT,
      sequence1 = 1,
      sequence2 = sequence1,
      layered = false,
    } = this.#options;
    const cell = this.#key(root, NIL, true);
    this.#linkSecurity();
    return this.#writer.finish({ root: cell, fileName, lastWrite, sequence1, sequence2, flags: layered ? 2 : 0 });
  }

  #key(spec: KeySpec, parent: number, isRoot: boolean): number {
    const w = this.#writer;
    const { values = [], keys = [], layerKind = 0 } = spec;
    const name = w.name(spec.name);
    const cell = w.cell(76 + name.bytes.length);
    const at = w.payload(cell);
    w.ascii(at, 'nk');
    w.u16(at + 2, (name.compressed ? 0x20 : 0) | (isRoot ? 0x0c : 0) | (spec.symlink ? 0x10 : 0));
    w.u64(at + 4, spec.lastWrite ?? (layerKind === 1 ? 0n : (this.#options.lastWrite ?? BUILT_AT)));
    w.u8(at + 13, layerKind | (spec.inheritClass ? 0x80 : 0));
    w.u32(at + 16, parent === NIL ? 0 : parent);
    w.u32(at + 32, NIL);
    w.u16(at + 72, name.bytes.length);
    w.bytes(at + 76, name.bytes);
    const className = utf16leBytes(spec.class ?? '');
    w.u32(at + 48, className.length === 0 ? NIL : w.blob(className));
    w.u16(at + 74, className.length);
    w.u32(at + 44, this.#securityCell(spec.security ?? PLAIN));

    w.u32(at + 36, values.length);
    w.u32(at + 40, values.length === 0 ? NIL : w.offsets(values.map((value) => this.#value(value))));

    const sorted = this.#options.keepOrder ? [...keys] : sortedByName(keys);
    const children = sorted.map((child) => ({ name: child.name, cell: this.#key(child, cell, false) }));
    w.u32(at + 20, children.length);
    w.u32(at + 28, children.length === 0 ? NIL : this.#list(children));

    const most = (lengths: number[]) => lengths.reduce((a, b) => Math.max(a, b), 0);
    w.u16(at + 52, most(keys.map((key) => key.name.length * 2)));
    w.u32(at + 56, most(keys.map((key) => (key.class ?? '').length * 2)));
    w.u32(at + 60, most(values.map((value) => value.name.length * 2)));
    w.u32(at + 64, most(values.map((value) => value.data?.length ?? 0)));
    return cell;
  }

  #value(spec: ValueSpec): number {
    const w = this.#writer;
    const name = w.name(spec.name);
    const cell = w.cell(20 + name.bytes.length);
    const at = w.payload(cell);
    const data = spec.tombstone ? new Uint8Array(0) : (spec.data ?? new Uint8Array(0));
    w.ascii(at, 'vk');
    w.u16(at + 2, name.bytes.length);
    w.u32(at + 12, spec.tombstone ? 0 : (spec.type ?? 0));
    w.u16(at + 16, (name.compressed ? 1 : 0) | (spec.tombstone ? 2 : 0));
    w.bytes(at + 20, name.bytes);
    if (spec.tombstone || data.length === 0) {
      w.u32(at + 4, spec.tombstone ? 0 : 0x8000_0000);
      w.u32(at + 8, spec.tombstone ? NIL : 0);
    } else if (data.length <= 4) {
      w.u32(at + 4, 0x8000_0000 + data.length);
      w.bytes(at + 8, data);
    } else {
      w.u32(at + 4, data.length);
      w.u32(at + 8, data.length > SEGMENT && this.#minor > 3 ? this.#bigData(data) : w.blob(data));
    }
    return cell;
  }

  #bigData(data: Uint8Array): number {
    const w = this.#writer;
    const segments: number[] = [];
    for (let at = 0; at < data.length; at += SEGMENT)
      segments.push(w.blob(data.subarray(at, at + SEGMENT), SEGMENT + 4));
    const list = w.offsets(segments);
    const cell = w.cell(8);
    w.ascii(w.payload(cell), 'db');
    w.u16(w.payload(cell) + 2, segments.length);
    w.u32(w.payload(cell) + 4, list);
    return cell;
  }

  #list(children: readonly { name: string; cell: number }[]): number {
    const { leafSize = 500, list } = this.#options;
    const kind = list ?? (this.#minor >= 5 ? 'lh' : 'lf');
    const leafKind = kind === 'ri' ? (this.#minor >= 5 ? 'lh' : 'lf') : kind;
    if (kind !== 'ri' && children.length <= leafSize) return this.#leaf(leafKind, children);
    const leaves: number[] = [];
    for (let at = 0; at < children.length; at += leafSize)
      leaves.push(this.#leaf(leafKind, children.slice(at, at + leafSize)));
    const w = this.#writer;
    const cell = w.cell(4 + leaves.length * 4);
    w.ascii(w.payload(cell), 'ri');
    w.u16(w.payload(cell) + 2, leaves.length);
    leaves.forEach((leaf, i) => {
      w.u32(w.payload(cell) + 4 + i * 4, leaf);
    });
    return cell;
  }

  #leaf(kind: Exclude<ListKind, 'ri'>, children: readonly { name: string; cell: number }[]): number {
    const w = this.#writer;
    const stride = kind === 'li' ? 4 : 8;
    const cell = w.cell(4 + children.length * stride);
    const at = w.payload(cell);
    w.ascii(at, kind);
    w.u16(at + 2, children.length);
    children.forEach((child, i) => {
      w.u32(at + 4 + i * stride, child.cell);
      if (kind === 'lh') w.u32(at + 8 + i * 8, nameHash(child.name));
      if (kind === 'lf') w.bytes(at + 8 + i * 8, latin1(child.name.slice(0, 4)) ?? new Uint8Array(4));
    });
    return cell;
  }

  #securityCell(descriptor: Uint8Array): number {
    const text = descriptor.join();
    let entry = this.#security.get(text);
    if (entry === undefined) {
      const w = this.#writer;
      entry = { cell: w.cell(20 + descriptor.length), count: 0 };
      w.ascii(w.payload(entry.cell), 'sk');
      w.u32(w.payload(entry.cell) + 16, descriptor.length);
      w.bytes(w.payload(entry.cell) + 20, descriptor);
      this.#security.set(text, entry);
    }
    entry.count++;
    return entry.cell;
  }

  /** The descriptors form a ring, each with its number of users. */
  #linkSecurity(): void {
    const w = this.#writer;
    const all = [...this.#security.values()];
    all.forEach(({ cell, count }, i) => {
      w.u32(w.payload(cell) + 4, all[(i + 1) % all.length]!.cell);
      w.u32(w.payload(cell) + 8, all[(i + all.length - 1) % all.length]!.cell);
      w.u32(w.payload(cell) + 12, count);
    });
  }
}

function sortedByName(keys: readonly KeySpec[]): KeySpec[] {
  return keys
    .map((key) => ({ key, upper: upcase(key.name) }))
    .sort((a, b) => (a.upper < b.upper ? -1 : a.upper > b.upper ? 1 : 0))
    .map(({ key }) => key);
}
