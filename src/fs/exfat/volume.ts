/** An exFAT volume as an FsVolume. */
import type { ItemRef } from '../../base/brand.ts';
import { FormatError } from '../../base/errors.ts';
import type { Fact, Facts, Finding, FindingList } from '../../base/findings.ts';
import type { Scan } from '../../base/scan.ts';
import { fromUnits } from '../../base/utf16.ts';
import type { FingerprintPart } from '../../source/format.ts';
import { MemorySource } from '../../source/memory.ts';
import { failAt, place } from '../../source/place.ts';
import { readBytes } from '../../source/read.ts';
import type { ByteSource } from '../../source/types.ts';
import { CHAIN_FAULTS, type Chain, Claims, Clusters } from '../clusters.ts';
import { EntryIds, type EntryRow, listed } from '../entry-rows.ts';
import { ByteState, type FsVolume, type NodeChunk, type NodeDetail, type TreeSink } from '../types.ts';
import { TreeWalk } from '../walk.ts';
import type { Boot } from './boot.ts';
import { ATTR_DIRECTORY, ENTRY_SIZE, type ExfatEntry, type Item, parseSet, SetReader, Type } from './entries.ts';
import { expandUpcase, MAX_UPCASE_BYTES, tableChecksum } from './upcase.ts';
import { BitmapCheck } from './verify.ts';

