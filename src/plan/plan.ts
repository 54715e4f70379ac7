/** A plan as it stands in memory: the manifest and the bytes of its parts. */
import type { Manifest } from './spec.ts';

export interface Plan {
  readonly manifest: Manifest;
  /** The manifest's bytes: canonical JSON. */
  readonly manifestBytes: Uint8Array;
  /** Path as in the manifest -> bytes, in the manifest's order. */
  readonly segments: ReadonlyMap<string, Uint8Array>;
  /** SHA-256 -> bytes, sorted by name. */
  readonly blobs: ReadonlyMap<string, Uint8Array>;
}
