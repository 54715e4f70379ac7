/** Short words for the layers of a pain: trees by path, hives by key, what the in-guest driver writes beside them. */
import { BUILT_AT, buildHive, dword, type KeySpec, sz, type ValueSpec } from '../hive-builder.ts';
import type { TreeEntry } from '../tree.ts';
import { buildWim } from '../wim-builder.ts';

/** A file: text, bytes, or an entry with its particulars. */
export type Leaf = string | Uint8Array | Omit<TreeEntry, 'name'>;
export type Paths = Readonly<Record<string, Leaf>>;

const times = { created: BUILT_AT, modified: BUILT_AT, accessed: BUILT_AT, changed: BUILT_AT };

function entryOf(name: string, leaf: Leaf): TreeEntry {
  const data = typeof leaf === 'string' ? new TextEncoder().encode(leaf) : leaf;
  return data instanceof Uint8Array ? { name, data, attributes: 0x20, ...times } : { ...times, ...data, name };
}

interface Folder {
  readonly folders: Map<string, Folder>;
  readonly leaves: TreeEntry[];
}

/** `{ 'Windows\\a.dll': 'text' }` -> nested directories. */
export function tree(paths: Paths): TreeEntry[] {
  const root: Folder = { folders: new Map(), leaves: [] };
  for (const [path, leaf] of Object.entries(paths)) {
    const parts = path.split('\\');
    const name = parts.pop()!;
    let at = root;
    for (const part of parts) {
      let next = at.folders.get(part);
      if (next === undefined) {
        next = { folders: new Map(), leaves: [] };
        at.folders.set(part, next);
      }
      at = next;
    }
    at.leaves.push(entryOf(name, leaf));
  }
  const entries = ({ folders, leaves }: Folder): TreeEntry[] => [
    ...[...folders].map(([name, folder]) => ({ name, dir: entries(folder), attributes: 0, ...times })),
    ...leaves,
  ];
  return entries(root);
}

/** Values by name: numbers are REG_DWORD, text with `%` is REG_EXPAND_SZ. */
export type Values = Readonly<Record<string, string | number>>;

/** `{ 'Microsoft\\Windows': { Name: 'text', Number: 1 } }` -> a hive. */
export function hive(keys: Readonly<Record<string, Values>>): Uint8Array {
  interface Node {
    readonly values: ValueSpec[];
    readonly keys: Map<string, Node>;
  }
  const root: Node = { values: [], keys: new Map() };
  for (const [path, values] of Object.entries(keys)) {
    let at = root;
    for (const part of path.split('\\')) {
      let next = at.keys.get(part);
      if (next === undefined) {
        next = { values: [], keys: new Map() };
        at.keys.set(part, next);
      }
      at = next;
    }
    for (const [name, value] of Object.entries(values))
      at.values.push(
        typeof value === 'number'
          ? { name, type: 4, data: dword(value) }
          : { name, type: value.includes('%') ? 2 : 1, data: sz(value) },
      );
  }
  const spec = (name: string, node: Node): KeySpec => ({
    name,
    values: node.values,
    keys: [...node.keys].map(([child, below]) => spec(child, below)),
  });
  return buildHive(spec('ROOT', root), { minor: 5 });
}

export const CONFIG = 'Windows\\System32\\config';
export const ANN = 'S-1-5-21-1004336348-1177238915-682003330-1001';
export const PROFILES = 'Microsoft\\Windows NT\\CurrentVersion\\ProfileList';

/** What makes a tree a Windows: control set 1 and Ann's profile in the list. */
export function windows(
  more: { readonly system?: Record<string, Values>; readonly software?: Record<string, Values> } = {},
): Paths {
  return {
    [`${CONFIG}\\SYSTEM`]: hive({ Select: { Current: 1 }, 'ControlSet001\\Control': {}, ...more.system }),
    [`${CONFIG}\\SOFTWARE`]: hive({
      [`${PROFILES}\\${ANN}`]: { ProfileImagePath: 'C:\\Users\\ann' },
      Classes: {},
      ...more.software,
    }),
    'Windows\\System32\\ntoskrnl.exe': 'kernel',
    'Users\\ann\\NTUSER.DAT': hive({ Software: {}, 'Control Panel': {} }),
  };
}

/** A user layer as the in-guest driver keeps it: payload below `files`, deletions in the journal. */
export function store(files: Paths, deleted: readonly string[] = [], madeOver?: string): Paths {
  const marks = deleted.map((p, i) => `${JSON.stringify({ op: 'wh', p, g: i + 1 })}\n`).join('');
  const about = { format: 1, id: 'pain', ...(madeOver === undefined ? {} : { base: { os: madeOver } }) };
  return {
    '.layer\\store.json': JSON.stringify(about),
    '.layer\\markers.ndjson': marks,
    'files\\Users\\ann\\notes.txt': 'notes',
    ...Object.fromEntries(Object.entries(files).map(([path, leaf]) => [`files\\${path}`, leaf])),
  };
}

/** @param build makes the image say that it is this Windows: `26100.2033` */
export function wim(name: string, paths: Paths, build?: string): Uint8Array {
  const [major = '', minor = ''] = (build ?? '').split('.');
  const xml =
    build === undefined
      ? undefined
      : `<WINDOWS><ARCH>9</ARCH><VERSION><MAJOR>10</MAJOR><MINOR>0</MINOR><BUILD>${major}</BUILD><SPBUILD>${minor}</SPBUILD></VERSION></WINDOWS>`;
  const root = { name: '', dir: tree(paths), ...times };
  return buildWim({ images: [{ name, root, ...(xml === undefined ? {} : { xml }) }] });
}
