/**
 * The list of what a folder holds, one JSON array a line: how a folder that was dropped, picked or named comes to the readers.
 *
 *     stratascope folder 1
 *     ["d","Users","133..."]                       folder, time of its last change in FILETIME ticks
 *     ["f","Users/ann/a.txt","133...",123]         file and its size; the n-th such line is the n-th of the files
 *     ["f","b.txt","133...",5,"132..."]            the time it was made, where the system tells it
 *     ["l","link","133...","../target"]            symbolic link
 *     ["w","gone","133..."]                        character device 0/0: overlayfs' mark of a deleted name
 *     ["x","secret"]                               could not be read
 *     ["end",40]                                   number of lines before; absent when more was there than is listed
 */
export const FOLDER_MAGIC = 'stratascope folder 1\n';

export type FolderLine =
  | readonly [type: 'd' | 'w', path: string, modified: string]
  | readonly [type: 'f', path: string, modified: string, size: number, created?: string]
  | readonly [type: 'l', path: string, modified: string, target: string]
  | readonly [type: 'x', path: string];

/** @param complete false when the folder holds more than is listed */
export function folderList(lines: readonly FolderLine[], complete: boolean): string {
  const end = complete ? [JSON.stringify(['end', lines.length])] : [];
  return `${FOLDER_MAGIC}${[...lines.map((line) => JSON.stringify(line)), ...end].join('\n')}\n`;
}

const EPOCH_MS = 11_644_473_600_000;

/** FILETIME ticks of milliseconds since 1970. */
export function folderTime(ms: number): string {
  return (BigInt(Math.max(0, Math.round(ms) + EPOCH_MS)) * 10_000n).toString();
}
