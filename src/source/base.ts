/**
 * What all kinds of source share: range checks, slices and the joining of extents. A kind implements `fill` and `spans`
 * for ranges that are known to lie inside.
 */
import { checkRange } from './place.ts';
import { SliceSource } from './slice.ts';
import type { ByteSource, Extent } from './types.ts';

export abstract class BaseSource implements ByteSource {
  readonly name: string;
  readonly size: number;

  constructor(name: string, size: number) {
    this.name = name;
    this.size = size;
  }

  /** Fills `dst` (never empty) from `offset`; the range lies inside the source. */
  protected abstract fill(offset: number, dst: Uint8Array): void;
  /** Extents that cover the range (never empty) in order; neighbours need not be joined. */
  protected abstract spans(offset: number, length: number): Iterable<Extent>;

  readInto(offset: number, dst: Uint8Array): void {
    checkRange(this, offset, dst.length);
    if (dst.length > 0) this.fill(offset, dst);
  }

  slice(offset: number, length: number, name = this.name): ByteSource {
    return new SliceSource(this, offset, length, name);
  }

  *extents(offset: number, length: number): Iterable<Extent> {
    checkRange(this, offset, length);
    if (length === 0) return;
    let held: Extent | null = null;
    for (const next of this.spans(offset, length)) {
      if (held !== null && adjoin(held, next)) {
        held = join(held, next);
        continue;
      }
      if (held !== null) yield held;
      held = next;
    }
    if (held !== null) yield held;
  }
}

/** True when `next` goes on where `held` ends, here and in the file. */
function adjoin(held: Extent, next: Extent): boolean {
  if (held.kind !== next.kind || held.file !== next.file) return false;
  return held.file === null || held.fileOffset + held.fileLength === next.fileOffset;
}

function join(held: Extent, next: Extent): Extent {
  return { ...held, length: held.length + next.length, fileLength: held.fileLength + next.fileLength };
}

/** The extent of bytes that stand in a file as they are. */
export function storedExtent(offset: number, length: number, file: string, fileOffset: number): Extent {
  return { kind: 'stored', offset, length, file, fileOffset, fileLength: length };
}

/** The extent of bytes that stand in no file. */
export function emptyExtent(kind: 'zero' | 'missing', offset: number, length: number): Extent {
  return { kind, offset, length, file: null, fileOffset: 0, fileLength: 0 };
}
