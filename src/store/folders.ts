/**
 * Folders that were dropped or picked. One that looks like a layer (or holds no image) is a layer itself; any other is
 * searched for images.
 */
import { type FolderLine, folderList, folderTime } from '../base/folder-list.ts';
import type { NamedFile } from '../bridge/types.ts';
import type { Taken } from './dropped.ts';
import { depthOf, isLayer, isTaken } from './folder-names.ts';
import type { Watch } from './walking.ts';

/** Something in a folder, before it is known what of it is wanted. */
export interface Found {
  /** `/` between names, without the folder's own. */
  readonly path: string;
  /** Null for a folder. */
  readonly take: (() => Promise<Taken>) | null;
}

export interface Walked {
  readonly name: string;
  readonly found: readonly Found[];
  /** False when the folder holds more. */
  readonly complete: boolean;
}

/** A folder of more images than these is no workspace. */
const TAKEN_FILES = 512;
/** As many as a browser walks within a minute. */
const MAX_FOUND = 200_000;
const MAX_DEPTH = 128;
/** Files that are asked for at once: each is a question to another process. */
const AT_ONCE = 64;

async function inTurns<T>(all: readonly (() => Promise<T>)[], name: string, watch: Watch): Promise<T[]> {
  const done: T[] = [];
  for (let from = 0; from < all.length; from += AT_ONCE) {
    watch.step(name, from, all.length);
    done.push(...(await Promise.all(all.slice(from, from + AT_ONCE).map((one) => one()))));
    watch.stop.throwIfAborted();
  }
  return done;
}

/** The folder as one thing to open: its list is the file, what it holds stands beside it. */
async function asLayer(
  { name, found, complete }: Walked,
  handle: FileSystemDirectoryHandle | null,
  watch: Watch,
): Promise<Taken> {
  const taken = await inTurns(
    found.map(({ take }) => async () => {
      // gone or locked since it was listed
      return take === null ? null : await take().catch(() => 'unread' as const);
    }),
    name,
    watch,
  );
  const folder: NamedFile[] = [];
  let lastModified = 0;
  const lines = found.map(({ path }, i): FolderLine => {
    const one = taken[i];
    if (one === 'unread') return ['x', path];
    if (one === null || one === undefined) return ['d', path, '0'];
    const { file } = one;
    folder.push({ name: path, file });
    lastModified = Math.max(lastModified, file.lastModified);
    return ['f', path, folderTime(file.lastModified), file.size];
  });
  const file = new File([folderList(lines, complete)], name, { type: 'text/plain', lastModified });
  return { file, handle, folder };
}

/** @param handle of the folder, where the browser has one: with it a recent workspace finds it again */
export async function takeWalked(
  walked: Walked,
  handle: FileSystemDirectoryHandle | null,
  watch: Watch,
): Promise<Taken[]> {
  if (isLayer(walked)) return [await asLayer(walked, handle, watch)];
  const known = walked.found.flatMap(({ path, take }) => (take !== null && isTaken(path) ? [take] : []));
  return inTurns(known.slice(0, TAKEN_FILES), walked.name, watch);
}

/** A folder that was opened before. */
export async function takeAgain(handle: FileSystemDirectoryHandle, watch: Watch): Promise<Taken> {
  return asLayer(await walkHandle(handle, watch), handle, watch);
}

/** What is in a folder, folder by folder, as far as the bounds go. @throws what it was stopped with */
async function walk<D>(
  name: string,
  root: D,
  watch: Watch,
  read: (dir: D) => AsyncIterable<{ name: string; folder: D | null; take: Found['take'] }>,
): Promise<Walked> {
  const found: Found[] = [];
  const work = [{ dir: root, path: '' }];
  for (const { dir, path } of work) {
    for await (const entry of read(dir)) {
      const inside = path === '' ? entry.name : `${path}/${entry.name}`;
      if (found.length === MAX_FOUND || depthOf(inside) === MAX_DEPTH) return { name, found, complete: false };
      found.push({ path: inside, take: entry.take });
      if (entry.folder !== null) work.push({ dir: entry.folder, path: inside });
      watch.step(name, found.length, null);
      watch.stop.throwIfAborted();
    }
  }
  return { name, found, complete: true };
}

export function walkHandle(root: FileSystemDirectoryHandle, watch: Watch): Promise<Walked> {
  return walk(root.name, root, watch, async function* (dir) {
    for await (const entry of dir.values()) {
      const file = entry.kind === 'file' ? (entry as FileSystemFileHandle) : null;
      yield {
        name: entry.name,
        folder: file === null ? (entry as FileSystemDirectoryHandle) : null,
        take: file === null ? null : async () => ({ file: await file.getFile(), handle: file }),
      };
    }
  });
}

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => entry.file(resolve, reject));
}

function batchOf(reader: FileSystemDirectoryReader): Promise<FileSystemEntry[]> {
  return new Promise((resolve, reject) => reader.readEntries(resolve, reject));
}

export function walkEntry(root: FileSystemDirectoryEntry, watch: Watch): Promise<Walked> {
  return walk(root.name, root, watch, async function* (dir) {
    const reader = dir.createReader();
    for (let batch = await batchOf(reader); batch.length > 0; batch = await batchOf(reader))
      for (const entry of batch) {
        const file = entry.isFile ? (entry as FileSystemFileEntry) : null;
        yield {
          name: entry.name,
          folder: file === null ? (entry as FileSystemDirectoryEntry) : null,
          take: file === null ? null : async () => ({ file: await fileOf(file), handle: null }),
        };
      }
  });
}

/** Files of a folder as `<input webkitdirectory>` gives them: all at once, without empty folders. */
export function walkInput(files: readonly File[]): Walked {
  const name = files[0]!.webkitRelativePath.split('/')[0] ?? '';
  const found = files.slice(0, MAX_FOUND).map((file) => ({
    path: file.webkitRelativePath.slice(name.length + 1),
    take: async () => ({ file, handle: null }),
  }));
  return { name, found, complete: files.length <= MAX_FOUND };
}
