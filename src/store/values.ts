/** The values of the key under the cursor: small, so read whole; selection by index, kept by name. */
import { batch, computed, type ReadonlySignal, signal } from '@preact/signals';
import type { ValueRow, WorkspaceApi } from '../engine/api.ts';
import { NO_SELECTION, type Selection, type SelectMode, select, selectOne } from './selection.ts';

export type ValueSort = 'name' | 'type' | 'data' | 'state';

export interface Values {
  /** Key whose values are shown. */
  readonly node: ReadonlySignal<number>;
  readonly rows: ReadonlySignal<readonly ValueRow[]>;
  readonly selection: ReadonlySignal<Selection>;
  readonly current: ReadonlySignal<ValueRow | null>;
  readonly sort: ReadonlySignal<{ readonly by: ValueSort; readonly descending: boolean }>;
  open(node: number): Promise<void>;
  refresh(): void;
  select(index: number, mode: SelectMode): void;
  selectName(name: string): void;
  clear(): void;
  sortBy(by: ValueSort): void;
}

/** (Default) stays on top whatever the order, as in regedit. */
export function sortValues(rows: readonly ValueRow[], by: ValueSort, descending: boolean): ValueRow[] {
  const text = (row: ValueRow) =>
    by === 'type' ? row.typeName : by === 'data' ? row.text : by === 'state' ? row.state : row.name;
  const sign = descending ? -1 : 1;
  return [...rows].sort((a, b) => {
    if ((a.name === '') !== (b.name === '')) return a.name === '' ? -1 : 1;
    const [x, y] = [text(a).toUpperCase(), text(b).toUpperCase()];
    if (x !== y) return x < y ? -sign : sign;
    return a.name.toUpperCase() < b.name.toUpperCase() ? -1 : 1;
  });
}

export function createValues(workspace: WorkspaceApi, failed: (error: unknown) => void): Values {
  const node = signal(-1);
  const all = signal<readonly ValueRow[]>([]);
  const selection = signal<Selection>(NO_SELECTION);
  const sort = signal<{ by: ValueSort; descending: boolean }>({ by: 'name', descending: false });
  const rows = computed(() => sortValues(all.value, sort.value.by, sort.value.descending));
  const current = computed(() => rows.value[selection.value.cursor] ?? null);
  let turn = 0;
  let asked = -1;
  let pending: Promise<void> = Promise.resolve();

  async function load(wanted: number): Promise<void> {
    const mine = ++turn;
    try {
      const found = await workspace.values(wanted, true);
      if (mine !== turn) return;
      const name = node.value === wanted ? (current.value?.name ?? null) : null;
      batch(() => {
        all.value = found;
        node.value = wanted;
        selection.value = name === null ? NO_SELECTION : selectOne(rows.value.findIndex((row) => row.name === name));
      });
    } catch (error) {
      if (mine === turn) failed(error);
    }
  }

  return {
    node,
    rows,
    selection,
    current,
    sort,
    open(wanted) {
      if (wanted !== asked) {
        asked = wanted;
        pending = load(wanted);
      }
      return pending;
    },
    refresh() {
      if (asked >= 0) pending = load(asked);
    },
    select(index, mode) {
      const last = rows.value.length - 1;
      if (last >= 0) selection.value = select(selection.value, Math.max(0, Math.min(last, index)), mode);
    },
    selectName(name) {
      const upper = name.toUpperCase();
      selection.value = selectOne(rows.value.findIndex((row) => row.name.toUpperCase() === upper));
    },
    clear() {
      selection.value = NO_SELECTION;
    },
    sortBy(by) {
      batch(() => {
        const name = current.value?.name ?? null;
        sort.value = { by, descending: sort.value.by === by && !sort.value.descending };
        selection.value = name === null ? NO_SELECTION : selectOne(rows.value.findIndex((row) => row.name === name));
      });
    },
  };
}
