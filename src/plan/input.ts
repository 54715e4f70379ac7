/** What the engine hands over to make a plan, and what it must be able to do meanwhile. */
import type { Facts, Finding } from '../base/findings.ts';
import type { HiveMode, LayerRole, Rule } from '../layer/types.ts';
import type { FileGroup } from '../overlay/files/groups.ts';
import type { FileLayer } from '../overlay/files/layer.ts';
import type { NamedLayer } from '../overlay/nodes.ts';
import type { RegistryLayer } from '../overlay/registry/layer.ts';
import type { Resolution } from '../overlay/types.ts';
import type { Sha256 } from './merkle.ts';
import type { SegmentLimits } from './segments.ts';

/** A layer in effect. Its id is the workspace's; the plan names it by role and place. */
export interface InputLayer {
  readonly id: string;
  readonly role: LayerRole;
  /** Where new writes go: at most one layer, the topmost user layer as a rule. */
  readonly writable: boolean;
  /** Facts that identify the source (format, GUIDs, image index); no times of opening, no paths of this machine. */
  readonly source: Facts;
  readonly os: Facts | null;
  readonly volume: Facts | null;
  /** Parts of fingerprint `fp1`. */
  readonly fingerprint: readonly { readonly what: string; readonly sha256: string }[];
}

/** A merged tree of the overlay: its `FileOverlay` and `RegistryOverlay` fit as they are. */
export interface InputTree<L extends NamedLayer> {
  readonly resolution: Resolution;
  readonly layers: readonly L[];
  /** Workspace layer ids by layer number. */
  readonly layerIds: readonly string[];
}

/** The merged files, with those that are valid only together. */
export interface InputFiles extends InputTree<FileLayer> {
  readonly groups?: readonly FileGroup[];
}

export interface InputMount {
  /** `HKLM/SOFTWARE` */
  readonly mount: string;
  readonly mode: HiveMode;
  readonly allow: readonly string[];
  /** State of each layer's hive, by workspace layer id. */
  readonly states: readonly { readonly layer: string; readonly state: 'clean' | 'recovered' | 'dirtyNoLog' }[];
}

export interface PlanInput {
  /** Version of the program. */
  readonly version: string;
  /** Layers in effect, base first. */
  readonly layers: readonly InputLayer[];
  readonly files: InputFiles | null;
  readonly registry: InputTree<RegistryLayer> | null;
  /** Case tables that files and keys were compared with. */
  readonly upcase: Uint16Array;
  readonly keyUpcase: Uint16Array;
  /** In list order; those that are off are left out. */
  readonly rules: readonly Rule[];
  readonly mounts: readonly InputMount[];
  /** Current control set of the base, for `{ControlSet}`. */
  readonly controlSet: number | null;
  readonly findings: readonly Finding[];
  /** Accounts of layers that are the base's under another SID. */
  readonly principals?: readonly { readonly from: string; readonly to: string; readonly name: string }[];
}

/** One thing to read from a hive: the data of a value, or the class name (UTF-16LE) of a key. */
export interface ByteRequest {
  readonly what: 'value' | 'class';
  /** Workspace layer id and `MountedHive.key`. */
  readonly layer: string;
  readonly hive: string;
  /** Cell of the value or key. */
  readonly ref: number;
  /** Bytes to expect; 0 for a class. */
  readonly size: number;
}

export interface PlanHost {
  readonly sha256: Sha256;
  /** Bytes of each request in order, null where they cannot be read. Called with bounded batches. */
  fetch(requests: readonly ByteRequest[]): Promise<readonly (Uint8Array | null)[]>;
  /** Called now and then: let the worker answer; throw to cancel. `done` counts records and view lines. */
  pause?(done: number): Promise<void>;
  /** Smaller than usual in tests. */
  readonly limits?: SegmentLimits;
}
