/** What crosses between the page and the workspace worker when two layers become one: types only. */
import type { Finding } from '../base/findings.ts';

/** What is in an archive that two layers were squashed into. */
export interface SquashReport {
  readonly files: number;
  readonly folders: number;
  readonly bytes: number;
  readonly marks: number;
  readonly hives: number;
  readonly keys: number;
  /** What one layer cannot say of two. */
  readonly findings: readonly Finding[];
}

export interface SquashPiece {
  readonly bytes: Uint8Array;
  readonly finished: boolean;
  /** With the last piece. */
  readonly report: SquashReport | null;
}

export interface SquashApi {
  /**
   * Begins an archive of a layer and the one below it as one layer store; its pieces are asked for until the last one.
   * @throws InvalidArgument for the base layer and the one above it, and for layers that are switched off or not read yet
   */
  squash(layer: string): Promise<{ readonly id: number; readonly name: string }>;
  squashNext(id: number): Promise<SquashPiece>;
  /** Gives an archive up that is not finished. */
  endSquash(id: number): Promise<void>;
}
