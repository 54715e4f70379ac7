/** The dialog of a volume's deleted files: found step by step, told apart from all others, saved one by one. */
import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { ErrorData } from '../base/errors.ts';
import type { DeletedFileRow, LayerInfo, WorkspaceApi } from '../engine/api.ts';
import { toErrorData } from './notices.ts';
import type { Saving } from './saving.ts';

/** Rows that are kept; the rest is counted. A volume of a million freed records is no list for people. */
const MAX_ROWS = 200_000;

export interface DeletedFilesModel {
  /** Layer whose volume is looked through; null while the dialog is closed. */
  readonly layer: ReadonlySignal<{ readonly id: string; readonly name: string } | null>;
  /** Found so far. */
  readonly rows: ReadonlySignal<readonly DeletedFileRow[]>;
  readonly total: ReadonlySignal<number>;
  /** Null when nothing is being looked for. */
  readonly progress: ReadonlySignal<{ readonly done: number; readonly total: number | null } | null>;
  /** A person ended the search before its end. */
  readonly stopped: ReadonlySignal<boolean>;
  readonly error: ReadonlySignal<ErrorData | null>;
  readonly filter: Signal<string>;
  /** What the filter leaves. */
  readonly shown: ReadonlySignal<readonly DeletedFileRow[]>;
  readonly cursor: Signal<number>;
  open(layer: LayerInfo): void;
  stop(): void;
  close(): void;
  save(row: DeletedFileRow): void;
}

/** True for files whose bytes no other file uses now, as far as the volume tells. */
export function isSavable({ directory, data }: DeletedFileRow): boolean {
  return !directory && (data === 'resident' || data === 'free');
}

/** True where there can be deleted files: NTFS leaves the record. */
export function keepsDeleted({ format }: Pick<LayerInfo, 'format'>): boolean {
  return /(^| )ntfs$/.test(format);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is replaced
const NOT_IN_NAMES = /[\0-\x1f"*/:<>?\\|]/g;

/** The name that a file is saved by. Pure. */
export function nameOf({ path, ref }: DeletedFileRow): string {
  const name = path.slice(path.lastIndexOf('\\') + 1).replace(NOT_IN_NAMES, '_');
  return name === '' ? `record ${ref}` : name;
}

export function createDeletedFiles(api: WorkspaceApi, saving: Pick<Saving, 'bytes'>): DeletedFilesModel {
  const layer = signal<{ id: string; name: string } | null>(null);
  const rows = signal<readonly DeletedFileRow[]>([]);
  const total = signal(0);
  const progress = signal<{ done: number; total: number | null } | null>(null);
  const stopped = signal(false);
  const error = signal<ErrorData | null>(null);
  const filter = signal('');
  const cursor = signal(0);
  let turn = 0;

  async function look(id: string): Promise<void> {
    const mine = ++turn;
    rows.value = [];
    total.value = 0;
    error.value = null;
    stopped.value = false;
    cursor.value = 0;
    progress.value = { done: 0, total: null };
    try {
      for (let again = true; ; again = false) {
        const step = await api.deletedFiles(id, again);
        if (mine !== turn) return;
        total.value += step.files.length;
        const room = MAX_ROWS - rows.value.length;
        if (step.files.length > 0 && room > 0) rows.value = [...rows.value, ...step.files.slice(0, room)];
        if (step.finished) break;
        progress.value = { done: step.done, total: step.total };
      }
    } catch (reason) {
      if (mine === turn) error.value = toErrorData(reason);
    } finally {
      if (mine === turn) progress.value = null;
    }
  }

  function stop(): void {
    if (progress.value === null) return;
    turn++;
    progress.value = null;
    stopped.value = true;
  }

  return {
    layer,
    rows,
    total,
    progress,
    stopped,
    error,
    filter,
    cursor,
    shown: computed(() => {
      const text = filter.value.toLowerCase();
      return text === '' ? rows.value : rows.value.filter(({ path }) => path.toLowerCase().includes(text));
    }),
    open({ id, name }) {
      layer.value = { id, name };
      filter.value = '';
      void look(id);
    },
    stop,
    close() {
      stop();
      layer.value = null;
      rows.value = [];
    },
    save(row) {
      const from = layer.value;
      if (from === null || !isSavable(row)) return;
      void saving.bytes(nameOf(row), row.size, (at, length) => api.readDeletedFile(from.id, row.ref, at, length));
    },
  };
}
