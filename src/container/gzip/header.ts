/** Header of a member (RFC 1952): flags say which optional fields follow. Field names are the RFC's. */
import { failAt } from '../../source/place.ts';
import { readBytes } from '../../source/read.ts';
import type { ByteSource } from '../../source/types.ts';

export const TRAILER = 8;
const FIXED = 10;
const FTEXT_RESERVED = 0xe0;
const Flag = { hcrc: 2, extra: 4, name: 8, comment: 16 } as const;
/** Names are file names; extra fields have at most 64 KiB. */
const MAX_HEADER = 256 << 10;

export interface Member {
  /** Where the deflated bytes begin. */
  readonly start: number;
  readonly name: string | null;
  /** Seconds since 1970, 0 when not set. */
  readonly mtime: number;
}

export function looksLikeMember(head: Uint8Array): boolean {
  return (
    head.length >= FIXED && head[0] === 0x1f && head[1] === 0x8b && head[2] === 8 && (head[3]! & FTEXT_RESERVED) === 0
  );
}

/** @throws FormatError InvalidHeader, UnexpectedEnd */
export function readMember(source: ByteSource, offset: number): Member {
  const bytes = readBytes(source, offset, Math.min(MAX_HEADER, Math.max(FIXED, source.size - offset)));
  if (!looksLikeMember(bytes)) failAt('InvalidHeader', source, offset, 'a gzip member with DEFLATE', 'something else');
  const flags = bytes[3]!;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const cut = (): never =>
    failAt('UnexpectedEnd', source, offset, 'a whole header of a gzip member', `${bytes.length} bytes`);
  let at = FIXED;
  const text = (): string => {
    const end = bytes.indexOf(0, at);
    if (end < 0) cut();
    const found = String.fromCharCode(...bytes.subarray(at, Math.min(end, at + 1024)));
    at = end + 1;
    return found;
  };
  if ((flags & Flag.extra) !== 0) at += at + 2 > bytes.length ? cut() : 2 + view.getUint16(at, true);
  const name = (flags & Flag.name) === 0 ? null : text();
  if ((flags & Flag.comment) !== 0) text();
  if ((flags & Flag.hcrc) !== 0) at += 2;
  if (at > bytes.length) cut();
  return { start: offset + at, name, mtime: view.getUint32(4, true) };
}
