/**
 * What crosses between the page, the workspace worker and the image workers about images: types only, plain data that
 * structured clone carries. `ImageApi` is implemented by engine/image.ts; in the browser it is reached through rpc/
 * (Comlink), in Node it is called directly, so every method is async or may be.
 */
import type { ErrorData } from '../base/errors.ts';
import type { Facts, Finding } from '../base/findings.ts';
import type { WasmModules } from '../codec/types.ts';
import type { NodeChunk, StreamInfo } from '../fs/types.ts';
import type { KeyChunk, ValueChunk } from '../hive/types.ts';

/** One thing that was recognised while unwrapping, outermost first; `parts` is what lies inside. */
export interface ReportNode {
  /** Selector of this node: `` for the file itself, then joined by `::` (`p2::sources\boot.wim::1`). */
  readonly mount: string;
  /** Format id (`vhdx`, `gpt`, `ntfs`, `wim`, `regf`), null when it is not known: then `refusal` says what it seems to be. */
  readonly format: string | null;
  readonly title: string;
  readonly size: number;
  readonly facts: Facts;
  readonly identity: Facts;
  readonly findings: readonly Finding[];
  readonly parts: readonly ReportNode[];
  /** Set when nothing can be read here, with the sentence why. */
  readonly refusal: ErrorData | null;
  /** What the caller may mount: a tree of files or a hive; null for mere containers. */
  readonly kind: 'tree' | 'hive' | null;
}

export interface ImageReport {
  readonly name: string;
  readonly size: number;
  readonly root: ReportNode;
}

/** What a step of a scan yields: chunks are transferred, never copied. */
export interface ScanBatch {
  readonly chunks: readonly NodeChunk[];
  readonly findings: readonly Finding[];
  readonly done: number;
  readonly total: number | null;
  readonly finished: boolean;
}

export interface HiveBatch {
  readonly keys: readonly KeyChunk[];
  readonly values: readonly ValueChunk[];
  readonly findings: readonly Finding[];
  readonly done: number;
  readonly total: number | null;
  readonly finished: boolean;
}

export interface TreeInfo {
  readonly rootId: number;
  readonly rootRef: number;
  readonly estimate: number | null;
  /** 65,536 units, null when the format has no table of its own. */
  readonly upcase: Uint16Array | null;
}

export interface HiveInfo {
  readonly rootRef: number;
  readonly state: 'clean' | 'recovered' | 'dirtyNoLog';
  readonly minor: number;
  readonly layered: boolean;
  readonly facts: Facts;
  readonly findings: readonly Finding[];
  readonly identity: Facts;
}

/** Where bytes lie in the user's own file. */
export interface PlaceInfo {
  readonly kind: 'stored' | 'zero' | 'decoded' | 'missing';
  readonly offset: number;
  readonly length: number;
  readonly file: string | null;
  readonly fileOffset: number;
  readonly fileLength: number;
}

export interface NodeDetailInfo {
  readonly streams: readonly StreamInfo[];
  readonly reparseTarget: string | null;
  readonly security: Uint8Array | null;
  readonly sha1: string | null;
  readonly objectId: string | null;
  readonly byteState: string;
  readonly facts: Facts;
}

export interface KeyDetailInfo {
  readonly className: string | null;
  readonly security: Uint8Array | null;
  readonly facts: Facts;
}

export interface FingerprintInfo {
  readonly what: string;
  readonly sha256: string;
}

/** In Node the same objects are called directly: an answer may be there at once. */
export type MaybePromise<T> = T | Promise<T>;

/** PE facts of a version of a file, null when it is no PE. */
export interface PeInfo {
  readonly machine: string;
  readonly linkTime: string | null;
  readonly fileVersion: string | null;
  readonly productVersion: string | null;
  readonly product: string | null;
  readonly company: string | null;
  readonly description: string | null;
}

