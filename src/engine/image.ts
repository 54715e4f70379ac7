/**
 * One opened image: bytes to columns, refs to bytes. It knows no layers. In the browser it lives in an image worker, in
 * Node in the same process; every method is a bounded piece of work, scans are continued step by step.
 */
import type { ItemRef } from '../base/brand.ts';
import { mountAt, nodeOfMount } from '../base/chain-mounts.ts';
import { fail } from '../base/errors.ts';
import type { Finding } from '../base/findings.ts';
import { hex } from '../base/guid.ts';
import type { Scan } from '../base/scan.ts';
import { createCodecs } from '../codec/codecs.ts';
import type { Codecs } from '../codec/types.ts';
import { readPe } from '../content/pe.ts';
import {
  BYTE_STATE_NAMES,
  type DeletedFile,
  type ExtendedAttribute,
  type FsVolume,
  type NodeChunk,
  WHOLE,
} from '../fs/types.ts';
import type { KeyChunk, ValueChunk } from '../hive/types.ts';
import type { FingerprintPart } from '../source/format.ts';
import type { ByteSource } from '../source/types.ts';
import type { DiskDifferences } from './api-compare.ts';
import type {
  DeletedStep,
  FingerprintInfo,
  HiveBatch,
  HiveBegun,
  HiveInfo,
  ImageApi,
  ImageReport,
  KeyDetailInfo,
  NodeDetailInfo,
  PeInfo,
  PlaceInfo,
  Progress,
  ReportNode,
  ScanBatch,
  TreeInfo,
  VerifyScope,
} from './api-image.ts';
import type { DeletedRows, ReplayedRows } from './api-traces.ts';
import { NodeComparison } from './chain-nodes.ts';
import { NodeCollector } from './collect.ts';
import { logsInFolder } from './hive-logs.ts';
import { deletedRows, replayedRows } from './hive-traces.ts';
import type { Host } from './host.ts';
import { identify } from './identify.ts';
import { type FilesOptions, ImageFiles } from './image-files.ts';
import { type HiveFiles, OpenHives } from './open-hives.ts';
import { orNull } from './or-null.ts';
import { type Mount, Unwrapper } from './unwrap.ts';

/** A one-shot digest needs the whole file in memory; above this the caller is told so. */
const MAX_DIGEST_BYTES = 256 * 1024 * 1024;
/** Longest single answer to `read`: a page of a viewer or a batch of an exporter. */
const MAX_READ_BYTES = 16 * 1024 * 1024;
/** Files beside a nested image that are looked at when it is made of several: the parts of a set and more. */
const MAX_BESIDE = 64;
/** Extents told for one range; a badly fragmented file has more than anybody reads. */
const MAX_PLACES = 256;

export interface ImageOptions extends FilesOptions {
  readonly bytesRead?: () => number;
}

interface Running<C> {
  readonly scan: Scan;
  readonly sink: C;
}

export class Image implements ImageApi {
  /** Hives that were opened; the command line asks them without copies. */
  readonly hives: OpenHives;
  readonly #source: ByteSource;
  readonly #files: ImageFiles;
  readonly #host: Host;
  readonly #codecs: Codecs;
  readonly #unwrapper: Unwrapper;
  readonly #counter: () => number;
  readonly #report: ImageReport;
  readonly #scans = new Map<string, Running<NodeCollector>>();
  readonly #verifies = new Map<string, { scan: Scan | null; findings: Finding[] }>();
  readonly #deleted = new Map<string, { scan: Scan | null; files: DeletedFile[] }>();
  /** Files of mounted trees that were unwrapped, by the mount of what is inside. */
  readonly #nested = new Map<string, { readonly mount: string; readonly path: string }>();
  /** Points of the chain whose volumes are mounted, and the comparison of two of them that goes on. */
  readonly #nodes = new Set<string>();
  #compared: NodeComparison | null = null;
  #last: { key: string; source: ByteSource } | null = null;

