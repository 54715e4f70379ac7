/**
 * Where a deleted file was: the names of its folders, up to the root or to where they lead no further. What is known of
 * folders is kept, since the files of one follow one another.
 */
import { FormatError } from '../../base/errors.ts';
import { Lru } from '../../base/lru.ts';
import type { DeletedFolder } from '../types.ts';
import { nextSequence, ROOT_RECORD } from './layout.ts';
import type { Mft } from './mft.ts';
import { collect, type FileName, fileNames, linksOf } from './node.ts';

export interface Place {
  readonly path: string;
  readonly folder: DeletedFolder;
}

/** The longest path Windows makes, in UTF-16 units: what is longer loses its beginning. */
const MAX_PATH = 32_767;
/** A name of 255 units with its backslash always has room behind it. */
const MAX_FOLDERS = MAX_PATH - 256;
/** Bytes, about, of folders and of paths that are kept. */
const FOLDERS = 32 << 20;
const PATHS = 8 << 20;
const ENTRY_COST = 200;

/** What a record says of the directory in it, whoever refers to it; null when it holds none. */
interface Folder {
  readonly inUse: boolean;
  readonly sequence: number;
  readonly name: string;
  readonly parent: number;
  readonly parentSequence: number;
}

export class Places {
  /** Records that were looked at: of each folder once, as long as it is kept. */
  looked = 0;
  readonly #mft: Mft;
  readonly #folders = new Lru<number, { readonly folder: Folder | null }>(FOLDERS);
  readonly #paths = new Lru<number, Place>(PATHS);

  constructor(mft: Mft) {
    this.#mft = mft;
  }

  of({ name, parent, parentSequence }: FileName): Place {
    if (parent === ROOT_RECORD) return { path: name, folder: 'here' };
    const folder = this.#meant(parent, parentSequence);
    if (folder === null) return { path: name, folder: 'unknown' };
    const above = this.#pathOf(parent, folder);
    return { path: `${above.path}\\${name}`, folder: above.folder };
  }

  #pathOf(number: number, folder: Folder): Place {
    const hit = this.#paths.get(number);
    if (hit !== undefined) return hit;
    const parts = [folder.name];
    const seen = new Set([number]);
    let state: DeletedFolder = folder.inUse ? 'here' : 'deleted';
    let length = folder.name.length;
    for (let at = folder; at.parent !== ROOT_RECORD; ) {
      const above = seen.has(at.parent) ? null : this.#meant(at.parent, at.parentSequence);
      length += 1 + (above?.name.length ?? 0);
      if (above === null || length > MAX_FOLDERS) {
        state = 'unknown';
        break;
      }
      seen.add(at.parent);
      if (!above.inUse) state = 'deleted';
      parts.push(above.name);
      at = above;
    }
    const place: Place = { path: parts.reverse().join('\\'), folder: state };
    this.#paths.set(number, place, ENTRY_COST + place.path.length * 2);
    return place;
  }

  /** The directory that a name means, as long as its record still describes it. */
  #meant(number: number, reference: number): Folder | null {
    let hit = this.#folders.get(number);
    if (hit === undefined) {
      hit = { folder: this.#read(number) };
      this.#folders.set(number, hit, ENTRY_COST + (hit.folder?.name.length ?? 0) * 2);
    }
    const { folder } = hit;
    if (folder === null) return null;
    return folder.sequence === (folder.inUse ? reference : nextSequence(reference)) ? folder : null;
  }

  #read(number: number): Folder | null {
    this.looked++;
    try {
      const node = collect(this.#mft, number);
      const { inUse, directory, sequence, isExtension } = node.record;
      const found = linksOf(fileNames(node))[0]?.name;
      if (!directory || isExtension || found === undefined) return null;
      const { name, parent, parentSequence } = found;
      return { inUse, sequence, name, parent, parentSequence };
    } catch (error) {
      if (error instanceof FormatError) return null;
      throw error;
    }
  }
}
