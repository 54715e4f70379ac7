/**
 * The path files of a box (V2), UTF-16LE text:
 *
 *     FilePaths.dat    C:\Windows\Temp\a.txt|1                          deleted
 *                      C:\New|2|C:\Old                                  relocated: where it was before
 *     RegPaths.dat     \REGISTRY\MACHINE\SOFTWARE\Vendor|1              deleted key
 *                      \REGISTRY\USER\S-1-5-21-...\Software\X\$name|1   deleted value
 *                      \REGISTRY\MACHINE\SOFTWARE\New|2|\REGISTRY\MACHINE\SOFTWARE\Old   renamed key
 *
 * What a path was renamed from is what the layers below call it: a rename ends what was deleted there before.
 * Flags are hexadecimal; those above 2 are never stored. Later lines override. A drive may carry its serial number
 * (`C~1234ABCD:`). A user's classes have a root of their own (`..._Classes`).
 */
import { splitPath } from '../../../index/path.ts';

const DELETED = 1;
const RELOCATED = 2;

interface Line {
  readonly name: string;
  readonly flags: number;
  readonly relocation: string;
}

/** Lines of a path file, the last one of each path. */
function linesOf(bytes: Uint8Array): Line[] {
  const last = new Map<string, Line>();
  for (const line of new TextDecoder('utf-16le').decode(bytes).split(/\r?\n/)) {
    const [name = '', bits = '', relocation = ''] = line.split('|');
    const flags = /^[0-9a-f]{1,8}$/i.test(bits) ? Number.parseInt(bits, 16) : Number.NaN;
    if (name === '' || Number.isNaN(flags)) continue;
    const key = name.toUpperCase();
    last.delete(key); // so that the order is that of the last word on each path
    last.set(key, { name, flags, relocation });
  }
  return [...last.values()];
}

export interface BoxPath {
  /** Drive letter first. */
  readonly path: readonly string[];
  readonly deleted: boolean;
  readonly from: readonly string[] | null;
}

/** Components of a DOS path, the drive's letter first; null for other paths. */
function dosPath(text: string): string[] | null {
  const match = /^([A-Za-z])(?:~[0-9A-Fa-f]+)?:\\(.+)$/.exec(text);
  return match === null ? null : [match[1]!.toUpperCase(), ...splitPath(match[2]!)];
}

export function readBoxPaths(bytes: Uint8Array): BoxPath[] {
  const found = new Map<string, BoxPath>();
  for (const { name, flags, relocation } of linesOf(bytes)) {
    const path = dosPath(name);
    if (path === null) continue;
    const key = path.join('\\').toUpperCase();
    found.delete(key);
    const from = (flags & RELOCATED) !== 0 ? dosPath(relocation) : null;
    found.set(key, { path, deleted: (flags & DELETED) !== 0, from });
  }
  return [...found.values()];
}

/** The part of the box's registry that a key belongs to. */
export type BoxRoot = 'machine' | 'user' | 'classes';

export interface BoxKey {
  readonly root: BoxRoot;
  /** SID of the user whose key it is; null for the machine's, and where none is stated. */
  readonly sid: string | null;
  /** Below the root: of the machine `SOFTWARE`, `SYSTEM` first. */
  readonly path: readonly string[];
  /** Null: the key itself. Empty: its default value. */
  readonly value: string | null;
}

/** A key that was renamed in the box, and its path before. */
export interface BoxMove {
  readonly key: BoxKey;
  readonly from: readonly string[];
}

/** The key or value that a line speaks of; null for what is none of Windows' registry. */
function boxKey(name: string): BoxKey | null {
  const parts = splitPath(name);
  if (/^registry$/i.test(parts[0] ?? '')) parts.shift();
  const top = (parts.shift() ?? '').toLowerCase();
  const last = parts.at(-1);
  const value = last?.startsWith('$') === true ? last.slice(1) : null;
  const path = value === null ? parts : parts.slice(0, -1);
  if (path.length === 0) return null;
  if (top === 'machine') return { root: 'machine', sid: null, path, value };
  if (top !== 'user') return null;
  const [who = '', ...below] = path;
  const user = who.replace(/_classes$/i, '');
  if (!/^(?:current|S-1-[-\d]+)$/i.test(user)) return null;
  const sid = /^current$/i.test(user) ? null : user.toUpperCase();
  return { root: user === who ? 'user' : 'classes', sid, path: below, value };
}

/** Old and new path are of one hive of the machine, or of one user's. */
function isOneHive(a: BoxKey, b: BoxKey): boolean {
  if (a.root !== b.root || a.path.length === 0 || b.path.length === 0) return false;
  return a.root === 'machine' ? a.path[0]!.toUpperCase() === b.path[0]!.toUpperCase() : a.sid === b.sid;
}

export interface BoxKeys {
  /** Deleted keys and values. */
  readonly keys: readonly BoxKey[];
  readonly moves: readonly BoxMove[];
  /** Lines that rename what is no key, or across hives. */
  readonly lost: number;
}

export function readBoxKeys(bytes: Uint8Array): BoxKeys {
  const keys: BoxKey[] = [];
  const moves: BoxMove[] = [];
  let lost = 0;
  for (const { name, flags, relocation } of linesOf(bytes)) {
    const key = boxKey(name);
    if ((flags & RELOCATED) !== 0) {
      const old = boxKey(relocation);
      const fits = key !== null && old !== null && key.value === null && old.value === null && isOneHive(key, old);
      if (fits) moves.push({ key, from: old.path });
      else lost++;
      if (fits) continue;
    }
    if ((flags & DELETED) !== 0 && key !== null) keys.push(key);
  }
  return { keys, moves, lost };
}
