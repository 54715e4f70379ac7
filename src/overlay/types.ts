/**
 * The merged view: what plan, engine and page read.
 *
 *     join     layers' tables  -> Union        one node a name in a directory, one slot a layer; independent of order
 *     decide   Union + rules   -> Decisions    which rule decides each node
 *     resolve  Union + order   -> Resolution   which layer wins, and what that is compared with the layers below
 *     view     Resolution      -> rows         what is expanded, filtered, sorted
 *
 * Files and keys are the same thing here. Layers are numbered by their place in the list given to join (base first);
 * a node is a number; node 0 is the root. Node numbers live as long as their Union.
 */

/** What a row of a layer does in a merge: the whole difference between files and keys for the core. */
export const EntryKind = {
  /** File, link, REG_LINK key: hides everything below and never merges. */
  leaf: 0,
  /** Directory, merge-backed key. */
  folder: 1,
  /** Opaque directory, supersede-tree key: what lies below in lower layers is not seen. */
  closed: 2,
  /** Supersede-local key: own content of lower layers is not seen, their sub-keys are. */
  own: 3,
  /** Whiteout, tombstone key: the name does not exist. */
  whiteout: 4,
  /** No entry of its own, only the way to a marker further down; with an origin a name for what the layers below have. */
  path: 5,
} as const;
export type EntryKind = (typeof EntryKind)[keyof typeof EntryKind];

/** A slot without a row. */
export const ABSENT = -1;
/** `winner` of a node that the merged view does not show. */
export const NO_LAYER = 255;
/** Layers a workspace can hold: a layer number fits a byte beside NO_LAYER. */
export const MAX_LAYERS = 250;

/** One node for each name that any layer has in a directory, in breadth-first order, siblings in NTFS order. */
export interface Union {
  readonly count: number;
  /** How many layers were joined: the length of `slots`. */
  readonly layers: number;
  readonly parent: Uint32Array;
  /** Children of node n are the nodes childStart[n] .. childStart[n + 1] - 1. */
  readonly childStart: Uint32Array;
  /** Name id of the name space: equal ids in one directory are one name. */
  readonly nameId: Uint32Array;
  /** For each layer the row of each node, ABSENT, or a row past the table's end for markers that have no row. */
  readonly slots: readonly Int32Array[];
  /** Rows that fell together with another row of their own layer and directory (names equal under the fold table). */
  readonly twins: readonly Twin[];
  /** True when renamed or case-sensitive directories make the join depend on layer order and rules: join again for these. */
  readonly ordered: boolean;
  /** Renamed directories whose old content is left out, because together they would show more than can be held. */
  readonly cutOrigins: number;
}

export interface Twin {
  readonly node: number;
  readonly layer: number;
  readonly row: number;
}

/**
 * State of a node (merge-semantics 6b.2), always seen against the enabled layers below the winner:
 * - `added` no layer below has the name
 * - `overrides` a layer below has it with other content (files), metadata (directories) or values (keys)
 * - `same` an upper copy whose content equals the one below
 * - `unchanged` from the base layer, or a folder that several layers share
 * - `hidden` not in the merged view
 */
export const NodeState = { added: 0, overrides: 1, same: 2, unchanged: 3, hidden: 4 } as const;
export type NodeState = (typeof NodeState)[keyof typeof NodeState];
export const STATE_NAMES = ['added', 'overrides', 'same', 'unchanged', 'hidden'] as const;
export type StateName = (typeof STATE_NAMES)[number];

/** Bits beside the state. */
export const StateFlag = {
  /** File over directory, directory over file, link over either. */
  conflict: 1 << 0,
  /** The winner is an opaque directory or a superseding key. */
  opaque: 1 << 1,
  /** The winner was renamed: lower layers continue elsewhere. */
  origin: 1 << 2,
  /** Hidden by a whiteout or tombstone of this very name (else by an ancestor or a rule). */
  whiteout: 1 << 3,
  /** A marker that hides nothing because no layer below has the name. */
  stale: 1 << 4,
  /** A rule changed which layers are seen here. */
  ruled: 1 << 5,
  /** Some layer has several names here that are one under the fold table: see `Union.twins`. */
  twins: 1 << 6,
  /** The directory compares the names of its children case-sensitively. */
  caseSensitive: 1 << 7,
} as const;
export const FLAG_NAMES = [
  'conflict',
  'opaque',
  'origin',
  'whiteout',
  'stale',
  'ruled',
  'twins',
  'caseSensitive',
] as const;
export type FlagName = (typeof FLAG_NAMES)[number];

