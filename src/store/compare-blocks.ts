/** The compare tab, blocks: two points of a chain of disks, and where their bytes differ. */
import { computed, effect, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { ErrorData } from '../base/errors.ts';
import type { ChainEntry, DiskDifferences, DiskRange, LayerInfo, WorkspaceApi } from '../engine/api.ts';
import { toErrorData } from './notices.ts';

/** A point of a chain: the image's own file (`need` null), or one of its parents. */
export interface ChainPoint {
  readonly key: string;
  readonly text: string;
  readonly image: string;
  readonly need: string | null;
}

export interface BlocksModel {
  /** Points of the chains that are open; none when no disk has a parent. */
  readonly choices: ReadonlySignal<readonly ChainPoint[]>;
  readonly before: Signal<string | null>;
  readonly after: Signal<string | null>;
  /** Grows while it is looked at; null before. */
  readonly found: ReadonlySignal<DiskDifferences | null>;
  readonly rows: ReadonlySignal<readonly DiskRange[]>;
  readonly busy: ReadonlySignal<boolean>;
  /** A person ended it before its end. */
  readonly stopped: ReadonlySignal<boolean>;
  readonly error: ReadonlySignal<ErrorData | null>;
  swap(): void;
  run(): void;
  cancel(): void;
}

/** A disk that is here, through which the image is read. */
export const isPoint = ({ kind, file }: Pick<ChainEntry, 'kind' | 'file'>): boolean =>
  kind === 'parent' && file !== null;

export const pointKey = (image: string, need: string | null): string => `${image}\n${need ?? ''}`;

/** Points of all chains, top first, each image once. Pure. */
export function chainPoints(layers: readonly LayerInfo[]): ChainPoint[] {
  const found = new Map<string, ChainPoint>();
  const add = (image: string, need: string | null, text: string) => {
    const key = pointKey(image, need);
    if (!found.has(key)) found.set(key, { key, text, image, need });
  };
  for (const { image, imageName, chain } of layers) {
    const parents = chain.filter(isPoint);
    if (parents.length > 0) add(image, null, imageName);
    for (const { id, file } of parents) add(image, id, file!);
  }
  return [...found.values()];
}

export function createBlocks(
  api: Pick<WorkspaceApi, 'compareNodes'>,
  layers: ReadonlySignal<readonly LayerInfo[]>,
): BlocksModel {
  const choices = computed(() => chainPoints(layers.value));
  const before = signal<string | null>(null);
  const after = signal<string | null>(null);
  const found = signal<DiskDifferences | null>(null);
  const rows = signal<readonly DiskRange[]>([]);
  const busy = signal(false);
  const stopped = signal(false);
  const error = signal<ErrorData | null>(null);
  let turn = 0;

  function reset(): void {
    turn++;
    found.value = null;
    rows.value = [];
    error.value = null;
    stopped.value = false;
    busy.value = false;
  }

  async function run(): Promise<void> {
    reset();
    const mine = turn;
    const [first, second] = [before, after].map((side) => choices.peek().find(({ key }) => key === side.peek()));
    if (first === undefined || second === undefined || first.image !== second.image || first === second) return;
    busy.value = true;
    try {
      for (let again = true; ; again = false) {
        const step = await api.compareNodes(first.image, first.need, second.need, again);
        if (mine !== turn) return;
        found.value = step;
        if (step.news.length > 0) rows.value = [...rows.value, ...step.news];
        if (step.finished) break;
      }
    } catch (reason) {
      if (mine === turn) error.value = toErrorData(reason);
    } finally {
      if (mine === turn) busy.value = false;
    }
  }

  // a chain that is gone is compared no more
  effect(() => {
    const known = new Set(choices.value.map(({ key }) => key));
    for (const side of [before, after])
      if (side.value !== null && !known.has(side.value)) {
        side.value = null;
        reset();
      }
  });

  return {
    choices,
    before,
    after,
    found,
    rows,
    busy,
    stopped,
    error,
    swap() {
      [before.value, after.value] = [after.value, before.value];
      void run();
    },
    run: () => void run(),
    cancel() {
      if (!busy.value) return;
      turn++;
      busy.value = false;
      stopped.value = true;
    },
  };
}
