/** A ZIP archive as an FsVolume. */
import type { ItemRef } from '../../base/brand.ts';
import type { Facts, Finding } from '../../base/findings.ts';
import type { Scan } from '../../base/scan.ts';
import type { Codecs } from '../../codec/types.ts';
import type { FingerprintPart } from '../../source/format.ts';
import { failAt } from '../../source/place.ts';
import { readBytes } from '../../source/read.ts';
import type { ByteSource } from '../../source/types.ts';
import { EntryIds, type EntryRow, FILE_ATTRIBUTE_DIRECTORY, listed } from '../entry-rows.ts';
import { ByteState, type FsVolume, type NodeChunk, type NodeDetail, NodeFlag, type TreeSink } from '../types.ts';
import { TreeWalk } from '../walk.ts';
import { isEncrypted, openEntry } from './data.ts';
import { Host, Method, type ZipDirectory, type ZipEntry } from './directory.ts';
import { packageFacts } from './package.ts';
import { isSymlink, unixMode, type ZipNode, type ZipTree } from './tree.ts';
import { ZipCheck } from './verify.ts';

const READ_ONLY = 1;
const ARCHIVE = 0x20;
const REPARSE_POINT = 0x400;
/** READONLY, HIDDEN, SYSTEM, ARCHIVE: what DOS had. */
const DOS_ATTRIBUTES = 0x27;
const IO_REPARSE_TAG_SYMLINK = 0xa000_000c;
const MAX_FINGERPRINT = 1 << 20;
/** A target is a path. */
const MAX_TARGET = 65_536;
const OWNER_MAY_WRITE = 0o200;

export class ZipVolume implements FsVolume {
  readonly key = '';
  readonly title = '';
  readonly facts: Facts;
  readonly rootId = 0;
  readonly rootRef: ItemRef;
  readonly estimate: number;
  readonly #source: ByteSource;
  readonly #directory: ZipDirectory;
  readonly #tree: ZipTree;
  readonly #codecs: Codecs;
  readonly #ids = new EntryIds();

  constructor(source: ByteSource, directory: ZipDirectory, tree: ZipTree, codecs: Codecs) {
    this.#source = source;
    this.#directory = directory;
    this.#tree = tree;
    this.#codecs = codecs;
    this.rootRef = tree.root.id as ItemRef;
    this.estimate = tree.nodes.length - 1;
    const { entries, comment, zip64 } = directory;
    this.facts = {
      type: tree.package ? 'package (OPC)' : 'ZIP',
      ...(tree.package ? packageFacts(source, tree, codecs) : {}),
      entries: entries.length,
      zip64,
      ...(comment === '' ? {} : { comment: comment.slice(0, 1000) }),
    };
  }

  upcase(): null {
    return null;
  }

  scan(sink: TreeSink): Scan {
    const read = (dir: number) => this.#rows(dir);
    return new TreeWalk({ ids: this.#ids, rootRef: this.rootRef, read, code: 'zipDamaged' }, sink);
  }

  list(dir: ItemRef): NodeChunk {
    return listed(this.#ids, dir === this.rootRef ? this.rootId : this.#ids.of(dir), this.#rows(dir));
  }

  #node(ref: number): ZipNode {
    return this.#tree.nodes[ref] ?? failAt('MissingItem', this.#source, 0, 'an entry of the archive', `number ${ref}`);
  }

  *#rows(dir: number): Generator<EntryRow> {
    const { children } = this.#node(dir);
    if (children === null) failAt('MissingItem', this.#source, 0, 'a directory of the archive', `number ${dir}`);
    for (const node of children!.values()) yield this.#row(node);
  }

  #row(node: ZipNode): EntryRow {
    const { entry } = node;
    const directory = node.children !== null;
    const link = entry !== null && !directory && isSymlink(entry);
    return {
      ref: node.id,
      name: node.name,
      short: '',
      size: directory ? 0 : (entry?.size ?? 0),
      allocated: entry?.compressed ?? 0,
      created: entry?.created ?? 0n,
      modified: entry?.modified ?? 0n,
      accessed: entry?.accessed ?? 0n,
      attributes:
        attributesOf(entry, directory) | (directory ? FILE_ATTRIBUTE_DIRECTORY : 0) | (link ? REPARSE_POINT : 0),
      byteState: directory ? ByteState.complete : this.#state(entry),
      flags: link ? NodeFlag.link : 0,
      reparseTag: link ? IO_REPARSE_TAG_SYMLINK : 0,
    };
  }

  #state(entry: ZipEntry | null): ByteState {
    if (entry === null) return ByteState.complete;
    if (isEncrypted(entry)) return ByteState.encrypted;
    if (entry.method !== Method.stored && entry.method !== Method.deflate) return ByteState.unread;
    const inside = entry.local < this.#source.size && entry.compressed <= this.#source.size - entry.local;
    if (!inside || (entry.method === Method.stored && entry.compressed < entry.size)) return ByteState.damaged;
    return entry.method === Method.stored ? ByteState.complete : ByteState.decompressed;
  }

  open(ref: ItemRef, stream = ''): ByteSource {
    const node = this.#node(ref);
    if (node.children !== null || node.entry === null || stream !== '')
      failAt('MissingItem', this.#source, 0, 'a file', stream === '' ? 'a directory' : `no stream ${stream}`);
    return openEntry(this.#source, node.entry!, this.#codecs);
  }

  describe(ref: ItemRef): NodeDetail {
    const { entry, children } = this.#node(ref);
    const file = children === null && entry !== null;
    return {
      streams: file ? [{ name: '', size: entry.size, allocated: entry.compressed }] : [],
      reparseTarget: file && isSymlink(entry) ? this.#target(ref, entry) : null,
      reparseData: null,
      security: null,
      sha1: null,
      objectId: null,
      byteState: file ? this.#state(entry) : ByteState.complete,
      facts:
        entry === null
          ? {}
          : {
              headerOffset: entry.local,
              method:
                entry.method === Method.deflate ? 'deflated' : entry.method === Method.stored ? 'stored' : entry.method,
              crc32: entry.crc32.toString(16).padStart(8, '0'),
              mode: unixMode(entry) === 0 ? null : unixMode(entry).toString(8),
            },
    };
  }

  #target(ref: ItemRef, { size }: ZipEntry): string | null {
    if (size > MAX_TARGET) return null;
    return new TextDecoder().decode(readBytes(this.open(ref), 0, size));
  }

  fingerprint(): FingerprintPart[] {
    const { offset, size } = this.#directory;
    return [{ what: 'zip.directory', bytes: readBytes(this.#source, offset, Math.min(MAX_FINGERPRINT, size)) }];
  }

  verify(report: (finding: Finding) => void): Scan {
    return new ZipCheck(this.#source, this.#tree, this.#codecs, report);
  }
}

function attributesOf(entry: ZipEntry | null, directory: boolean): number {
  if (entry === null) return 0;
  if (entry.host === Host.dos || entry.host === Host.ntfs || entry.host === Host.vfat)
    return entry.external & DOS_ATTRIBUTES;
  const mode = unixMode(entry);
  const readOnly = mode !== 0 && (mode & OWNER_MAY_WRITE) === 0 ? READ_ONLY : 0;
  return readOnly | (directory ? 0 : ARCHIVE);
}
