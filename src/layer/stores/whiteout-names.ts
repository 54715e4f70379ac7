/**
 * Deletion marks that are names (aufs, OCI): `.wh.NAME` says that NAME is not there in the layers below, `.wh..wh..opq`
 * that nothing of the directory is. Other names that begin with `.wh..wh.` are aufs' own business.
 */
import type { NodeTable } from '../../index/node-table.ts';
import { childOf, pathOf, splitPath } from '../../index/path.ts';
import type { FileMarker } from '../types.ts';

const PREFIX = '.wh.';
const OPAQUE = '.wh..wh..opq';
const PRIVATE = '.wh..wh.';
const UNITS = [0x2e, 0x77, 0x68, 0x2e];

const isMark = (table: NodeTable, row: number): boolean => {
  const { names, nameOffset, nameLength } = table.data;
  const at = nameOffset[row]!;
  return nameLength[row]! > PREFIX.length && UNITS.every((unit, i) => names[at + i] === unit);
};

export function hasWhiteoutNames(table: NodeTable): boolean {
  for (let row = 1; row < table.count; row++) if (isMark(table, row)) return true;
  return false;
}

/** Some of the marks. */
export function whiteoutNameSigns(table: NodeTable, most = 4): string[] {
  const signs: string[] = [];
  for (let row = 1; row < table.count && signs.length < most; row++)
    if (isMark(table, row)) signs.push(pathOf(table, row));
  return signs;
}

/** @param root row whose children are the layer's root; marks outside it are left alone */
export function whiteoutNames(table: NodeTable, root: number, upcase: Uint16Array) {
  const markers: FileMarker[] = [];
  const internal: number[] = [];
  const rootPath = root === 0 ? '' : pathOf(table, root);
  const below = rootPath === '' ? 0 : splitPath(rootPath).length;
  let opaque = 0;
  for (let row = 1; row < table.count; row++) {
    if (!isMark(table, row)) continue;
    const folder = table.data.parent[row]!;
    const parts = splitPath(pathOf(table, folder));
    if (below > 0 && !pathOf(table, row).startsWith(`${rootPath}\\`)) continue;
    const path = parts.slice(below);
    const name = table.name(row);
    internal.push(row);
    if (name === OPAQUE) {
      markers.push({ kind: 'opaque', path });
      opaque++;
    } else if (!name.startsWith(PRIVATE)) {
      const deleted = name.slice(PREFIX.length);
      const twin = childOf(table, folder, deleted, upcase);
      // a whiteout is for the layers below: what this layer has under the name is there, without what was
      if (twin <= 0) markers.push({ kind: 'whiteout', path: [...path, deleted] });
      else if (table.isFolder(twin)) markers.push({ kind: 'opaque', path: [...path, deleted] });
    }
  }
  return { markers, internal, opaque };
}
