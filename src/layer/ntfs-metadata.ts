/**
 * The files that NTFS keeps for itself. They stand in the index of the root, but Windows lists them in no folder (they can
 * only be asked for by name): no guest sees them, so they are no rows of the merged disk. `ls` and the comparison of images,
 * which show a volume as it is, list them; the never-merge list passes opens of them through.
 */
import type { NodeTable } from '../index/node-table.ts';

const NAMES: ReadonlySet<string> = new Set([
  '$MFT',
  '$MFTMirr',
  '$LogFile',
  '$Volume',
  '$AttrDef',
  '$Bitmap',
  '$Boot',
  '$BadClus',
  '$Secure',
  '$UpCase',
  '$Extend',
]);

/** Their rows in a tree. @param format of the file system that holds it: elsewhere these are ordinary names */
export function metadataRows(table: NodeTable, format: string | null): number[] {
  if (format !== 'ntfs') return [];
  const { childStart } = table.data;
  const rows: number[] = [];
  for (let row = childStart[0]!; row < childStart[1]!; row++) if (NAMES.has(table.name(row))) rows.push(row);
  return rows;
}
