/**
 * A naive reader of regf hives: what the engine of hivex-wasm is compared with. It trusts the hive, follows each offset
 * where it leads, recurses, and has no idea of damage; that makes it short enough to be believed.
 */
import { fromUnits } from '../../base/utf16.ts';

export interface TwinValue {
  readonly name: string;
  readonly type: number;
  readonly data: Uint8Array;
  readonly tombstone: boolean;
}

export interface TwinKey {
  readonly cell: number;
  readonly name: string;
  readonly lastWrite: bigint;
  readonly className: string | null;
  readonly security: Uint8Array | null;
  readonly layer: number;
  readonly symlink: boolean;
  readonly values: readonly TwinValue[];
  readonly keys: readonly TwinKey[];
}

const NIL = 0xffff_ffff;

/** The root key with everything below it. */
export function readTwin(hive: Uint8Array): TwinKey {
  return new Twin(hive).root();
}

class Twin {
  readonly #hive: Uint8Array;
  readonly #view: DataView;
  readonly #head: number;

  constructor(hive: Uint8Array) {
    this.#hive = hive;
    this.#view = new DataView(hive.buffer, hive.byteOffset, hive.byteLength);
    this.#head = 4096 + (this.#view.getUint32(24, true) <= 1 ? 8 : 4);
  }

  root(): TwinKey {
    return this.#key(this.#u32(36));
  }

  #u16(at: number): number {
    return this.#view.getUint16(at, true);
  }

  #u32(at: number): number {
    return this.#view.getUint32(at, true);
  }

  #bytes(at: number, length: number): Uint8Array {
    return this.#hive.slice(at, at + length);
  }

  #text(at: number, bytes: number, narrow: boolean): string {
    const units = new Uint16Array(narrow ? bytes : bytes >> 1);
    for (let i = 0; i < units.length; i++) units[i] = narrow ? this.#hive[at + i]! : this.#u16(at + i * 2);
    return fromUnits(units);
  }

  #key(cell: number): TwinKey {
    const at = this.#head + cell;
    const flags = this.#u16(at + 2);
    const classLength = this.#u16(at + 74);
    const security = this.#head + this.#u32(at + 44);
    const list = this.#u32(at + 28);
    const values: TwinValue[] = [];
    for (let i = 0; i < this.#u32(at + 36); i++)
      values.push(this.#value(this.#head + this.#u32(this.#head + this.#u32(at + 40) + i * 4)));
    return {
      cell,
      name: this.#text(at + 76, this.#u16(at + 72), (flags & 0x20) !== 0),
      lastWrite: this.#view.getBigUint64(at + 4, true),
      className: classLength === 0 ? null : this.#text(this.#head + this.#u32(at + 48), classLength, false),
      security: this.#u32(at + 44) === NIL ? null : this.#bytes(security + 20, this.#u32(security + 16)),
      layer: this.#hive[at + 13]!,
      symlink: (flags & 0x10) !== 0,
      values,
      keys: this.#u32(at + 20) === 0 ? [] : this.#list(list),
    };
  }

  #list(cell: number): TwinKey[] {
    const at = this.#head + cell;
    const kind = String.fromCharCode(this.#hive[at]!, this.#hive[at + 1]!);
    const stride = kind === 'lf' || kind === 'lh' ? 8 : 4;
    const keys: TwinKey[] = [];
    for (let i = 0; i < this.#u16(at + 2); i++) {
      const entry = this.#u32(at + 4 + i * stride);
      if (kind === 'ri') keys.push(...this.#list(entry));
      else keys.push(this.#key(entry));
    }
    return keys;
  }

  #value(at: number): TwinValue {
    const flags = this.#u16(at + 16);
    const tombstone = (this.#u32(144) & 2) !== 0 && this.#u32(24) >= 6 && (flags & 2) !== 0;
    return {
      name: this.#text(at + 20, this.#u16(at + 2), (flags & 1) !== 0),
      type: this.#u32(at + 12),
      data: tombstone ? new Uint8Array(0) : this.#data(at),
      tombstone,
    };
  }

  #data(at: number): Uint8Array {
    const stated = this.#u32(at + 4);
    const size = stated & 0x7fff_ffff;
    if (stated >= 0x8000_0000) return this.#bytes(at + 8, size);
    if (size === 0) return new Uint8Array(0);
    const cell = this.#u32(at + 8);
    const start = this.#head + cell;
    if (-this.#view.getInt32(4096 + cell, true) - 4 >= size) return this.#bytes(start, size);
    const data = new Uint8Array(size);
    const list = this.#head + this.#u32(start + 4);
    for (let done = 0, i = 0; done < size; done += 16_344, i++)
      data.set(this.#bytes(this.#head + this.#u32(list + i * 4), Math.min(16_344, size - done)), done);
    return data;
  }
}
