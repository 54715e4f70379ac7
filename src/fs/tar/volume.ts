/** A tar archive as an FsVolume. */
import type { ItemRef } from '../../base/brand.ts';
import type { Facts } from '../../base/findings.ts';
import type { Scan } from '../../base/scan.ts';
import type { FingerprintPart } from '../../source/format.ts';
import { MemorySource } from '../../source/memory.ts';
import { failAt } from '../../source/place.ts';
import { readBytes } from '../../source/read.ts';
import { emptyRun, type Run, RunListSource, storedRun } from '../../source/run-list.ts';
import type { ByteSource } from '../../source/types.ts';
import { attributeFacts, attributeFlags, directoryFlags, hasBytesBelow } from '../attributes.ts';
import { EntryIds, type EntryRow, FILE_ATTRIBUTE_DIRECTORY, listed } from '../entry-rows.ts';
import {
  ByteState,
  type ExtendedAttribute,
  type FsVolume,
  type NodeChunk,
  type NodeDetail,
  NodeFlag,
  type TreeSink,
} from '../types.ts';
import { TreeWalk } from '../walk.ts';
import type { TarArchive, TarItem, TarNode } from './archive.ts';
import { BLOCK } from './header.ts';
import type { PaxRecords } from './pax.ts';
import { sparseRuns } from './sparse.ts';

const READ_ONLY = 1;
const ARCHIVE = 0x20;
const REPARSE_POINT = 0x400;
const IO_REPARSE_TAG_SYMLINK = 0xa000_000c;
const IO_REPARSE_TAG_MOUNT_POINT = 0xa000_0003;
/** WSL's tag for a character device: what overlayfs' deletion marks are seen as. */
const IO_REPARSE_TAG_LX_CHR = 0x8000_0025;
/** Files have the (even) offset of their header, directories their number, made odd: a path need not have an entry. */
const directoryRef = (node: TarNode): number => node.id * 2 + 1;
const MAX_FINGERPRINT = 1 << 20;
const SCHILY = 'SCHILY.xattr.';
const LIBARCHIVE = 'LIBARCHIVE.xattr.';
const WINDOWS = 'MSWINDOWS.xattr.';
/** A self-relative descriptor in base64. */
const SECURITY = 'MSWINDOWS.rawsd';
const decoder = new TextDecoder();

export class TarVolume implements FsVolume {
  readonly key = '';
  readonly title = '';
  readonly facts: Facts;
  readonly rootId = 0;
  readonly rootRef: ItemRef;
  readonly estimate: number;
  readonly #source: ByteSource;
  readonly #archive: TarArchive;
  readonly #ids = new EntryIds();
  /** Numbers of descriptors by their text, and by the records that hold it, which entries share. */
  readonly #descriptors = new Map<string, number>();
  readonly #securityIds = new Map<PaxRecords, number>();

  constructor(source: ByteSource, archive: TarArchive) {
    this.#source = source;
    this.#archive = archive;
    this.rootRef = directoryRef(archive.root) as ItemRef;
    this.estimate = archive.entries;
    this.facts = { type: 'tar', entries: archive.entries };
  }

  upcase(): null {
    return null;
  }

