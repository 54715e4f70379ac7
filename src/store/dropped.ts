/**
 * Files from a drop, a picker or a folder. The items of a drop are dead after the first await, so that `takeDrop` asks
 * every one for its handle or entry at once, in the event, and returns promises.
 */
import type { NamedFile } from '../bridge/types.ts';
import { takeWalked, walkEntry, walkHandle, walkInput } from './folders.ts';
import type { Watch } from './walking.ts';

export interface Taken {
  /** For a folder that is a layer: the list of what it holds. */
  readonly file: File;
  /** Kept for "recent workspaces"; null where the browser gives none. */
  readonly handle: FileSystemFileHandle | FileSystemDirectoryHandle | null;
  /** What the folder holds, in the order of its list. */
  readonly folder?: readonly NamedFile[];
}

async function takeItem(
  handle: Promise<FileSystemHandle | null> | null,
  entry: FileSystemEntry | null,
  file: File | null,
  watch: Watch,
): Promise<Taken[]> {
  const known = handle === null ? null : await handle.catch(() => null);
  if (known?.kind === 'directory') return takeFolder(known as FileSystemDirectoryHandle, watch);
  if (known !== null && known !== undefined) {
    const held = known as FileSystemFileHandle;
    return [{ file: file ?? (await held.getFile()), handle: held }];
  }
  if (entry?.isDirectory) return takeWalked(await walkEntry(entry as FileSystemDirectoryEntry, watch), null, watch);
  return file === null ? [] : [{ file, handle: null }];
}

/** Call it in the drop event itself, before any await. Folders are walked one after the other. */
export async function takeDrop(data: DataTransfer, watch: Watch): Promise<Taken[]> {
  const items = [...data.items].filter((item) => item.kind === 'file');
  const asked = items.map((item) => ({
    handle: 'getAsFileSystemHandle' in item ? item.getAsFileSystemHandle() : null,
    entry: 'webkitGetAsEntry' in item ? item.webkitGetAsEntry() : null,
    file: item.getAsFile(),
  }));
  const taken: Taken[] = [];
  for (const { handle, entry, file } of asked) taken.push(...(await takeItem(handle, entry, file, watch)));
  return taken;
}

/** Files of an `<input type=file>`; those of a folder (`webkitdirectory`) are taken as in a drop. */
export async function takeInput(files: FileList, watch: Watch): Promise<Taken[]> {
  const list = [...files];
  if (list.some((file) => file.webkitRelativePath !== '')) return takeWalked(walkInput(list), null, watch);
  return list.map((file) => ({ file, handle: null }));
}

export function takeHandles(handles: readonly FileSystemFileHandle[]): Promise<Taken[]> {
  return Promise.all(handles.map(async (handle) => ({ file: await handle.getFile(), handle })));
}

export async function takeFolder(folder: FileSystemDirectoryHandle, watch: Watch): Promise<Taken[]> {
  return takeWalked(await walkHandle(folder, watch), folder, watch);
}
