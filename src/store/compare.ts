/** The compare tab: two trees, what differs between them, which of it is looked at. */
import { computed, effect, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { mountAt } from '../base/chain-mounts.ts';
import type { ErrorData } from '../base/errors.ts';
import type { Change, ComparedEntry, CompareReport, CompareSide, LayerInfo, WorkspaceApi } from '../engine/api.ts';
import { type BlocksModel, createBlocks, pointKey } from './compare-blocks.ts';
import { type CompareChoice, choiceKey, shownChoices, viewChoices } from './compare-choices.ts';
import { createRebase, type RebaseModel } from './compare-rebase.ts';
import { createRegistryCompare, type RegistryCompareModel } from './compare-registry.ts';
import { createLongCall } from './long-call.ts';
import { toErrorData } from './notices.ts';
import { BLOCK, RowCache } from './row-cache.ts';

export const SHOWN_CHANGES: readonly Change[] = ['added', 'removed', 'changed', 'metadata'];

/** Two trees, the registries of two layers, another base under the layers, two points of a chain of disks. */
export type CompareWhat = 'files' | 'registry' | 'rebase' | 'blocks';

export interface CompareModel {
  readonly what: Signal<CompareWhat>;
  readonly registry: RegistryCompareModel;
  readonly rebase: RebaseModel;
  readonly blocks: BlocksModel;
  readonly choices: ReadonlySignal<readonly CompareChoice[]>;
  readonly before: Signal<string | null>;
  readonly after: Signal<string | null>;
  readonly report: ReadonlySignal<CompareReport | null>;
  readonly error: ReadonlySignal<ErrorData | null>;
  readonly progress: ReadonlySignal<{ readonly done: number; readonly total: number | null } | null>;
  readonly changes: Signal<ReadonlySet<Change>>;
  readonly filter: Signal<string>;
  readonly count: ReadonlySignal<number>;
  /** Grows when rows have arrived. */
  readonly loaded: ReadonlySignal<number>;
  readonly cursor: Signal<number>;
  readonly selected: ReadonlySignal<ComparedEntry | null>;
  row(index: number): ComparedEntry | null;
  need(from: number, to: number): void;
  swap(): void;
  run(): void;
  cancel(): void;
  /** Compares a layer with what it was at a parent of its chain: blocks and files. */
  withPoint(layer: LayerInfo, need: string): void;
}

export function createCompare(
  api: WorkspaceApi,
  layers: ReadonlySignal<readonly LayerInfo[]>,
  generation: ReadonlySignal<number>,
): CompareModel {
  const choices = computed(() => [...shownChoices(layers.value), ...viewChoices(layers.value)]);
  const before = signal<string | null>(null);
  const after = signal<string | null>(null);
  const report = signal<CompareReport | null>(null);
  const call = createLongCall<{ done: number; total: number | null }>(() => api.compareProgress());
  /** Why rows could not be fetched. */
  const rowsError = signal<ErrorData | null>(null);
  const changes = signal<ReadonlySet<Change>>(new Set<Change>(['added', 'removed', 'changed']));
  const filter = signal('');
  const count = signal(0);
  const loaded = signal(0);
  const cursor = signal(0);
  let cache = new RowCache<ComparedEntry>();
  let list = 0;

  const asked = () => [[...changes.peek()], filter.peek()] as const;

  async function load(blocks: readonly number[]): Promise<void> {
    const mine = list;
    const [kinds, text] = asked();
    for (const block of blocks)
      try {
        const found = await api.compareRows(kinds, text, block * BLOCK, BLOCK);
        if (mine !== list) return;
        cache.put(block, found.rows);
        count.value = found.count;
        loaded.value++;
      } catch (reason) {
        if (mine === list) rowsError.value = toErrorData(reason);
        return;
      }
  }

  function relist(): void {
    list++;
    cache = new RowCache();
    cursor.value = 0;
    count.value = 0;
    void load(cache.want(0, 1));
  }

  async function run(): Promise<void> {
    const [left, right] = [before, after].map((side) => choices.peek().find(({ key }) => key === side.peek()));
    report.value = null;
    rowsError.value = null;
    if (left === undefined || right === undefined || left === right) {
      if (call.progress.peek() !== null) cancel();
      return;
    }
    const side = ({ image, mount, without }: CompareChoice): CompareSide => ({
      image,
      mount,
      ...(without !== undefined && { without }),
    });
    await call.run(
      { done: 0, total: null },
      () => api.compare(side(left), side(right)),
      (found) => {
        report.value = found;
        relist();
      },
    );
  }

  function cancel(): void {
    call.end();
    void api.endCompare();
  }

  // a tree that is gone is compared no more
  effect(() => {
    const known = new Set(choices.value.map(({ key }) => key));
    for (const side of [before, after])
      if (side.value !== null && !known.has(side.value)) {
        side.value = null;
        report.value = null;
      }
  });
  // layers that move or go change what a view shows
  effect(() => {
    generation.value;
    const sides = [before.peek(), after.peek()].map((key) => choices.peek().find((choice) => choice.key === key));
    if (sides.some((side) => side?.without !== undefined)) report.value = null;
  });
  effect(() => {
    changes.value;
    filter.value;
    if (report.peek() !== null) relist();
  });

  const what = signal<CompareWhat>('files');
  const blocks = createBlocks(api, layers);

  return {
    what,
    blocks,
    registry: createRegistryCompare(api, layers, generation),
    rebase: createRebase(api, layers, generation),
    choices,
    before,
    after,
    report,
    error: computed(() => call.error.value ?? rowsError.value),
    progress: call.progress,
    changes,
    filter,
    count,
    loaded,
    cursor,
    selected: computed(() => {
      loaded.value;
      return cache.get(cursor.value);
    }),
    row: (index) => cache.get(index),
    need(from, to) {
      const wanted = cache.want(from, to);
      if (wanted.length > 0) void load(wanted);
    },
    swap() {
      [before.value, after.value] = [after.value, before.value];
      void run();
    },
    run: () => void run(),
    cancel,
    withPoint({ image, mount }, need) {
      what.value = 'blocks';
      blocks.before.value = pointKey(image, need);
      blocks.after.value = pointKey(image, null);
      blocks.run();
      before.value = choiceKey(image, mountAt(need, mount));
      after.value = choiceKey(image, mount);
      void run();
    },
  };
}
