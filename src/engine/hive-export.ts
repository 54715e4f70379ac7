/** A listed hive (or a part of it) told to a writer of files. */
import { KeyFlag, LayerKind } from '../hive/types.ts';
import { pathsOf } from '../index/order.ts';
import type { KeyWriter } from './key-writers.ts';
import type { RegListing } from './reg-listing.ts';
import { keyPath } from './workspace/address.ts';

/**
 * @param root where the hive's root key is to stand: `HKEY_LOCAL_MACHINE\SYSTEM`; null where its listing says
 * @param security with the descriptors of keys, for new hives
 */
export function exportListing(listing: RegListing, root: string | null, writer: KeyWriter, security: boolean): void {
  const { table, walk } = listing;
  const d = table.data;
  const mount = listing.mount.replace('/', '\\');
  const place = root ?? keyPath(mount.split('\\'));
  // a hive by itself is listed from its own root on, one of an image from where it is mounted
  const shown = listing.prefixed ? mount : '';
  for (const { row, path } of pathsOf(table, walk, listing.base)) {
    const inside = path.slice(shown.length).replace(/^\\/, '');
    const { lastWrite, class: className, layerKind } = listing.key(row);
    const flags = d.flags[row]!;
    writer.key({
      path: inside === '' ? place : `${place}\\${inside}`,
      depth: walk.depth,
      name: table.name(row),
      lastWrite,
      lastWriteTime: (BigInt(d.lastWriteHi[row]!) << 32n) | BigInt(d.lastWriteLo[row]!),
      className,
      security: security ? listing.security(row) : null,
      link: (flags & KeyFlag.symlink) !== 0,
      layerKind,
      inheritClass: (flags & KeyFlag.inheritClass) !== 0,
      deleted: layerKind === LayerKind.tombstone,
    });
    for (let at = d.valueStart[row]!; at < d.valueStart[row + 1]!; at++) {
      const deleted = listing.isTombstone(at);
      const data = deleted ? null : listing.data(at);
      writer.value({ name: table.valueName(at), type: d.values.type[at]!, data, deleted });
    }
  }
}
