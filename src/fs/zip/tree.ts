/** The entries as a tree. */
import { type Finding, FindingList } from '../../base/findings.ts';
import { place } from '../../source/place.ts';
import type { ByteSource } from '../../source/types.ts';
import { Host, type ZipDirectory, type ZipEntry } from './directory.ts';

/** NT paths have at most 32,767 units: no real one is deeper. */
const MAX_COMPONENTS = 1024;
const CONTENT_TYPES = '[Content_Types].xml';
const DIRECTORY = 0x10;
const S_IFMT = 0xf000;
const S_IFDIR = 0x4000;
const S_IFLNK = 0xa000;

export interface ZipNode {
  /** Number in `nodes`. */
  readonly id: number;
  readonly name: string;
  /** Children by name; null for files. */
  children: Map<string, ZipNode> | null;
  /** What describes it; null for a directory that no entry names. */
  entry: ZipEntry | null;
}

export interface ZipTree {
  readonly root: ZipNode;
  readonly nodes: readonly ZipNode[];
  /** A package: names are parts of URIs. */
  readonly package: boolean;
  readonly findings: readonly Finding[];
}

/** Mode of a UNIX system, 0 where none is stated. */
export function unixMode({ host, external }: ZipEntry): number {
  return host === Host.unix || host === Host.darwin ? external >>> 16 : 0;
}

export function isSymlink(entry: ZipEntry): boolean {
  return (unixMode(entry) & S_IFMT) === S_IFLNK;
}

function isDirectory(entry: ZipEntry): boolean {
  if (/[/\\]$/.test(entry.name) || (unixMode(entry) & S_IFMT) === S_IFDIR) return true;
  return (
    (entry.host === Host.dos || entry.host === Host.ntfs) && (entry.external & DIRECTORY) !== 0 && entry.size === 0
  );
}

/** `%20` -> a space, byte by byte as UTF-8; a name that is no such text stays as it is. */
function decodePart(name: string): string {
  try {
    return name.includes('%') ? decodeURIComponent(name) : name;
  } catch {
    return name;
  }
}

export function buildTree(source: ByteSource, { entries, broken }: ZipDirectory): ZipTree {
  const nodes: ZipNode[] = [];
  const findings = new FindingList();
  const tell = (code: string, severity: Finding['severity'], at: number, message: string, facts: Finding['facts']) =>
    findings.add({ code, severity, where: place(source, at), message, ...(facts === undefined ? {} : { facts }) });
  const make = (name: string, directory: boolean): ZipNode => {
    const node: ZipNode = { id: nodes.length, name, children: directory ? new Map() : null, entry: null };
    nodes.push(node);
    return node;
  };
  const root = make('', true);
  const isPackage = entries.some(({ name }) => name === CONTENT_TYPES);
  for (const entry of entries) {
    const name = isPackage ? decodePart(entry.name) : entry.name;
    const parts = name.split(/[/\\]/).filter((part) => part !== '' && part !== '.');
    if (parts.length === 0) continue;
    if (parts.includes('..') || parts.length > MAX_COMPONENTS) {
      tell('zipNameInvalid', 'warning', entry.at, 'A name leads out of the archive; it is left out.', {
        name: name.slice(0, 300),
      });
      continue;
    }
    let node = root;
    let blocked = false;
    for (const [i, part] of parts.entries()) {
      const last = i === parts.length - 1;
      const known: ZipNode | undefined = node.children!.get(part);
      const next: ZipNode = known ?? make(part, !last || isDirectory(entry));
      if (known === undefined) node.children!.set(part, next);
      if (!last && next.children === null) blocked = true;
      node = next;
      if (blocked) break;
    }
    const file = node.children === null;
    if (blocked || (node.entry !== null && (file || !isDirectory(entry))) || (!file && !isDirectory(entry)))
      tell('zipNameTwice', 'warning', entry.at, 'A name stands in the directory twice; the first one is shown.', {
        name: name.slice(0, 300),
      });
    else node.entry = entry;
  }
  if (broken !== null)
    tell(
      'zipDirectoryDamaged',
      'error',
      broken.at,
      'The directory cannot be read further; what follows is not listed.',
      {
        expected: broken.expected,
        actual: broken.actual,
      },
    );
  return { root, nodes, package: isPackage, findings: findings.items };
}
