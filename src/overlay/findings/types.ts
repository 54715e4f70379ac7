/**
 * Findings of a merge: what the merged view will do to the people who sign in to it, told before they do.
 *
 * A detector is pure. First it says which contents it wants to know (`needs`: versions of programs, registry data, link
 * targets), then, with these at hand, what it has found (`detect`). Detectors without needs answer from columns alone.
 * Layers are numbered as in the merged trees; what is handed out names them by id, since numbers change with the next join.
 */
import type { Finding, Severity } from '../../base/findings.ts';
import type { RuleDraft } from '../../layer/types.ts';
import type { MergeView } from './view.ts';

/** The ten pains of desktop administrators, in their usual order; each detector serves one. */
export type Pain = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10;

/** One side of what was found. */
export interface Evidence {
  /** Layer id, null when no layer has it. */
  readonly layer: string | null;
  /** `before`: what the base had that another one takes the place of. */
  readonly role: 'wins' | 'hidden' | 'mark' | 'missing' | 'before';
  /** `C:\...` or `HKEY_...`. */
  readonly path: string;
  /** What this side says of itself: `version`, `linked`, `size` ... as text. */
  readonly facts: Readonly<Record<string, string>>;
}

/** What would settle it: rules to add, and rules (by id) to take away. */
export interface Proposal {
  readonly add: readonly RuleDraft[];
  readonly drop: readonly string[];
}

/**
 * What a person can do about it beside rules; the page has a sentence for each code (`findings.ways`). A code without a
 * rule says in its detector why there is none.
 */
export interface Means {
  /** The layer without which it is gone. */
  readonly layer?: string;
  /** Other files settle it: the logs of a hive, another base. */
  readonly files?: true;
  /** Names to take along to where the layer is made, the first `MAX_NAMES` of them. */
  readonly names?: readonly string[];
}
export const MAX_NAMES = 1000;

/** A finding with both sides, a reason and a way out. `facts.path` is the place as plans write it. */
export interface MergeFinding extends Finding {
  readonly pain: Pain;
  /** Where a look at it begins: `C:\...`, `HKEY_...\key` or `HKEY_...\key\value`; null when it is no one place. */
  readonly path: string | null;
  /** The point in a few words that need no translation: `1.8.2.7 < 2.1.0.48`. */
  readonly note: string;
  readonly evidence: readonly Evidence[];
  readonly proposal: Proposal | null;
  /** The same for the whole folder of the application, where that makes sense. */
  readonly wider: Proposal | null;
  /** Rules that say that it is meant to be so. */
  readonly accept: Proposal | null;
  readonly means: Means;
}

/** Findings of one code and severity: all counted, the first ones kept. */
export interface FindingGroup {
  readonly code: string;
  readonly severity: Severity;
  readonly pain: Pain;
  readonly total: number;
  readonly items: readonly MergeFinding[];
}

export interface FileWant {
  /** `pe`: facts of a program; `link`: where a reparse point leads; `security`: the security descriptor. */
  readonly kind: 'pe' | 'link' | 'security';
  readonly layer: number;
  readonly row: number;
}
export interface ValueWant {
  readonly kind: 'value';
  readonly layer: number;
  /** `MountedHive.key` and value row. */
  readonly hive: string;
  readonly row: number;
}
export type Want = FileWant | ValueWant;

export interface PeKnown {
  readonly fileVersion: string | null;
  /** ISO time, null when it is not known. */
  readonly linkTime: string | null;
  readonly product: string | null;
  readonly company: string | null;
}

/** Contents that were asked for; null where they could not be read. */
export interface Known {
  pe(layer: number, row: number): PeKnown | null;
  link(layer: number, row: number): string | null;
  security(layer: number, row: number): Uint8Array | null;
  value(value: Omit<ValueWant, 'kind'>): Uint8Array | null;
}

export interface Found {
  readonly code: string;
  readonly severity: Severity;
  /** Why it hurts, in one sentence. */
  readonly message: string;
  readonly path: string | null;
  /** The place as plans write it. */
  readonly place: string | null;
  readonly note: string;
  readonly evidence: readonly Evidence[];
  readonly proposal?: Proposal | null;
  readonly wider?: Proposal | null;
  readonly accept?: Proposal | null;
  readonly means?: Means;
}

export interface Sink {
  add(found: Found): void;
}

export interface Detector {
  readonly id: string;
  readonly pain: Pain;
  /** Contents it wants to know; absent when columns are enough. */
  needs?(view: MergeView): readonly Want[];
  detect(view: MergeView, known: Known, sink: Sink): void;
}
