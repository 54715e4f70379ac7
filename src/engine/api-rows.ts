/**
 * What is seen of the merged view: rows of its two panes, and what is told of one row when somebody looks. Types only, plain
 * data that structured clone carries; the calls that answer with them stand in api.ts.
 */
import type { ErrorData } from '../base/errors.ts';
import type { RuleDraft } from '../layer/types.ts';
import type { NodeDetailInfo, PeInfo, PlaceInfo } from './api-image.ts';
import type { ClassSide, KeyWords } from './api-registry.ts';

export type RowState = 'added' | 'overrides' | 'same' | 'unchanged' | 'hidden';
export type RowFlag = 'opaque' | 'conflict' | 'origin' | 'excluded' | 'damaged';

/** One cell of the core, top layer first: `-` absent, `w` wins or contributes, `h` hidden copy, `d` deletion mark, `x` excluded by a rule. */
export type CoreCells = string;

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
  /** A rule of the user's as it can be taken in again; absent for the others. */
  readonly draft?: RuleDraft;
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
  /** Only what a base that is tried makes look different; nothing is left out when none is tried. */
  readonly markedOnly?: boolean;
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
  /** Looks different under the base that is tried. */
  readonly marked?: boolean;
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
  readonly marked?: boolean;
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
