/**
 * Files from a drop, a picker or a folder. The items of a drop are dead after the first await, so that `takeDrop` asks
 * every one for its handle or entry at once, in the event, and returns promises.
 */

export interface Taken {
  readonly file: File;
  /** Kept for "recent workspaces"; null where the browser gives none. */
  readonly handle: FileSystemFileHandle | null;
}

/** Folders hold much that is no layer: only names like these are taken from them, and no more than these many. */
const KNOWN =
  /\.(?:wim|esd|swm\d*|vhdx?|avhdx?|iso|img|raw|dd|bin|vmdk|vdi|qcow2|hiv|hve|dat|log[12]?|ppkg|json|zip|plan|msix|appx|msixbundle|appxbundle|fxr|fxa)$|^(?:redirections\.xml|snapvol\.cfg|system|software|sam|security|default|components|drivers|bcd)$/i;
const FOLDER_FILES = 512;
const FOLDER_DEPTH = 6;

export function isKnownName(name: string): boolean {
  return KNOWN.test(name);
}

async function walkHandle(dir: FileSystemDirectoryHandle, depth: number, out: Taken[]): Promise<void> {
  for await (const entry of dir.values()) {
    if (out.length >= FOLDER_FILES) return;
    if (entry.kind === 'directory') {
      if (depth < FOLDER_DEPTH) await walkHandle(entry as FileSystemDirectoryHandle, depth + 1, out);
    } else if (isKnownName(entry.name)) {
      const handle = entry as FileSystemFileHandle;
      out.push({ file: await handle.getFile(), handle });
    }
  }
}

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => entry.file(resolve, reject));
}

function batchOf(reader: FileSystemDirectoryReader): Promise<FileSystemEntry[]> {
  return new Promise((resolve, reject) => reader.readEntries(resolve, reject));
}

async function walkEntry(dir: FileSystemDirectoryEntry, depth: number, out: Taken[]): Promise<void> {
  const reader = dir.createReader();
  for (let batch = await batchOf(reader); batch.length > 0; batch = await batchOf(reader)) {
    for (const entry of batch) {
      if (out.length >= FOLDER_FILES) return;
      if (entry.isDirectory) {
        if (depth < FOLDER_DEPTH) await walkEntry(entry as FileSystemDirectoryEntry, depth + 1, out);
      } else if (isKnownName(entry.name)) {
        out.push({ file: await fileOf(entry as FileSystemFileEntry), handle: null });
      }
    }
  }
}

async function takeItem(
  handle: Promise<FileSystemHandle | null> | null,
  entry: FileSystemEntry | null,
  file: File | null,
): Promise<Taken[]> {
  const out: Taken[] = [];
  const known = handle === null ? null : await handle.catch(() => null);
  if (known?.kind === 'directory') await walkHandle(known as FileSystemDirectoryHandle, 0, out);
  else if (known !== null && known !== undefined)
    out.push({
      file: file ?? (await (known as FileSystemFileHandle).getFile()),
      handle: known as FileSystemFileHandle,
    });
  else if (entry?.isDirectory) await walkEntry(entry as FileSystemDirectoryEntry, 0, out);
  else if (file !== null) out.push({ file, handle: null });
  return out;
}

/** Call it in the drop event itself, before any await. */
export function takeDrop(data: DataTransfer): Promise<Taken[]> {
  const items = [...data.items].filter((item) => item.kind === 'file');
  const asked = items.map((item) => ({
    handle: 'getAsFileSystemHandle' in item ? item.getAsFileSystemHandle() : null,
    entry: 'webkitGetAsEntry' in item ? item.webkitGetAsEntry() : null,
    file: item.getAsFile(),
  }));
  return Promise.all(asked.map((a) => takeItem(a.handle, a.entry, a.file))).then((lists) => lists.flat());
}

/** Files of an `<input type=file>`; those of a folder (`webkitdirectory`) are filtered as in a drop. */
export function takeInput(files: FileList | null): Taken[] {
  const list = [...(files ?? [])];
  const folder = list.some((file) => file.webkitRelativePath !== '');
  return (folder ? list.filter((f) => isKnownName(f.name)).slice(0, FOLDER_FILES) : list).map((file) => ({
    file,
    handle: null,
  }));
}

export function takeHandles(handles: readonly FileSystemFileHandle[]): Promise<Taken[]> {
  return Promise.all(handles.map(async (handle) => ({ file: await handle.getFile(), handle })));
}

export async function takeFolder(folder: FileSystemDirectoryHandle): Promise<Taken[]> {
  const out: Taken[] = [];
  await walkHandle(folder, 0, out);
  return out;
}
