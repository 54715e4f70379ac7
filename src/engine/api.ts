/**
 * What crosses between the page and the workspace worker: types only, plain data that structured clone carries.
 * `WorkspaceApi` is implemented by engine/workspace/workspace.ts; in the browser it is reached through rpc/ (Comlink), in
 * Node it is called directly, so every method is async or may be. What concerns images stands in api-image.ts.
 */
import type { ErrorData } from '../base/errors.ts';
import type { Finding, Severity } from '../base/findings.ts';
import type { WasmModules } from '../codec/types.ts';
import type { ViewComparison } from '../plan/compare-view.ts';
import type { PlanSummary } from '../plan/summary.ts';
import type { CompareApi } from './api-compare.ts';
import type { DeletedFilesApi } from './api-deleted.ts';
import type { FindingsReport, RulesApi } from './api-findings.ts';
import type {
  ChainCandidate,
  ChainEntry,
  ChainStatus,
  ImageReport,
  MaybePromise,
  PlaceInfo,
  ReportNode,
} from './api-image.ts';
import type { BaseSwap, RebaseApi } from './api-rebase.ts';
import type { RegistryApi, RegistryUser } from './api-registry.ts';
import type {
  BelowEntry,
  FileDetail,
  FileRow,
  KeyDetail,
  KeyRow,
  RuleInfo,
  SecurityInfo,
  ValueDetail,
  ValueRow,
  VersionDetail,
  ViewInfo,
  ViewSpec,
} from './api-rows.ts';
import type { SquashApi } from './api-squash.ts';
import type { TracesApi } from './api-traces.ts';

/** What it sees of a comparison. */
export type {
  Change,
  ComparedEntry,
  ComparedSide,
  CompareReport,
  CompareSide,
  DiskDifferences,
  DiskRange,
} from './api-compare.ts';
export type { DeletedFileRow } from './api-deleted.ts';
/** What it sees of findings and rules. */
export type {
  Evidence,
  FindingGroup,
  FindingsReport,
  MergeFinding,
  PresetId,
  Proposal,
  RuleDraft,
  RulesApi,
  RuleTrial,
} from './api-findings.ts';
/** What it sees of another base under the layers. */
export type { BaseSwap, RebaseApi, RebaseBase, RebaseFormat, RebaseProgress, RebaseReport } from './api-rebase.ts';
/** What it sees of the registry. */
export type {
  ClassSide,
  ExportBegun,
  ExportPiece,
  KeyWords,
  RegistryFormat,
  RegistryUser,
} from './api-registry.ts';
/** Rows and what is told of one. */
export type {
  BelowEntry,
  CoreCells,
  FileDetail,
  FileRow,
  KeyDetail,
  KeyRow,
  Pane,
  RowFlag,
  RowState,
  RuleInfo,
  SecurityInfo,
  ValueDetail,
  ValueRow,
  VersionDetail,
  VersionInfo,
  ViewInfo,
  ViewSpec,
  WhyStep,
} from './api-rows.ts';
export type { SquashReport } from './api-squash.ts';
export type {
  DeletedRow,
  DeletedRows,
  RegistryDifference,
  RegistryDifferences,
  RegistrySide,
  ReplayedRow,
  ReplayedRows,
} from './api-traces.ts';
/** What the page sees of images and plans. */
export type { ChainCandidate, ChainEntry, ChainStatus, ImageReport, PlaceInfo, PlanSummary, ReportNode };

export type Role = 'os' | 'app' | 'user';
export const ROLES: readonly Role[] = ['os', 'app', 'user'];

