/** Whether the bytes of a deleted file can still be its own: none of their clusters belongs to another file now. */
import { failAt } from '../../source/place.ts';
import { ClusterBitmap } from './cluster-bitmap.ts';
import { AttributeType } from './layout.ts';
import type { Mft } from './mft.ts';
import { type Node, piecesOf } from './node.ts';
import { runsOf } from './stream.ts';

/** @throws FormatError MissingData when files use clusters of it, and when $Bitmap cannot tell */
export function refuseReused(mft: Mft, node: Node): void {
  const pieces = piecesOf(node, AttributeType.data).filter(({ mapping }) => mapping !== null);
  if (pieces.length === 0) return;
  const bitmap = new ClusterBitmap(mft);
  let used = 0;
  for (const { lcn, count } of runsOf(pieces, mft.boot)) if (lcn >= 0) used += bitmap.used(lcn, count);
  if (used > 0)
    failAt(
      'MissingData',
      mft.source,
      node.record.number * mft.boot.recordSize,
      'a deleted file whose clusters no other file uses',
      `${used} clusters that belong to other files now`,
    );
}
