/** An ext2, ext3 or ext4 volume as an FsVolume. */
import type { ItemRef } from '../../base/brand.ts';
import { FormatError } from '../../base/errors.ts';
import type { Facts } from '../../base/findings.ts';
import type { Scan } from '../../base/scan.ts';
import { utf8Name } from '../../base/utf8-name.ts';
import type { FingerprintPart } from '../../source/format.ts';
import { failAt, place } from '../../source/place.ts';
import { readBytes } from '../../source/read.ts';
import { emptyRun, RunListSource } from '../../source/run-list.ts';
import type { ByteSource } from '../../source/types.ts';
import { attributeFacts, attributeFlags, hasBytesBelow } from '../attributes.ts';
import { DirectoryBlocks } from '../directory-blocks.ts';
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
import { attributeNames, readAttributes } from './attributes.ts';
import { inodeData } from './data.ts';
import { type DirEntry, directoryEntries } from './directory.ts';
import { type Inode, InodeFlag, isWhiteout, Mode, readInode } from './inode.ts';
import { SUPERBLOCK, SUPERBLOCK_SIZE, type Superblock } from './superblock.ts';

const ROOT = 2;
const READ_ONLY = 1;
const ARCHIVE = 0x20;
const REPARSE_POINT = 0x400;
const OWNER_MAY_WRITE = 0o200;
const IO_REPARSE_TAG_SYMLINK = 0xa000_000c;
/** WSL's tag for a character device: what overlayfs' deletion marks are seen as. */
const IO_REPARSE_TAG_LX_CHR = 0x8000_0025;
/** Targets are paths. */
const MAX_TARGET = 65_536;
const ENCRYPTED = {
  code: 'ext4Encrypted',
  severity: 'warning',
  message: 'Directories are encrypted, and the key is not in the image: their names are shown as they are stored.',
} as const;

export class Ext4Volume implements FsVolume {
  readonly key = '';
  readonly title: string;
  readonly facts: Facts;
  readonly rootId = 0;
  readonly rootRef = ROOT as ItemRef;
  readonly estimate: number;
  readonly #source: ByteSource;
  readonly #sb: Superblock;
  readonly #ids = new EntryIds();

  constructor(source: ByteSource, sb: Superblock) {
    this.#source = source;
    this.#sb = sb;
    this.title = sb.label;
    this.estimate = sb.inodes;
    const { kind, label, uuid, blockSize, state } = sb;
    this.facts = { type: kind, label, uuid, blockSize, state };
  }

  upcase(): null {
    return null;
  }

