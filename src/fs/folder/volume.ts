/** A folder as an FsVolume. */
import type { ItemRef } from '../../base/brand.ts';
import type { Facts } from '../../base/findings.ts';
import type { Scan } from '../../base/scan.ts';
import { CachedSource } from '../../source/cached.ts';
import type { FolderSource } from '../../source/folder.ts';
import type { FingerprintPart } from '../../source/format.ts';
import { failAt } from '../../source/place.ts';
import { readBytes } from '../../source/read.ts';
import type { ByteSource } from '../../source/types.ts';
import { EntryIds, type EntryRow, FILE_ATTRIBUTE_DIRECTORY, listed } from '../entry-rows.ts';
import { ByteState, type FsVolume, type NodeChunk, type NodeDetail, NodeFlag, type TreeSink } from '../types.ts';
import { TreeWalk } from '../walk.ts';
import type { FolderNode, FolderTree } from './list.ts';

const ARCHIVE = 0x20;
const REPARSE_POINT = 0x400;
const IO_REPARSE_TAG_SYMLINK = 0xa000_000c;
/** WSL's tag for a character device: what overlayfs' deletion marks are seen as. */
const IO_REPARSE_TAG_LX_CHR = 0x8000_0025;
const CACHE_BYTES = 2 << 20;
const MAX_FINGERPRINT = 64 << 20;

export class FolderVolume implements FsVolume {
  readonly key = '';
  readonly title = '';
  readonly facts: Facts;
  readonly rootId = 0;
  readonly rootRef = 0 as ItemRef;
  readonly estimate: number;
  readonly #source: FolderSource;
  readonly #tree: FolderTree;
  readonly #ids = new EntryIds();

  constructor(source: FolderSource, tree: FolderTree) {
    this.#source = source;
    this.#tree = tree;
    this.estimate = tree.nodes.length - 1;
    this.facts = { type: 'folder', files: tree.files, bytes: tree.bytes };
  }

  upcase(): null {
    return null;
  }

  scan(sink: TreeSink): Scan {
    const read = (dir: number) => this.#rows(dir);
    return new TreeWalk({ ids: this.#ids, rootRef: this.rootRef, read, code: 'folderDamaged' }, sink);
  }

  list(dir: ItemRef): NodeChunk {
    return listed(this.#ids, dir === this.rootRef ? this.rootId : this.#ids.of(dir), this.#rows(dir));
  }

  #node(ref: number): FolderNode {
    return this.#tree.nodes[ref] ?? failAt('MissingItem', this.#source, 0, 'an item of the folder', `number ${ref}`);
  }

  *#rows(dir: number): Generator<EntryRow> {
    const { children } = this.#node(dir);
    if (children === null) failAt('MissingItem', this.#source, 0, 'a folder', `number ${dir}`);
    for (const node of children!.values()) yield row(node);
  }

  open(ref: ItemRef, stream = ''): ByteSource {
    const node = this.#node(ref);
    const open = this.#source.files[node.file];
    if (open === undefined || stream !== '')
      failAt('MissingItem', this.#source, 0, 'a file', stream === '' ? 'something else' : `no stream ${stream}`);
    const source = open!();
    if (source.size !== node.size)
      failAt('UnexpectedChange', source, 0, `the ${node.size} bytes of when the folder was opened`, `${source.size}`);
    return new CachedSource(source, CACHE_BYTES);
  }

  describe(ref: ItemRef): NodeDetail {
    const node = this.#node(ref);
    return {
      streams: node.file < 0 ? [] : [{ name: '', size: node.size, allocated: node.size }],
      reparseTarget: node.target,
      reparseData: null,
      security: null,
      sha1: null,
      objectId: null,
      byteState: ByteState.complete,
      facts: {},
    };
  }

  fingerprint(): FingerprintPart[] {
    // names, sizes and times of everything
    const length = Math.min(MAX_FINGERPRINT, this.#source.size);
    return [{ what: 'folder.list', bytes: readBytes(this.#source, 0, length) }];
  }

  verify(): null {
    return null;
  }
}

function row(node: FolderNode): EntryRow {
  const directory = node.children !== null;
  const link = node.target !== null;
  return {
    ref: node.id,
    name: node.name,
    short: '',
    size: node.size,
    allocated: node.size,
    created: node.created,
    modified: node.modified,
    accessed: 0n,
    attributes: directory ? FILE_ATTRIBUTE_DIRECTORY : ARCHIVE | (link ? REPARSE_POINT : 0),
    byteState: ByteState.complete,
    flags: link ? NodeFlag.link : 0,
    reparseTag: link ? IO_REPARSE_TAG_SYMLINK : node.whiteout ? IO_REPARSE_TAG_LX_CHR : 0,
  };
}
