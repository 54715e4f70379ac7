/** An ISO 9660 volume as an FsVolume: Joliet's names where there are some, else Rock Ridge's, else the plain ones. */
import type { ItemRef } from '../../base/brand.ts';
import { FormatError } from '../../base/errors.ts';
import { filetimeIso } from '../../base/filetime.ts';
import type { Facts, Finding } from '../../base/findings.ts';
import type { Scan } from '../../base/scan.ts';
import type { FingerprintPart } from '../../source/format.ts';
import { MemorySource } from '../../source/memory.ts';
import { failAt, place } from '../../source/place.ts';
import { readBytes } from '../../source/read.ts';
import { emptyRun, type Run, RunListSource, storedRun } from '../../source/run-list.ts';
import type { ByteSource } from '../../source/types.ts';
import { DirectoryBlocks } from '../directory-blocks.ts';
import { EntryIds, type EntryRow, FILE_ATTRIBUTE_DIRECTORY, listed } from '../entry-rows.ts';
import { ByteState, type FsVolume, type NodeChunk, type NodeDetail, NodeFlag, type TreeSink } from '../types.ts';
import { TreeWalk } from '../walk.ts';
import type { Descriptors, IsoVolumeDescriptor } from './descriptors.ts';
import { SECTOR } from './descriptors.ts';
import { type IsoRecord, isDots, parseRecord, plainName, type RockRidge, rockRidge } from './records.ts';

/** A directory of this size holds a million names. */
const MAX_DIRECTORY = 64 << 20;
/** Extents of one file: each holds at most 4 GiB, so this is more than any disc. */
const MAX_EXTENTS = 4096;
const MAX_FINGERPRINT = 65_536;
/** Windows shows what lies on a disc as read-only. */
const READ_ONLY = 1;
const HIDDEN = 2;
const FILE_ATTRIBUTE_REPARSE_POINT = 0x400;
/** The tag by which Windows shows symbolic links. */
const IO_REPARSE_TAG_SYMLINK = 0xa000_000c;

interface Found {
  readonly at: number;
  readonly records: readonly IsoRecord[];
}

export class IsoVolume implements FsVolume {
  readonly key = '';
  readonly title: string;
  readonly facts: Facts;
  readonly rootId = 0;
  readonly rootRef: ItemRef;
  readonly estimate = null;
  readonly #source: ByteSource;
  readonly #descriptor: IsoVolumeDescriptor;
  readonly #ids = new EntryIds();
  /** Bytes before the first Rock Ridge entry of a record; null when the disc has none. */
  readonly #rockRidgeSkip: number | null;

  constructor(source: ByteSource, { primary, joliet, bootable }: Descriptors) {
    this.#source = source;
    this.#descriptor = joliet ?? primary;
    this.rootRef = this.#descriptor.rootRecord as ItemRef;
    this.#rockRidgeSkip = joliet === null ? this.#sharingProtocol() : null;
    this.title = this.#descriptor.volumeIdentifier;
    this.facts = {
      type: 'ISO 9660',
      names: joliet !== null ? 'Joliet' : this.#rockRidgeSkip !== null ? 'Rock Ridge' : 'ISO 9660',
      label: this.title,
      system: primary.systemIdentifier,
      publisher: primary.publisherIdentifier,
      application: primary.applicationIdentifier,
      created: filetimeIso(Number(primary.created & 0xffff_ffffn), Number(primary.created >> 32n)),
      size: primary.volumeSpaceSize * primary.logicalBlockSize,
      bootable,
    };
  }

  upcase(): null {
    return null;
  }

  /** The SUSP entry `SP` in the root's own record announces Rock Ridge and says how many bytes to skip. */
  #sharingProtocol(): number | null {
    try {
      const root = this.#record(this.rootRef);
      const first = parseRecord(readBytes(this.#source, this.#offset(root.location), SECTOR));
      const use = first?.systemUse ?? new Uint8Array(0);
      return use.length >= 7 && use[0] === 0x53 && use[1] === 0x50 && use[4] === 0xbe && use[5] === 0xef
        ? use[6]!
        : null;
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      return null;
    }
  }

  #offset(block: number): number {
    return block * this.#descriptor.logicalBlockSize;
  }

