/** A FAT volume as an FsVolume. */
import type { ItemRef } from '../../base/brand.ts';
import { FormatError } from '../../base/errors.ts';
import type { Fact, Facts, Finding } from '../../base/findings.ts';
import type { Scan } from '../../base/scan.ts';
import type { FingerprintPart } from '../../source/format.ts';
import { MemorySource } from '../../source/memory.ts';
import { failAt, place } from '../../source/place.ts';
import { readBytes } from '../../source/read.ts';
import type { ByteSource } from '../../source/types.ts';
import { CHAIN_FAULTS, type Chain, Claims, Clusters } from '../clusters.ts';
import { codePageText } from '../code-page.ts';
import { EntryIds, type EntryRow, listed } from '../entry-rows.ts';
import { ByteState, type FsVolume, type NodeChunk, type NodeDetail, type TreeSink } from '../types.ts';
import { TreeWalk } from '../walk.ts';
import type { Boot } from './boot.ts';
import {
  ATTR_DIRECTORY,
  ATTR_VOLUME_ID,
  ENTRY_SIZE,
  EntryReader,
  type FatEntry,
  type Item,
  parseEntry,
} from './entries.ts';
import { MirrorCheck } from './verify.ts';

/** No entry stands in the boot sector, so it names the root. */
const ROOT_REF = 0 as ItemRef;
/** 65,536 entries are Microsoft's limit; what goes on for ever is cut off well above it. */
const MAX_DIRECTORY = 16 << 20;
/** How often, on average, a cluster is followed before the rest of the files is taken as damaged. */
const MAX_SHARING = 16;
const MAX_FINGERPRINT = 65_536;

/** `chain` is null for the root directory of FAT12 and FAT16, which has a place of its own. */
interface Directory {
  readonly source: ByteSource;
  readonly chain: Chain | null;
}
/** One reading of one or all directories. A listing tells nothing and claims nothing. */
interface Pass {
  readonly tell: ((finding: Finding) => void) | null;
  readonly claims: Claims | null;
  /** Clusters that may still be followed: chains that share clusters make the work of each file that of all. */
  left: number;
}

export class FatVolume implements FsVolume {
  readonly key = '';
  readonly title: string;
  readonly facts: Facts;
  readonly rootId = 0;
  readonly rootRef = ROOT_REF;
  readonly estimate = null;
  readonly #boot: Boot;
  readonly #source: ByteSource;
  readonly #clusters: Clusters;
  readonly #ids = new EntryIds();

  constructor(source: ByteSource, boot: Boot) {
    this.#boot = boot;
    this.#source = source;
    this.#clusters = new Clusters(source, boot.geometry);
    this.title = this.#label() ?? (boot.label === 'NO NAME' ? '' : boot.label);
    this.facts = {
      type: boot.type,
      label: this.title,
      serial: boot.serial === null ? null : boot.serial.toString(16).padStart(8, '0'),
      bytesPerSector: boot.bytesPerSector,
      clusterSize: boot.geometry.clusterSize,
      clusters: boot.geometry.clusters,
      size: boot.size,
      tables: boot.numFats,
      activeTable: boot.mirrored ? null : boot.activeFat,
      times: 'local, without a time zone; shown as if UTC',
      shortNameCodePage: 437,
    };
  }

  upcase(): null {
    return null;
  }

  /** The label in the root directory, which Windows trusts above that of the boot sector. */
  #label(): string | null {
    try {
      for (const item of this.#items(this.#directory(ROOT_REF, null)))
        if (item.kind === 'label') return codePageText(item.bytes.subarray(0, 11)).trimEnd();
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
    }
    return null;
  }

