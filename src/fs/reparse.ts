/**
 * Reparse points that name another place, as [MS-FSCC] 2.1.2.4 and 2.1.2.5 lay them out:
 *
 *     00 ReparseTag u32  04 DataLength u16  08 SubstituteNameOffset 0A ..Length 0C PrintNameOffset 0E ..Length
 *     symlink: 10 Flags u32 (1: relative)  14 names        mount point: 10 names
 */
import { Bytes } from '../base/bytes.ts';
import { FormatError } from '../base/errors.ts';

const IO_REPARSE_TAG_MOUNT_POINT = 0xa000_0003;
const IO_REPARSE_TAG_SYMLINK = 0xa000_000c;
const IO_REPARSE_TAG_LX_SYMLINK = 0xa000_001d;

export interface ReparseTarget {
  /** Print name, else substitute name. */
  readonly target: string;
  readonly substituteName: string;
  readonly relative: boolean;
}

/** Target of a symbolic link or mount point; null for other tags and for data that does not hold its names. */
export function reparseTarget(data: Uint8Array): ReparseTarget | null {
  const bytes = new Bytes(data, '$REPARSE_POINT');
  try {
    const tag = bytes.u32(0);
    if (tag === IO_REPARSE_TAG_LX_SYMLINK) {
      const target = new TextDecoder().decode(bytes.slice(12, Math.max(0, bytes.u16(4) - 4)));
      return { target, substituteName: target, relative: !target.startsWith('/') };
    }
    if (tag !== IO_REPARSE_TAG_SYMLINK && tag !== IO_REPARSE_TAG_MOUNT_POINT) return null;
    const symlink = tag === IO_REPARSE_TAG_SYMLINK;
    const names = symlink ? 20 : 16;
    const name = (at: number) => bytes.utf16(names + bytes.u16(at), bytes.u16(at + 2) >> 1);
    const substituteName = name(8);
    return {
      target: name(12) || substituteName,
      substituteName,
      relative: symlink && (bytes.u32(16) & 1) !== 0,
    };
  } catch (error) {
    if (error instanceof FormatError) return null;
    throw error;
  }
}
