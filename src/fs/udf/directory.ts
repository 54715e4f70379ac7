/** Directories: file identifier descriptors one after another, each padded to four bytes. */
import { Bytes } from '../../base/bytes.ts';
import { failAt } from '../../source/place.ts';
import { readBytes } from '../../source/read.ts';
import type { ByteSource } from '../../source/types.ts';
import { compressedUnicode, type LongAd, longAd, Tag, tagOf } from './descriptors.ts';

const HEADER = 38;
const MAX_DIRECTORY = 256 << 20;
const BLOCK = 65_536;
/** A name has 254 bytes, implementation use 64 KiB at most. */
const MAX_ENTRY = HEADER + 65_535 + 255 + 3;
const Characteristic = { hidden: 1, deleted: 4, parent: 8 } as const;

export interface DirectoryEntry {
  readonly name: string;
  readonly hidden: boolean;
  readonly icb: LongAd;
}

/** The names of a directory, those deleted and the one of its parent left out. @throws FormatError where it goes on no further */
export function* readDirectory(source: ByteSource): Generator<DirectoryEntry> {
  const size = Math.min(source.size, MAX_DIRECTORY);
  let window: Uint8Array = new Uint8Array(0);
  let base = 0;
  for (let at = 0; at + HEADER <= size; ) {
    const need = (length: number): void => {
      if (at - base + length <= window.length) return;
      window = readBytes(source, at, Math.min(size - at, Math.max(BLOCK, length)));
      base = at;
    };
    need(Math.min(size - at, HEADER));
    let view = new Bytes(window.subarray(at - base), source.name, at);
    if (tagOf(view) !== Tag.fileIdentifier) {
      // what lies behind the last name up to the end of the block may be anything, zeros as a rule
      if (view.u16(0) === 0) return;
      failAt('InvalidSignature', source, at, 'a file identifier', 'something else');
    }
    const [nameLength, useLength] = [view.u8(19), view.u16(36)];
    const length = Math.min(MAX_ENTRY, (HEADER + useLength + nameLength + 3) & ~3);
    if (at + HEADER + useLength + nameLength > size)
      failAt('InvalidLength', source, at, 'a name within its directory', `${useLength} + ${nameLength} bytes`);
    need(Math.min(size - at, length));
    view = new Bytes(window.subarray(at - base), source.name, at);
    const characteristics = view.u8(18);
    if ((characteristics & (Characteristic.deleted | Characteristic.parent)) === 0) {
      const name = compressedUnicode(view.slice(HEADER + useLength, nameLength));
      if (name === null || name === '') failAt('InvalidName', source, at, 'a name in compressed Unicode', 'none');
      yield { name, hidden: (characteristics & Characteristic.hidden) !== 0, icb: longAd(view, 20) };
    }
    at += length;
  }
}