  scan(sink: TreeSink): Scan {
    const claims = new Claims(this.#boot.geometry.clusters);
    const pass = this.#pass((finding) => sink.finding(finding), claims);
    const read = (dir: number) => this.#rows(dir, pass);
    return new TreeWalk({ ids: this.#ids, rootRef: ROOT_REF, read, code: 'fatDirectoryDamaged' }, sink);
  }

  list(dir: ItemRef): NodeChunk {
    return listed(this.#ids, dir === ROOT_REF ? this.rootId : this.#ids.of(dir), this.#rows(dir, this.#pass()));
  }

  /** The directory's bytes; on a scan its clusters are claimed, so that no directory is walked twice. */
  #directory(dir: number, claims: Claims | null): Directory {
    const { rootCluster, rootOffset, rootLength, type } = this.#boot;
    if (dir === ROOT_REF && type !== 'FAT32') {
      const source = this.#source.slice(rootOffset, rootLength, 'root directory');
      return { source, chain: null };
    }
    const entry = dir === ROOT_REF ? null : this.#entry(dir);
    if (entry !== null && (entry.attributes & ATTR_DIRECTORY) === 0)
      failAt('MissingItem', this.#source, dir, 'a directory', `${entry.name}, which is a file`);
    const first = entry === null ? rootCluster : entry.firstCluster;
    const { clusterSize } = this.#boot.geometry;
    const chain = this.#clusters.chain(first, Math.ceil(MAX_DIRECTORY / clusterSize));
    if (chain.clusters === 0)
      failAt('InvalidReference', this.#source, dir, 'the first cluster of a directory', CHAIN_FAULTS[chain.end]);
    const taken = claims?.take(chain) ?? null;
    if (taken !== null)
      failAt('UnexpectedLoop', this.#source, dir, 'clusters of one directory', `cluster ${taken} used a second time`);
    return { source: this.#clusters.open('directory', chain, chain.clusters * clusterSize), chain };
  }

  *#items({ source, chain }: Directory): Generator<Item> {
    const reader = new EntryReader();
    const step = Math.min(source.size, this.#boot.geometry.clusterSize);
    for (let at = 0; at < source.size; at += step) {
      const block = readBytes(source, at, Math.min(step, source.size - at));
      const base = this.#offsetIn(chain, at);
      for (let i = 0; i + ENTRY_SIZE <= block.length; i += ENTRY_SIZE) {
        const items = reader.next(block.subarray(i, i + ENTRY_SIZE), base + i);
        yield* items ?? reader.end();
        if (items === null) return;
      }
    }
    yield* reader.end();
  }

  /** Offset in the volume of the cluster that begins at `at` of a directory. */
  #offsetIn(chain: Chain | null, at: number): number {
    if (chain === null) return this.#boot.rootOffset + at;
    let index = at / this.#boot.geometry.clusterSize;
    for (const { cluster, count } of chain.runs) {
      if (index < count) return this.#clusters.offsetOf(cluster + index);
      index -= count;
    }
    return 0;
  }

  #pass(tell: Pass['tell'] = null, claims: Claims | null = null): Pass {
    return { tell, claims, left: MAX_SHARING * this.#boot.geometry.clusters };
  }

  *#rows(dir: number, pass: Pass): Generator<EntryRow> {
    const { tell } = pass;
    const directory = this.#directory(dir, pass.claims);
    for (const item of this.#items(directory)) {
      if (item.kind === 'orphan')
        tell?.(this.#finding('fatLongNameOrphaned', item.at, 'Pieces of a long name belong to no entry.'));
      if (item.kind !== 'entry') continue;
      const entry = parseEntry(item.bytes, item.long, this.#boot.type === 'FAT32');
      if (entry.name === '') {
        tell?.(this.#finding('fatNameInvalid', item.at, 'An entry has no name; it is left out.'));
        continue;
      }
      yield this.#row(entry, item.at, pass);
    }
    const end = directory.chain?.end ?? 'end';
    if (end !== 'end')
      tell?.(
        this.#finding('fatDirectoryDamaged', dir, 'The chain of a directory has no end.', {
          actual: end === 'enough' ? `more than ${MAX_DIRECTORY} bytes` : CHAIN_FAULTS[end],
        }),
      );
  }

  #row(entry: FatEntry, ref: number, pass: Pass): EntryRow {
    const { tell, claims } = pass;
    let allocated = 0;
    let byteState: ByteState = ByteState.complete;
    if ((entry.attributes & ATTR_DIRECTORY) === 0) {
      const chain = this.#chain(entry, pass.left);
      pass.left -= chain.clusters;
      allocated = chain.clusters * this.#boot.geometry.clusterSize;
      const facts = { name: entry.name, size: entry.size };
      if (chain.end !== 'enough') {
        const message = 'The clusters of a file do not reach its size; the rest is missing.';
        tell?.(this.#finding('fatChainBroken', ref, message, { ...facts, end: CHAIN_FAULTS[chain.end], allocated }));
      }
      if (chain.end !== 'enough' || !this.#clusters.present(chain, entry.size)) byteState = ByteState.damaged;
      const taken = claims?.take(chain) ?? null;
      if (taken !== null) {
        const message = 'A file has clusters that another one has as well.';
        tell?.(this.#finding('fatCrossLinked', ref, message, { ...facts, cluster: taken }));
      }
    }
    return { ...entry, ref, allocated, byteState };
  }

  /** @param limit clusters that are followed at most; a chain that is longer ends with `tangled` */
  #chain({ firstCluster, size }: FatEntry, limit = Number.POSITIVE_INFINITY): Chain {
    const need = Math.ceil(size / this.#boot.geometry.clusterSize);
    const chain = this.#clusters.chain(firstCluster, Math.min(need, limit));
    return chain.end === 'enough' && limit < need ? { ...chain, end: 'tangled' } : chain;
  }

  #finding(code: string, at: number, message: string, facts: Readonly<Record<string, Fact>> = {}): Finding {
    return { code, severity: 'warning', where: place(this.#source, at), message, facts };
  }

  /** The entry at an offset, under its 8.3 name. @throws FormatError MissingItem when none can stand there */
  #entry(ref: number): FatEntry {
    const bytes = this.#entryBytes(ref);
    return parseEntry(bytes, null, this.#boot.type === 'FAT32');
  }

  #entryBytes(ref: number): Uint8Array {
    const none = (actual: string): never => failAt('MissingItem', this.#source, 0, `an entry at ${ref}`, actual);
    if (!Number.isSafeInteger(ref) || ref < BOOT_END || ref % ENTRY_SIZE !== 0) none('no place of an entry');
    if (ref + ENTRY_SIZE > this.#source.size) none('the end of the image');
    const bytes = readBytes(this.#source, ref, ENTRY_SIZE);
    if (bytes[0] === 0 || bytes[0] === 0xe5 || (bytes[11]! & ATTR_VOLUME_ID) !== 0) none('none there');
    return bytes;
  }

  open(ref: ItemRef, stream = ''): ByteSource {
    if (ref === ROOT_REF) failAt('MissingItem', this.#source, 0, 'a file', 'the root directory');
    const entry = this.#entry(ref);
    if ((entry.attributes & ATTR_DIRECTORY) !== 0 || stream !== '')
      failAt('MissingItem', this.#source, ref, 'a file without streams', stream || `${entry.name}, a directory`);
    if (entry.size === 0) return new MemorySource(entry.name, new Uint8Array(0));
    return this.#clusters.open(entry.name, this.#chain(entry), entry.size);
  }

  describe(ref: ItemRef): NodeDetail {
    const none = { reparseTarget: null, reparseData: null, security: null, sha1: null, objectId: null };
    const detail = { ...none, streams: [], byteState: ByteState.complete };
    if (ref === ROOT_REF) return { ...detail, facts: { firstCluster: this.#boot.rootCluster } };
    const bytes = this.#entryBytes(ref);
    const entry = parseEntry(bytes, null, this.#boot.type === 'FAT32');
    const facts = { entryOffset: ref, firstCluster: entry.firstCluster, shortName: entry.short || entry.name };
    if ((entry.attributes & ATTR_DIRECTORY) !== 0) return { ...detail, facts };
    const { allocated, byteState, size } = this.#row(entry, ref, this.#pass());
    const fragments = this.#chain(entry).runs.length;
    return { ...detail, streams: [{ name: '', size, allocated }], byteState, facts: { ...facts, fragments } };
  }

  fingerprint(): FingerprintPart[] {
    const { bytes, geometry } = this.#boot;
    const length = Math.max(
      0,
      Math.min(MAX_FINGERPRINT, geometry.tableLength, this.#source.size - geometry.tableOffset),
    );
    return [
      { what: 'fat.boot', bytes },
      { what: 'fat.table', bytes: readBytes(this.#source, geometry.tableOffset, length) },
      { what: 'fat.root', bytes: this.#rootBytes() },
    ];
  }

  #rootBytes(): Uint8Array {
    const { source } = this.#directory(ROOT_REF, null);
    return readBytes(source, 0, Math.min(MAX_FINGERPRINT, source.size));
  }

  verify(report: (finding: Finding) => void): Scan | null {
    return this.#boot.numFats > 1 && this.#boot.mirrored ? new MirrorCheck(this.#source, this.#boot, report) : null;
  }
}

const BOOT_END = 512;