  /**
   * @param sources the main file, then those it may be made of, each with a cache of its own
   * @param more logs: transaction logs that were dropped beside a loose hive, LOG1 before LOG2 before LOG; picks: what a
   * person chose for a need; bytesRead: how many bytes have been read from the user's files
   */
  constructor(host: Host, sources: readonly ByteSource[], more: ImageOptions = {}) {
    this.#host = host;
    this.hives = new OpenHives(host.modules.hivex);
    this.#counter = more.bytesRead ?? (() => 0);
    this.#codecs = createCodecs(host.modules, host.sha1, host.digestSha1);
    this.#files = new ImageFiles(this.#codecs, sources, more);
    this.#source = this.#files.main;
    this.#unwrapper = new Unwrapper(host, this.#codecs, this.#files);
    const { name, size } = this.#source;
    const root = this.#unwrapper.unwrap(this.#source, '');
    // of a folder the source is only the list
    const bytes = root.format === 'folder' ? root.facts['bytes'] : null;
    this.#report = { name, size: typeof bytes === 'number' ? bytes : size, root };
  }

  report(): ImageReport {
    return this.#report;
  }

  bytesRead(): number {
    return this.#counter();
  }

  #mount(mount: string): Mount {
    if (!this.#unwrapper.mounts.has(mount)) this.#mountNode(mount);
    return (
      this.#unwrapper.mounts.get(mount) ??
      fail('MissingItem', this.#source.name, null, `a tree or hive at "${mount}"`, 'none')
    );
  }

  /** A parent's volumes are looked at when the first of them is asked for. */
  #mountNode(mount: string): void {
    const need = nodeOfMount(mount);
    if (need === null || this.#nodes.has(need)) return;
    const disk = this.#files.node(need);
    this.#nodes.add(need);
    this.#unwrapper.unwrap(disk, mountAt(need, ''));
  }

  nodesNext(before: string | null, after: string | null, budgetMs: number, again: boolean): DiskDifferences {
    if (again || this.#compared === null) this.#compared = new NodeComparison(this.#files, before, after);
    const step = this.#compared.step(budgetMs);
    if (step.finished) this.#compared = null;
    return step;
  }

  #volume(mount: string): FsVolume {
    const found = this.#mount(mount);
    return found.kind === 'tree'
      ? found.volume
      : fail('InvalidArgument', this.#source.name, null, 'a tree of files', 'a hive');
  }

  #stream(mount: string, ref: number, stream: string): ByteSource {
    const key = `${mount}\n${ref}\n${stream}`;
    if (this.#last?.key !== key)
      this.#last = { key, source: this.#volume(mount).open(ref as ItemRef, stream === '' ? undefined : stream) };
    return this.#last.source;
  }

  openNested(mount: string, ref: number, path: string, beside: readonly number[] = []): ReportNode {
    const inner = mount === '' ? path : `${mount}::${path}`;
    this.#nested.set(inner, { mount, path });
    const volume = this.#volume(mount);
    const source = volume.open(ref as ItemRef);
    const lacks = identify(source, this.#codecs).needs.length > 0;
    const others = lacks
      ? beside.slice(0, MAX_BESIDE).flatMap((other) => orNull(() => volume.open(other as ItemRef)) ?? [])
      : [];
    const files = new ImageFiles(this.#codecs, [source, ...others, ...this.#files.sources]);
    return this.#unwrapper.unwrap(source, inner, mount.split('::').length + 1, files);
  }

  treeInfo(mount: string): TreeInfo {
    const volume = this.#volume(mount);
    return { rootId: volume.rootId, rootRef: volume.rootRef, estimate: volume.estimate, upcase: volume.upcase() };
  }

  scanNext(mount: string, budgetMs: number, owner = ''): ScanBatch {
    const key = owner + mount;
    let running = this.#scans.get(key);
    if (running === undefined) {
      const sink = new NodeCollector();
      running = { scan: this.#volume(mount).scan(sink), sink };
      this.#scans.set(key, running);
    }
    const finished = running.scan.step(budgetMs);
    if (finished) this.#scans.delete(key);
    return { ...running.sink.take(), done: running.scan.done, total: running.scan.total, finished };
  }

  list(mount: string, ref: number): NodeChunk {
    return this.#volume(mount).list(ref as ItemRef);
  }

  describe(mount: string, ref: number): NodeDetailInfo {
    const detail = this.#volume(mount).describe(ref as ItemRef);
    const { streams, reparseTarget, security, sha1, objectId, facts } = detail;
    return { streams, reparseTarget, security, sha1, objectId, facts, byteState: BYTE_STATE_NAMES[detail.byteState] };
  }

  attributes(mount: string, refs: readonly number[]): (readonly ExtendedAttribute[] | null)[] {
    const volume = this.#volume(mount);
    return refs.map((ref) => orNull(() => volume.describe(ref as ItemRef).attributes ?? []));
  }

  streamSize(mount: string, ref: number, stream: string): number {
    return this.#stream(mount, ref, stream).size;
  }

  read(mount: string, ref: number, stream: string, offset: number, length: number): Uint8Array {
    const source = this.#stream(mount, ref, stream);
    const bytes = new Uint8Array(Math.max(0, Math.min(length, source.size - offset, MAX_READ_BYTES)));
    if (bytes.length > 0) source.readInto(offset, bytes);
    return bytes;
  }

  places(mount: string, ref: number, stream: string, offset: number, length: number): PlaceInfo[] {
    const source = this.#stream(mount, ref, stream);
    const found: PlaceInfo[] = [];
    const wanted = Math.max(0, Math.min(length, source.size - offset));
    if (wanted > 0)
      for (const extent of source.extents(offset, wanted)) {
        if (found.length === MAX_PLACES) break;
        found.push({ ...extent });
      }
    return found;
  }

  async sha256(mount: string, ref: number, stream: string): Promise<string> {
    const source = this.#stream(mount, ref, stream);
    if (source.size > MAX_DIGEST_BYTES)
      fail(
        'UnsupportedSize',
        source.name,
        null,
        `at most ${MAX_DIGEST_BYTES} bytes for a SHA-256`,
        `${source.size} bytes`,
      );
    const bytes = new Uint8Array(source.size);
    source.readInto(0, bytes);
    return hex(await this.#host.sha256(bytes));
  }

  pe(mount: string, ref: number): PeInfo | null {
    const source = this.#stream(mount, ref, '');
    const facts = readPe((offset, length) => {
      const bytes = new Uint8Array(Math.max(0, Math.min(length, source.size - offset)));
      if (bytes.length > 0) source.readInto(offset, bytes);
      return bytes;
    });
    if (facts === null) return null;
    const text = (name: string) => facts.version?.strings[name] ?? null;
    return {
      machine: facts.machine,
      linkTime: facts.linkTime,
      fileVersion: facts.version?.fileVersion ?? text('FileVersion'),
      productVersion: facts.version?.productVersion ?? text('ProductVersion'),
      product: text('ProductName'),
      company: text('CompanyName'),
      description: text('FileDescription'),
    };
  }

  async #hash(parts: readonly FingerprintPart[]): Promise<FingerprintInfo[]> {
    return Promise.all(parts.map(async ({ what, bytes }) => ({ what, sha256: hex(await this.#host.sha256(bytes)) })));
  }

  fingerprint(mount: string): Promise<FingerprintInfo[]> {
    const found = this.#mount(mount);
    if (found.kind === 'hive') return this.hiveFingerprint(mount);
    return this.#hash([...found.chain, ...found.volume.fingerprint()]);
  }

  verifyScope(mount: string): VerifyScope {
    if (this.#mount(mount).kind === 'hive' || !this.#volume(mount).verifiesFile)
      return { scope: mount, divisible: false };
    return { scope: mount.split('::').slice(0, -1).join('::'), divisible: true };
  }

  verifyNext(mount: string, budgetMs: number, share = WHOLE) {
    const key = `${mount}\n${share.part}/${share.of}`;
    let running = this.#verifies.get(key);
    if (running === undefined) {
      const findings: Finding[] = [];
      running = { scan: this.#volume(mount).verify((finding) => findings.push(finding), share), findings };
      this.#verifies.set(key, running);
    }
    const { scan } = running;
    const finished = scan === null || scan.step(budgetMs);
    if (finished) this.#verifies.delete(key);
    return {
      findings: running.findings.splice(0),
      done: scan?.done ?? 0,
      total: scan?.total ?? null,
      finished,
      supported: scan !== null,
    };
  }

  deletedNext(mount: string, budgetMs: number, again = false): DeletedStep {
    let running = again ? undefined : this.#deleted.get(mount);
    if (running === undefined) {
      const files: DeletedFile[] = [];
      running = { scan: this.#volume(mount).deleted?.((file) => files.push(file)) ?? null, files };
      this.#deleted.set(mount, running);
    }
    const { scan, files } = running;
    const finished = scan === null || scan.step(budgetMs);
    if (finished) this.#deleted.delete(mount);
    const progress = { done: scan?.done ?? 0, total: scan?.total ?? null };
    return { files: files.splice(0), ...progress, finished, supported: scan !== null };
  }

  readDeleted(mount: string, ref: number, offset: number, length: number): Uint8Array {
    const source = this.#volume(mount).openDeleted?.(ref as ItemRef);
    if (source === undefined) fail('MissingItem', this.#source.name, null, 'a format that keeps deleted files', mount);
    const bytes = new Uint8Array(Math.max(0, Math.min(length, source.size - offset, MAX_READ_BYTES)));
    if (bytes.length > 0) source.readInto(offset, bytes);
    return bytes;
  }

  beginHive(hive: string, mount: string, ref: number | null, logs: readonly number[] | null): HiveBegun {
    return this.hives.begin(hive, this.#hiveFiles(mount, ref, logs));
  }
  openHive(hive: string, mount: string, ref: number | null, logs: readonly number[] | null): HiveInfo {
    return this.hives.open(hive, () => this.#hiveFiles(mount, ref, logs));
  }

  #hiveFiles(mount: string, ref: number | null, logs: readonly number[] | null): HiveFiles {
    if (ref !== null) {
      const volume = this.#volume(mount);
      const open = (file: number) => volume.open(file as ItemRef);
      return { source: open(ref), logs: (logs ?? []).map(open) };
    }
    const found = this.#mount(mount);
    if (found.kind !== 'hive') fail('InvalidArgument', this.#source.name, null, 'a hive', 'a tree of files');
    const beside = logs === null ? [] : mount === '' ? [...this.#files.logs] : this.#logsOf(mount);
    return { source: found.source, logs: beside };
  }

  /** Logs beside a hive that a selector led to inside a tree. */
  #logsOf(mount: string): ByteSource[] {
    const file = this.#nested.get(mount);
    // logs that were named are those of the hive, wherever it lies
    if (file === undefined || this.#files.logs.length > 0) return [...this.#files.logs];
    const volume = this.#volume(file.mount);
    return logsInFolder(volume, file.path).map((log) => volume.open(log));
  }

  readHive(hive: string, budgetMs: number): Progress {
    return this.hives.read(hive, budgetMs);
  }
  hiveNext(hive: string, budgetMs: number): HiveBatch {
    return this.hives.next(hive, budgetMs);
  }
  hiveList(hive: string, key: number): KeyChunk {
    return this.hives.keys(hive).list(key as ItemRef);
  }
  hiveValues(hive: string, key: number): ValueChunk {
    return this.hives.keys(hive).values(key as ItemRef);
  }
  hiveData(hive: string, refs: readonly number[], limit: number): (Uint8Array | null)[] {
    const keys = this.hives.keys(hive);
    // the value's row already says that it is damaged
    return refs.map((ref) => orNull(() => keys.data(ref as ItemRef).slice(0, limit)));
  }
  hiveDeletedRows(hive: string): DeletedRows {
    return deletedRows(this.hives.get(hive).deleted());
  }
  hiveReplayedRows(hive: string): ReplayedRows | null {
    const changes = this.hives.get(hive).changes();
    return changes && replayedRows(changes);
  }
  hiveDescribe(hive: string, key: number): KeyDetailInfo {
    return this.hives.keys(hive).describe(key as ItemRef);
  }
  hiveDescribeAll(hive: string, keys: readonly number[]): (KeyDetailInfo | null)[] {
    const opened = this.hives.keys(hive);
    return keys.map((key) => orNull(() => opened.describe(key as ItemRef)));
  }
  hiveLocate(hive: string, value: number): { offset: number; length: number } | null {
    return this.hives.keys(hive).locate(value as ItemRef);
  }
  hiveFingerprint(hive: string): Promise<FingerprintInfo[]> {
    return this.#hash(this.hives.get(hive).fingerprint());
  }

  release(owner: string): void {
    for (const key of [...this.#scans.keys()]) if (key.startsWith(owner)) this.#scans.delete(key);
    this.hives.release(owner);
    this.#last = null;
  }
}
