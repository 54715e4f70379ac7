/** How a format introduces itself: what the registries, the support table, the file picker and the conformance run are made from. */
import type { Facts, Finding } from '../base/findings.ts';
import type { ByteSource } from './types.ts';

/** What a probe may look at. `head` and `tail` are shorter than PROBE_HEAD / PROBE_TAIL only when the source is. */
export interface ProbeWindow {
  readonly head: Uint8Array;
  readonly tail: Uint8Array;
  readonly size: number;
}

export type Stage = 'container' | 'fs' | 'hive';

export interface FormatDescriptor {
  /** Short lower-case id: `vhdx`, `wim`. */
  readonly id: string;
  /** The name the field uses: `VHDX`, `WIM`. */
  readonly title: string;
  /** For the file picker only; recognition is by content. With the dot, lower-case. */
  readonly extensions: readonly string[];
  /** What can be read, and what not yet: phrases for the support table. */
  readonly reads: readonly string[];
  readonly notYet: readonly string[];
  /** True when the content is this format. Bounded, never throws, order of the registry breaks ties. */
  probe(window: ProbeWindow): boolean;
}

/** What linking needs to know before anything is opened (parents, parts of a set). */
export interface Identity {
  /** Facts that identify this file: GUIDs, unique ids, sizes. */
  readonly self: Facts;
  /** Identities of other files that it cannot be read without. */
  readonly needs: readonly Facts[];
  /** Part of a set: which, of how many, and the set's id. */
  readonly setPart: { readonly set: string; readonly part: number; readonly total: number } | null;
}

/** One named hash of a layer fingerprint (merge-plan.md 4.5). The engine hashes `bytes` with SHA-256. */
export interface FingerprintPart {
  readonly what: string;
  readonly bytes: Uint8Array;
}

export interface Opened {
  readonly format: string;
  readonly facts: Facts;
  readonly findings: readonly Finding[];
  readonly identity: Facts;
  fingerprint(): FingerprintPart[];
}

/** Resolves a need of `identify` to the file that satisfies it, or null. */
export type Resolve = (need: Facts) => ByteSource | null;
