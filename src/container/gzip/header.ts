/** Header of a member (RFC 1952): flags say which optional fields follow. Field names are the RFC's. */
import { failAt } from '../../source/place.ts';
import type { ByteSource } from '../../source/types.ts';
import { FileWindow } from './window.ts';

export const TRAILER = 8;
const FIXED = 10;
const FTEXT_RESERVED = 0xe0;
const Flag = { hcrc: 2, extra: 4, name: 8, comment: 16 } as const;
/** Names are file names; extra fields have at most 64 KiB. */
const MAX_HEADER = 256 << 10;
/** What nearly all have room in. */
const USUAL_HEADER = 1 << 10;

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
export function readMember(source: ByteSource, offset: number, window = new FileWindow(source)): Member {
  return (
    parse(source, offset, window.at(offset, USUAL_HEADER)) ??
    parse(source, offset, window.at(offset, MAX_HEADER)) ??
    failAt('UnexpectedEnd', source, offset, 'a whole header of a gzip member', `${source.size - offset} bytes`)
  );
}

/** Null when the header goes on behind `bytes`. */
function parse(source: ByteSource, offset: number, bytes: Uint8Array): Member | null {
  if (!looksLikeMember(bytes)) failAt('InvalidHeader', source, offset, 'a gzip member with DEFLATE', 'something else');
  const flags = bytes[3]!;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = FIXED;
  const text = (): string => {
    const end = bytes.indexOf(0, at);
    const found = String.fromCharCode(...bytes.subarray(at, Math.min(end < 0 ? at : end, at + 1024)));
    at = end < 0 ? bytes.length + 1 : end + 1;
    return found;
  };
  if ((flags & Flag.extra) !== 0) at += at + 2 > bytes.length ? bytes.length : 2 + view.getUint16(at, true);
  const name = (flags & Flag.name) === 0 ? null : text();
  if ((flags & Flag.comment) !== 0) text();
  if ((flags & Flag.hcrc) !== 0) at += 2;
  return at > bytes.length ? null : { start: offset + at, name, mtime: view.getUint32(4, true) };
}
