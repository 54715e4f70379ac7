/**
 * Reparse tags in words: what each says of its file, and what can be read from its data.
 *
 *     tag          31 Microsoft's  29 names another place  28 directories may have children  15..0 which
 *     data         00 ReparseTag u32  04 DataLength u16  08 data; other makers' tags have a GUID at 08 and data at 18
 *     APPEXECLINK  08 Version u32 (3), then strings in UTF-16, each with NUL: package family, application id, program, kind
 *     WCI          08 Version u32 (1)  10 LookupGuid: the layer  20 NameLength u16  22 Name: path in it, UTF-16
 *     NFS          08 type u64, as letters; LNK: 10 target in UTF-16; CHR, BLK: 10 major u32  14 minor u32
 *     WOF          see wof.ts
 *
 * Trap: the bits 15..12 of CLOUD and WCI number the provider or kind, so one of them has sixteen tags.
 * Sources: [MS-FSCC] 2.1.2, ntifs.h, behaviour of Windows 11.
 */
import { Bytes } from '../../base/bytes.ts';
import { FormatError } from '../../base/errors.ts';
import type { Facts } from '../../base/findings.ts';
import { guidLe } from '../../base/guid.ts';
import { IO_REPARSE_TAG_WCI, IO_REPARSE_TAG_WOF, isCloudTag } from './layout.ts';
import { wofBacking } from './wof.ts';

const IO_REPARSE_TAG_APPEXECLINK = 0x8000_001b;
const IO_REPARSE_TAG_NFS = 0x8000_0014;
const IO_REPARSE_TAG_WCI_1 = 0x9000_1018;
const MICROSOFT = 0x8000_0000;
/** Strings of an AppExecLink; Windows writes four. */
const MAX_STRINGS = 8;

const WORDS: ReadonlyMap<number, string> = new Map([
  [0xa000_0003, 'MOUNT_POINT: a junction or a mounted volume'],
  [0xc000_0004, 'HSM: moved to slower storage by hierarchical storage management'],
  [0x8000_0006, 'HSM2: moved to slower storage by hierarchical storage management'],
  [0x8000_0005, 'DRIVE_EXTENDER: kept elsewhere by Windows Home Server'],
  [0x8000_0007, 'SIS: one of several equal files, whose bytes are in the SIS Common Store'],
  [0x8000_0008, 'WIM: a file of a mounted WIM image'],
  [0x8000_0009, 'CSV: a cluster shared volume'],
  [0x8000_000a, 'DFS: a folder of a distributed file system'],
  [0x8000_000b, 'FILTER_MANAGER: a test mark of the filter manager'],
  [0xa000_000c, 'SYMLINK: a symbolic link'],
  [0xa000_0010, 'IIS_CACHE: a cache of Internet Information Services'],
  [0x8000_0012, 'DFSR: a folder kept by DFS replication'],
  [0x8000_0013, 'DEDUP: deduplicated, its bytes are in chunks under System Volume Information'],
  [0xc000_0014, 'APPXSTRM: streamed from a Store package'],
  [IO_REPARSE_TAG_NFS, 'NFS: a special file of the NFS server'],
  [0x8000_0015, 'FILE_PLACEHOLDER: a placeholder of the OneDrive of Windows 8.1'],
  [0x8000_0016, 'DFM: kept by dynamic file management'],
  [IO_REPARSE_TAG_WOF, 'WOF: compressed or kept in a WIM by the Windows Overlay Filter'],
  [IO_REPARSE_TAG_WCI, 'WCI: a placeholder of a container, its bytes are in a layer below'],
  [IO_REPARSE_TAG_WCI_1, 'WCI_1: a placeholder of a container, its bytes are in a layer below'],
  [0xa000_0019, 'GLOBAL_REPARSE: a link into the global namespace of objects'],
  [IO_REPARSE_TAG_APPEXECLINK, 'APPEXECLINK: an alias that starts a Store application'],
  [0x9000_001c, 'PROJFS: a placeholder of a projected file system'],
  [0xa000_001d, 'LX_SYMLINK: a symbolic link of Linux (WSL)'],
  [0x8000_001e, 'STORAGE_SYNC: tiered to the cloud by Azure File Sync'],
  [0x9000_0027, 'STORAGE_SYNC_FOLDER: a folder of Azure File Sync'],
  [0xa000_001f, 'WCI_TOMBSTONE: deleted in this layer of a container'],
  [0x8000_0020, 'UNHANDLED: left to another filter'],
  [0x8000_0021, 'ONEDRIVE: a placeholder of an older OneDrive'],
  [0xa000_0022, 'PROJFS_TOMBSTONE: deleted from a projected file system'],
  [0x8000_0023, 'AF_UNIX: a UNIX socket'],
  [0x8000_0024, 'LX_FIFO: a pipe of Linux (WSL)'],
  [0x8000_0025, 'LX_CHR: a character device of Linux (WSL)'],
  [0x8000_0026, 'LX_BLK: a block device of Linux (WSL)'],
  [0xa000_0027, 'WCI_LINK: a link into a layer of a container'],
  [0xa000_1027, 'WCI_LINK_1: a link into a layer of a container'],
]);

