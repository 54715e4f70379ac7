/**
 * The path files of a box (V2), UTF-16LE text:
 *
 *     FilePaths.dat    C:\Windows\Temp\a.txt|1                          deleted
 *                      C:\New|2|C:\Old                                  relocated: where it was before
 *     RegPaths.dat     \REGISTRY\MACHINE\SOFTWARE\Vendor|1              deleted key
 *                      \REGISTRY\USER\S-1-5-21-...\Software\X\$name|1   deleted value
 *
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

/** Deleted keys and values, and how many lines speak of renamed ones. */
export function readBoxKeys(bytes: Uint8Array): { readonly keys: readonly BoxKey[]; readonly renamed: number } {
  const keys: BoxKey[] = [];
  let renamed = 0;
  for (const { name, flags } of linesOf(bytes)) {
    if ((flags & RELOCATED) !== 0) renamed++;
    if ((flags & DELETED) === 0) continue;
    const parts = splitPath(name);
    if (/^registry$/i.test(parts[0] ?? '')) parts.shift();
    const top = (parts.shift() ?? '').toLowerCase();
    const last = parts.at(-1);
    const value = last?.startsWith('$') === true ? last.slice(1) : null;
    const path = value === null ? parts : parts.slice(0, -1);
    if (top === 'machine' && path.length > 0) keys.push({ root: 'machine', sid: null, path, value });
    else if (top === 'user' && path.length > 0) {
      const [who = '', ...below] = path;
      const user = who.replace(/_classes$/i, '');
      const root = user === who ? 'user' : 'classes';
      if (/^(?:current|S-1-[-\d]+)$/i.test(user))
        keys.push({ root, sid: /^current$/i.test(user) ? null : user.toUpperCase(), path: below, value });
    }
  }
  return { keys, renamed };
}
