/**
 * Folders that were dropped or picked. One that looks like a layer (or holds no image) is a layer itself; any other is
 * searched for images.
 */
import { type FolderLine, folderList, folderTime } from '../base/folder-list.ts';
import type { NamedFile } from '../bridge/types.ts';
import type { Taken } from './dropped.ts';
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

/**
 * Folders hold much that is no layer: only names like these are taken from them, and no more than these many. Each: images,
 * archives, logs and plans and rules, hives and rule files by their whole name.
 */
const KNOWN = [
  /\.(?:wim|esd|swm\d*|ppkg|a?vhdx?|vmdk|vdi|qcow2?|sdi|iso|udf|img|ima|raw|dd|bin|ntfs|ext4|hiv|hve|hive|dat)$/i,
  /\.(?:tar|gz|tgz|zst|tzst|zip|(?:msix|appx)(?:bundle)?)$/i,
  /\.(?:log[12]?|plan|json|fx[ra])$/i,
  /^(?:system|software|sam|security|default|components|drivers|bcd|snapvol\.cfg|redirections\.xml)$/i,
];
const TAKEN_FILES = 512;
const TAKEN_DEPTH = 6;
/** Names that make a folder worth being searched. */
const IMAGE =
  /\.(?:wim|esd|swm\d*|a?vhdx?|iso|img|raw|dd|vmdk|vdi|qcow2?|hiv|hve|ppkg|plan)$|^(?:system|software|sam|security|default|components|drivers|bcd|ntuser\.dat|usrclass\.dat)$/i;
/** Layers at the top of a folder; deeper they are what some program has packed. */
const PACKED = /\.(?:tar|tar\.gz|tgz|tar\.zst|tzst|(?:msix|appx)(?:bundle)?)$/i;
/** Hives where a profile has them: what lies there is no image to be found. */
const IN_PLACE = /(?:^|\/)users\/[^/]+\/(?:ntuser\.dat|appdata\/.*)$/i;
/** Each: names at the top of a folder that together say what it is. */
const SIGNS: readonly (readonly string[])[] = [
  ['windows'],
  ['program files'],
  ['.layer'],
  ['files', 'hives'],
  ['files', 'tombstones.txt'],
  ['drive', 'reghive'],
  ['drive', 'user'],
  ['upper', 'work'],
  ['diff', 'work'],
  ['oci-layout'],
  ['appxmanifest.xml'],
  ['svroot'],
];
/** As many as a browser walks within a minute. */
const MAX_FOUND = 200_000;
const MAX_DEPTH = 128;
/** Files that are asked for at once: each is a question to another process. */
const AT_ONCE = 64;

export function isKnownName(name: string): boolean {
  return KNOWN.some((names) => names.test(name));
}

const lastName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
const depthOf = (path: string): number => path.split('/').length - 1;

/** True when the folder is what a layer covers, not a place where images are kept. */
export function isLayer({ found }: Pick<Walked, 'found'>): boolean {
  const tops = new Set(found.filter(({ path }) => !path.includes('/')).map(({ path }) => path.toLowerCase()));
  if (SIGNS.some((names) => names.every((name) => tops.has(name)))) return true;
  const files = found.filter(({ take }) => take !== null);
  const isImage = (path: string) => depthOf(path) <= TAKEN_DEPTH && IMAGE.test(lastName(path)) && !IN_PLACE.test(path);
  return files.length > 0 && !files.some(({ path }) => isImage(path) || (depthOf(path) === 0 && PACKED.test(path)));
}

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
  const known = walked.found.flatMap(({ path, take }) =>
    take !== null && depthOf(path) <= TAKEN_DEPTH && isKnownName(lastName(path)) ? [take] : [],
  );
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