/** `NAME: what it means`, of any tag. */
export function tagInWords(tag: number): string {
  const known = WORDS.get(tag);
  if (known !== undefined) return known;
  if (isCloudTag(tag)) {
    const provider = (tag >>> 12) & 15;
    return `CLOUD${provider === 0 ? '' : `_${provider.toString(16).toUpperCase()}`}: a file of a cloud (OneDrive and others)`;
  }
  const maker = (tag & MICROSOFT) !== 0 ? 'of Microsoft' : 'of another maker';
  return `0x${tag.toString(16).padStart(8, '0')}: a tag ${maker} that is not known`;
}

/** The place that a tag which is no link names all the same: the program of an alias, the target of an NFS link. */
export function namedPlace(data: Uint8Array): string | null {
  if (data.length < 4) return null;
  const bytes = new Bytes(data, '$REPARSE_POINT');
  const tag = bytes.u32(0);
  const place =
    tag === IO_REPARSE_TAG_APPEXECLINK
      ? attempt(() => appExecLink(bytes))?.['program']
      : tag === IO_REPARSE_TAG_NFS
        ? attempt(() => nfs(bytes))?.['target']
        : null;
  return typeof place === 'string' && place !== '' ? place : null;
}

/** The tag in words, and what its data says. Data that does not decode says nothing. */
export function tagFacts(data: Uint8Array): Facts {
  if (data.length < 4) return {};
  const bytes = new Bytes(data, '$REPARSE_POINT');
  const tag = bytes.u32(0);
  return { reparse: tagInWords(tag), ...attempt(() => decode(tag, bytes)) };
}

function attempt(read: () => Facts): Facts | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof FormatError) return null;
    throw error;
  }
}

function decode(tag: number, bytes: Bytes): Facts {
  if (tag === IO_REPARSE_TAG_APPEXECLINK) return { appExecLink: appExecLink(bytes) };
  if (tag === IO_REPARSE_TAG_NFS) return { nfs: nfs(bytes) };
  if (tag === IO_REPARSE_TAG_WOF) return wof(bytes);
  if (tag === IO_REPARSE_TAG_WCI || tag === IO_REPARSE_TAG_WCI_1) {
    const name = bytes.utf16(34, bytes.u16(32) >> 1);
    return { wci: { version: bytes.u32(8), layer: guidLe(bytes.slice(16, 16)), name } };
  }
  return (tag & MICROSOFT) === 0 ? { reparseGuid: guidLe(bytes.slice(8, 16)) } : {};
}

function appExecLink(bytes: Bytes): Facts {
  const strings: string[] = [];
  let at = 12;
  for (let end = at; strings.length < MAX_STRINGS && bytes.length - end >= 2; end += 2) {
    if (bytes.u16(end) !== 0) continue;
    strings.push(bytes.utf16(at, (end - at) >> 1));
    at = end + 2;
  }
  const [packageFamily = '', application = '', program = ''] = strings;
  return { version: bytes.u32(8), packageFamily, application, program };
}

function nfs(bytes: Bytes): Facts {
  const type = String.fromCharCode(...bytes.slice(8, 8)).replace(/[^A-Z].*$/s, '');
  if (type === 'LNK') return { type, target: bytes.utf16(16, Math.max(0, bytes.u16(4) - 8) >> 1) };
  const device = type === 'CHR' || type === 'BLK';
  return { type, ...(device ? { major: bytes.u32(16), minor: bytes.u32(20) } : {}) };
}

function wof(bytes: Bytes): Facts {
  const backing = wofBacking(bytes.bytes);
  if (backing === null) return {};
  if (backing === 'wim') return { wof: 'in a WIM' };
  return { wof: backing.lzx ? 'LZX' : `XPRESS${backing.chunkSize / 1024}K` };
}
