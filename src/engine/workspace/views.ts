/** Open views: what the page draws by range. Expanded nodes belong to the pane, so that a view opened anew is open alike. */
import { fail } from '../../base/errors.ts';
import type { Merged } from '../../overlay/merged.ts';
import type { NamedLayer } from '../../overlay/nodes.ts';
import { type NodeState, type SortKey, STATE_NAMES } from '../../overlay/types.ts';
import type { View } from '../../overlay/view.ts';
import type { Pane, ViewInfo, ViewSpec } from '../api.ts';
import type { Derived } from './derived.ts';
import type { Merge } from './merge.ts';
import { RegistryView } from './registry-view.ts';

/** Views kept at once: one a pane is drawn, a few more may be asked for while a pane changes over. */
const MAX_VIEWS = 8;
/** Rows that "expand all" may bring; more are a mistake of the finger. */
const MAX_EXPANDED_ROWS = 2_000_000;

interface OpenView {
  readonly pane: Pane;
  readonly view: View | RegistryView;
  /** What a filter opened is not what the person opened: folders of such a view are not remembered. */
  readonly filtered: boolean;
}

export class Views {
  readonly #merge: Merge;
  readonly #derived: Derived;
  /** Ways of the registry that are open. */
  readonly #ways = new Set<number>();
  readonly #open = new Map<number, OpenView>();
  readonly #expanded: Record<Pane, Set<number>> = { files: new Set(), registry: new Set() };
  #next = 1;

  constructor(merge: Merge, derived: Derived) {
    this.#merge = merge;
    this.#derived = derived;
  }

  #merged(pane: Pane): Merged<NamedLayer> {
    return pane === 'files' ? this.#merge.files : this.#merge.registry;
  }

  /** After a merge: open views are stale; expanded nodes get their new numbers. */
  invalidate(changed: { readonly filesJoined: boolean; readonly keysJoined: boolean }): void {
    this.#open.clear();
    for (const pane of ['files', 'registry'] as const)
      if (pane === 'files' ? changed.filesJoined : changed.keysJoined)
        this.#expanded[pane] = new Set(this.#merged(pane).carry(this.#expanded[pane]));
  }

  #remember({ pane, view, filtered }: OpenView): void {
    if (!filtered) this.#expanded[pane] = new Set(view.expanded());
  }

  open(spec: ViewSpec): ViewInfo {
    const merged = this.#merged(spec.pane);
    const marked = spec.pane === 'files' ? this.#merge.markedFiles : this.#merge.markedKeys;
    const among = spec.markedOnly ? marked : null;
    const filtered =
      spec.filter !== '' || spec.states !== null || spec.layers !== null || spec.conflictsOnly || among !== null;
    const made = {
      filter: {
        text: spec.filter,
        states: spec.states === null ? null : spec.states.map((state) => STATE_NAMES.indexOf(state) as NodeState),
        layers:
          spec.layers === null ? null : spec.layers.map((id) => merged.layerIds.indexOf(id)).filter((n) => n >= 0),
        showHidden: spec.showHidden,
        conflictsOnly: spec.conflictsOnly,
        among,
      },
      sort: { by: spec.sort.by as SortKey, descending: spec.sort.descending },
      expanded: this.#expanded[spec.pane],
    };
    const view =
      spec.pane === 'files'
        ? merged.openView(made)
        : new RegistryView(this.#merge.registry, this.#derived, made, filtered ? null : this.#ways);
    const id = this.#next++;
    this.#open.set(id, { pane: spec.pane, view, filtered });
    for (const old of this.#open.keys()) {
      if (this.#open.size <= MAX_VIEWS) break;
      this.#open.delete(old);
    }
    return { view: id, generation: view.generation, count: view.total };
  }

  /** @returns null when the view has been closed by a change */
  find(id: number): OpenView | null {
    return this.#open.get(id) ?? null;
  }

  get(id: number): OpenView {
    return this.find(id) ?? fail('MissingItem', 'view', null, 'an open view', `number ${id}`);
  }

  info(id: number): ViewInfo {
    const { view } = this.get(id);
    return { view: id, generation: view.generation, count: view.total };
  }

  expand(id: number, node: number, expanded: boolean, deep: boolean): ViewInfo {
    const open = this.get(id);
    const { pane, view, filtered } = open;
    if (deep && expanded) {
      if (view.total > MAX_EXPANDED_ROWS)
        fail('UnsupportedSize', 'view', null, `at most ${MAX_EXPANDED_ROWS} rows`, view.total);
      view.expandAll(node);
      this.#remember(open);
    } else {
      view.toggle(node, expanded);
      if (filtered || (pane === 'registry' && this.#derived.has(node))) return this.info(id);
      if (expanded) this.#expanded[pane].add(node);
      else this.#expanded[pane].delete(node);
    }
    return this.info(id);
  }

  reveal(id: number, node: number): { readonly info: ViewInfo; readonly index: number } {
    const open = this.get(id);
    const index = open.view.reveal(node);
    this.#remember(open);
    return { info: this.info(id), index };
  }
}
