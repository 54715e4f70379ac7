/**
 * Recent workspaces in this browser's own database: names, roles and file handles, never contents. A handle lets the same
 * file be opened again after the user has allowed it once more.
 */
import { del, get, set } from 'idb-keyval';
import type { Role } from '../engine/api.ts';
import type { Taken } from './dropped.ts';
import { takeAgain } from './folders.ts';
import type { KeptRules } from './kept-rules.ts';
import type { Watch } from './walking.ts';

export interface SavedLayer {
  /** Index into `files` of the main file of its image. */
  readonly file: number;
  readonly mount: string;
  readonly role: Role;
  readonly name: string;
  /** Store that a person chose for it. */
  readonly store?: string;
  readonly letter: string;
  readonly hue: string;
}

export interface SavedWorkspace {
  readonly id: string;
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly when: number;
  /** Top first. */
  readonly layers: readonly SavedLayer[];
  readonly files: readonly { readonly name: string; readonly handle: Taken['handle'] }[];
  /** Files that were chosen by hand for a need of another one: indices into `files`. */
  readonly picks?: readonly { readonly file: number; readonly need: string; readonly picked: number }[];
  readonly errors: number;
  readonly warnings: number;
  /** Rules and hive modes; absent in workspaces of an earlier version. */
  readonly rules?: KeptRules;
}

const KEY = 'workspaces';
const KEPT = 8;

function isSaved(value: unknown): value is SavedWorkspace {
  const it = value as Partial<SavedWorkspace> | null;
  return (
    typeof it === 'object' &&
    it !== null &&
    typeof it.id === 'string' &&
    Array.isArray(it.layers) &&
    Array.isArray(it.files)
  );
}

/** Newest first; empty where the browser keeps nothing. */
export async function recentWorkspaces(): Promise<SavedWorkspace[]> {
  try {
    const list: unknown = await get(KEY);
    return Array.isArray(list) ? list.filter(isSaved) : [];
  } catch {
    return [];
  }
}

export async function saveWorkspace(workspace: SavedWorkspace): Promise<void> {
  try {
    const others = (await recentWorkspaces()).filter((w) => w.id !== workspace.id);
    await set(KEY, [workspace, ...others].slice(0, KEPT));
  } catch {
    // private windows refuse: the workspace is not remembered, nothing else is lost
  }
}

export async function forgetWorkspace(id: string): Promise<void> {
  const rest = (await recentWorkspaces()).filter((w) => w.id !== id);
  await (rest.length === 0 ? del(KEY) : set(KEY, rest)).catch(() => undefined);
}

/** Asks for leave to read again; call it in a click. Null when one file is refused or was never a handle. */
export async function reopenFiles(workspace: SavedWorkspace, watch: Watch): Promise<Taken[] | null> {
  const files: Taken[] = [];
  for (const { handle } of workspace.files) {
    if (handle === null) return null;
    const options = { mode: 'read' } as const;
    const state = await handle.queryPermission(options);
    if (state !== 'granted' && (await handle.requestPermission(options)) !== 'granted') return null;
    files.push(handle.kind === 'directory' ? await takeAgain(handle, watch) : { file: await handle.getFile(), handle });
  }
  return files;
}