/** What `same` and `overrides` of a file rest on. `unknown`: sizes are equal, times are not, and no hash is known. */
export const Evidence = { none: 0, hash: 1, size: 2, sizeTime: 3, unknown: 4 } as const;
export type Evidence = (typeof Evidence)[keyof typeof Evidence];
export const EVIDENCE_NAMES = ['none', 'hash', 'size', 'sizeTime', 'unknown'] as const;

/** What a rule lets be seen: the core knows these five and no rule. */
export const Seen = {
  all: 0,
  /** The base layer. */
  base: 1,
  /** All layers but those of role `user`. */
  noUser: 2,
  /** One layer. */
  layer: 3,
  none: 4,
} as const;
export type Seen = (typeof Seen)[keyof typeof Seen];

/** Which rule decides each node: 0 none (merge by default), n the n-th rule (1-based) of `rules`. */
export interface Decisions<R = unknown> {
  readonly rules: readonly R[];
  readonly rule: Uint16Array;
}

export interface Resolution {
  readonly union: Union;
  /** Layer numbers in effect, base first: enabled ones in the order of the day. */
  readonly order: readonly number[];
  /** Layer whose entry the merged view shows, NO_LAYER when it shows none. */
  readonly winner: Uint8Array;
  readonly state: Uint8Array;
  readonly flags: Uint8Array;
  readonly evidence: Uint8Array;
  /** Position in `order` of the lowest layer that is still seen below this node. */
  readonly floor: Uint8Array;
  /** As in Decisions. */
  readonly rule: Uint16Array;
  /** For each rule what it lets be seen, and by position in `order` 1 when that includes the layer. */
  readonly sight: readonly { readonly seen: Seen; readonly allowed: Uint8Array }[];
  /** `floor` as it would be without user layers; null when no rule asks for it. */
  readonly lowerFloor: Uint8Array | null;
  /** Of keys: by node name ids of values that rules hide. */
  hiddenValues?: ReadonlyMap<number, ReadonlySet<number>>;
}

/** Cells of a row's core sample, one a layer: what the layer does for this node. */
export const Cell = {
  absent: 0,
  /** Wins, or contributes to a merged folder. */
  wins: 1,
  /** Has a copy that is not seen. */
  loses: 2,
  /** Carries a deletion mark, or is left out by a rule. */
  mark: 3,
} as const;
export type Cell = (typeof Cell)[keyof typeof Cell];

export type SortKey = 'name' | 'size' | 'modified' | 'type' | 'layer' | 'state';

export interface ViewFilter {
  /** Part of a name, or with `*` and `?` the whole name, compared under the fold table; empty for all. Ancestors of hits stay. */
  readonly text: string;
  /** Only nodes with a type conflict. */
  readonly conflictsOnly?: boolean;
  /** Only these nodes. */
  readonly among?: ReadonlySet<number> | null;
  /** States to show, null for all. `hidden` nodes need `showHidden` as well. */
  readonly states: readonly NodeState[] | null;
  /** Layers whose entries win, null for all. */
  readonly layers: readonly number[] | null;
  readonly showHidden: boolean;
}

export interface ViewSort {
  readonly by: SortKey;
  readonly descending: boolean;
}

export interface ViewSpec {
  readonly filter: ViewFilter;
  readonly sort: ViewSort;
  /** Nodes that are open. With a filter, ancestors of hits are open as well. */
  readonly expanded: Iterable<number>;
}

