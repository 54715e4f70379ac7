/** Headers, sections and resources of a PE file: where things lie. `pe.ts` has the picture. */
import type { PeRead } from './pe.ts';

/** Bytes read from one file at most, whatever it says. */
const BUDGET = 1 << 20;
/** Windows loads at most 96 sections. */
const MAX_SECTIONS = 96;
const MAX_ENTRIES = 4096;
const MAX_VERSION_BYTES = 1 << 16;
const RESOURCE_DIRECTORY = 2;
const RT_VERSION = 16;

interface Section {
  readonly address: number;
  readonly size: number;
  readonly rawOffset: number;
  readonly rawSize: number;
}

const EMPTY = new DataView(new ArrayBuffer(0));

export class PeFile {
  readonly machine: number;
  readonly timeStamp: number;
  readonly characteristics: number;
  readonly #read: PeRead;
  readonly #sections: readonly Section[];
  readonly #directories: DataView;
  #left: number;

  /** Null when the bytes are no PE file. */
  static open(read: PeRead): PeFile | null {
    const dos = view(read(0, 64));
    if (dos.byteLength < 64 || dos.getUint16(0, true) !== 0x5a4d) return null;
    const at = dos.getUint32(60, true);
    const head = view(read(at, 24));
    if (head.byteLength < 24 || head.getUint32(0, true) !== 0x4550) return null;
    const optional = view(read(at + 24, Math.min(head.getUint16(20, true), 1024)));
    const magic = optional.byteLength >= 2 ? optional.getUint16(0, true) : 0;
    if (magic !== 0x10b && magic !== 0x20b) return null;
    return new PeFile(read, at, head, optional, magic === 0x20b ? 112 : 96);
  }

  private constructor(read: PeRead, at: number, head: DataView, optional: DataView, directories: number) {
    this.#read = read;
    this.#left = BUDGET;
    this.machine = head.getUint16(4, true);
    this.timeStamp = head.getUint32(8, true);
    this.characteristics = head.getUint16(22, true);
    const stated = optional.byteLength >= directories ? optional.getUint32(directories - 4, true) : 0;
    const room = Math.max(0, Math.floor((optional.byteLength - directories) / 8));
    const length = Math.min(stated, room) * 8;
    this.#directories = length === 0 ? EMPTY : new DataView(optional.buffer, optional.byteOffset + directories, length);
    const count = Math.min(head.getUint16(6, true), MAX_SECTIONS);
    const table = this.#bytes(at + 24 + head.getUint16(20, true), count * 40);
    const sections: Section[] = [];
    for (let i = 0; i + 40 <= table.byteLength; i += 40)
      sections.push({
        size: table.getUint32(i + 8, true),
        address: table.getUint32(i + 12, true),
        rawSize: table.getUint32(i + 16, true),
        rawOffset: table.getUint32(i + 20, true),
      });
    this.#sections = sections;
  }

  /** Virtual address and size of a data directory, zeros when there is none. */
  directory(index: number): { readonly address: number; readonly size: number } {
    const at = index * 8;
    if (at + 8 > this.#directories.byteLength) return { address: 0, size: 0 };
    return { address: this.#directories.getUint32(at, true), size: this.#directories.getUint32(at + 4, true) };
  }

  /** Bytes at a virtual address; fewer or none where no section holds them. */
  readVirtual(address: number, length: number): DataView {
    const section = this.#sections.find(
      (one) => address >= one.address && address - one.address < Math.max(one.size, one.rawSize),
    );
    if (section === undefined) return EMPTY;
    const into = address - section.address;
    return this.#bytes(section.rawOffset + into, Math.min(length, Math.max(0, section.rawSize - into)));
  }

  /** The first version resource, null when there is none. */
  versionResource(): DataView | null {
    const root = this.directory(RESOURCE_DIRECTORY).address;
    if (root === 0) return null;
    // Three levels: type, name, language. A directory that points back cannot make more of them.
    const byType = this.#entry(root, 0, RT_VERSION);
    const byName = byType === null ? null : this.#entry(root, byType, null);
    const byLanguage = byName === null ? null : this.#entry(root, byName, null);
    if (byLanguage === null || byLanguage >= 0x8000_0000) return null;
    const data = this.readVirtual(root + byLanguage, 8);
    if (data.byteLength < 8) return null;
    const found = this.readVirtual(data.getUint32(0, true), Math.min(data.getUint32(4, true), MAX_VERSION_BYTES));
    return found.byteLength === 0 ? null : found;
  }

  /** Offset (with the directory bit) of the entry `id`, or of the first entry, of the directory at `offset`. */
  #entry(root: number, offset: number, id: number | null): number | null {
    const at = root + (offset & 0x7fff_ffff);
    const head = this.readVirtual(at, 16);
    if (head.byteLength < 16) return null;
    const count = Math.min(head.getUint16(12, true) + head.getUint16(14, true), MAX_ENTRIES);
    const entries = this.readVirtual(at + 16, count * 8);
    for (let i = 0; i + 8 <= entries.byteLength; i += 8)
      if (id === null || entries.getUint32(i, true) === id) return entries.getUint32(i + 4, true);
    return null;
  }

  #bytes(offset: number, length: number): DataView {
    const allowed = Math.min(length, this.#left);
    if (allowed <= 0) return EMPTY;
    this.#left -= allowed;
    return view(this.#read(offset, allowed));
  }
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
