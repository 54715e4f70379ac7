/**
 * The archive as a tree. A tar has no index: all headers are read once, in their order, and later entries of a path
 * replace earlier ones, as unpacking would.
 */
import { FormatError } from '../../base/errors.ts';
import type { Finding } from '../../base/findings.ts';
import { FindingList } from '../../base/findings.ts';
import { utf8Name } from '../../base/utf8-name.ts';
import { place } from '../../source/place.ts';
import { readBytes } from '../../source/read.ts';
import type { ByteSource } from '../../source/types.ts';
import { BLOCK, isZeroBlock, parseHeader, type TarHeader } from './header.ts';
import { type PaxRecords, PaxStore, parsePax, paxTime } from './pax.ts';
import { listedSparse, mappedSparse, oldSparse, oldSparseEnd, type SparseFile } from './sparse.ts';

/** A million files is what the largest images have. */
const MAX_ENTRIES = 4_000_000;
/** Pax records hold access lists and attributes: some hundred KiB at most in real archives. */
const MAX_EXTRA = 4 << 20;
const MAX_COMPONENTS = 1024;
/** Units of a path, which Windows can have at most, and of a link's target. */
const MAX_PATH = 32_767;
/** Units of such a name that are told. */
const MAX_SHOWN = 1024;
/** Bytes of what global headers say of all files. */
const MAX_GLOBAL = 65_536;
/** Pieces of all sparse files together: 64 MiB of numbers. */
const MAX_PIECES = 4 << 20;

export interface TarNode {
  /** Number in `nodes`. */
  readonly id: number;
  readonly name: string;
  readonly parent: TarNode | null;
  /** Children by name; null for files. */
  children: Map<string, TarNode> | null;
  /** What describes it; null for a directory that no entry names. */
  item: TarItem | null;
}

/** One entry's content and metadata; hard links share it. */
export interface TarItem {
  /** Offset of its header: stable, names the file. */
  readonly at: number;
  readonly type: 'file' | 'directory' | 'symlink' | 'device';
  readonly dataOffset: number;
  readonly size: number;
  /** Bytes of it that the archive holds: all but those of a sparse file. */
  readonly stored: number;
  /** Where the stored bytes of a sparse file belong; null for all others. */
  readonly sparse: SparseFile | null;
  readonly target: string | null;
  readonly mode: number;
  readonly modified: bigint;
  readonly accessed: bigint;
  readonly changed: bigint;
  readonly created: bigint;
  /** FILE_ATTRIBUTE_* of `MSWINDOWS.fileattr`, null when the archive says none. */
  readonly attributes: number | null;
  /** Character device 0/0: how overlayfs says that a name is deleted. */
  readonly whiteout: boolean;
  /** Attributes and security, as far as they are kept. */
  readonly pax: PaxRecords;
  links: number;
  /** Alternate streams, entries named `file:stream`. */
  streams: Map<string, TarItem> | null;
}

export interface TarArchive {
  readonly root: TarNode;
  readonly nodes: readonly TarNode[];
  readonly items: ReadonlyMap<number, TarItem>;
  readonly findings: readonly Finding[];
  readonly entries: number;
}

/** Components below the root; empty for the root itself. Null for a path that leads out of it. */
export function splitName(name: string): string[] | null {
  if (name.length > MAX_PATH) return null;
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  return parts.includes('..') || parts.length > MAX_COMPONENTS ? null : parts;
}

class Builder {
  readonly nodes: TarNode[] = [];
  readonly items = new Map<number, TarItem>();
  readonly findings = new FindingList();
  readonly root: TarNode;
  readonly source: ByteSource;
  readonly #store = new PaxStore();
  #pieces = 0;

  constructor(source: ByteSource) {
    this.source = source;
    this.root = this.#node('', null, true);
  }

  tell(code: string, at: number, message: string, facts: Finding['facts'] = {}): void {
    this.findings.add({ code, severity: 'warning', where: place(this.source, at), message, facts });
  }

  keep(own: PaxRecords, global: PaxRecords, at: number): PaxRecords {
    const full = this.#store.full;
    const kept = this.#store.keep(own, global);
    if (this.#store.full && !full)
      this.tell(
        'tarAttributesTooMany',
        at,
        'Attributes of files take too much memory; those from here on are left out.',
      );
    return kept;
  }

  /** Null when the list of pieces cannot be, or the archive has more of them than can be held. */
  sparse(found: SparseFile | null): SparseFile | null {
    if (found === null) return null;
    this.#pieces += found.pieces.length / 2;
    return this.#pieces > MAX_PIECES ? null : found;
  }

  #node(name: string, parent: TarNode | null, directory: boolean): TarNode {
    const node: TarNode = { id: this.nodes.length, name, parent, children: directory ? new Map() : null, item: null };
    this.nodes.push(node);
    return node;
  }