/** No entry stands in the boot sector, so it names the root. */
const ROOT_REF = 0 as ItemRef;
/** The specification's limit for one directory. */
const MAX_DIRECTORY = 256 << 20;
/** A file's secondaries: stream, 17 of its name, and as many of vendors as the count has room for. */
const MAX_SET = 256;
const READ_STEP = 65_536;
/** How often, on average, a cluster is followed before the rest of the files is taken as damaged. */
const MAX_SHARING = 16;
const MAX_FINGERPRINT = 65_536;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const INVALID_IN_NAME = /[\0-\x1f"*/:<>?\\|]/;
const EMPTY: Chain = { runs: [], clusters: 0, end: 'enough' };

interface Directory {
  readonly source: ByteSource;
  readonly chain: Chain;
  /** Its clusters stand one after another: the entries of a set that crosses a cluster are found without the table. */
  readonly contiguous: boolean;
}
/** One reading of one or all directories. A listing tells nothing and claims nothing. */
interface Pass {
  readonly tell: ((finding: Finding) => void) | null;
  readonly claims: Claims | null;
  /** Clusters that may still be followed: chains that share clusters make the work of each file that of all. */
  left: number;
}
interface Extra {
  readonly chain: Chain;
  readonly size: number;
  readonly at: number;
}

/** Offset of the primary entry, odd when the directory's clusters need no table. Offsets of entries are multiples of 32. */
const refOf = (at: number, contiguous: boolean): number => at + (contiguous ? 1 : 0);
export const entryOffset = (ref: number): number => ref - (ref % ENTRY_SIZE);

export class ExfatVolume implements FsVolume {
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
  readonly #bitmap: Extra | null;
  readonly #upcaseAt: Extra | null;
  #upcase: Uint16Array | null = null;

  constructor(source: ByteSource, boot: Boot, findings: FindingList) {
    this.#boot = boot;
    this.#source = source;
    this.#clusters = new Clusters(source, boot.geometry);
    const found = this.#specials(findings);
    this.title = found.label;
    this.#bitmap = found.bitmap;
    this.#upcaseAt = found.upcase;
    this.#upcase = this.#readUpcase(found.checksum, findings);
    this.facts = {
      type: 'exFAT',
      revision: boot.revision,
      label: this.title,
      serial: boot.serial.toString(16).padStart(8, '0'),
      bytesPerSector: boot.bytesPerSector,
      clusterSize: boot.geometry.clusterSize,
      clusters: boot.geometry.clusters,
      size: boot.size,
      tables: boot.numFats,
      dirty: boot.dirty,
    };
  }

  upcase(): Uint16Array | null {
    return this.#upcase;
  }

  /** Label, bitmap and up-case table, which stand in the root directory. A root that cannot be read has none. */
  #specials(findings: FindingList) {
    let label = '';
    let checksum = 0;
    const places = new Map<number, Extra>();
    try {
      for (const item of this.#items(this.#directory(ROOT_REF, null))) {
        if (item.kind !== 'special') continue;
        const view = new DataView(item.entry.buffer, item.entry.byteOffset, ENTRY_SIZE);
        const type = item.entry[0]!;
        if (type === Type.label) {
          const units = Uint16Array.from({ length: Math.min(11, item.entry[1]!) }, (_, i) =>
            view.getUint16(2 + i * 2, true),
          );
          label = fromUnits(units);
        } else if ((type === Type.bitmap && (item.entry[1]! & 1) === 0) || type === Type.upcase) {
          const size = view.getUint32(24, true) + view.getUint32(28, true) * 2 ** 32;
          const limit = type === Type.bitmap ? Math.ceil(this.#boot.geometry.clusters / 8) : MAX_UPCASE_BYTES;
          const need = Math.ceil(Math.min(size, limit) / this.#boot.geometry.clusterSize);
          const chain = this.#clusters.chain(view.getUint32(20, true), need);
          if (!places.has(type)) places.set(type, { chain, size: Math.min(size, limit), at: item.at });
          if (type === Type.upcase) checksum = view.getUint32(4, true);
        }
      }
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      findings.add(
        this.#finding('exfatRootDamaged', error.where.offset ?? 0, 'The root directory cannot be read to its end.'),
      );
    }
    return { label, checksum, bitmap: places.get(Type.bitmap) ?? null, upcase: places.get(Type.upcase) ?? null };
  }

  #readUpcase(checksum: number, findings: FindingList): Uint16Array | null {
    const found = this.#upcaseAt;
    const told = (actual: string): null => {
      const message = 'The up-case table cannot be used; names are compared as Windows does by default.';
      findings.add(this.#finding('exfatUpcaseTable', found?.at ?? 0, message, { actual }));
      return null;
    };
    if (found === null) return told('none');
    try {
      const bytes = readBytes(this.#clusters.open('up-case table', found.chain, found.size), 0, found.size);
      if (tableChecksum(bytes) !== checksum) return told('a wrong checksum');
      return expandUpcase(bytes) ?? told('more than 65,536 units');
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      return told(error.actual);
    }
  }

  scan(sink: TreeSink): Scan {
    return this.#walk(sink, new Claims(this.#boot.geometry.clusters));
  }

  #walk(sink: TreeSink, claims: Claims): Scan {
    const pass = this.#pass((finding) => sink.finding(finding), claims);
    const read = (dir: number) => this.#rows(dir, pass);
    return new TreeWalk({ ids: this.#ids, rootRef: ROOT_REF, read, code: 'exfatDirectoryDamaged' }, sink);
  }

  list(dir: ItemRef): NodeChunk {
    return listed(this.#ids, dir === ROOT_REF ? this.rootId : this.#ids.of(dir), this.#rows(dir, this.#pass()));
  }

  /** The directory's bytes; on a scan its clusters are claimed, so that no directory is walked twice. */
  #directory(dir: number, claims: Claims | null): Directory {
    const { clusterSize } = this.#boot.geometry;
    const most = Math.ceil(MAX_DIRECTORY / clusterSize);
    let chain: Chain;
    let contiguous = false;
    if (dir === ROOT_REF) chain = this.#clusters.chain(this.#boot.rootCluster, most);
    else {
      const entry = this.#entry(dir);
      if ((entry.attributes & ATTR_DIRECTORY) === 0)
        failAt('MissingItem', this.#source, entryOffset(dir), 'a directory', `${entry.name}, a file`);
      contiguous = entry.contiguous;
      chain = this.#chain(entry, most);
    }
    if (chain.clusters === 0 && chain.end !== 'enough')
      failAt(
        'InvalidReference',
        this.#source,
        entryOffset(dir),
        'the first cluster of a directory',
        CHAIN_FAULTS[chain.end],
      );
    const taken = claims?.take(chain) ?? null;
    if (taken !== null)
      failAt(
        'UnexpectedLoop',
        this.#source,
        entryOffset(dir),
        'clusters of one directory',
        `cluster ${taken} used a second time`,
      );
    return { source: this.#clusters.open('directory', chain, chain.clusters * clusterSize), chain, contiguous };
  }

  *#items({ source, chain }: Directory): Generator<Item> {
    const reader = new SetReader();
    const { clusterSize } = this.#boot.geometry;
    let at = 0;
    for (const { cluster, count } of chain.runs) {
      const start = this.#clusters.offsetOf(cluster);
      const length = count * clusterSize;
      for (let done = 0; done < length; done += READ_STEP) {
        const block = readBytes(source, at + done, Math.min(READ_STEP, length - done));
        for (let i = 0; i + ENTRY_SIZE <= block.length; i += ENTRY_SIZE) {
          const items = reader.next(block.subarray(i, i + ENTRY_SIZE), start + done + i);
          yield* items ?? reader.end();
          if (items === null) return;
        }
      }
      at += length;
    }
    yield* reader.end();
  }

  #pass(tell: Pass['tell'] = null, claims: Claims | null = null): Pass {
    return { tell, claims, left: MAX_SHARING * this.#boot.geometry.clusters };
  }

  *#rows(dir: number, pass: Pass): Generator<EntryRow> {
    const { tell } = pass;
    const directory = this.#directory(dir, pass.claims);
    for (const item of this.#items(directory)) {
      if (item.kind === 'special') continue;
      const entry = item.kind === 'set' ? parseSet(item.entries) : null;
      if (entry === null || entry.name === '') {
        tell?.(this.#finding('exfatEntrySet', item.at, 'Entries do not make up a file; they are left out.'));
        continue;
      }
      yield this.#row(entry, item.at, directory.contiguous, pass);
    }
    const { end } = directory.chain;
    if (end !== 'end' && end !== 'enough')
      tell?.(
        this.#finding('exfatDirectoryDamaged', entryOffset(dir), 'The chain of a directory has no end.', {
          actual: CHAIN_FAULTS[end],
        }),
      );
  }

  #row(entry: ExfatEntry, at: number, contiguous: boolean, pass: Pass): EntryRow {
    const { tell, claims } = pass;
    const facts = { name: entry.name, size: entry.size };
    if (!entry.checksumOk)
      tell?.(
        this.#finding(
          'exfatSetChecksum',
          at,
          'The checksum of the entries of a file is wrong; Windows may not show it.',
          facts,
        ),
      );
    if (!entry.nameComplete)
      tell?.(this.#finding('exfatNameShort', at, 'A name has fewer entries than its length needs; it is cut.', facts));
    if (INVALID_IN_NAME.test(entry.name))
      tell?.(this.#finding('exfatNameInvalid', at, 'A name has characters that Windows does not allow.', facts));
    const directory = (entry.attributes & ATTR_DIRECTORY) !== 0;
    let allocated = 0;
    let byteState: ByteState = ByteState.complete;
    if (!directory) {
      const chain = this.#chain(entry, pass.left);
      pass.left -= chain.clusters;
      allocated = chain.clusters * this.#boot.geometry.clusterSize;
      if (chain.end !== 'enough') {
        const message = 'The clusters of a file do not reach its size; the rest is missing.';
        tell?.(this.#finding('exfatChainBroken', at, message, { ...facts, end: CHAIN_FAULTS[chain.end], allocated }));
      }
      if (chain.end !== 'enough' || !this.#clusters.present(chain, entry.valid)) byteState = ByteState.damaged;
      const taken = claims?.take(chain) ?? null;
      if (taken !== null)
        tell?.(
          this.#finding('exfatCrossLinked', at, 'A file has clusters that another one has as well.', {
            ...facts,
            cluster: taken,
          }),
        );
    }
    return { ...entry, short: '', size: directory ? 0 : entry.size, ref: refOf(at, contiguous), allocated, byteState };
  }

  /** @param limit clusters that are followed at most; a chain that is longer ends with `tangled` */
  #chain({ firstCluster, size, contiguous }: ExfatEntry, limit: number): Chain {
    const need = Math.ceil(size / this.#boot.geometry.clusterSize);
    if (need === 0) return EMPTY;
    const most = Math.min(need, Math.max(0, limit));
    const chain = contiguous ? this.#clusters.contiguous(firstCluster, most) : this.#clusters.chain(firstCluster, most);
    return chain.end === 'enough' && most < need ? { ...chain, end: 'tangled' } : chain;
  }

  #finding(code: string, at: number, message: string, facts: Readonly<Record<string, Fact>> = {}): Finding {
    return { code, severity: 'warning', where: place(this.#source, at), message, facts };
  }

  /** The set whose primary entry stands at a ref. @throws FormatError MissingItem when none does */
  #entry(ref: number): ExfatEntry {
    const { heapOffset, clusterSize } = this.#boot.geometry;
    const none = (actual: string): never => failAt('MissingItem', this.#source, 0, `a file entry at ${ref}`, actual);
    if (!Number.isSafeInteger(ref) || ref < heapOffset || ref % ENTRY_SIZE > 1) none('no place of an entry');
    let at = entryOffset(ref);
    const entries: Uint8Array[] = [];
    for (let left = 1; left > 0 && entries.length < MAX_SET; left--) {
      if (at + ENTRY_SIZE > this.#source.size) none('the end of the image');
      const bytes = readBytes(this.#source, at, ENTRY_SIZE);
      if (entries.length === 0) {
        if (bytes[0] !== Type.file) none('none there');
        left = bytes[1]! + 1;
      }
      entries.push(bytes);
      at += ENTRY_SIZE;
      if ((at - heapOffset) % clusterSize !== 0 || left === 1) continue;
      const cluster = (at - heapOffset) / clusterSize + 1;
      const next = ref % ENTRY_SIZE === 1 ? cluster + 1 : this.#clusters.entry(cluster);
      if (!this.#clusters.contains(next)) none('a directory that ends within the entries of the file');
      at = this.#clusters.offsetOf(next);
    }
    return parseSet(entries) ?? none('entries that make up no file');
  }

  open(ref: ItemRef, stream = ''): ByteSource {
    if (ref === ROOT_REF) failAt('MissingItem', this.#source, 0, 'a file', 'the root directory');
    const entry = this.#entry(ref);
    if ((entry.attributes & ATTR_DIRECTORY) !== 0 || stream !== '')
      failAt(
        'MissingItem',
        this.#source,
        entryOffset(ref),
        'a file without streams',
        stream || `${entry.name}, a directory`,
      );
    if (entry.size === 0) return new MemorySource(entry.name, new Uint8Array(0));
    return this.#clusters.open(entry.name, this.#chain(entry, Number.POSITIVE_INFINITY), entry.size, entry.valid);
  }

  describe(ref: ItemRef): NodeDetail {
    const none = { reparseTarget: null, reparseData: null, security: null, sha1: null, objectId: null };
    const detail = { ...none, streams: [], byteState: ByteState.complete };
    if (ref === ROOT_REF) return { ...detail, facts: { firstCluster: this.#boot.rootCluster } };
    const entry = this.#entry(ref);
    const at = entryOffset(ref);
    const { firstCluster, contiguous, checksumOk } = entry;
    const facts = { entryOffset: at, firstCluster, contiguous, checksumOk };
    if ((entry.attributes & ATTR_DIRECTORY) !== 0) return { ...detail, facts };
    const { allocated, byteState, size } = this.#row(entry, at, false, this.#pass());
    const fragments = this.#chain(entry, Number.POSITIVE_INFINITY).runs.length;
    const streams = [{ name: '', size, allocated }];
    return { ...detail, streams, byteState, facts: { ...facts, validDataLength: entry.valid, fragments } };
  }

  fingerprint(): FingerprintPart[] {
    const part = (what: string, { chain, size }: Extra): FingerprintPart => {
      const length = Math.min(size, MAX_FINGERPRINT, chain.clusters * this.#boot.geometry.clusterSize);
      return { what, bytes: readBytes(this.#clusters.open(what, chain, length), 0, length) };
    };
    const root = this.#directory(ROOT_REF, null);
    const parts: FingerprintPart[] = [{ what: 'exfat.boot', bytes: this.#boot.bytes }];
    if (this.#bitmap !== null) parts.push(part('exfat.bitmap', this.#bitmap));
    if (this.#upcaseAt !== null) parts.push(part('exfat.upcase', this.#upcaseAt));
    parts.push(part('exfat.root', { chain: root.chain, size: root.source.size, at: 0 }));
    return parts;
  }

  verify(report: (finding: Finding) => void): Scan | null {
    const bitmap = this.#bitmap;
    if (bitmap === null) return null;
    const claims = new Claims(this.#boot.geometry.clusters);
    for (const extra of [bitmap, this.#upcaseAt]) if (extra !== null) claims.take(extra.chain);
    const walk = this.#walk({ push() {}, finding: report }, claims);
    const source = this.#clusters.open('allocation bitmap', bitmap.chain, bitmap.size);
    return new BitmapCheck({ walk, claims, bitmap: source, clusters: this.#boot.geometry.clusters, report });
  }
}
