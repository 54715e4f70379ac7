/** Security cells: keys with equal descriptors share one; all form a ring, each with the number of its users. */
import type { CellWriter } from './cells.ts';

interface Shared {
  readonly cell: number;
  users: number;
}

/** Administrators own, SYSTEM is the group; full access for both, reading for Users. */
export function plainSecurity(): Uint8Array {
  const sid = (...sub: number[]) => {
    const bytes = new Uint8Array(8 + sub.length * 4);
    bytes.set([1, sub.length, 0, 0, 0, 0, 0, 5]);
    const view = new DataView(bytes.buffer);
    for (let i = 0; i < sub.length; i++) view.setUint32(8 + i * 4, sub[i]!, true);
    return bytes;
  };
  const ace = (mask: number, who: Uint8Array) => {
    const bytes = new Uint8Array(8 + who.length);
    const view = new DataView(bytes.buffer);
    bytes[1] = 2; // container inherit
    view.setUint16(2, bytes.length, true);
    view.setUint32(4, mask, true);
    bytes.set(who, 8);
    return bytes;
  };
  const owner = sid(32, 544);
  const group = sid(18);
  const aces = [ace(0xf003f, owner), ace(0xf003f, group), ace(0x20019, sid(32, 545))];
  const aclSize = 8 + aces.reduce((sum, one) => sum + one.length, 0);
  const bytes = new Uint8Array(20 + aclSize + owner.length + group.length);
  const view = new DataView(bytes.buffer);
  bytes[0] = 1;
  view.setUint16(2, 0x8004, true); // self-relative, DACL present
  view.setUint32(4, 20 + aclSize, true);
  view.setUint32(8, 20 + aclSize + owner.length, true);
  view.setUint32(16, 20, true);
  view.setUint16(20, 2, true);
  view.setUint16(22, aclSize, true);
  view.setUint16(24, aces.length, true);
  let at = 28;
  for (const part of [...aces, owner, group]) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

export class SecurityCells {
  readonly #writer: CellWriter;
  readonly #byContent = new Map<string, Shared>();
  /** Most keys come with the very array that another one had. */
  readonly #byArray = new Map<Uint8Array, Shared>();
  readonly #plain = plainSecurity();

  constructor(writer: CellWriter) {
    this.#writer = writer;
  }

  /** Cell of a descriptor, one user more. Another cell may be open afterwards. */
  use(descriptor: Uint8Array = this.#plain): number {
    let shared = this.#byArray.get(descriptor);
    if (shared === undefined) {
      const content = descriptor.join();
      shared = this.#byContent.get(content);
      if (shared === undefined) {
        const cell = this.#writer.cell(20 + descriptor.length);
        this.#writer.signature('sk');
        this.#writer.u32(16, descriptor.length);
        this.#writer.bytes(20, descriptor);
        shared = { cell, users: 0 };
        this.#byContent.set(content, shared);
      }
      this.#byArray.set(descriptor, shared);
    }
    shared.users++;
    return shared.cell;
  }

  link(): void {
    const all = [...this.#byContent.values()];
    for (let i = 0; i < all.length; i++) {
      this.#writer.open(all[i]!.cell);
      this.#writer.u32(4, all[(i + 1) % all.length]!.cell);
      this.#writer.u32(8, all[(i + all.length - 1) % all.length]!.cell);
      this.#writer.u32(12, all[i]!.users);
    }
  }
}