  /** The node of a path, made with the directories on the way to it. A file on the way gives place to a directory. */
  at(parts: readonly string[], directory: boolean): TarNode {
    let node = this.root;
    parts.forEach((name, i) => {
      const last = i === parts.length - 1;
      if (node.children === null) {
        node.children = new Map();
        node.item = null;
      }
      let next = node.children.get(name);
      if (next === undefined) {
        next = this.#node(name, node, !last || directory);
        node.children.set(name, next);
      }
      node = next;
    });
    return node;
  }

  find(parts: readonly string[]): TarNode | null {
    let node: TarNode | undefined = this.root;
    for (const name of parts) node = node?.children?.get(name);
    return node ?? null;
  }

  put(parts: readonly string[], item: TarItem): void {
    this.items.set(item.at, item);
    const name = parts.at(-1) ?? '';
    const colon = name.indexOf(':');
    if (colon > 0 && item.type === 'file') {
      const owner = this.find([...parts.slice(0, -1), name.slice(0, colon)])?.item;
      if (owner !== null && owner !== undefined) {
        owner.streams ??= new Map();
        owner.streams.set(name.slice(colon + 1), item);
        return;
      }
    }
    const node = this.at(parts, item.type === 'directory');
    if (node.item !== null) node.item.links--;
    node.item = item;
    if (item.type !== 'directory') node.children = null;
    else node.children ??= new Map();
  }
}

/** @throws FormatError only when nothing can be read at all; damage further on ends the list with a finding */
export function readArchive(source: ByteSource): TarArchive {
  const builder = new Builder(source);
  const global = new Map<string, Uint8Array>();
  let pax: PaxRecords = new Map();
  let [longName, longLink]: [string | null, string | null] = [null, null];
  let entries = 0;
  let at = 0;
  try {
    for (; at + BLOCK <= source.size && entries < MAX_ENTRIES; ) {
      const block = readBytes(source, at, BLOCK);
      if (isZeroBlock(block)) break;
      const header = parseHeader(block);
      if (header === null) {
        builder.tell('tarHeaderDamaged', at, 'A header makes no sense; what follows in the archive is not listed.');
        break;
      }
      const dataOffset = at + BLOCK;
      const extra = (): Uint8Array =>
        readBytes(source, dataOffset, Math.min(header.size, MAX_EXTRA, source.size - dataOffset));
      const name = () => utf8Name(extra()).replace(/\0.*$/s, '');
      if (header.type === 'x' || header.type === 'X') pax = parsePax(extra());
      else if (header.type === 'g') setGlobal(builder, global, parsePax(extra()), at);
      else if (header.type === 'L') longName = name();
      else if (header.type === 'K') longLink = name();
      else {
        entries++;
        const entry: Entry = { header, block, at, own: pax, global, longName, longLink };
        enter(builder, entry);
        pax = new Map();
        [longName, longLink] = [null, null];
        const data = header.type === 'S' ? oldSparseEnd(source, block, dataOffset) : dataOffset;
        at = data + Math.ceil(sizeOf(entry) / BLOCK) * BLOCK;
        continue;
      }
      at = dataOffset + Math.ceil(header.size / BLOCK) * BLOCK;
    }
    if (at > source.size)
      builder.tell('tarTruncated', source.size, 'The archive ends within its last file.', { expected: at });
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    builder.findings.add({
      code: 'tarDamaged',
      severity: 'error',
      where: error.where,
      message: 'The archive cannot be read further; what follows is not listed.',
      facts: { expected: error.expected, actual: error.actual },
    });
  }
  const { root, nodes, items, findings } = builder;
  return { root, nodes, items, findings: findings.items, entries };
}

/** An entry with all that stands before it. */
interface Entry {
  readonly header: TarHeader;
  readonly block: Uint8Array;
  readonly at: number;
  readonly own: PaxRecords;
  readonly global: PaxRecords;
  readonly longName: string | null;
  readonly longLink: string | null;
}

function setGlobal(builder: Builder, global: Map<string, Uint8Array>, records: PaxRecords, at: number): void {
  let bytes = 0;
  for (const [key, value] of global) bytes += key.length + value.length;
  for (const [key, value] of records) {
    bytes += key.length + value.length;
    if (bytes <= MAX_GLOBAL) global.set(key, value.slice());
  }
  if (bytes > MAX_GLOBAL)
    builder.tell(
      'tarGlobalTooLarge',
      at,
      'What an archive says of all its files is too large; a part of it is left out.',
    );
}

