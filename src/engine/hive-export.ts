/** A listed hive (or a part of it) told to a writer of files; the writers themselves, for the command line. */
import type { RegistryWriter } from '../content/registry-export.ts';
import { LayerKind } from '../hive/types.ts';
import { pathsOf } from '../index/order.ts';
import type { RegListing } from './reg-listing.ts';
import { keyPath } from './workspace/address.ts';

export { createWriter, EXPORT_FORMATS, type ExportFormat } from '../content/registry-export.ts';

/** @param root where the hive's root key is to stand: `HKEY_LOCAL_MACHINE\SYSTEM`; null where its listing says */
export function exportListing(listing: RegListing, root: string | null, writer: RegistryWriter): void {
  const { table, walk } = listing;
  const { valueStart, values } = table.data;
  const mount = listing.mount.replace('/', '\\');
  const place = root ?? keyPath(mount.split('\\'));
  // a hive by itself is listed from its own root on, one of an image from where it is mounted
  const shown = listing.prefixed ? mount : '';
  for (const { row, path } of pathsOf(table, walk, listing.base)) {
    const inside = path.slice(shown.length).replace(/^\\/, '');
    const { lastWrite, class: className, layerKind } = listing.key(row);
    const deleted = layerKind === LayerKind.tombstone;
    writer.key({ path: inside === '' ? place : `${place}\\${inside}`, lastWrite, className, deleted });
    for (let at = valueStart[row]!; at < valueStart[row + 1]!; at++) {
      const tombstone = listing.isTombstone(at);
      const data = tombstone ? null : listing.data(at);
      writer.value({ name: table.valueName(at), type: values.type[at]!, data, deleted: tombstone });
    }
  }
}
