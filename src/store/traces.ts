/** The dialog of a hive's traces: deleted keys and values, and what its logs changed, of one layer at a time. */
import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { ErrorData } from '../base/errors.ts';
import type {
  DeletedRow,
  DeletedRows,
  ReplayedRow,
  ReplayedRows,
  WorkspaceApi,
  WorkspaceState,
} from '../engine/api.ts';
import { toErrorData } from './notices.ts';

export type TracesTab = 'deleted' | 'replayed';

export interface TracesModel {
  /** Mount whose hives are looked at, plan style; null while the dialog is closed. */
  readonly mount: ReadonlySignal<string | null>;
  readonly layer: ReadonlySignal<string | null>;
  readonly tab: Signal<TracesTab>;
  readonly filter: Signal<string>;
  /** Null while they are read. */
  readonly deleted: ReadonlySignal<DeletedRows | null>;
  /** Null while they are read, and for a hive without applied logs. */
  readonly replayed: ReadonlySignal<ReplayedRows | null>;
  readonly busy: ReadonlySignal<boolean>;
  readonly error: ReadonlySignal<ErrorData | null>;
  /** What the filter leaves. */
  readonly deletedShown: ReadonlySignal<readonly DeletedRow[]>;
  readonly replayedShown: ReadonlySignal<readonly ReplayedRow[]>;
  open(mount: string): void;
  choose(layer: string): void;
  close(): void;
}

/** True when the text occurs in one of the fields. @param text in lower case */
const holds = (text: string, fields: readonly (string | null)[]) =>
  fields.some((field) => field?.toLowerCase().includes(text) === true);

/** Rows as lines with tabs between fields, for a spreadsheet. Pure. */
export function deletedLines(rows: readonly DeletedRow[]): string {
  return rows
    .map(({ kind, path, name, type, text, size, lastWrite, offset }) =>
      [kind, path ?? '?', name, type, text ?? '', kind === 'value' ? size : '', lastWrite ?? '', offset].join('\t'),
    )
    .join('\r\n');
}

export function replayedLines(rows: readonly ReplayedRow[]): string {
  return rows
    .map(({ kind, change, path, name, before, after, aspects }) =>
      [change, kind, path, name, before ?? '', after ?? '', aspects.join(' ')].join('\t'),
    )
    .join('\r\n');
}

export function createTraces(api: WorkspaceApi, workspace: ReadonlySignal<WorkspaceState | null>): TracesModel {
  const mount = signal<string | null>(null);
  const layer = signal<string | null>(null);
  const tab = signal<TracesTab>('deleted');
  const filter = signal('');
  const deleted = signal<DeletedRows | null>(null);
  const replayed = signal<ReplayedRows | null>(null);
  const busy = signal(false);
  const error = signal<ErrorData | null>(null);
  let turn = 0;

  async function load(at: string, of: string): Promise<void> {
    const mine = ++turn;
    layer.value = of;
    deleted.value = null;
    replayed.value = null;
    error.value = null;
    busy.value = true;
    try {
      const [gone, changed] = await Promise.all([api.hiveDeleted(at, of), api.hiveReplayed(at, of)]);
      if (mine !== turn) return;
      deleted.value = gone;
      replayed.value = changed;
      if (changed === null) tab.value = 'deleted';
    } catch (reason) {
      if (mine === turn) error.value = toErrorData(reason);
    } finally {
      if (mine === turn) busy.value = false;
    }
  }

  return {
    mount,
    layer,
    tab,
    filter,
    deleted,
    replayed,
    busy,
    error,
    deletedShown: computed(() => {
      const rows = deleted.value?.rows ?? [];
      const text = filter.value.toLowerCase();
      return text === '' ? rows : rows.filter((row) => holds(text, [row.path, row.name, row.text]));
    }),
    replayedShown: computed(() => {
      const rows = replayed.value?.rows ?? [];
      const text = filter.value.toLowerCase();
      return text === '' ? rows : rows.filter((row) => holds(text, [row.path, row.name, row.before, row.after]));
    }),
    open(at) {
      const first = workspace.peek()?.mounts.find((candidate) => candidate.mount === at)?.stack[0];
      if (first === undefined) return;
      mount.value = at;
      tab.value = 'deleted';
      filter.value = '';
      void load(at, first);
    },
    choose(of) {
      if (mount.value !== null) void load(mount.value, of);
    },
    close() {
      turn++;
      mount.value = null;
      deleted.value = null;
      replayed.value = null;
      busy.value = false;
    },
  };
}
