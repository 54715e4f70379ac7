/**
 * The archive as a tree. A tar has no index: all headers are read once, in their order, and later entries of a path
 * replace earlier ones, as unpacking would.
 */
import { FormatError } from '../../base/errors.ts';
import type { Finding } from '../../base/findings.ts';
import { FindingList } from '../../base/findings.ts';
import { place } from '../../source/place.ts';
import { readBytes } from '../../source/read.ts';
import type { ByteSource } from '../../source/types.ts';
import { BLOCK, isZeroBlock, parseHeader, parsePax, paxTime, type TarHeader } from './header.ts';

/** A million files is what the largest images have. */
const MAX_ENTRIES = 4_000_000;
/** Pax records hold access lists and attributes: some hundred KiB at most in real archives. */
const MAX_EXTRA = 4 << 20;
const MAX_COMPONENTS = 1024;

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
  readonly pax: ReadonlyMap<string, Uint8Array>;
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

const decoder = new TextDecoder();

/** Components below the root; empty for the root itself. Null for a path that leads out of it. */
export function splitName(name: string): string[] | null {
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  return parts.includes('..') || parts.length > MAX_COMPONENTS ? null : parts;
}

class Builder {
  readonly nodes: TarNode[] = [];
  readonly items = new Map<number, TarItem>();
  readonly findings = new FindingList();
  readonly root: TarNode;
  readonly #source: ByteSource;

  constructor(source: ByteSource) {
    this.#source = source;
    this.root = this.#node('', null, true);
  }

  tell(code: string, at: number, message: string, facts: Finding['facts'] = {}): void {
    this.findings.add({ code, severity: 'warning', where: place(this.#source, at), message, facts });
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
  let pax = new Map<string, Uint8Array>();
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
      const name = () => decoder.decode(extra()).replace(/\0.*$/s, '');
      if (header.type === 'x' || header.type === 'X') pax = parsePax(extra());
      else if (header.type === 'g') for (const [key, value] of parsePax(extra())) global.set(key, value);
      else if (header.type === 'L') longName = name();
      else if (header.type === 'K') longLink = name();
      else {
        entries++;
        // most archives have no global records: none are copied then
        const all = global.size === 0 ? pax : new Map([...global, ...pax]);
        enter(builder, header, at, all, longName, longLink);
        pax = new Map();
        [longName, longLink] = [null, null];
        const size = sizeOf(header, all);
        let data = dataOffset;
        // GNU sparse: blocks of further extents stand before the data while byte 482, and 504 of each of them, says so
        if (header.type === 'S')
          for (let more = block[482] !== 0; more && data + BLOCK <= source.size; data += BLOCK)
            more = readBytes(source, data, BLOCK)[504] !== 0;
        at = data + Math.ceil(size / BLOCK) * BLOCK;
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

function sizeOf(header: TarHeader, pax: ReadonlyMap<string, Uint8Array>): number {
  // links and directories have no data, whatever size they state
  if ('123456'.includes(header.type)) return 0;
  const stated = Number(decoder.decode(pax.get('size') ?? new Uint8Array(0)));
  return pax.has('size') && Number.isSafeInteger(stated) && stated >= 0 ? stated : header.size;
}

function enter(
  builder: Builder,
  header: TarHeader,
  at: number,
  pax: ReadonlyMap<string, Uint8Array>,
  longName: string | null,
  longLink: string | null,
): void {
  const say = (key: string): string | null => {
    const value = pax.get(key);
    return value === undefined ? null : decoder.decode(value);
  };
  const name = say('path') ?? longName ?? header.name;
  const parts = splitName(name);
  if (parts === null) {
    builder.tell('tarNameInvalid', at, 'A name leads out of the archive; it is left out.', { name });
    return;
  }
  const target = say('linkpath') ?? longLink ?? header.linkName;
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
  if (header.type === 'S' || pax.has('GNU.sparse.major') || pax.has('GNU.sparse.map')) {
    builder.tell('tarSparse', at, 'A sparse file of GNU tar cannot be read yet; it is left out.', { name });
    return;
  }
  const type =
    header.type === '5' || (header.type === '0' && header.name.endsWith('/'))
      ? 'directory'
      : header.type === '2'
        ? 'symlink'
        : header.type === '0' || header.type === '7'
          ? 'file'
          : 'device';
  const attributes = Number(say('MSWINDOWS.fileattr') ?? Number.NaN);
  const modified = paxTime(say('mtime') ?? String(header.mtime));
  builder.put(parts, {
    at,
    type,
    dataOffset: at + BLOCK,
    size: type === 'file' ? sizeOf(header, pax) : 0,
    target: type === 'symlink' ? target : null,
    mode: header.mode,
    modified,
    accessed: paxTime(say('atime') ?? ''),
    changed: paxTime(say('ctime') ?? ''),
    created: paxTime(say('LIBARCHIVE.creationtime') ?? ''),
    attributes: Number.isInteger(attributes) ? attributes >>> 0 : null,
    whiteout: header.type === '3' && header.devMajor === 0 && header.devMinor === 0,
    pax,
    links: 1,
    streams: null,
  });
}
