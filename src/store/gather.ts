/** From files to the images they make: linked by the engine, each opened once, however often the files are looked at again. */
import type { ErrorData } from '../base/errors.ts';
import type { BridgeApi, OpenedImage } from '../bridge/types.ts';
import type { ChainEntry } from '../engine/api.ts';
import { candidates, firstRefusal } from './candidates.ts';
import type { Taken } from './dropped.ts';
import { openSet, type TakenSet } from './images.ts';
import { toErrorData } from './notices.ts';

export interface RefusedFile {
  readonly name: string;
  readonly error: ErrorData | null;
  /** Files that it needs; empty when that is not why. */
  readonly chain: readonly ChainEntry[];
  /** Its files, null for what is no image at all. */
  readonly set: TakenSet | null;
}

export interface GatheredImage {
  readonly set: TakenSet;
  /** Name of a file that is made of this one; null for what stands alone. */
  readonly partOf: string | null;
  /** Null as long as nobody asks for it: a parent is read as part of its child. */
  readonly opened: OpenedImage | null;
}

export interface Gathered {
  readonly images: readonly GatheredImage[];
  readonly plans: readonly Taken[];
  /** Rule files of other products. */
  readonly rules: readonly Taken[];
  readonly refused: readonly RefusedFile[];
}

export interface GatherOptions {
  readonly picks: ReadonlyMap<Taken, ReadonlyMap<string, Taken>>;
  /** False leaves an image alone: it is neither opened nor told. */
  wanted(set: TakenSet, inner: boolean): boolean;
  /** True opens it although it is part of another one. */
  alone(main: Taken): boolean;
  progress(done: number, total: number, name: string): void;
  cancelled(): boolean;
}

export interface Gatherer {
  /** Null when it was cancelled. @throws when the files cannot be looked at at all */
  gather(files: readonly Taken[], options: GatherOptions): Promise<Gathered | null>;
  /** Opens an image that was left closed. @throws FormatError when there is nothing in it that can be read */
  open(set: TakenSet): Promise<OpenedImage>;
  /** Closes what was opened and not kept. */
  close(keep?: ReadonlySet<string>): void;
}

export function createGatherer(bridge: BridgeApi): Gatherer {
  const opened = new Map<string, OpenedImage>();
  const numbers = new Map<Taken, number>();
  let closings = 0;
  const closeImage = (image: string) => void bridge.closeImage(image).catch(() => undefined);
  const number = (taken: Taken) => {
    const held = numbers.get(taken) ?? numbers.size;
    numbers.set(taken, held);
    return held;
  };
  const keyOf = ({ main, others, logs, picks }: TakenSet) =>
    JSON.stringify([
      number(main),
      others.map(number),
      logs.map(number),
      [...picks].map(([need, taken]) => [need, number(taken)]),
    ]);

  async function open(set: TakenSet): Promise<OpenedImage> {
    const key = keyOf(set);
    const held = opened.get(key);
    if (held !== undefined) return held;
    const mine = closings;
    const image = await openSet(bridge, set);
    if (mine !== closings) {
      closeImage(image.image);
      throw new Error('closed while it was opened');
    }
    opened.set(key, image);
    return image;
  }

  return {
    open,
    async gather(files, { picks, wanted, alone, progress, cancelled }) {
      const found = await bridge.identify(files.map(({ file }) => file));
      if (cancelled()) return null;
      const chosen = new Map(
        [...picks].flatMap(([main, of]) => [...of.values()].map((taken) => [taken, main] as const)),
      );
      const images: GatheredImage[] = [];
      const refused: RefusedFile[] = found.refused.map((i) => ({
        name: files[i]!.file.name,
        error: found.probes[i]?.refusal ?? null,
        chain: [],
        set: null,
      }));
      for (const [done, group] of found.groups.entries()) {
        const main = files[group.main]!;
        const pick = picks.get(main) ?? new Map<string, Taken>();
        const set: TakenSet = {
          main,
          // what was chosen by hand may need others in turn, of which linking does not know
          others: pick.size > 0 ? files.filter((taken) => taken !== main) : group.others.map((i) => files[i]!),
          logs: group.logs.map((i) => files[i]!),
          picks: pick,
        };
        const child = found.groups.find(({ others, inner }) => !inner && others.includes(group.main));
        const user = chosen.get(main)?.file.name ?? (group.inner ? files[child?.main ?? group.main]!.file.name : null);
        if (!wanted(set, user !== null)) continue;
        if (user !== null && !alone(main)) {
          images.push({ set, partOf: user, opened: null });
          continue;
        }
        progress(done, found.groups.length, main.file.name);
        try {
          const image = await open(set);
          if (cancelled()) return null;
          if (candidates(image.report).length > 0) images.push({ set, partOf: user, opened: image });
          else {
            const { chain } = image.report.root;
            refused.push({ name: main.file.name, error: firstRefusal(image.report), chain, set });
          }
        } catch (error) {
          if (cancelled()) return null;
          refused.push({ name: main.file.name, error: toErrorData(error), chain: [], set });
        }
      }
      // what a refused image was made of may be read without it
      for (const [i, { set, partOf, opened: isOpen }] of [...images.entries()].reverse()) {
        if (isOpen !== null || !refused.some(({ set: other, name }) => other !== null && name === partOf)) continue;
        const image = await open(set).catch(() => null);
        if (cancelled()) return null;
        if (image !== null && candidates(image.report).length > 0) images[i] = { set, partOf: null, opened: image };
        else images.splice(i, 1);
      }
      const at = (indices: readonly number[]) => indices.map((i) => files[i]!);
      return { images, plans: at(found.plans), rules: at(found.rules), refused };
    },
    close(keep = new Set()) {
      closings++;
      for (const [key, { image }] of [...opened]) {
        opened.delete(key);
        if (!keep.has(image)) closeImage(image);
      }
    },
  };
}
