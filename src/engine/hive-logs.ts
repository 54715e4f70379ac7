/** Transaction logs beside a hive that lies in a tree of files. */
import type { ItemRef } from '../base/brand.ts';
import { fromUnits } from '../base/utf16.ts';
import { type FsVolume, NodeFlag } from '../fs/types.ts';
import { splitPath } from '../index/path.ts';
import { foldText, windowsUpcase } from '../index/upcase.ts';

/** LOG1, LOG2, LOG of the file at `path`, as far as they exist and are not empty, in this order. */
export function logsInFolder(volume: FsVolume, path: string): ItemRef[] {
  const upcase = volume.upcase() ?? windowsUpcase();
  const parts = splitPath(path).map((part) => foldText(part, upcase));
  const name = parts.pop();
  if (name === undefined) return [];
  let folder = volume.rootRef;
  for (const part of parts) {
    const chunk = volume.list(folder);
    const row = rowOf(chunk, part, upcase);
    if (row < 0) return [];
    folder = chunk.ref[row]! as ItemRef;
  }
  const chunk = volume.list(folder);
  return ['.LOG1', '.LOG2', '.LOG'].flatMap((end) => {
    const row = rowOf(chunk, name + end, upcase);
    const isLog = row >= 0 && (chunk.flags[row]! & NodeFlag.directory) === 0 && chunk.size[row]! > 0;
    return isLog ? [chunk.ref[row]! as ItemRef] : [];
  });
}

function rowOf(chunk: ReturnType<FsVolume['list']>, wanted: string, upcase: Uint16Array): number {
  for (let row = 0; row < chunk.count; row++) {
    if (chunk.nameLength[row] !== wanted.length) continue;
    if (foldText(fromUnits(chunk.names, chunk.nameOffset[row]!, chunk.nameLength[row]!), upcase) === wanted) return row;
  }
  return -1;
}
