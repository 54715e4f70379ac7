/** The compare tab, another base: what the layers above hide of it, looked at again when rules or layers change. */
import { computed, effect, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { nodeOfMount } from '../base/chain-mounts.ts';
import type { ErrorData } from '../base/errors.ts';
import type {
  LayerInfo,
  MergeFinding,
  RebaseFormat,
  RebaseProgress,
  RebaseReport,
  WorkspaceApi,
} from '../engine/api.ts';
import { type CompareChoice, compareChoices } from './compare-choices.ts';
import { type FindingRow, rowsOf } from './findings.ts';
import { createLongCall } from './long-call.ts';
import { toErrorData } from './notices.ts';
import { download } from './save-target.ts';

export interface RebaseModel {
  /** The base that another one would take the place of. */
  readonly present: ReadonlySignal<LayerInfo | null>;
  readonly choices: ReadonlySignal<readonly CompareChoice[]>;
  /** Key of the choice. */
  readonly base: Signal<string | null>;
  readonly report: ReadonlySignal<RebaseReport | null>;
  readonly progress: ReadonlySignal<RebaseProgress | null>;
  readonly error: ReadonlySignal<ErrorData | null>;
  readonly rows: ReadonlySignal<readonly FindingRow[]>;
  readonly cursor: Signal<string | null>;
  readonly selected: ReadonlySignal<MergeFinding | null>;
  /** Names of bases that are no layers, by the id that the evidence has. */
  readonly strangers: ReadonlySignal<ReadonlyMap<string, string>>;
  toggle(key: string, open: boolean): void;
  run(): void;
  cancel(): void;
  save(format: RebaseFormat): Promise<void>;
}

export function createRebase(
  api: WorkspaceApi,
  layers: ReadonlySignal<readonly LayerInfo[]>,
  generation: ReadonlySignal<number>,
): RebaseModel {
  // layers come top first
  const present = computed(
    () => layers.value.findLast(({ enabled, status }) => enabled && status !== 'failed') ?? null,
  );
  const choices = computed(() =>
    compareChoices(layers.value).filter(
      ({ image, mount }) =>
        nodeOfMount(mount) === null && (image !== present.value?.image || mount !== present.value.mount),
    ),
  );
  const base = signal<string | null>(null);
  const report = signal<RebaseReport | null>(null);
  const call = createLongCall<RebaseProgress>(() => api.rebaseProgress());
  const saveError = signal<ErrorData | null>(null);
  const turned = signal<ReadonlySet<string>>(new Set());
  const cursor = signal<string | null>(null);
  const rows = computed(() =>
    rowsOf(
      (report.value?.groups ?? []).map((group) => ({ ...group, key: `${group.severity} ${group.code}` })),
      turned.value,
    ),
  );
  let shown = -1;

  async function run(): Promise<void> {
    saveError.value = null;
    const choice = choices.peek().find(({ key }) => key === base.peek());
    if (choice === undefined) {
      call.end();
      report.value = null;
      return;
    }
    shown = generation.peek();
    await call.run(
      { step: 'scan', done: 0, total: null },
      () => api.rebase({ image: choice.image, mount: choice.mount }),
      (found) => {
        report.value = found;
      },
      () => {
        report.value = null;
      },
    );
  }

  function cancel(): void {
    call.end();
    report.value = null;
    base.value = null;
    void api.endRebase();
  }

  // a base that is gone, or that has become the present one, is tried no more
  effect(() => {
    const known = new Set(choices.value.map(({ key }) => key));
    if (base.peek() !== null && !known.has(base.peek()!)) cancel();
  });
  effect(() => {
    const now = generation.value;
    if (report.peek() !== null && now !== shown) void run();
  });

  return {
    present,
    choices,
    base,
    report,
    progress: call.progress,
    error: computed(() => call.error.value ?? saveError.value),
    rows,
    cursor,
    selected: computed(() => {
      const row = rows.value.find(({ key }) => key === cursor.value);
      return row?.kind === 'item' && 'pain' in row.finding ? row.finding : null;
    }),
    strangers: computed(() => {
      const after = report.value?.after;
      return new Map(after === undefined ? [] : [[after.layer, after.name]]);
    }),
    toggle(key, open) {
      const row = rows.value.find((one) => one.key === key);
      if (row?.kind !== 'group' || row.open === open) return;
      const next = new Set(turned.value);
      if (!next.delete(key)) next.add(key);
      turned.value = next;
    },
    run: () => void run(),
    cancel,
    async save(format) {
      try {
        const { file, name } = await api.rebaseFile(format);
        download(file, name);
      } catch (reason) {
        saveError.value = toErrorData(reason);
      }
    },
  };
}
