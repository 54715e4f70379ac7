/** Reparse buffers as WIM stores them: without the 8-byte header, the tag stands in the directory entry. */
import { Bytes } from '../../base/bytes.ts';
import { FormatError } from '../../base/errors.ts';

const MOUNT_POINT = 0xa000_0003;
const SYMLINK = 0xa000_000c;
const LX_SYMLINK = 0xa000_001d;

/**
 * The place a link names: its print name, else its substitute name; null when the tag is not a link's or the buffer is damaged.
 *
 *     symlink, mount point: 00 SubstituteNameOffset 02 ...Length 04 PrintNameOffset 06 ...Length, symlink: 08 Flags; PathBuffer
 *     LX symlink:           00 version 2, then the target in UTF-8
 */
export function reparseTarget(tag: number, data: Uint8Array): string | null {
  const bytes = new Bytes(data, 'reparse data');
  try {
    if (tag === LX_SYMLINK) return bytes.u32(0) === 2 ? new TextDecoder().decode(data.subarray(4)) : null;
    if (tag !== SYMLINK && tag !== MOUNT_POINT) return null;
    const buffer = tag === SYMLINK ? 12 : 8;
    const name = (at: number) => bytes.utf16(buffer + bytes.u16(at), bytes.u16(at + 2) >> 1);
    return name(4) || name(0) || null;
  } catch (error) {
    if (error instanceof FormatError) return null;
    throw error;
  }
}
