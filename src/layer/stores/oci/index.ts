/**
 * A layer of a container image as a tar archive (OCI image specification, Docker).
 *
 *     Linux      paths from the root            .wh.NAME, DIR/.wh..wh..opq
 *     Windows    Files\..., Hives\*_Delta       the same marks below Files; UtilityVM\ is for Hyper-V isolation
 *
 * Marks speak of the layers below only, wherever in the archive they stand. Windows hosts do not know the opaque mark:
 * the importer would delete a file `.wh..opq`; we follow the specification and say so. An archive with overlayfs' own
 * marks (character devices 0/0, attributes) is one of an upper directory: `stores/overlayfs`.
 */
import type { Finding } from '../../../base/findings.ts';
import type { NodeTable } from '../../../index/node-table.ts';
import type { StoreAdapter } from '../types.ts';
import { hasWhiteoutNames, whiteoutNameSigns, whiteoutNames } from '../whiteout-names.ts';
import { type WindowsLayer, windowsLayer } from '../windows-layer.ts';

/** A folder `Files` is in many an archive: only hives beside it, or nothing but a layer's own folders, make it Windows. */
function windowsOf(table: NodeTable, upcase: Uint16Array): WindowsLayer | null {
  const layer = windowsLayer(table, upcase);
  if (layer === null || layer.hives.length > 0 || layer.base) return layer;
  const { childStart } = table.data;
  for (let row = childStart[0]!; row < childStart[1]!; row++)
    if (!/^(files|hives|utilityvm|\.wh\..*)$/i.test(table.name(row))) return null;
  return layer.files > 0 ? layer : null;
}

export const ociStore: StoreAdapter = {
  id: 'oci',
  title: 'container image layer (OCI, Docker)',

  detect(table, upcase, format) {
    // unpacked into a folder the names are still there; elsewhere they are ordinary ones
    if (format !== 'tar' && format !== 'folder') return false;
    const windows = windowsOf(table, upcase);
    return windows !== null || hasWhiteoutNames(table);
  },

  needs: () => [],

  signs(table, upcase) {
    const windows = windowsOf(table, upcase);
    return [...(windows?.hives.map(({ path }) => path) ?? []), ...whiteoutNameSigns(table)];
  },

  apply(table, upcase, _bytes, source) {
    const windows = windowsOf(table, upcase);
    const root = windows?.files ?? 0;
    const findings: Finding[] = [];
    const names = whiteoutNames(table, root, upcase);
    const { markers } = names;
    const internal = [...names.internal];
    if (windows !== null && names.opaque > 0)
      findings.push({
        code: 'ociOpaqueOnWindows',
        severity: 'warning',
        where: { source, offset: null },
        message: 'The layer has opaque marks, which Windows hosts do not follow: there the folders would be merged.',
        facts: { marks: names.opaque },
      });
    if (windows !== null && root === 0)
      for (let row = table.data.childStart[0]!; row < table.data.childStart[1]!; row++) internal.push(row);
    const facts = {
      kind: windows === null ? 'Linux' : windows.base ? 'Windows base' : 'Windows',
      marks: markers.length,
    };
    return { root, internal, markers, hives: windows?.hives ?? [], facts, findings };
  },
};