/** The text of a pax record, null when there is none: an empty one takes back what was said before, and the header counts. */
function say({ own, global }: Entry, key: string): string | null {
  const value = own.get(key) ?? global.get(key);
  return value === undefined || value.length === 0 ? null : utf8Name(value);
}

/** Bytes of data in the archive. */
function sizeOf(entry: Entry): number {
  // links and directories have no data, whatever size they state
  if ('123456'.includes(entry.header.type)) return 0;
  return wholeNumber(say(entry, 'size')) ?? entry.header.size;
}

function wholeNumber(text: string | null): number | null {
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : null;
}

/** Undefined for a file that is not sparse, null for a sparse one that cannot be read. */
function sparseOf({ source }: Builder, entry: Entry): SparseFile | null | undefined {
  const { header, block, at } = entry;
  const data = at + BLOCK;
  if (header.type === 'S') return oldSparse(source, block, data, sizeOf(entry));
  const map = say(entry, 'GNU.sparse.map');
  const major = say(entry, 'GNU.sparse.major');
  if (map === null && major === null) return undefined;
  const size = wholeNumber(say(entry, 'GNU.sparse.realsize') ?? say(entry, 'GNU.sparse.size'));
  if (size === null) return null;
  if (map !== null) return mappedSparse(map, size, data, sizeOf(entry));
  return major === '1' ? listedSparse(source, size, data, sizeOf(entry)) : null;
}

/** `D` has the names of a directory in incremental archives of GNU tar. */
function typeOf({ type, name }: TarHeader): TarItem['type'] {
  if (type === '5' || type === 'D' || (type === '0' && name.endsWith('/'))) return 'directory';
  if (type === '2') return 'symlink';
  return type === '0' || type === '7' || type === 'S' ? 'file' : 'device';
}

function enter(builder: Builder, entry: Entry): void {
  const { header, at, longName, longLink } = entry;
  if (header.type === 'V') return; // the label of a volume
  const name = say(entry, 'GNU.sparse.name') ?? say(entry, 'path') ?? longName ?? header.name;
  const parts = splitName(name);
  const target = say(entry, 'linkpath') ?? longLink ?? header.linkName;
  const type = typeOf(header);
  // the root itself is a directory, whatever an entry says
  const odd = parts?.length === 0 && (type !== 'directory' || header.type === '1');
  if (parts === null || odd || target.length > MAX_PATH) {
    const message = 'A name leads out of the archive, or is longer than any path; it is left out.';
    builder.tell('tarNameInvalid', at, message, { name: name.slice(0, MAX_SHOWN) });
    return;
  }
  if (header.type === '1') {
    const linked = splitName(target);
    const item = linked === null ? null : (builder.find(linked)?.item ?? null);
    if (item === null || item.type === 'directory')
      builder.tell('tarLinkMissing', at, 'A hard link names no file of the archive before it.', { name, target });
    else {
      item.links++;
      const node = builder.at(parts, false);
      if (node.item !== null) node.item.links--;
      node.item = item;
      node.children = null;
    }
    return;
  }
  const found = sparseOf(builder, entry);
  const sparse = found === undefined ? null : builder.sparse(found);
  if (found !== undefined && sparse === null) {
    builder.tell('tarSparse', at, 'A sparse file says of its pieces what cannot be; it is left out.', { name });
    return;
  }
  const attributes = Number(say(entry, 'MSWINDOWS.fileattr') ?? Number.NaN);
  const modified = paxTime(say(entry, 'mtime') ?? String(header.mtime));
  const stored = type === 'file' ? sizeOf(entry) : 0;
  builder.put(parts, {
    at,
    type,
    dataOffset: sparse?.dataOffset ?? at + BLOCK,
    size: sparse?.size ?? stored,
    stored: sparse?.stored ?? stored,
    sparse,
    target: type === 'symlink' ? target : null,
    mode: header.mode,
    modified,
    accessed: paxTime(say(entry, 'atime') ?? ''),
    changed: paxTime(say(entry, 'ctime') ?? ''),
    created: paxTime(say(entry, 'LIBARCHIVE.creationtime') ?? ''),
    attributes: Number.isInteger(attributes) ? attributes >>> 0 : null,
    whiteout: header.type === '3' && header.devMajor === 0 && header.devMinor === 0,
    pax: builder.keep(entry.own, entry.global, at),
    links: 1,
    streams: null,
  });
}