export interface LayerInfo {
  readonly id: string;
  readonly name: string;
  readonly detail: string;
  readonly role: Role;
  readonly enabled: boolean;
  /** Letter mark, unique among the layers. */
  readonly letter: string;
  /** Hue token: `base`, `user`, `1`..`6`; kept when the layer moves. */
  readonly hue: string;
  readonly image: string;
  readonly mount: string;
  readonly imageName: string;
  readonly format: string;
  readonly size: number;
  readonly store: string;
  /** A person chose the store; it is not the one that was recognised. */
  readonly storeChosen: boolean;
  /** Paths by which the store is known. */
  readonly storeSigns: readonly string[];
  readonly status: 'opening' | 'scanning' | 'ready' | 'failed' | 'cancelled';
  readonly progress: ProgressInfo | null;
  readonly error: ErrorData | null;
  readonly health: readonly HealthNote[];
  readonly files: number;
  readonly directories: number;
  readonly keys: number;
  /** Items this layer wins in the merged view, and their bytes. */
  readonly wins: number;
  readonly winBytes: number;
  readonly findings: readonly Finding[];
  /** The files its image is made of besides `imageName`, and those that are missing. */
  readonly chain: readonly ChainEntry[];
  /** Mountable siblings in the same image (other WIM images, partitions): for the chooser. */
  readonly alternatives: readonly { readonly mount: string; readonly title: string }[];
}

export interface HealthNote {
  readonly severity: Severity;
  readonly code: string;
  readonly text: string;
}

export interface ProgressInfo {
  readonly what: 'identify' | 'scan' | 'hives' | 'merge' | 'hash' | 'plan' | 'verify';
  readonly done: number;
  readonly total: number | null;
  /** Bytes a second read from the file, 0 when not known. */
  readonly rate: number;
  readonly secondsLeft: number | null;
}

export interface MergeStats {
  readonly files: number;
  readonly directories: number;
  readonly keys: number;
  /** Values that the merged registry shows. */
  readonly values: number;
  /** States count files and directories, not keys. */
  readonly added: number;
  readonly overrides: number;
  readonly same: number;
  readonly unchanged: number;
  readonly hidden: number;
  readonly conflicts: number;
  readonly bytes: number;
}

export interface HiveMountInfo {
  /** Plan style: `HKLM/SOFTWARE`, `HKU/ann`. */
  readonly mount: string;
  /** For people: `HKEY_LOCAL_MACHINE\SOFTWARE`. */
  readonly path: string;
  readonly mode: 'merge' | 'baseOnly' | 'replace' | 'never';
  /** A person chose the mode. */
  readonly chosen: boolean;
  readonly switchable: boolean;
  /** Layer ids, top first. */
  readonly stack: readonly string[];
  readonly state: string;
}

/** Everything the panels show; sent whole when it changes (it is small). */
export interface WorkspaceState {
  /** Grows with each change of the merged view; views of an older generation are stale. */
  readonly generation: number;
  readonly busy: boolean;
  /** Top first. */
  readonly layers: readonly LayerInfo[];
  readonly stats: MergeStats;
  readonly rules: readonly RuleInfo[];
  readonly mounts: readonly HiveMountInfo[];
  /** Users that HKEY_CURRENT_USER may stand for, and the mount of the one it does; null without users. */
  readonly users: readonly RegistryUser[];
  readonly user: string | null;
  /** Another base that is tried under the layers; null when none is. */
  readonly swap: BaseSwap | null;
  readonly findings: { readonly error: number; readonly warning: number; readonly info: number };
  /** Detectors that have answered; null when all have. Counts with each change of what is found. */
  readonly findingsProgress: FindingsReport['progress'];
  readonly findingsTurn: number;
  /** Milliseconds the last merge took. */
  readonly mergeMs: number;
}

export interface LayerSpec {
  readonly image: string;
  readonly mount: string;
  readonly role: Role | null;
  readonly name: string | null;
  /** The layer whose place, name, role and marks it takes: the same files opened again, or another volume of them. */
  readonly replaces?: string;
  /** Id of the store to read it as; absent: the one that is recognised. */
  readonly store?: string;
}

/** An opened plan against the layers that are open: which match, which differ. */
export interface PlanCheck {
  readonly summary: PlanSummary;
  readonly layers: readonly {
    readonly id: string;
    readonly role: Role;
    readonly name: string;
    readonly match: 'exact' | 'different' | 'absent';
    readonly differs: readonly string[];
  }[];
  /** A few records for people to look at, path and action. */
  readonly samples: readonly { readonly path: string; readonly action: string; readonly layer: string | null }[];
  /** The view that the plan gives over the open layers against the one shown here; null when it cannot be replayed. */
  readonly view: ViewComparison | null;
  /** Why it could not be replayed although its layers are here. */
  readonly refused: string | null;
  readonly rules: readonly PlanRuleChange[];
  /** Layers in effect that the plan does not name. */
  readonly extra: readonly { readonly id: string; readonly role: Role; readonly name: string }[];
}

