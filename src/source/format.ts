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
  /** Whether one of these blobs (SHA-1 in hex) lies in `source`; only for formats that name blobs. Never throws for what the bytes are. */
  holds?(source: ByteSource, hashes: readonly string[]): boolean;
}

/**
 * Another file that this one cannot be read whole without. A file satisfies a need when
 * - its `self` states every fact of one entry of `match` with the same value, or
 * - `match` is empty, `hashes` is not, and its format's `holds` finds one of them in it, or
 * - `match` and `hashes` are empty (the format states no identity) and its name is the last step of one of `names`.
 */
export interface Need {
  /** Stable within this file: `parent`, `extent:2`, `part:3`, `blobs`. */
  readonly id: string;
  readonly kind: 'parent' | 'extent' | 'part' | 'blobs';
  /** `disk`: what is wanted is the virtual disk that the other file (with its own needs) unwraps to; `file`: its bytes as they are. */
  readonly want: 'disk' | 'file';
  /** Identities that fit, best first. */
  readonly match: readonly Facts[];
  /** Names or paths under which it was known, best first; a file found by `match` may have another one. */
  readonly names: readonly string[];
  /** SHA-1s in hex of some blobs that are looked for: a sample is enough. */
  readonly hashes: readonly string[];
  /** For people, in a sentence: `the parent "base.vhdx"`, `part 3 of 5`. */
  readonly title: string;
  /** False when the file can be shown in part without it. */
  readonly required: boolean;
}

/** What linking needs to know before anything is opened (parents, parts of a set). */
export interface Identity {
  /** Facts that identify this file: GUIDs, unique ids, sizes. */
  readonly self: Facts;
  readonly needs: readonly Need[];
  /** Part of a set: which (from 1), of how many, and the set's id. The lowest part that is there opens the image. */
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

/** The files that satisfy a need, best first; empty when none is there. `parent` and `extent` use the first, `blobs` all. */
export type Resolve = (need: Need) => readonly ByteSource[];
