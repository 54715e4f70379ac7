/**
 * What crosses between the page, the workspace worker and the image workers about images: types only, plain data that
 * structured clone carries. `ImageApi` is implemented by engine/image.ts; in the browser it is reached through rpc/
 * (Comlink), in Node it is called directly, so every method is async or may be.
 */
import type { ErrorData } from '../base/errors.ts';
import type { Facts, Finding } from '../base/findings.ts';
import type { WasmModules } from '../codec/types.ts';
import type { DeletedFile, ExtendedAttribute, NodeChunk, StreamInfo, VerifyShare } from '../fs/types.ts';
import type { KeyChunk, ValueChunk } from '../hive/types.ts';
import type { Identity, Need } from '../source/format.ts';
import type { DiskDifferences } from './api-compare.ts';
import type { ImageTracesApi } from './api-traces.ts';

/** `differs`: a file that might be it says it is another one; it is used only where a person pointed to it. */
export type ChainStatus = 'found' | 'missing' | 'ambiguous' | 'differs' | 'loop';

/** A fact by which a file is told from the one that is wanted. */
export interface Difference {
  readonly fact: string;
  readonly expected: string;
  readonly actual: string;
}

export interface ChainCandidate {
  /** Name of the file, and its index among those the image was opened with (0 is its main file). */
  readonly file: string;
  readonly index: number;
  readonly differs: Difference | null;
}

/** Another file that an image is made of, or would be. In order: each stands before those it needs itself. */
export interface ChainEntry {
  /** Path of needs from the image's own file: `parent`, `parent/parent`, `parent/extent:2`. Names a pick. */
  readonly id: string;
  /** 1 for what the image's own file needs, 2 for what that file needs. */
  readonly depth: number;
  readonly kind: Need['kind'];
  /** `the parent "base.vhdx"`, `part 3 of 5`. */
  readonly title: string;
  readonly required: boolean;
  /** Names and paths under which the file was known when it was linked, best first. */
  readonly names: readonly string[];
  /** What identifies it, for people: `dataWriteGuid 0f3c...`; empty where only its name is known. */
  readonly identity: string;
  readonly status: ChainStatus;
  /** The file that is used, null when none is; several for `blobs`. */
  readonly file: string | null;
  readonly files: readonly string[];
  readonly candidates: readonly ChainCandidate[];
}

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
  /** Other files that this one needs; empty for most. */
  readonly chain: readonly ChainEntry[];
  readonly parts: readonly ReportNode[];
  /** Set when nothing can be read here, with the sentence why. */
  readonly refusal: ErrorData | null;
  /** What the caller may mount: a tree of files or a hive; null for mere containers. */
  readonly kind: 'tree' | 'hive' | null;
  /** Another state of the same disk (a snapshot): it never stands for the file, only what names it leads there. */
  readonly alternate?: true;
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

/** How far a reading is, in bytes or rows. */
export interface Progress {
  readonly done: number;
  readonly total: number | null;
  readonly finished: boolean;
}

