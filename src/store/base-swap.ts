/** Another base that is tried under the layers: which one, what looks different, and the way back. */
import { computed, effect, type ReadonlySignal, signal } from '@preact/signals';
import type { BaseSwap, CompareSide, LayerInfo, ViewSpec, WorkspaceApi, WorkspaceState } from '../engine/api.ts';

export interface BaseSwapModel {
  /** Null while no other base is tried. */
  readonly state: ReadonlySignal<(BaseSwap & { readonly name: string; readonly instead: string }) | null>;
  readonly busy: ReadonlySignal<boolean>;
  /** The trees show only what looks different. */
  readonly only: ReadonlySignal<boolean>;
  /** Puts the base in the place of the present one and leads to the files. */
  use(base: CompareSide): Promise<void>;
  undo(): Promise<void>;
  showOnly(on: boolean): void;
}

/** What it needs of a tree of the page. */
interface FilteredTree {
  readonly spec: ReadonlySignal<ViewSpec>;
  change(spec: Partial<ViewSpec>): Promise<void>;
}

export interface SwapParts {
  readonly api: Pick<WorkspaceApi, 'useBase' | 'undoBase'>;
  readonly workspace: ReadonlySignal<WorkspaceState | null>;
  readonly trees: readonly FilteredTree[];
  /** The files come in front. */
  lead(): void;
  failed(error: unknown): void;
}

export function createBaseSwap({ api, workspace, trees, lead, failed }: SwapParts): BaseSwapModel {
  const busy = signal(false);
  const state = computed(() => {
    const swap = workspace.value?.swap ?? null;
    if (swap === null) return null;
    const nameOf = (id: string) => workspace.value!.layers.find((layer: LayerInfo) => layer.id === id)?.name ?? '';
    return { ...swap, name: nameOf(swap.now), instead: nameOf(swap.before) };
  });
  const only = computed(() => trees.some((tree) => tree.spec.value.markedOnly === true));
  function showOnly(on: boolean): void {
    for (const tree of trees) if ((tree.spec.peek().markedOnly === true) !== on) void tree.change({ markedOnly: on });
  }
  async function run(call: () => Promise<unknown>): Promise<boolean> {
    if (busy.peek()) return false;
    busy.value = true;
    try {
      await call();
      return true;
    } catch (error) {
      failed(error);
      return false;
    } finally {
      busy.value = false;
    }
  }
  // what is no more tried marks nothing
  effect(() => {
    if (state.value === null && only.peek()) showOnly(false);
  });
  return {
    state,
    busy,
    only,
    async use({ image, mount }) {
      if (await run(() => api.useBase({ image, mount }))) lead();
    },
    async undo() {
      await run(() => api.undoBase());
    },
    showOnly,
  };
}