/** One image: bytes to columns, refs to bytes. Knows no layers. Mounts are selectors of its report. */
export interface ImageApi {
  report(): MaybePromise<ImageReport>;
  /** Unwraps a file of a mounted tree; the report of what is inside, mounts beginning with `mount::path`. */
  openNested(mount: string, ref: number, path: string): MaybePromise<ReportNode>;
  treeInfo(mount: string): MaybePromise<TreeInfo>;
  /**
   * Continues (or begins) the scan of a tree for about `budgetMs`. Each `owner` has a scan of its own: one that was given
   * up, or that runs at the same time, takes no rows from another.
   */
  scanNext(mount: string, budgetMs: number, owner?: string): MaybePromise<ScanBatch>;
  list(mount: string, ref: number): MaybePromise<NodeChunk>;
  describe(mount: string, ref: number): MaybePromise<NodeDetailInfo>;
  /** Bytes of a stream; short only at its end. */
  read(mount: string, ref: number, stream: string, offset: number, length: number): MaybePromise<Uint8Array>;
  streamSize(mount: string, ref: number, stream: string): MaybePromise<number>;
  places(mount: string, ref: number, stream: string, offset: number, length: number): MaybePromise<PlaceInfo[]>;
  sha256(mount: string, ref: number, stream: string): Promise<string>;
  /** Facts of a PE file, null when the file is none. */
  pe(mount: string, ref: number): MaybePromise<PeInfo | null>;
  fingerprint(mount: string): Promise<FingerprintInfo[]>;
  verifyNext(
    mount: string,
    budgetMs: number,
  ): MaybePromise<{
    findings: readonly Finding[];
    done: number;
    total: number | null;
    finished: boolean;
    supported: boolean;
  }>;
  /** Opens a hive: the mount itself (`ref` null) or a file of a mounted tree. Returns under the id that the caller chose. */
  openHive(hive: string, mount: string, ref: number | null, logs: readonly number[]): MaybePromise<HiveInfo>;
  hiveNext(hive: string, budgetMs: number): MaybePromise<HiveBatch>;
  hiveList(hive: string, key: number): MaybePromise<KeyChunk>;
  hiveValues(hive: string, key: number): MaybePromise<ValueChunk>;
  /** Data of values, each cut to `limit` bytes; null where they cannot be read. */
  hiveData(hive: string, refs: readonly number[], limit: number): MaybePromise<(Uint8Array | null)[]>;
  hiveDescribe(hive: string, key: number): MaybePromise<KeyDetailInfo>;
  hiveLocate(hive: string, value: number): MaybePromise<{ offset: number; length: number } | null>;
  hiveFingerprint(hive: string): Promise<FingerprintInfo[]>;
  /** Drops the scans of an owner and the hives that were opened under ids beginning with its name. */
  release(owner: string): MaybePromise<void>;
  /** Bytes read from the user's files so far, for rates. */
  bytesRead(): MaybePromise<number>;
}

/** What a dropped file seems to be, before anything is opened. */
export interface ProbeResult {
  readonly name: string;
  readonly size: number;
  /** `plan` for a merge plan; null when it is refused. */
  readonly format: string | null;
  readonly title: string;
  readonly identity: Facts;
  readonly refusal: ErrorData | null;
}

export interface ImageGroup {
  /** Index of the main file in the dropped list. */
  readonly main: number;
  /** Indices of the hive's logs, LOG1, LOG2, LOG. */
  readonly logs: readonly number[];
}

export interface Linked {
  readonly groups: readonly ImageGroup[];
  /** Merge plans among the files. */
  readonly plans: readonly number[];
  /** Files that nothing can be done with; their ProbeResult says why. */
  readonly refused: readonly number[];
}

/** A file and the name it is shown by (its path below a dropped folder). */
export interface NamedFile {
  readonly name: string;
  readonly file: File;
}

/** What the page asks of an image worker. */
export interface ImageWorker {
  init(modules: WasmModules): MaybePromise<void>;
  /** Answers when the worker has time: the page's sign that it lives. */
  ping(): MaybePromise<void>;
  /** What the files are and which belong together. */
  identify(files: readonly NamedFile[]): MaybePromise<Linked & { readonly probes: readonly ProbeResult[] }>;
  open(main: NamedFile, logs: readonly NamedFile[], cacheBytes: number): MaybePromise<ImageReport>;
  /** Serves the image to the workspace on a port of its own. */
  connect(port: MessagePort): MaybePromise<void>;
}
