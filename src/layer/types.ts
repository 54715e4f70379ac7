/**
 * What a layer is once its store has been understood: a tree and hives in normal form, a role and a place in the order.
 *
 * The core of `overlay/` knows no path; everything that speaks of paths (rules, hive modes, markers) stands here.
 */
import type { KeyTable } from '../index/key-table.ts';
import type { NodeTable } from '../index/node-table.ts';
import type { SidMapping } from './principals.ts';

export type LayerRole = 'os' | 'app' | 'user';

/** A record of an upper layer that changes how lower layers are seen. Paths are components below the payload root. */
export type FileMarker =
  | { readonly kind: 'whiteout' | 'opaque'; readonly path: readonly string[] }
  /**
   * The directory at `path` was renamed from `from`: the layers below continue there. Where the layer has nothing at `path`, the
   * name is what the layers below have at `from`, file or directory.
   */
  | { readonly kind: 'origin'; readonly path: readonly string[]; readonly from: readonly string[] };

/** A folder of a layer that is merged under another name: where it lies, and its name in the merged view. */
export interface FolderMapping {
  readonly path: readonly string[];
  readonly name: string;
}

/** The files of a layer in normal form. */
export interface LayerTree {
  readonly table: NodeTable;
  /** Row whose children are the volume's root: 0, or `\files` of a store. */
  readonly root: number;
  readonly markers: readonly FileMarker[];
  /** Rows of the table that belong to the store and not to the layer's content (with all below them). */
  readonly internal: readonly number[];
  /** `$UpCase` of the volume, null when it has none (WIM). */
  readonly upcase: Uint16Array | null;
  /** Folders that are merged under other names; none when absent. */
  readonly folders?: readonly FolderMapping[];
  /** Id of the store adapter: `plain`, `own`. */
  readonly store: string;
}

/** A hive of a layer at its place in the merged registry. */
export interface MountedHive {
  /** Plan style: `HKLM/SYSTEM`, `HKU/S-1-5-21-...`, `HKU/S-1-5-21-..._Classes`, `HKU/ann` while no SID is known. */
  readonly mount: string;
  /** Names this hive for the engine (which image, which file): the core hands it back and never looks inside. */
  readonly key: string;
  /** Path in the layer's tree, null for a hive that was dropped by itself. */
  readonly path: string | null;
  readonly table: KeyTable;
  readonly state: 'clean' | 'recovered' | 'dirtyNoLog';
}

export interface Layer {
  /** Stable and unique in the workspace; plans and rules name layers by it. */
  readonly id: string;
  readonly role: LayerRole;
  readonly name: string;
  /** False: as if the layer were gone (the eye in the layers panel). */
  readonly enabled: boolean;
  /** Null for a layer that has only hives. */
  readonly tree: LayerTree | null;
  readonly hives: readonly MountedHive[];
  /** `Select\Current` of the layer's own SYSTEM hive, null when it has none. */
  readonly controlSet: number | null;
  /** Accounts that have another SID in the base; none when absent. */
  readonly sids?: readonly SidMapping[];
  /** Rules that the layer brings along: they stand before the default ones while the layer is there and enabled. */
  readonly rules?: readonly Rule[];
}

/**
 * - `exact` the node itself; `subtree` the node and all below; `children` all below; `glob` with `*` and `?` inside a
 *   component and `**` for any number of components.
 * `p` is volume-relative with `\`; for keys the first component is the mount (`HKLM/SOFTWARE\Microsoft`).
 * `{ControlSet}` stands for the base layer's current control set.
 */
export interface RuleMatch {
  readonly kind: 'exact' | 'subtree' | 'children' | 'glob';
  readonly p: string;
}

/**
 * What a rule does to the merged view (`overlay/rules.ts`):
 * - `merge` the default; `readOnly`, `copyUpLimit` do not change the view either
 * - `passthrough` only the base layer is seen
 * - `exclude`, `keepLower` the content of user layers is not seen (they differ in where writes go)
 * - `redirect` only the layer `layer` is seen; with `to`, of a file or folder, what all layers have at that path is seen here
 * - `hide` nothing is seen
 * - `mapSid` the account `HKU/<SID>` of the match is the base's account `sid`: keys named by it are merged under that one
 * - `together` files that are valid only together come from one layer (layer/groups.ts); a default rule, no draft has it
 */
export type RuleAction =
  | 'merge'
  | 'passthrough'
  | 'exclude'
  | 'keepLower'
  | 'redirect'
  | 'hide'
  | 'readOnly'
  | 'copyUpLimit'
  | 'mapSid'
  | 'together';

/**
 * Where a rule comes from is its place in the precedence (merge-plan 4.6): `builtin` (never-merge list, then internal
 * names) before `plan` (explicit entries) before `user` and `default` by specificity and then by list order.
 */
export type RuleOrigin = 'builtin' | 'plan' | 'user' | 'default';

export interface Rule {
  readonly id: string;
  readonly target: 'file' | 'key';
  readonly match: RuleMatch;
  readonly action: RuleAction;
  readonly origin: RuleOrigin;
  /** A rule that is switched off decides nothing but stays visible. */
  readonly enabled: boolean;
  /** Layer id for `redirect`. */
  readonly layer?: string;
  /** Layer id that takes the writes; for the driver, without effect on the view. */
  readonly write?: string;
  /** Path whose content a `redirect` of a file or folder shows; volume-relative. */
  readonly to?: string;
  /** Of a key that is `hide`: this value of it alone, empty for the default one; the match says which key. */
  readonly value?: string;
  /** Of `mapSid`: the SID that the account has in the base. */
  readonly sid?: string;
  /** Bytes as decimal text for `copyUpLimit`. */
  readonly limit?: string;
}

/** A rule as somebody types or proposes it: it gets its id, origin and switch when it is taken in. */
export type RuleDraft = Pick<Rule, 'target' | 'match' | 'action' | 'layer' | 'value' | 'sid' | 'to'>;

/**
 * Which layers' hives make a mount: `merge` all of them; `baseOnly` the base layer's, except for what `allow` lists;
 * `replace` the topmost hive as a whole; `never` none.
 */
export type HiveMode = 'merge' | 'baseOnly' | 'replace' | 'never';

export interface HiveRule {
  readonly id: string;
  /** Mount, or the start of one and `*`: `HKLM/SYSTEM`, `HKU/*`. The first rule that matches counts. */
  readonly mount: string;
  readonly mode: HiveMode;
  /** Keys below the mount that are merged although the mode is `baseOnly`; `{ControlSet}` is expanded. */
  readonly allow: readonly string[];
  readonly origin: RuleOrigin;
  readonly enabled: boolean;
}

/** All that stands above the core. Order matters: earlier rules win ties, so user rules stand before defaults. */
export interface RuleSet {
  readonly rules: readonly Rule[];
  readonly hives: readonly HiveRule[];
}