  scan(sink: TreeSink): Scan {
    const blocks = new DirectoryBlocks();
    let told = false;
    const encrypted = (at: number) => {
      if (!told) sink.finding({ ...ENCRYPTED, where: place(this.#source, at) });
      told = true;
    };
    const read = (dir: number) => this.#rows(dir, { blocks, encrypted });
    return new TreeWalk({ ids: this.#ids, rootRef: ROOT, read, code: 'ext4Damaged' }, sink);
  }

  list(dir: ItemRef): NodeChunk {
    return listed(this.#ids, dir === this.rootRef ? this.rootId : this.#ids.of(dir), this.#rows(dir));
  }

  /** @param pass of a scan: `encrypted` is told of a directory whose names are not to be read */
  *#rows(
    dir: number,
    pass: { readonly blocks: DirectoryBlocks; readonly encrypted: (at: number) => void } | null = null,
  ): Generator<EntryRow> {
    const inode = readInode(this.#source, this.#sb, dir);
    if (inode.kind !== Mode.directory) failAt('MissingItem', this.#source, inode.at, 'a directory', `inode ${dir}`);
    if ((inode.flags & InodeFlag.encrypted) !== 0) pass?.encrypted(inode.at);
    for (const entry of directoryEntries(this.#source, this.#sb, inode, pass?.blocks)) yield this.#row(entry);
  }

  #row({ name, inode: number }: DirEntry): EntryRow {
    const empty = {
      name,
      short: '',
      size: 0,
      allocated: 0,
      created: 0n,
      modified: 0n,
      accessed: 0n,
      attributes: ARCHIVE,
    };
    let inode: Inode;
    let names: string[];
    try {
      inode = readInode(this.#source, this.#sb, number);
      names = attributeNames(this.#source, this.#sb, inode);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      return { ...empty, ref: number, byteState: ByteState.damaged };
    }
    const directory = inode.kind === Mode.directory;
    const link = inode.kind === Mode.link;
    const readOnly = (inode.mode & OWNER_MAY_WRITE) === 0 ? READ_ONLY : 0;
    return {
      ref: number,
      name,
      short: '',
      size: inode.kind === Mode.file ? inode.size : 0,
      allocated: directory ? 0 : inode.allocated,
      created: inode.created,
      modified: inode.modified,
      accessed: inode.accessed,
      changed: inode.changed,
      attributes: readOnly | (directory ? FILE_ATTRIBUTE_DIRECTORY : ARCHIVE) | (link ? REPARSE_POINT : 0),
      byteState: stateOf(inode, names),
      links: directory ? 1 : inode.links,
      flags: attributeFlags(names) | (link ? NodeFlag.link : 0),
      reparseTag: link ? IO_REPARSE_TAG_SYMLINK : isWhiteout(inode) ? IO_REPARSE_TAG_LX_CHR : 0,
    };
  }

  open(ref: ItemRef, stream = ''): ByteSource {
    const inode = readInode(this.#source, this.#sb, ref);
    if (inode.kind !== Mode.file || stream !== '')
      failAt('MissingItem', this.#source, inode.at, 'a file', stream === '' ? 'something else' : `no stream ${stream}`);
    if ((inode.flags & InodeFlag.encrypted) !== 0)
      failAt('UnsupportedFeature', this.#source, inode.at + 0x20, 'a file that is not encrypted', 'an encrypted one');
    if (!hasBytesBelow(attributeNames(this.#source, this.#sb, inode))) return inodeData(this.#source, this.#sb, inode);
    const { number, size } = inode;
    const runs = size === 0 ? [] : [emptyRun('missing', 0, size)];
    return new RunListSource(`inode ${number}`, size, runs, 'the layer below, which has its bytes');
  }

  describe(ref: ItemRef): NodeDetail {
    const inode = readInode(this.#source, this.#sb, ref);
    const attributes: ExtendedAttribute[] = readAttributes(this.#source, this.#sb, inode);
    const file = inode.kind === Mode.file;
    return {
      streams: file ? [{ name: '', size: inode.size, allocated: inode.allocated }] : [],
      reparseTarget: inode.kind === Mode.link && (inode.flags & InodeFlag.encrypted) === 0 ? this.#target(inode) : null,
      reparseData: null,
      security: null,
      sha1: null,
      objectId: null,
      byteState: stateOf(
        inode,
        attributes.map(({ name }) => name),
      ),
      ...(attributes.length === 0 ? {} : { attributes }),
      facts: {
        inode: inode.number,
        mode: inode.mode.toString(8),
        owner: inode.uid,
        group: inode.gid,
        links: inode.links,
        ...(attributes.length === 0 ? {} : { attributes: attributeFacts(attributes) }),
      },
    };
  }

  #target(inode: Inode): string {
    const data = inodeData(this.#source, this.#sb, inode);
    return utf8Name(readBytes(data, 0, Math.min(data.size, MAX_TARGET)));
  }

  fingerprint(): FingerprintPart[] {
    return [{ what: 'ext4.superblock', bytes: readBytes(this.#source, SUPERBLOCK, SUPERBLOCK_SIZE) }];
  }

  verify(): null {
    return null;
  }
}

function stateOf({ flags, kind }: Inode, attributes: readonly string[]): ByteState {
  if (kind !== Mode.file) return ByteState.complete;
  if ((flags & InodeFlag.encrypted) !== 0) return ByteState.encrypted;
  return hasBytesBelow(attributes) ? ByteState.missing : ByteState.complete;
}
