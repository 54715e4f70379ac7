/** A UDF volume as an FsVolume. */
import type { ItemRef } from '../../base/brand.ts';
import { FormatError } from '../../base/errors.ts';
import type { Facts, Finding, FindingList } from '../../base/findings.ts';
import type { Scan } from '../../base/scan.ts';
import type { FingerprintPart } from '../../source/format.ts';
import { MemorySource } from '../../source/memory.ts';
import { failAt, place } from '../../source/place.ts';
import { readBytes } from '../../source/read.ts';
import type { ByteSource } from '../../source/types.ts';
import { DirectoryBlocks } from '../directory-blocks.ts';
import { EntryIds, type EntryRow, FILE_ATTRIBUTE_DIRECTORY, listed } from '../entry-rows.ts';
import { tellTruncated } from '../truncated.ts';
import {
  ByteState,
  type FsVolume,
  type NodeChunk,
  type NodeDetail,
  NodeFlag,
  type StreamInfo,
  type TreeSink,
} from '../types.ts';
import { TreeWalk } from '../walk.ts';
import type { LogicalVolume } from './anchor.ts';
import { compressedUnicode, type LongAd, longAd, readDescriptor, Tag } from './descriptors.ts';
import { type DirectoryEntry, readDirectory } from './directory.ts';
import { contentOf, FileType, type Icb, piecesOf, readIcb } from './icb.ts';
import { Partitions } from './partition.ts';
import { FileStates } from './states.ts';

const READ_ONLY = 1;
const HIDDEN = 2;
const ARCHIVE = 0x20;
const REPARSE_POINT = 0x400;
/** The tag by which Windows shows symbolic links. */
const IO_REPARSE_TAG_SYMLINK = 0xa000_000c;
const MAX_FINGERPRINT = 65_536;
const MAX_LINK = 65_536;
/** References are block + partition * 2^32. */
const PARTITION = 2 ** 32;

const refOf = ({ block, partition }: LongAd): number => block + partition * PARTITION;

export class UdfVolume implements FsVolume {
  readonly key = '';
  readonly title: string;
  readonly facts: Facts;
  readonly rootId = 0;
  readonly rootRef: ItemRef;
  readonly estimate = null;
  readonly #source: ByteSource;
  readonly #logical: LogicalVolume;
  readonly #partitions: Partitions;
  readonly #ids = new EntryIds();

