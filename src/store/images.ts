/** What the open images are made of: which files, what is missing, and when nobody needs an image any more. */
import type { BridgeApi, FileSet, OpenedImage } from '../bridge/types.ts';
import type { ChainEntry, ImageReport, LayerInfo } from '../engine/api.ts';
import type { Taken } from './dropped.ts';

/** The files of one image, as they were taken. */
export interface TakenSet {
  readonly main: Taken;
  readonly others: readonly Taken[];
  readonly logs: readonly Taken[];
  /** Files that were chosen by hand, by the id of the chain entry. */
  readonly picks: ReadonlyMap<string, Taken>;
}

export interface HeldImage extends TakenSet {
  readonly image: string;
  readonly report: ImageReport;
  /** False for the sample, which is always there and need not stand among the recent workspaces. */
  readonly remembered: boolean;
}

export interface Images {
  hold(image: HeldImage): void;
  /** Takes back `hold` of an image that no layer stands on: closing it is up to who opened it. */
  letGo(image: string): void;
  get(image: string): HeldImage | undefined;
  /** Open images that would show more with another file. */
  lacking(): HeldImage[];
  /** Closes the images whose last layer has gone. */
  follow(layers: readonly LayerInfo[]): void;
}

/** A file that is wanted and not there; what was chosen by hand counts as there. */
export const isLacking = (entry: ChainEntry): boolean => entry.file === null;

/** Each of a set's files once, the main one first. */
export function filesOf({ main, others, logs, picks }: TakenSet): Taken[] {
  return [...new Set([main, ...others, ...logs, ...picks.values()])];
}

/** The file of a chain entry's candidate. */
export function candidateOf(set: TakenSet, index: number): Taken | undefined {
  return index === 0 ? set.main : set.others[index - 1];
}

export function openSet(bridge: BridgeApi, set: TakenSet): Promise<OpenedImage> {
  const others = [...new Set([...set.others, ...set.picks.values()])];
  const files: FileSet = {
    main: set.main.file,
    others: others.map(({ file }) => file),
    logs: set.logs.map(({ file }) => file),
    picks: new Map([...set.picks].map(([need, { file }]) => [need, file])),
    ...(set.main.folder === undefined ? {} : { folder: set.main.folder }),
  };
  return bridge.openImage(files);
}

export function createImages(bridge: Pick<BridgeApi, 'closeImage'>): Images {
  const held = new Map<string, HeldImage>();
  /** A layer is told a moment after it was added: only what was seen can be seen to go. */
  const seen = new Set<string>();
  return {
    hold(image) {
      held.set(image.image, image);
    },
    letGo(image) {
      held.delete(image);
      seen.delete(image);
    },
    get: (image) => held.get(image),
    lacking: () => [...held.values()].filter(({ report }) => report.root.chain.some(isLacking)),
    follow(layers) {
      const used = new Set(layers.map(({ image }) => image));
      for (const image of used) if (held.has(image)) seen.add(image);
      for (const image of [...seen]) {
        if (used.has(image)) continue;
        seen.delete(image);
        held.delete(image);
        // a reader that has already ended has nothing to close
        bridge.closeImage(image).catch(() => undefined);
      }
    },
  };
}
