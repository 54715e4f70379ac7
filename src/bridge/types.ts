/** What the page sees of the machinery behind it: one interface, implemented by `bridge.ts` and by a fake for tests. */
import type { ErrorData } from '../base/errors.ts';
import type { Finding } from '../base/findings.ts';
import type { WorkspaceApi } from '../engine/api.ts';
import type { ImageGroup, ImageReport, NamedFile, ProbeResult } from '../engine/api-image.ts';

export type { NamedFile };

/** Files that make one image, as indices into the list that was identified. */
export type FileGroup = ImageGroup;

/** The files of an image that is to be opened. */
export interface FileSet {
  readonly main: File;
  /** Parents, extents, parts; and files that might be one, so that the chain can name them. */
  readonly others: readonly File[];
  readonly logs: readonly File[];
  /** Files that a person chose, by the id of the chain entry. Each is among `others`. */
  readonly picks: ReadonlyMap<string, File>;
  /** Files of the folder whose list `main` is, in its order. */
  readonly folder?: readonly NamedFile[];
}

/** What a drop turned out to be. Indices refer to the list of files that was given. */
export interface Identified {
  readonly probes: readonly ProbeResult[];
  readonly groups: readonly FileGroup[];
  /** Merge plans among the files. */
  readonly plans: readonly number[];
  /** Rule files of other products among the files. */
  readonly rules: readonly number[];
  /** Files nothing can be done with; their probe says why. */
  readonly refused: readonly number[];
}

export interface OpenedImage {
  readonly image: string;
  readonly report: ImageReport;
}

/** Something behind the page has died and what it means: shown as it is, the rest goes on. */
export interface Fault {
  readonly image: string | null;
  /** True when the part was started again and nothing is lost. */
  readonly recovered: boolean;
  readonly error: ErrorData;
}

export interface VerifyControl {
  progress(done: number, total: number): void;
  cancelled(): boolean;
}

export interface VerifyVerdict {
  /** False when the format carries nothing to check. */
  readonly supported: boolean;
  readonly findings: readonly Finding[];
  readonly workers: number;
}

export interface BridgeApi {
  /** Async face of the workspace worker. */
  readonly workspace: WorkspaceApi;
  /** Reads heads and tails and links files to images by identity; opens nothing. */
  identify(files: readonly File[]): Promise<Identified>;
  /** Unwraps one group of files. Rejects with a FormatError when nothing in it can be read. */
  openImage(files: FileSet): Promise<OpenedImage>;
  closeImage(image: string): Promise<void>;
  /**
   * Checks every hash that an open image carries, with workers of its own. Rejects with FormatError `Cancelled` when told so.
   * @param mount a tree of the image; images of one WIM are checked together
   */
  verify(image: string, mount: string, control: VerifyControl): Promise<VerifyVerdict>;
  /** The sample set that is served beside the page, as files; null when this copy of the page carries none. */
  sample: { readonly bytes: number; files(): Promise<File[]> } | null;
  /** Network requests since load that went anywhere but to the page's own files. Zero, or there is a bug. */
  requests(): number;
  /** @returns a function that ends the listening */
  onFault(listener: (fault: Fault) => void): () => void;
}
