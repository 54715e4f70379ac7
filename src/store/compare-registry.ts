/** The compare tab, registry: two layers, what their hives have otherwise. */
import { computed, effect, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { ErrorData } from '../base/errors.ts';
import type { LayerInfo, RegistryDifference, RegistryDifferences, RegistrySide, WorkspaceApi } from '../engine/api.ts';
import { viewChoices } from './compare-choices.ts';
import { createLongCall } from './long-call.ts';

/** Keys that were compared, of how many. */
interface Done {
  readonly done: number;
  readonly total: number | null;
}

/** `side` is what is compared, `view` as in CompareChoice. */
export interface RegistryChoice {
  readonly key: string;
  readonly text: string;
  readonly view?: string | null;
  readonly side: RegistrySide;
}

function registryChoices(layers: readonly LayerInfo[]): RegistryChoice[] {
  const own = layers.filter(({ keys }) => keys > 0);
  const views = viewChoices(own, ({ keys }) => keys > 0);
  return [
    ...own.map(({ id, name }) => ({ key: id, text: name, side: id })),
    ...views.map(({ key, text, view, without }) => ({
      key,
      text,
      view: view ?? null,
      side: { without: without ?? [] },
    })),
  ];
}

export interface RegistryCompareModel {
  /** Layers that have keys, and the merged views of two and more. */
  readonly choices: ReadonlySignal<readonly RegistryChoice[]>;
  readonly before: Signal<string | null>;
  readonly after: Signal<string | null>;
  readonly found: ReadonlySignal<RegistryDifferences | null>;
  /** Null while nothing is compared. */
  readonly progress: ReadonlySignal<Done | null>;
  readonly error: ReadonlySignal<ErrorData | null>;
  readonly filter: Signal<string>;
  readonly ignoreTimes: Signal<boolean>;
  readonly shown: ReadonlySignal<readonly RegistryDifference[]>;
  swap(): void;
  run(): void;
  cancel(): void;
}

export function createRegistryCompare(
  api: WorkspaceApi,
  layers: ReadonlySignal<readonly LayerInfo[]>,
  generation: ReadonlySignal<number>,
): RegistryCompareModel {
  const choices = computed(() => registryChoices(layers.value));
  const before = signal<string | null>(null);
  const after = signal<string | null>(null);
  const found = signal<RegistryDifferences | null>(null);
  const call = createLongCall<Done>(() => api.registryProgress());
  const filter = signal('');
  const ignoreTimes = signal(true);

  async function run(): Promise<void> {
    const [a, b] = [before, after].map((side) => choices.peek().find(({ key }) => key === side.peek()));
    found.value = null;
    call.end();
    if (a === undefined || b === undefined || a === b) return;
    await call.run(
      { done: 0, total: null },
      () => api.compareRegistry(a.side, b.side),
      (differences) => {
        found.value = differences;
      },
    );
  }

  function cancel(): void {
    call.end();
    void api.endRegistryCompare();
  }

  // layers that move or go, rules and the modes of hives change what a view shows
  effect(() => {
    generation.value;
    const sides = [before.peek(), after.peek()].map((key) => choices.peek().find((choice) => choice.key === key));
    if (sides.some((side) => side?.view !== undefined)) found.value = null;
  });
  // a layer that is gone is compared no more
  effect(() => {
    const known = new Set(choices.value.map(({ key }) => key));
    for (const side of [before, after])
      if (side.value !== null && !known.has(side.value)) {
        side.value = null;
        found.value = null;
      }
  });

  return {
    choices,
    before,
    after,
    found,
    progress: call.progress,
    error: call.error,
    filter,
    ignoreTimes,
    shown: computed(() => {
      const text = filter.value.toLowerCase();
      const has = (field: string | null) => field?.toLowerCase().includes(text) === true;
      return (found.value?.rows ?? []).filter(
        ({ change, path, name, before: old, after: now }) =>
          !(ignoreTimes.value && change === 'times') && (text === '' || [path, name, old, now].some(has)),
      );
    }),
    swap() {
      [before.value, after.value] = [after.value, before.value];
      void run();
    },
    run: () => void run(),
    cancel,
  };
}