/** A hive that is being opened. */
export interface HiveBegun {
  /** The row of the root key, of which the rows below can be asked for at once; null when it cannot be seen yet. */
  readonly root: KeyChunk | null;
  readonly state: HiveInfo['state'];
  /** File name that the hive itself states. */
  readonly fileName: string;
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
export interface ImageApi extends ImageTracesApi {
  report(): MaybePromise<ImageReport>;
  /**
   * Unwraps a file of a mounted tree; the report of what is inside, mounts beginning with `mount::path`.
   * @param beside files of the tree that it may be made of: parts of its set, its parents
   */
  openNested(mount: string, ref: number, path: string, beside?: readonly number[]): MaybePromise<ReportNode>;
  treeInfo(mount: string): MaybePromise<TreeInfo>;
  /**
   * Continues (or begins) the scan of a tree for about `budgetMs`. Each `owner` has a scan of its own: one that was given
   * up, or that runs at the same time, takes no rows from another.
   */
  scanNext(mount: string, budgetMs: number, owner?: string): MaybePromise<ScanBatch>;
  list(mount: string, ref: number): MaybePromise<NodeChunk>;
  describe(mount: string, ref: number): MaybePromise<NodeDetailInfo>;
  /** Extended attributes of files and directories; null where they cannot be read. */
  attributes(mount: string, refs: readonly number[]): MaybePromise<(readonly ExtendedAttribute[] | null)[]>;
  /** Bytes of a stream; short only at its end. */
  read(mount: string, ref: number, stream: string, offset: number, length: number): MaybePromise<Uint8Array>;
  streamSize(mount: string, ref: number, stream: string): MaybePromise<number>;
  places(mount: string, ref: number, stream: string, offset: number, length: number): MaybePromise<PlaceInfo[]>;
  sha256(mount: string, ref: number, stream: string): Promise<string>;
  /** Facts of a PE file, null when the file is none. */
  pe(mount: string, ref: number): MaybePromise<PeInfo | null>;
  fingerprint(mount: string): Promise<FingerprintInfo[]>;
  /** What a check of `mount` covers. */
  verifyScope(mount: string): MaybePromise<VerifyScope>;
  /**
   * Checks on. @param share a part of the work, when the scope is divisible: several workers that opened the same image each do
   *   some, and their findings together are those of the whole
   */
  verifyNext(mount: string, budgetMs: number, share?: VerifyShare): MaybePromise<VerifyStep>;
  /** Looks on where two points of the chain differ. @param again from the beginning */
  nodesNext(
    before: string | null,
    after: string | null,
    budgetMs: number,
    again: boolean,
  ): MaybePromise<DiskDifferences>;
  /** Looks on for deleted files: never among the rows of a scan. @param again from the beginning */
  deletedNext(mount: string, budgetMs: number, again?: boolean): MaybePromise<DeletedStep>;
  /** Bytes of a deleted file; short only at its end. @throws FormatError MissingData when other files use its clusters */
  readDeleted(mount: string, ref: number, offset: number, length: number): MaybePromise<Uint8Array>;
  /**
   * Opens a hive under the id that the caller chose: the mount itself (`ref` null, with the logs that lie beside it) or a file of
   * a mounted tree with these logs. `logs` null: as it is, without any.
   */
  openHive(hive: string, mount: string, ref: number | null, logs: readonly number[] | null): MaybePromise<HiveInfo>;
  /**
   * Begins to open a hive; `readHive` reads it, `openHive` of the same id ends that. Until then single keys and values can be
   * asked for already (`hiveList`, `hiveValues`, `hiveData`, `hiveDescribe`, `hiveLocate`).
   */
  beginHive(hive: string, mount: string, ref: number | null, logs: readonly number[] | null): MaybePromise<HiveBegun>;
  readHive(hive: string, budgetMs: number): MaybePromise<Progress>;
  hiveNext(hive: string, budgetMs: number): MaybePromise<HiveBatch>;
  hiveList(hive: string, key: number): MaybePromise<KeyChunk>;
  hiveValues(hive: string, key: number): MaybePromise<ValueChunk>;
  /** Data of values, each cut to `limit` bytes; null where they cannot be read. */
  hiveData(hive: string, refs: readonly number[], limit: number): MaybePromise<(Uint8Array | null)[]>;
  hiveDescribe(hive: string, key: number): MaybePromise<KeyDetailInfo>;
  /** Many keys in one answer; null where one cannot be read. */
  hiveDescribeAll(hive: string, keys: readonly number[]): MaybePromise<(KeyDetailInfo | null)[]>;
  hiveLocate(hive: string, value: number): MaybePromise<{ offset: number; length: number } | null>;
  hiveFingerprint(hive: string): Promise<FingerprintInfo[]>;
  /** Drops the scans of an owner and the hives that were opened under ids beginning with its name. */
  release(owner: string): MaybePromise<void>;
  /** Bytes read from the user's files so far, for rates. */
  bytesRead(): MaybePromise<number>;
}

export interface DeletedStep {
  /** Found since the last step. */
  readonly files: readonly DeletedFile[];
  readonly done: number;
  readonly total: number | null;
  readonly finished: boolean;
  /** False when the format keeps no traces of deleted files. */
  readonly supported: boolean;
}

/** Mounts with one scope are checked together: the images of a WIM share their data. */
export interface VerifyStep {
  /** Found since the last step. */
  readonly findings: readonly Finding[];
  readonly done: number;
  readonly total: number | null;
  readonly finished: boolean;
  /** False when the format carries nothing to check. */
  readonly supported: boolean;
}

export interface VerifyScope {
  readonly scope: string;
  readonly divisible: boolean;
}

/** What a dropped file seems to be, before anything is opened. */
export interface ProbeResult {
  readonly name: string;
  readonly size: number;
  /** `plan` for a merge plan; null when it is refused. */
  readonly format: string | null;
  readonly title: string;
  readonly identity: Facts;
  /** Other files that it needs, and the set that it is a part of. */
  readonly needs: readonly Need[];
  readonly setPart: Identity['setPart'];
  readonly refusal: ErrorData | null;
}

export interface ImageGroup {
  /** Index of the main file in the dropped list. */
  readonly main: number;
  /** Indices of what it is made of besides (parents, extents, parts), and of files that might be and are not used. */
  readonly others: readonly number[];
  /** Another file of the list is made of this one: it can be opened by itself, as the state at that point. */
  readonly inner: boolean;
  /** Indices of the hive's logs, LOG1, LOG2, LOG. */
  readonly logs: readonly number[];
}

export interface Linked {
  readonly groups: readonly ImageGroup[];
  /** Merge plans among the files. */
  readonly plans: readonly number[];
  /** Rule files of other products among the files. */
  readonly rules: readonly number[];
  /** Files that nothing can be done with; their ProbeResult says why. */
  readonly refused: readonly number[];
}

/** A file and the name it is shown by (its path below a dropped folder). */
export interface NamedFile {
  readonly name: string;
  readonly file: File;
}

/** The files of one image. */
export interface ImageFileSet {
  readonly main: NamedFile;
  readonly others: readonly NamedFile[];
  readonly logs: readonly NamedFile[];
  /** What a person chose by hand: id of a chain entry to the index of a file, where 0 is `main` and 1 the first of `others`. */
  readonly picks: Readonly<Record<string, number>>;
  /** Files of the folder whose list `main` is, in its order. */
  readonly folder?: readonly NamedFile[];
}

/** What the page asks of an image worker. */
export interface ImageWorker {
  init(modules: WasmModules): MaybePromise<void>;
  /** Answers when the worker has time: the page's sign that it lives. */
  ping(): MaybePromise<void>;
  /** What the files are and which belong together. */
  identify(files: readonly NamedFile[]): MaybePromise<Linked & { readonly probes: readonly ProbeResult[] }>;
  open(files: ImageFileSet, cacheBytes: number): MaybePromise<ImageReport>;
  /** Serves the image to the workspace on a port of its own. */
  connect(port: MessagePort): MaybePromise<void>;
  /** Checks the open image: a worker of its own, so that reading goes on meanwhile. See ImageApi. */
  verifyScope: ImageApi['verifyScope'];
  verifyNext: ImageApi['verifyNext'];
}
