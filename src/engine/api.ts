/**
 * What crosses between the page and the workspace worker: types only, plain data that structured clone carries.
 * `WorkspaceApi` is implemented by engine/workspace/workspace.ts; in the browser it is reached through rpc/ (Comlink), in
 * Node it is called directly, so every method is async or may be. What concerns images stands in api-image.ts.
 */
import type { ErrorData } from '../base/errors.ts';
import type { Finding, Severity } from '../base/findings.ts';
import type { WasmModules } from '../codec/types.ts';
import type { PlanSummary } from '../plan/summary.ts';
import type { CompareApi } from './api-compare.ts';
import type { FindingsReport, RulesApi } from './api-findings.ts';
import type {
  ChainCandidate,
  ChainEntry,
  ChainStatus,
  ImageReport,
  MaybePromise,
  NodeDetailInfo,
  PeInfo,
  PlaceInfo,
  ReportNode,
} from './api-image.ts';
import type { ClassSide, KeyWords, RegistryApi, RegistryUser } from './api-registry.ts';
import type { TracesApi } from './api-traces.ts';

/** What it sees of a comparison. */
export type { Change, ComparedEntry, ComparedSide, CompareReport, CompareSide } from './api-compare.ts';
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
/** What it sees of the registry. */
export type {
  ClassSide,
  ExportBegun,
  ExportPiece,
  KeyWords,
  RegistryFormat,
  RegistryUser,
} from './api-registry.ts';
export type {
  DeletedRow,
  DeletedRows,
  RegistryDifference,
  RegistryDifferences,
  ReplayedRow,
  ReplayedRows,
} from './api-traces.ts';
/** What the page sees of images and plans. */
export type { ChainCandidate, ChainEntry, ChainStatus, ImageReport, PlaceInfo, PlanSummary, ReportNode };

export type Role = 'os' | 'app' | 'user';
export const ROLES: readonly Role[] = ['os', 'app', 'user'];

export type RowState = 'added' | 'overrides' | 'same' | 'unchanged' | 'hidden';
export type RowFlag = 'opaque' | 'conflict' | 'origin' | 'excluded' | 'damaged';

/** One cell of the core, top layer first: `-` absent, `w` wins or contributes, `h` hidden copy, `d` deletion mark, `x` excluded by a rule. */
export type CoreCells = string;

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

/** A rule as the page shows it, in order of precedence; `hits` counts union nodes it decides. */
export interface RuleInfo {
  readonly id: string;
  readonly target: 'file' | 'key';
  readonly kind: 'exact' | 'subtree' | 'children' | 'glob';
  readonly pattern: string;
  readonly action: string;
  /** Layer id of a `redirect`. */
  readonly layer: string | null;
  readonly origin: 'builtin' | 'default' | 'user';
  readonly enabled: boolean;
  readonly switchable: boolean;
  readonly hits: number;
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
}

export type Pane = 'files' | 'registry';

export interface ViewSpec {
  readonly pane: Pane;
  /** Case-insensitive substring of the name (`*` and `?` as wildcards); empty shows the tree as expanded. */
  readonly filter: string;
  /** Shown states; null shows all. */
  readonly states: readonly RowState[] | null;
  /** Layer ids whose winning rows are shown; null shows all. */
  readonly layers: readonly string[] | null;
  readonly showHidden: boolean;
  readonly conflictsOnly: boolean;
  readonly sort: {
    readonly by: 'name' | 'size' | 'modified' | 'type' | 'layer' | 'state';
    readonly descending: boolean;
  };
}

export interface ViewInfo {
  readonly view: number;
  readonly generation: number;
  readonly count: number;
}

export interface FileRow {
  readonly node: number;
  readonly depth: number;
  readonly name: string;
  readonly directory: boolean;
  readonly expandable: boolean;
  readonly expanded: boolean;
  readonly size: number;
  /** Milliseconds since 1970, NaN when not set. */
  readonly modified: number;
  readonly attributes: number;
  readonly reparseTag: number;
  readonly byteState: string;
  readonly state: RowState;
  readonly flags: readonly RowFlag[];
  /** Id of the winning layer; of the hiding one for hidden rows. Null for merged folders to which several contribute. */
  readonly layer: string | null;
  readonly core: CoreCells;
  /** The winner or state has changed with the last change of the workspace: flash once. */
  readonly changed: boolean;
}

