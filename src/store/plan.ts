/** The plan tab: building for export, checking an opened plan. */
import { type ReadonlySignal, signal } from '@preact/signals';
import type { ErrorData } from '../base/errors.ts';
import type { PlanCheck, PlanSummary, WorkspaceApi } from '../engine/api.ts';
import { toErrorData } from './notices.ts';

export interface BuiltPlan {
  readonly summary: PlanSummary;
  readonly file: Blob;
  readonly name: string;
  /** Generation of the merged view it stands for. */
  readonly generation: number;
}

export interface CheckedPlan {
  readonly name: string;
  readonly file: File;
  readonly result: PlanCheck;
  readonly generation: number;
}

export interface PlanModel {
  readonly busy: ReadonlySignal<'building' | 'checking' | null>;
  readonly built: ReadonlySignal<BuiltPlan | null>;
  readonly check: ReadonlySignal<CheckedPlan | null>;
  readonly error: ReadonlySignal<ErrorData | null>;
  build(generation: number): Promise<BuiltPlan | null>;
  /** @param generation of the merged view that it is held against */
  open(file: File, generation: number): Promise<void>;
  closeCheck(): void;
}

export function createPlan(workspace: WorkspaceApi): PlanModel {
  const busy = signal<'building' | 'checking' | null>(null);
  const built = signal<BuiltPlan | null>(null);
  const check = signal<CheckedPlan | null>(null);
  const error = signal<ErrorData | null>(null);

  async function guarded<T>(what: 'building' | 'checking', work: () => Promise<T>): Promise<T | null> {
    if (busy.value !== null) return null;
    busy.value = what;
    error.value = null;
    try {
      return await work();
    } catch (reason) {
      error.value = toErrorData(reason);
      return null;
    } finally {
      busy.value = null;
    }
  }

  return {
    busy,
    built,
    check,
    error,
    build: (generation) =>
      guarded('building', async () => {
        const made = { ...(await workspace.buildPlan()), generation };
        built.value = made;
        return made;
      }),
    async open(file, generation) {
      await guarded('checking', async () => {
        check.value = { name: file.name, file, result: await workspace.checkPlan(file), generation };
      });
    },
    closeCheck() {
      check.value = null;
    },
  };
}