  /** @throws FormatError when there is no file set or its root cannot be */
  constructor(source: ByteSource, logical: LogicalVolume, findings: FindingList) {
    this.#source = source;
    this.#logical = logical;
    this.#partitions = new Partitions(source, logical);
    const at = this.#offset(logical.fileSet.partition, logical.fileSet.block);
    const set = readDescriptor(source, at, logical.blockSize, [Tag.fileSet], 'a file set descriptor');
    this.rootRef = refOf(longAd(set, 400)) as ItemRef;
    if (this.#icb(this.rootRef).fileType !== FileType.directory)
      failAt('InvalidReference', source, at + 400, 'a root directory', 'another file');
    for (const { physical } of logical.maps)
      tellTruncated(findings, 'udfTruncated', source, physical.start + physical.length);
    this.title = logical.label;
    this.facts = {
      type: 'UDF',
      revision: logical.revision,
      label: this.title,
      blockSize: logical.blockSize,
      partitions: logical.maps.map(({ kind }) => kind),
    };
  }

  upcase(): null {
    return null;
  }

  #offset(partition: number, block: number): number {
    const found = this.#partitions.map(partition, block);
    if (found === null)
      failAt('InvalidReference', this.#source, 0, 'a block of a partition', `block ${block} of partition ${partition}`);
    return found.offset;
  }

  #icb(ref: number): Icb {
    if (!Number.isSafeInteger(ref) || ref < 0) failAt('MissingItem', this.#source, 0, `a file entry at ${ref}`, 'none');
    const partition = Math.floor(ref / PARTITION);
    return readIcb(this.#source, this.#offset(partition, ref % PARTITION), this.#logical.blockSize, partition);
  }

  scan(sink: TreeSink): Scan {
    const blocks = new DirectoryBlocks();
    const states = new FileStates(this.#partitions);
    const read = (dir: number) => this.#rows(dir, states, (finding) => sink.finding(finding), blocks);
    return new TreeWalk({ ids: this.#ids, rootRef: this.rootRef, read, code: 'udfDirectoryDamaged' }, sink);
  }

  list(dir: ItemRef): NodeChunk {
    return listed(
      this.#ids,
      dir === this.rootRef ? this.rootId : this.#ids.of(dir),
      this.#rows(dir, new FileStates(this.#partitions), null, null),
    );
  }

  *#rows(
    dir: number,
    states: FileStates,
    tell: ((finding: Finding) => void) | null,
    blocks: DirectoryBlocks | null,
  ): Generator<EntryRow> {
    const icb = this.#icb(dir);
    if (icb.fileType !== FileType.directory) failAt('MissingItem', this.#source, icb.offset, 'a directory', 'a file');
    if (blocks !== null) this.#take(icb, blocks);
    for (const entry of readDirectory(contentOf(this.#partitions, icb, 'directory'))) {
      try {
        const { row, icb, error } = this.#row(entry, states);
        if (!icb.crcOk)
          tell?.(this.#finding('udfChecksum', icb.offset, 'A file entry is not what its checksum says.', row));
        if (row.byteState === ByteState.damaged) {
          const message =
            error === null
              ? 'Bytes of a file lie outside the image; that part is missing.'
              : 'What says where the bytes of a file lie cannot be followed; they are missing.';
          tell?.(this.#finding('udfDataMissing', icb.offset, message, row));
        }
        yield row;
      } catch (error) {
        if (!(error instanceof FormatError)) throw error;
        const { expected, actual, where } = error;
        const message = 'A name leads to no file entry; it is left out.';
        tell?.({
          code: 'udfEntryDamaged',
          severity: 'warning',
          where,
          message,
          facts: { name: entry.name, expected, actual },
        });
      }
    }
  }

  #take(directory: Icb, blocks: DirectoryBlocks): void {
    const { blockSize } = this.#logical;
    for (const { offset, length } of piecesOf(this.#partitions, directory)) {
      if (offset === null) continue;
      const end = Math.min(offset + length, this.#source.size);
      for (let at = offset; at < end; at += blockSize) blocks.take(this.#source, at);
    }
  }

  #row(
    entry: DirectoryEntry,
    states: FileStates,
  ): { readonly row: EntryRow; readonly icb: Icb; readonly error: FormatError | null } {
    const ref = refOf(entry.icb);
    const icb = this.#icb(ref);
    const directory = icb.fileType === FileType.directory;
    const link = icb.fileType === FileType.symlink;
    const { state, error } = directory ? { state: ByteState.complete, error: null } : states.of(icb);
    const row: EntryRow = {
      ref,
      name: entry.name,
      short: '',
      size: directory || link ? 0 : icb.size,
      allocated: icb.blocksRecorded * this.#logical.blockSize,
      created: icb.created,
      modified: icb.modified,
      accessed: icb.accessed,
      changed: icb.changed,
      attributes:
        (icb.writable ? 0 : READ_ONLY) |
        (entry.hidden ? HIDDEN : 0) |
        (directory ? FILE_ATTRIBUTE_DIRECTORY : link ? REPARSE_POINT : ARCHIVE),
      byteState: state,
      links: Math.max(1, icb.links),
      flags: (icb.streams.length > 0 ? NodeFlag.streams : 0) | (link ? NodeFlag.link : 0),
      reparseTag: link ? IO_REPARSE_TAG_SYMLINK : 0,
    };
    return { row, icb, error };
  }

  #finding(code: string, at: number, message: string, { name, size }: EntryRow): Finding {
    return { code, severity: 'warning', where: place(this.#source, at), message, facts: { name, size } };
  }

  /** Named streams: files of a directory of their own. */
  #streams(icb: Icb): DirectoryEntry[] {
    if (icb.streams.length === 0) return [];
    return [...readDirectory(contentOf(this.#partitions, this.#icb(refOf(icb.streams)), 'stream directory'))];
  }

  open(ref: ItemRef, stream = ''): ByteSource {
    let icb = this.#icb(ref);
    if (stream !== '') {
      const found = this.#streams(icb).find(({ name }) => name === stream);
      if (found === undefined) failAt('MissingItem', this.#source, icb.offset, `a stream ${stream}`, 'none');
      icb = this.#icb(refOf(found.icb));
    } else if (icb.fileType === FileType.directory)
      failAt('MissingItem', this.#source, icb.offset, 'a file', 'a directory');
    const name = stream === '' ? `file at ${icb.offset}` : stream;
    return icb.size === 0 ? new MemorySource(name, new Uint8Array(0)) : contentOf(this.#partitions, icb, name);
  }

  describe(ref: ItemRef): NodeDetail {
    const icb = this.#icb(ref);
    const directory = icb.fileType === FileType.directory;
    const streams: StreamInfo[] = directory
      ? []
      : [{ name: '', size: icb.size, allocated: icb.blocksRecorded * this.#logical.blockSize }];
    for (const { name, icb: at } of this.#streams(icb)) {
      const inner = this.#icb(refOf(at));
      streams.push({ name, size: inner.size, allocated: inner.blocksRecorded * this.#logical.blockSize });
    }
    return {
      streams,
      reparseTarget: icb.fileType === FileType.symlink ? this.#target(icb) : null,
      reparseData: null,
      security: null,
      sha1: null,
      objectId: null,
      byteState: directory ? ByteState.complete : new FileStates(this.#partitions).of(icb).state,
      facts: { entryOffset: icb.offset, fileType: icb.fileType, embedded: icb.allocation === 3, links: icb.links },
    };
  }

  /** Path components of a symbolic link, `/` between them. */
  #target(icb: Icb): string {
    const source = contentOf(this.#partitions, icb, 'symbolic link');
    const bytes = readBytes(source, 0, Math.min(source.size, MAX_LINK));
    const parts: string[] = [];
    for (let at = 0; at + 4 <= bytes.length; at += 4 + bytes[at + 1]!) {
      const [type, length] = [bytes[at]!, bytes[at + 1]!];
      if (type === 1 || type === 2) parts.push('');
      else if (type === 3) parts.push('..');
      else if (type === 4) parts.push('.');
      else parts.push(compressedUnicode(bytes.subarray(at + 4, at + 4 + length)) ?? '');
    }
    return parts.join('/');
  }

  fingerprint(): FingerprintPart[] {
    const root = contentOf(this.#partitions, this.#icb(this.rootRef), 'root');
    return [
      { what: 'udf.logicalVolume', bytes: this.#logical.bytes },
      { what: 'udf.root', bytes: readBytes(root, 0, Math.min(root.size, MAX_FINGERPRINT)) },
    ];
  }

  verify(): null {
    return null;
  }
}