/** One visible row: plain data for the page. Sizes in bytes, times as FILETIME halves. */
export interface ViewRow {
  readonly node: number;
  /** 0 for the children of the root. */
  readonly depth: number;
  readonly name: string;
  readonly folder: boolean;
  /** Has children that the view would show. */
  readonly expandable: boolean;
  readonly expanded: boolean;
  readonly state: NodeState;
  /** StateFlag bits. */
  readonly flags: number;
  readonly evidence: Evidence;
  /** Layer number, NO_LAYER for hidden rows. */
  readonly winner: number;
  /** Layer and row whose columns are shown: the winner's, or for a hidden node those of the topmost copy. */
  readonly shown: { readonly layer: number; readonly row: number } | null;
  /** A Cell for each layer of the union, in layer number order. */
  readonly core: readonly Cell[];
  /** 1-based index of the deciding rule, 0 for none. */
  readonly rule: number;
  readonly size: number;
  readonly modifiedLo: number;
  readonly modifiedHi: number;
  /** FILE_ATTRIBUTE_* for files, KeyFlag bits for keys. */
  readonly attributes: number;
  readonly byteState: number;
}

export interface ViewWindow {
  readonly generation: number;
  readonly total: number;
  readonly from: number;
  readonly rows: readonly ViewRow[];
}

/** One step of precedence (merge-plan 4.6) for one node. */
export interface WhyStep {
  readonly step: 'neverMerge' | 'internal' | 'entry' | 'rule' | 'order' | 'default';
  /** `decides`: this step gave the answer; `noMatch`; `notNeeded`: an earlier one had answered. */
  readonly result: 'decides' | 'noMatch' | 'notNeeded';
  readonly ruleId: string | null;
}

/** Why a version is not what the merged view shows. */
export type HiddenBy =
  | 'none'
  /** An entry of a layer above (leaf, or a folder whose metadata win). */
  | 'upper'
  | 'whiteout'
  | 'opaque'
  /** An ancestor is whited out, opaque or a file in a layer above. */
  | 'ancestor'
  | 'rule'
  | 'disabled';

export interface WhyVersion {
  readonly layer: number;
  /** Row in the layer's table; ABSENT when the layer has none, past its end for a bare marker. */
  readonly row: number;
  readonly kind: EntryKind | null;
  readonly role: 'wins' | 'contributes' | 'hidden' | 'marker' | 'absent';
  readonly hiddenBy: HiddenBy;
  /** Layer that hides it, NO_LAYER when none does. */
  readonly byLayer: number;
}

export interface Why {
  readonly node: number;
  readonly state: NodeState;
  readonly flags: number;
  readonly evidence: Evidence;
  readonly winner: number;
  readonly steps: readonly WhyStep[];
  /** All layers of the union, top first, disabled ones last. */
  readonly versions: readonly WhyVersion[];
}

export interface LayerShare {
  /** Visible nodes that come from this layer. */
  readonly files: number;
  readonly folders: number;
  readonly bytes: number;
  /** Its entries that something above hides, and the entries of other layers it overrides. */
  readonly hidden: number;
  readonly overrides: number;
  readonly added: number;
  readonly whiteouts: number;
  readonly opaque: number;
}

/** Numbers for the status bar and the bar of shares. The root is not counted. */
export interface Stats {
  readonly files: number;
  readonly folders: number;
  readonly bytes: number;
  readonly hidden: number;
  readonly conflicts: number;
  readonly states: Readonly<Record<StateName, number>>;
  /** By layer number. */
  readonly layers: readonly LayerShare[];
}

/** Nodes whose winner, state or flags differ between two resolutions of one union. */
export interface Delta {
  readonly nodes: Uint32Array;
}

/** A value of a merged key. */
export interface MergedValue {
  /** Empty for the default value. */
  readonly name: string;
  readonly layer: number;
  /** `MountedHive.key` of the hive it stands in, and its value row in that hive's table. */
  readonly hive: string;
  readonly row: number;
  readonly type: number;
  readonly size: number;
  readonly state: NodeState;
  readonly flags: number;
  readonly evidence: Evidence;
  readonly core: readonly Cell[];
  /** Other versions of the name that are not seen, top first. */
  readonly shadowed: readonly {
    readonly layer: number;
    readonly hive: string;
    readonly row: number;
    readonly tombstone: boolean;
  }[];
}
