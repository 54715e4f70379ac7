/** What Windows' container layers have in common: `Files` with the payload, `Hives` with one layered hive for each hive. */
import type { NodeTable } from '../../index/node-table.ts';
import { childOf, pathOf } from '../../index/path.ts';
import { foldText } from '../../index/upcase.ts';
import type { StoreHive } from './types.ts';

/** Hives by the name of their delta (transport form) or file in a scratch or CIM layer, upper case. */
const MOUNTS: Readonly<Record<string, string>> = {
  SYSTEM: 'HKLM/SYSTEM',
  SOFTWARE: 'HKLM/SOFTWARE',
  SAM: 'HKLM/SAM',
  SECURITY: 'HKLM/SECURITY',
  DEFAULTUSER: 'HKU/.DEFAULT',
  DEFAULT: 'HKU/.DEFAULT',
};

export interface WindowsLayer {
  /** Row of `Files`, 0 when there is none. */
  readonly files: number;
  readonly hives: readonly StoreHive[];
  /** A base layer has whole hives among its files and `_Base` beside them. */
  readonly base: boolean;
}

/** Null when the root has not what such a layer has. */
export function windowsLayer(table: NodeTable, upcase: Uint16Array): WindowsLayer | null {
  const files = childOf(table, 0, 'Files', upcase);
  const folder = childOf(table, 0, 'Hives', upcase);
  if ((files <= 0 || !table.isFolder(files)) && (folder <= 0 || !table.isFolder(folder))) return null;
  const hives: StoreHive[] = [];
  let base = false;
  if (folder > 0)
    for (let row = table.data.childStart[folder]!; row < table.data.childStart[folder + 1]!; row++) {
      const match = /^(.+)_(DELTA|BASE)$/.exec(foldText(table.name(row), upcase));
      const mount = match === null ? undefined : MOUNTS[match[1]!];
      if (match === null || mount === undefined || table.isDirectory(row)) continue;
      if (match[2] === 'BASE') base = true;
      else hives.push({ mount, row, path: pathOf(table, row) });
    }
  return { files: files > 0 && table.isFolder(files) ? files : 0, hives, base };
}