  /** @throws FormatError MissingItem when no record stands at `ref` */
  #record(ref: number): IsoRecord {
    const none = (actual: string): never =>
      failAt('MissingItem', this.#source, 0, `a directory record at ${ref}`, actual);
    if (!Number.isSafeInteger(ref) || ref < SECTOR * 16 || ref >= this.#source.size) none('no place of a record');
    const length = Math.min(SECTOR - (ref % SECTOR), this.#source.size - ref);
    return parseRecord(readBytes(this.#source, ref, length)) ?? none('none there');
  }

  scan(sink: TreeSink): Scan {
    const blocks = new DirectoryBlocks();
    const read = (dir: number) => this.#rows(dir, (finding) => sink.finding(finding), blocks);
    return new TreeWalk({ ids: this.#ids, rootRef: this.rootRef, read, code: 'isoDirectoryDamaged' }, sink);
  }

  list(dir: ItemRef): NodeChunk {
    return listed(this.#ids, dir === this.rootRef ? this.rootId : this.#ids.of(dir), this.#rows(dir, null, null));
  }

  *#rows(dir: number, tell: ((finding: Finding) => void) | null, blocks: DirectoryBlocks | null): Generator<EntryRow> {
    const record = this.#record(dir);
    if (!record.directory) failAt('MissingItem', this.#source, dir, 'a directory', 'a file');
    for (const found of this.#files(this.#offset(record.location), record.dataLength, tell, blocks)) {
      // it is listed where it stood before it was moved
      if (found.records[0]!.directory && this.#rockRidge(found.records[0]!)?.relocated === true) continue;
      const row = this.#row(found);
      if (row.name === '') tell?.(this.#finding('isoNameInvalid', found.at, 'A record has no name; it is left out.'));
      else {
        if (row.byteState === ByteState.damaged)
          tell?.(
            this.#finding(
              'isoDataMissing',
              found.at,
              'A file lies beyond the end of the image; that part is missing.',
              row,
            ),
          );
        yield row;
      }
    }
  }

  /** Records of a directory, those of one file (several extents) together. */
  *#files(
    start: number,
    length: number,
    tell: ((finding: Finding) => void) | null,
    blocks: DirectoryBlocks | null,
  ): Generator<Found> {
    const size = Math.min(length, MAX_DIRECTORY);
    let open: { at: number; records: IsoRecord[] } | null = null;
    for (let block = 0; block < size; block += SECTOR) {
      blocks?.take(this.#source, start + block);
      const bytes = readBytes(this.#source, start + block, Math.min(SECTOR, size - block));
      for (let at = 0; at < bytes.length && bytes[at] !== 0; ) {
        const record = parseRecord(bytes.subarray(at));
        if (record === null) {
          tell?.(
            this.#finding(
              'isoRecordInvalid',
              start + block + at,
              'A directory record makes no sense; the rest of its sector is left out.',
            ),
          );
          break;
        }
        const here = start + block + at;
        at += record.length;
        if (isDots(record) || record.associated) continue;
        if (open !== null && open.records.length < MAX_EXTENTS && sameName(open.records[0]!, record))
          open.records.push(record);
        else {
          if (open !== null) yield open;
          open = { at: here, records: [record] };
        }
        if (!record.multiExtent) {
          yield open;
          open = null;
        }
      }
    }
    if (open !== null) yield open;
  }

  #row({ at, records }: Found): EntryRow {
    const record = records[0]!;
    const extra = this.#rockRidge(record);
    const moved = extra === null || extra.child === null ? null : this.#moved(extra.child);
    const directory = record.directory || moved !== null;
    const link = !directory && extra !== null && extra.symbolicLink !== null;
    const stored = directory ? 0 : records.reduce((sum, { dataLength }) => sum + dataLength, 0);
    const block = this.#descriptor.logicalBlockSize;
    return {
      ref: moved ?? at,
      name: extra?.name ?? plainName(record, this.#descriptor.joliet),
      short: '',
      size: extra?.uncompressed ?? stored,
      allocated: Math.ceil(stored / block) * block,
      created: record.recorded,
      modified: record.recorded,
      accessed: 0n,
      attributes:
        READ_ONLY |
        (record.hidden ? HIDDEN : 0) |
        (directory ? FILE_ATTRIBUTE_DIRECTORY : 0) |
        (link ? FILE_ATTRIBUTE_REPARSE_POINT : 0),
      byteState: directory ? ByteState.complete : this.#state(records, extra),
      flags: link ? NodeFlag.link : 0,
      reparseTag: link ? IO_REPARSE_TAG_SYMLINK : 0,
    };
  }

  #state(records: readonly IsoRecord[], extra: RockRidge | null): ByteState {
    if (extra?.uncompressed != null || records.some(({ interleaved }) => interleaved)) return ByteState.unread;
    const inside = records.every((r) => this.#offset(r.location) + r.dataLength <= this.#source.size);
    return inside ? ByteState.complete : ByteState.damaged;
  }

  /** The record by which a directory that was moved names itself; null when none stands there. */
  #moved(block: number): number | null {
    const at = this.#offset(block);
    if (at < SECTOR * 16 || at >= this.#source.size) return null;
    const record = parseRecord(readBytes(this.#source, at, Math.min(SECTOR, this.#source.size - at)));
    return record?.directory === true && isDots(record) ? at : null;
  }

  #rockRidge(record: IsoRecord) {
    return this.#rockRidgeSkip === null ? null : rockRidge(record, this.#source, this.#rockRidgeSkip);
  }

  #finding(code: string, at: number, message: string, row: EntryRow | null = null): Finding {
    const facts: Facts = row === null ? {} : { name: row.name, size: row.size };
    return { code, severity: 'warning', where: place(this.#source, at), message, facts };
  }

  /** The file whose first record stands at a ref, with the further extents that follow it. */
  #file(ref: number): Found {
    const first = this.#record(ref);
    if (!first.multiExtent) return { at: ref, records: [first] };
    // the end of the directory is not known from here: what follows is taken while it is of the same name
    const left = Math.min(this.#source.size - ref, MAX_EXTENTS * 256);
    for (const found of this.#files(ref - (ref % SECTOR), (ref % SECTOR) + left, null, null))
      if (found.at === ref) return found;
    return { at: ref, records: [first] };
  }

  open(ref: ItemRef, stream = ''): ByteSource {
    const found = this.#file(ref);
    const row = this.#row(found);
    const record = found.records[0]!;
    if (record.directory || stream !== '')
      failAt('MissingItem', this.#source, ref, 'a file without streams', stream || `${row.name}, a directory`);
    if (found.records.some(({ interleaved }) => interleaved))
      failAt('UnsupportedFeature', this.#source, ref + 26, 'a file in one piece', 'an interleaved file');
    if (row.byteState === ByteState.unread)
      failAt('UnsupportedFeature', this.#source, ref, 'a file stored as it is', 'one compressed by zisofs');
    if (row.size === 0) return new MemorySource(row.name, new Uint8Array(0));
    const runs: Run[] = [];
    let at = 0;
    for (const { location, dataLength } of found.records) {
      const offset = this.#offset(location);
      const here = Math.max(0, Math.min(dataLength, this.#source.size - offset));
      if (here > 0) runs.push(storedRun(at, here, this.#source, offset));
      if (here < dataLength) runs.push(emptyRun('missing', at + here, dataLength - here));
      at += dataLength;
    }
    return new RunListSource(row.name, at, runs, 'the end of the image');
  }

  describe(ref: ItemRef): NodeDetail {
    const found = this.#file(ref);
    const record = found.records[0]!;
    const { size, allocated, byteState } = this.#row(found);
    const facts = { recordOffset: ref, firstBlock: record.location, extents: found.records.length };
    return {
      streams: record.directory ? [] : [{ name: '', size, allocated }],
      reparseTarget: this.#rockRidge(record)?.symbolicLink ?? null,
      reparseData: null,
      security: null,
      sha1: null,
      objectId: null,
      byteState,
      facts,
    };
  }

  fingerprint(): FingerprintPart[] {
    const root = this.#record(this.rootRef);
    const start = this.#offset(root.location);
    const length = Math.max(0, Math.min(root.dataLength, MAX_FINGERPRINT, this.#source.size - start));
    return [
      { what: 'iso.descriptor', bytes: this.#descriptor.bytes },
      { what: 'iso.root', bytes: length === 0 ? new Uint8Array(0) : readBytes(this.#source, start, length) },
    ];
  }

  verify(): null {
    return null;
  }
}

function sameName(a: IsoRecord, b: IsoRecord): boolean {
  return a.identifier.length === b.identifier.length && a.identifier.every((byte, i) => byte === b.identifier[i]);
}