  scan(sink: TreeSink): Scan {
    const read = (dir: number) => this.#rows(dir);
    return new TreeWalk({ ids: this.#ids, rootRef: this.rootRef, read, code: 'tarDamaged' }, sink);
  }

  list(dir: ItemRef): NodeChunk {
    return listed(this.#ids, dir === this.rootRef ? this.rootId : this.#ids.of(dir), this.#rows(dir));
  }

  #directory(ref: number): TarNode {
    const node = ref % 2 === 1 ? this.#archive.nodes[(ref - 1) / 2] : undefined;
    if (node?.children == null) failAt('MissingItem', this.#source, 0, 'a directory of the archive', `number ${ref}`);
    return node as TarNode;
  }

  *#rows(dir: number): Generator<EntryRow> {
    for (const node of this.#directory(dir).children!.values()) yield this.#row(node);
  }

  #row(node: TarNode): EntryRow {
    const { item } = node;
    const directory = node.children !== null;
    const mount = item?.pax.has('MSWINDOWS.mountpoint') === true;
    const symlink = item?.type === 'symlink';
    const tag = symlink ? (mount ? IO_REPARSE_TAG_MOUNT_POINT : IO_REPARSE_TAG_SYMLINK) : 0;
    const attributes = item?.attributes ?? (item === null || (item.mode & 0o200) !== 0 ? 0 : READ_ONLY) | ARCHIVE;
    const extended = item === null || item.pax.size === 0 ? [] : attributesOf(item);
    const names = extended.map(({ name }) => name);
    return {
      ref: directory ? directoryRef(node) : (item?.at ?? 0),
      name: node.name,
      short: '',
      size: directory ? 0 : (item?.size ?? 0),
      allocated: item === null ? 0 : Math.ceil(item.stored / BLOCK) * BLOCK,
      created: item?.created ?? 0n,
      modified: item?.modified ?? 0n,
      accessed: item?.accessed ?? 0n,
      changed: item?.changed ?? 0n,
      attributes:
        (attributes & ~(FILE_ATTRIBUTE_DIRECTORY | REPARSE_POINT)) |
        (directory ? FILE_ATTRIBUTE_DIRECTORY : 0) |
        (tag !== 0 ? REPARSE_POINT : 0),
      byteState: this.#stateOf(item, names),
      links: directory ? 1 : (item?.links ?? 1),
      flags:
        (item?.streams != null ? NodeFlag.streams : 0) |
        (tag !== 0 ? NodeFlag.link : 0) |
        (directory ? directoryFlags(extended) : 0) |
        attributeFlags(names),
      reparseTag: tag !== 0 ? tag : item?.whiteout === true ? IO_REPARSE_TAG_LX_CHR : 0,
      securityId: item === null ? 0 : this.#securityId(item.pax),
    };
  }

  #securityId(pax: PaxRecords): number {
    const known = this.#securityIds.get(pax);
    if (known !== undefined) return known;
    const raw = pax.get(SECURITY);
    const text = raw === undefined ? null : decoder.decode(raw);
    const id = text === null ? 0 : (this.#descriptors.get(text) ?? this.#descriptors.size + 1);
    if (text !== null) this.#descriptors.set(text, id);
    this.#securityIds.set(pax, id);
    return id;
  }

  #stateOf(item: TarItem | null, attributes: readonly string[]): ByteState {
    if (item === null) return ByteState.complete;
    if (item.type === 'file' && hasBytesBelow(attributes)) return ByteState.missing;
    if (item.dataOffset + item.stored > this.#source.size) return ByteState.damaged;
    return item.sparse === null ? ByteState.complete : ByteState.sparse;
  }

  #item(ref: number): TarItem | null {
    if (ref % 2 === 1) return this.#directory(ref).item;
    return this.#archive.items.get(ref) ?? failAt('MissingItem', this.#source, 0, `an entry at ${ref}`, 'none');
  }

  open(ref: ItemRef, stream = ''): ByteSource {
    const item = this.#item(ref);
    const found = stream === '' ? item : (item?.streams?.get(stream) ?? null);
    if (found === null || (stream === '' && ref % 2 === 1))
      failAt(
        'MissingItem',
        this.#source,
        item?.at ?? 0,
        'a file',
        stream === '' ? 'a directory' : `no stream ${stream}`,
      );
    const { dataOffset, size, at, sparse } = found as TarItem;
    const name = stream === '' ? `entry at ${at}` : stream;
    if (size === 0) return new MemorySource(name, new Uint8Array(0));
    const below = stream === '' && hasBytesBelow(attributesOf(found as TarItem).map((attribute) => attribute.name));
    if (below)
      return new RunListSource(name, size, [emptyRun('missing', 0, size)], 'the layer below, which has its bytes');
    const end = 'the end of the archive';
    if (sparse !== null) return new RunListSource(name, size, sparseRuns(this.#source, sparse), end);
    const here = Math.max(0, Math.min(size, this.#source.size - dataOffset));
    const runs: Run[] = here > 0 ? [storedRun(0, here, this.#source, dataOffset)] : [];
    if (here < size) runs.push(emptyRun('missing', here, size - here));
    return new RunListSource(name, size, runs, end);
  }

  describe(ref: ItemRef): NodeDetail {
    const item = this.#item(ref);
    const directory = ref % 2 === 1;
    const streams = directory || item === null ? [] : [{ name: '', size: item.size, allocated: item.stored }];
    for (const [name, { size }] of item?.streams ?? []) streams.push({ name, size, allocated: size });
    const attributes = item === null ? [] : attributesOf(item);
    return {
      streams,
      reparseTarget: item?.target ?? null,
      reparseData: null,
      security: securityOf(item),
      sha1: null,
      objectId: null,
      byteState: this.#stateOf(
        item,
        attributes.map(({ name }) => name),
      ),
      ...(attributes.length === 0 ? {} : { attributes }),
      facts: {
        headerOffset: item?.at ?? null,
        mode: item === null ? null : item.mode.toString(8),
        pax: [...(item?.pax.keys() ?? [])],
        ...(attributes.length === 0 ? {} : { attributes: attributeFacts(attributes) }),
      },
    };
  }

  fingerprint(): FingerprintPart[] {
    // an archive states no identity: its first headers, which name and date its first files
    const length = Math.min(MAX_FINGERPRINT, this.#source.size);
    return [{ what: 'tar.head', bytes: readBytes(this.#source, 0, length) }];
  }

  verify(): null {
    return null;
  }
}

/**
 * `SCHILY.xattr.NAME` with the bytes as they are (GNU tar, star, Go), `LIBARCHIVE.xattr.NAME` with both encoded (bsdtar,
 * which writes the other as well), `MSWINDOWS.xattr.NAME` for those of Windows.
 */
function attributesOf(item: TarItem): ExtendedAttribute[] {
  const found = new Map<string, Uint8Array>();
  for (const [key, value] of item.pax) {
    if (key.startsWith(SCHILY)) found.set(key.slice(SCHILY.length), value);
    else if (key.startsWith(WINDOWS)) found.set(key.slice(WINDOWS.length), base64(value) ?? value);
    else if (key.startsWith(LIBARCHIVE)) {
      const name = unescaped(key.slice(LIBARCHIVE.length));
      const bytes = base64(value);
      if (bytes !== null && !found.has(name)) found.set(name, bytes);
    }
  }
  return [...found].map(([name, value]) => ({ name, value }));
}

function unescaped(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name; // not encoded after all
  }
}

function base64(text: Uint8Array): Uint8Array | null {
  try {
    return Uint8Array.from(atob(decoder.decode(text)), (char) => char.charCodeAt(0));
  } catch {
    return null; // no base64: as if it were not there
  }
}

function securityOf(item: TarItem | null): Uint8Array | null {
  const raw = item?.pax.get(SECURITY);
  return raw === undefined ? null : base64(raw);
}
