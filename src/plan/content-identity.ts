/**
 * When two files of different layers are one and the same for the view: then the copy of the lower layer serves and no
 * record is needed. Everything the view shows must be equal: name (part of the path), data by the hash that the image itself states,
 * size, attributes and last write. Files with named streams, extended attributes or reparse data are never equal,
 * because the hash speaks of the unnamed stream only.
 */
import { NodeFlag } from '../fs/types.ts';
import type { NodeTable } from '../index/node-table.ts';
import { hashText } from './value-hash.ts';

const MORE = NodeFlag.directory | NodeFlag.streams | NodeFlag.link | NodeFlag.ea;

/** Text that is equal for equal files, null when a file can be compared with nothing. */
export function fileIdentity(table: NodeTable, row: number): string | null {
  const d = table.data;
  const hi = d.hashHi[row]!;
  const lo = d.hashLo[row]!;
  if ((hi === 0 && lo === 0) || (d.flags[row]! & MORE) !== 0 || d.reparseTag[row] !== 0) return null;
  const modified = hashText(d.modifiedHi[row]!, d.modifiedLo[row]!);
  return `${hashText(hi, lo)}-${d.size[row]}-${d.attributes[row]!.toString(16)}-${modified}`;
}

export type FileKind = 'file' | 'dir' | 'link';

export function fileKind(table: NodeTable, row: number): FileKind {
  if (table.isFolder(row)) return 'dir';
  return (table.data.flags[row]! & NodeFlag.link) !== 0 ? 'link' : 'file';
}
