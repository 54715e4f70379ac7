/** The list of a folder as a tree of nodes. */
import { type Finding, FindingList } from '../../base/findings.ts';
import { FOLDER_MAGIC } from '../../base/folder-list.ts';
import { MAX_HELD_BYTES } from '../../base/limits.ts';
import { failAt } from '../../source/place.ts';
import { readBytes } from '../../source/read.ts';
import type { ByteSource } from '../../source/types.ts';

const MAX_COMPONENTS = 1024;

export interface FolderNode {
  /** Number in `nodes`. */
  readonly id: number;
  readonly name: string;
  /** Children by name; null for what is no folder. */
  readonly children: Map<string, FolderNode> | null;
  readonly modified: bigint;
  readonly created: bigint;
  readonly size: number;
  /** Number of the file, -1 for what has no bytes. */
  readonly file: number;
  readonly target: string | null;
  readonly whiteout: boolean;
}

export interface FolderTree {
  readonly nodes: readonly FolderNode[];
  readonly findings: readonly Finding[];
  readonly files: number;
  readonly bytes: number;
}

const ticks = (value: unknown): bigint => (typeof value === 'string' && /^\d{1,19}$/.test(value) ? BigInt(value) : 0n);
const count = (value: unknown): number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : 0;

/** @throws FormatError when it is no list, or too large to be one */
export function readFolder(source: ByteSource): FolderTree {
  if (source.size > MAX_HELD_BYTES)
    failAt('UnsupportedSize', source, 0, 'the list of a folder', `${source.size} bytes`);
  const text = new TextDecoder().decode(readBytes(source, 0, source.size));
  if (!text.startsWith(FOLDER_MAGIC)) failAt('InvalidSignature', source, 0, 'the list of a folder', 'something else');
  const findings = new FindingList();
  const tell = (code: string, severity: Finding['severity'], message: string, facts: Finding['facts']) =>
    findings.add({ code, severity, where: { source: source.name, offset: null }, message, facts });
  const root: FolderNode = {
    id: 0,
    name: '',
    children: new Map(),
    modified: 0n,
    created: 0n,
    size: 0,
    file: -1,
    target: null,
    whiteout: false,
  };
  const nodes = [root];
  const unread: string[] = [];
  let [files, bytes, strange] = [0, 0, 0];
  let complete = false;

  /** The folder that holds a name; folders on the way that the list does not name are made. */
  const folderOf = (parts: readonly string[]): Map<string, FolderNode> | null => {
    let at = root;
    for (const name of parts) {
      let next = at.children!.get(name);
      if (next === undefined) {
        next = { ...root, id: nodes.length, name, children: new Map() };
        nodes.push(next);
        at.children!.set(name, next);
      }
      if (next.children === null) return null;
      at = next;
    }
    return at.children;
  };

  for (const line of text.slice(FOLDER_MAGIC.length).split('\n')) {
    if (line === '') continue;
    let entry: unknown;
    try {
      entry = JSON.parse(line);
    } catch {
      entry = null;
    }
    const [type, path, modified, about, created] = Array.isArray(entry) ? (entry as unknown[]) : [];
    if (type === 'end') {
      complete = true;
      continue;
    }
    // every such line stands for a file, whatever its path is worth
    const file = type === 'f' ? files++ : -1;
    const parts = typeof path === 'string' ? path.split('/') : [];
    const name = parts.pop() ?? '';
    const bad =
      name === '' || parts.length >= MAX_COMPONENTS || [...parts, name].some((part) => /^\.{0,2}$/.test(part));
    if (type === 'x' && !bad) unread.push(path as string);
    else {
      const into = bad || typeof type !== 'string' || !'dfwl'.includes(type) ? null : folderOf(parts);
      if (into === null || into.has(name)) {
        strange++;
        continue;
      }
      const node: FolderNode = {
        id: nodes.length,
        name,
        children: type === 'd' ? new Map() : null,
        modified: ticks(modified),
        created: ticks(created),
        size: type === 'f' ? count(about) : 0,
        file,
        target: type === 'l' && typeof about === 'string' ? about : null,
        whiteout: type === 'w',
      };
      nodes.push(node);
      into.set(name, node);
      bytes += node.size;
    }
  }
  tell(
    'folderFacts',
    'info',
    'A folder shows names, sizes and times; attributes, security, streams, reparse points and marks of its file system are not seen.',
    {},
  );
  if (unread.length > 0)
    tell('folderUnread', 'warning', 'Parts of the folder could not be read; they are not listed.', {
      count: unread.length,
      first: unread[0]!,
    });
  if (strange > 0)
    tell('folderNames', 'warning', 'Names in the folder cannot be shown; they are left out.', { count: strange });
  if (!complete)
    tell('folderTruncated', 'error', 'The folder holds more than is listed here; what is missing is not shown.', {
      listed: nodes.length - 1,
    });
  return { nodes, findings: findings.items, files, bytes };
}
