/** What is read of a layer, stage by stage. */
import type { Finding } from '../../base/findings.ts';
import type { HiveCandidate, Profile } from '../../layer/hives.ts';
import type { Policy } from '../../layer/policies.ts';
import type { LayerTree, MountedHive } from '../../layer/types.ts';
import type { ProgressInfo } from '../api.ts';
import type { ImageApi } from '../api-image.ts';
import type { ReadControl } from '../read-tree.ts';
import { Meter } from './rate.ts';

export interface LayerSource {
  readonly image: ImageApi;
  readonly mount: string;
  /** Name of the image file, for findings and mounts. */
  readonly name: string;
  readonly kind: 'tree' | 'hive';
  /** Begins the ids under which the image keeps this layer's scan and hives. */
  readonly owner: string;
  /** Id of the store that a person chose; null: the one that is recognised. */
  readonly store: string | null;
}

/** A hive as it was read, before users are known by SID. */
export interface LoadedHive extends Omit<MountedHive, 'mount'> {
  readonly candidate: Pick<HiveCandidate, 'mount' | 'user'>;
}

export interface LoadedLayer {
  readonly tree: LayerTree | null;
  readonly storeFacts: Readonly<Record<string, unknown>>;
  /** Paths by which the store is known. */
  readonly storeSigns: readonly string[];
  /** Rule files that came with the layer. */
  readonly policies: readonly Policy[];
  readonly hives: readonly LoadedHive[];
  readonly profiles: readonly Profile[];
  readonly controlSet: number | null;
  readonly findings: readonly Finding[];
  /** True while only the root directory is known, or some of the hives, or the keys that were asked for. */
  readonly partial: boolean;
  /** Of a hive that is being read: the layer with what a key holds; null when it is there or cannot be read yet. */
  readonly more?: (key: number) => Promise<LoadedLayer | null>;
}

export interface ReadHooks {
  /** A more complete state of the layer. */
  readonly stage: (layer: LoadedLayer) => void;
  readonly progress: (info: ProgressInfo) => void;
  readonly cancelled: () => boolean;
  readonly now: () => number;
}

/** A layer of which nothing is known. */
export const EMPTY = {
  storeFacts: {},
  storeSigns: [],
  policies: [],
  hives: [],
  profiles: [],
  controlSet: null,
  findings: [],
  partial: false,
} as const;

/** Progress and cancel of one reading. */
export function control({ image, owner }: LayerSource, hooks: ReadHooks, what: ProgressInfo['what']): ReadControl {
  const meter = new Meter(what, hooks.now);
  let bytes = 0;
  return {
    cancelled: hooks.cancelled,
    owner,
    progress(done, total) {
      hooks.progress(meter.progress(done, total, bytes));
      Promise.resolve(image.bytesRead()).then(
        (read) => {
          bytes = read;
        },
        () => {}, // the scan itself tells when the image has gone
      );
    },
  };
}
