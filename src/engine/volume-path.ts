/** Files of a volume by exact path, from its own directory indexes: nothing is scanned. */
import type { ItemRef } from '../base/brand.ts';
import { fromUnits } from '../base/utf16.ts';
import { type FsVolume, NodeFlag } from '../fs/types.ts';

/** Links to links: an archive of images has one step at most. */
const MAX_LINKS = 4;

export interface FoundFile {
  readonly ref: ItemRef;
  readonly size: number;
}

/** `a/b/../c` from a folder; null when it leads out of the volume. */
function below(folder: readonly string[], path: string): string[] | null {
  const parts = path.startsWith('/') ? [] : [...folder];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) return null;
  }
  return parts;
}

/**
 * The file at a path with `/` between names, as they are spelled; symbolic links to it are followed. Null when there is none.
 * @throws FormatError when a directory on the way cannot be read
 */
export function fileAt(volume: FsVolume, path: string, links = 0): FoundFile | null {
  const parts = below([], path);
  const name = parts?.pop();
  if (parts === null || name === undefined) return null;
  const row = (folder: ItemRef, wanted: string) => {
    const chunk = volume.list(folder);
    for (let i = 0; i < chunk.count; i++)
      if (
        chunk.nameLength[i] === wanted.length &&
        fromUnits(chunk.names, chunk.nameOffset[i]!, chunk.nameLength[i]!) === wanted
      )
        return { chunk, i, ref: chunk.ref[i]! as ItemRef, flags: chunk.flags[i]! };
    return null;
  };
  let folder = volume.rootRef;
  for (const part of parts) {
    const found = row(folder, part);
    if (found === null || (found.flags & NodeFlag.directory) === 0) return null;
    folder = found.ref;
  }
  const found = row(folder, name);
  if (found === null || (found.flags & NodeFlag.directory) !== 0) return null;
  if ((found.flags & NodeFlag.link) === 0) return { ref: found.ref, size: found.chunk.size[found.i]! };
  const target = volume.describe(found.ref).reparseTarget;
  const next = target === null ? null : below(parts, target);
  return next === null || links === MAX_LINKS ? null : fileAt(volume, next.join('/'), links + 1);
}