/** A rule that the plan and the rules in force here do not share, or have at another rank. */
export interface PlanRuleChange {
  readonly change: 'onlyPlan' | 'onlyHere' | 'moved';
  readonly target: RuleInfo['target'];
  readonly kind: RuleInfo['kind'];
  readonly pattern: string;
  readonly action: string;
}

export type Listener = (state: WorkspaceState) => void;

export interface WorkspaceApi
  extends CompareApi,
    DeletedFilesApi,
    RebaseApi,
    RegistryApi,
    RulesApi,
    SquashApi,
    TracesApi {
  /** Called at once and after each change, at most some ten times a second. */
  subscribe(listener: Listener): MaybePromise<void>;
  addLayer(spec: LayerSpec): Promise<string>;
  removeLayer(id: string): Promise<void>;
  /** Cancels what is being read for a layer; rows that are there stay. */
  cancelLayer(id: string): Promise<void>;
  setOrder(idsTopFirst: readonly string[]): Promise<void>;
  setRole(id: string, role: Role): Promise<void>;
  setEnabled(id: string, enabled: boolean): Promise<void>;
  setRuleEnabled(rule: string, enabled: boolean): Promise<void>;
  setHiveMode(mount: string, mode: HiveMountInfo['mode']): Promise<void>;
  openView(spec: ViewSpec): Promise<ViewInfo>;
  /** Null when the view or generation is stale: open it again. */
  fileRows(view: number, generation: number, from: number, count: number): Promise<FileRow[] | null>;
  keyRows(view: number, generation: number, from: number, count: number): Promise<KeyRow[] | null>;
  /** Expands or collapses; `deep` everything below (bounded, says how many rows there are then). */
  expand(view: number, node: number, expanded: boolean, deep: boolean): Promise<ViewInfo>;
  /** Expands what leads to a path (any spelling the address bar takes) and returns its row. Null when it is not there. */
  reveal(
    view: number,
    path: string,
  ): Promise<{ info: ViewInfo; index: number; node: number; value: string | null } | null>;
  /** Row of a node in a view, -1 when it is not shown. */
  indexOf(view: number, node: number): Promise<number>;
  /**
   * The row after `from` (-1: from the first on) whose name begins with (`prefix`) or contains the text, wrapping round, `from` itself last;
   * -1 when there is none. Without `prefix`, `*` and `?` are wildcards.
   */
  findRow(view: number, text: string, from: number, backward: boolean, prefix: boolean): Promise<number>;
  values(node: number, showHidden: boolean): Promise<ValueRow[]>;
  fileDetail(node: number): Promise<FileDetail>;
  versionDetail(node: number, layer: string): Promise<VersionDetail>;
  /** Bytes of one layer's version of a file. */
  readFile(node: number, layer: string, stream: string, offset: number, length: number): Promise<Uint8Array>;
  keyDetail(node: number): Promise<KeyDetail>;
  valueDetail(node: number, name: string): Promise<ValueDetail>;
  keySecurity(node: number): Promise<SecurityInfo | null>;
  sha256(node: number, layer: string): Promise<string>;
  /** Everything that is shown below a folder of the merged view, parents first. */
  filesBelow(node: number): Promise<BelowEntry[]>;
  /** Everything that was found in the layers, and in the merge so far. */
  findings(): Promise<Finding[]>;
  buildPlan(): Promise<{ summary: PlanSummary; file: Blob; name: string }>;
  checkPlan(plan: Blob): Promise<PlanCheck>;
}

/** What the page asks of the workspace worker besides: images come and go. */
export interface WorkspaceWorker extends WorkspaceApi {
  init(modules: WasmModules): MaybePromise<void>;
  attach(image: string, report: ImageReport, port: MessagePort): MaybePromise<void>;
  /** The image is gone: `fault` says why, null when it was closed on purpose. Open calls to it are rejected. */
  detach(image: string, fault: string | null): MaybePromise<void>;
}