export interface KeyRow {
  readonly node: number;
  readonly depth: number;
  readonly name: string;
  readonly expandable: boolean;
  readonly expanded: boolean;
  /** `root` HKEY_..., `hive` a mount, `key`, `link` a symbolic link (CurrentControlSet). */
  readonly kind: 'root' | 'hive' | 'key' | 'link';
  readonly values: number;
  readonly lastWrite: number;
  readonly state: RowState;
  readonly flags: readonly RowFlag[];
  readonly layer: string | null;
  readonly core: CoreCells;
  readonly changed: boolean;
  /** Keys of HKEY_CLASSES_ROOT: whose classes they come from. */
  readonly side?: ClassSide;
}

export interface ValueRow {
  /** Empty for (Default). */
  readonly name: string;
  readonly type: number;
  readonly typeName: string;
  /** One line as regedit shows it, cut. */
  readonly text: string;
  readonly size: number;
  readonly state: RowState;
  readonly flags: readonly RowFlag[];
  readonly layer: string;
  readonly core: CoreCells;
  readonly damaged: boolean;
  /** Values of a key of HKEY_CLASSES_ROOT that stands on both sides. */
  readonly side?: ClassSide;
}

export interface WhyStep {
  /** 1 to 6, in order of precedence (merge-plan.md 4.6). */
  readonly step: 'neverMerge' | 'internal' | 'planEntries' | 'rules' | 'ruleOrder' | 'default';
  readonly result: 'noMatch' | 'notNeeded' | 'decides';
  /** Rule id and pattern when a rule decides. */
  readonly rule: RuleInfo | null;
}

export interface VersionInfo {
  readonly layer: string;
  readonly present: boolean;
  readonly wins: boolean;
  /** Why it does not win: `below` the winner, `closed` by a mark above, `rule`, `marker` is itself a deletion mark. */
  readonly reason: 'wins' | 'contributes' | 'below' | 'closed' | 'rule' | 'marker' | 'disabled' | 'absent';
  readonly ref: number | null;
  readonly size: number;
  readonly modified: number;
  readonly attributes: number;
  readonly byteState: string;
  /** Registry value versions: type and one-line text. */
  readonly typeName: string | null;
  readonly text: string | null;
}

export interface FileDetail {
  readonly node: number;
  /** `C:\Windows\...` */
  readonly path: string;
  readonly row: FileRow;
  readonly why: readonly WhyStep[];
  readonly versions: readonly VersionInfo[];
}

export interface KeyDetail {
  readonly node: number;
  /** `HKEY_LOCAL_MACHINE\...` */
  readonly path: string;
  readonly row: KeyRow;
  readonly why: readonly WhyStep[];
  readonly versions: readonly VersionInfo[];
  readonly className: string | null;
  /** ISO with ticks, null when not set. */
  readonly lastWrite: string | null;
  /** Keys that a key of a derived view (HKCR, HKCU, CurrentControlSet) stands for; empty for others. */
  readonly really: readonly string[];
  /** Where a REG_LINK key points, as it is stored; null for other keys. */
  readonly linkTarget: string | null;
  /** The key in words where its hive's meaning is known: an object of the boot store, a record of Amcache. */
  readonly words: KeyWords | null;
}

export interface ValueDetail {
  readonly key: KeyDetail;
  readonly value: ValueRow;
  readonly data: Uint8Array | null;
  readonly lines: readonly string[];
  readonly versions: readonly VersionInfo[];
  readonly place: PlaceInfo | null;
}

export interface SecurityInfo {
  readonly owner: string | null;
  readonly group: string | null;
  readonly aces: readonly {
    readonly kind: string;
    readonly who: string;
    readonly rights: string;
    readonly inherited: boolean;
  }[];
  readonly sddl: string;
}

/** Everything about one version of a file that is read when somebody looks. */
export interface VersionDetail {
  readonly layer: string;
  readonly detail: NodeDetailInfo;
  readonly security: SecurityInfo | null;
  readonly pe: PeInfo | null;
  readonly places: readonly PlaceInfo[];
  readonly created: string | null;
  readonly modified: string | null;
  readonly changed: string | null;
  readonly accessed: string | null;
  readonly error: ErrorData | null;
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
}

/** One entry below a folder, for saving: where it lies, whose copy wins, whether its bytes are there. */
export interface BelowEntry {
  readonly node: number;
  /** `/` between names. */
  readonly path: string;
  readonly directory: boolean;
  /** A reparse point that names another place: it has no bytes of its own. */
  readonly link: boolean;
  readonly layer: string;
  readonly size: number;
  /** Milliseconds since 1970, NaN when not set. */
  readonly modified: number;
  readonly byteState: string;
}

export type Listener = (state: WorkspaceState) => void;

export interface WorkspaceApi extends CompareApi, RegistryApi, RulesApi, TracesApi {
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
