/** Workspaces of earlier visits: opened again with their files, layers and rules, or forgotten. */
import type { ReadonlySignal, Signal } from '@preact/signals';
import type { LayerInfo, WorkspaceApi } from '../engine/api.ts';
import type { Taken } from './dropped.ts';
import { restoreRules } from './kept-rules.ts';
import type { createMemory } from './memory.ts';
import type { Notices } from './notices.ts';
import type { Opening } from './opening.ts';
import { forgetWorkspace, recentWorkspaces, reopenFiles, type SavedWorkspace } from './persist.ts';
import type { Walking } from './walking.ts';

interface Around {
  readonly api: WorkspaceApi;
  readonly notices: Notices;
  readonly memory: Pick<ReturnType<typeof createMemory>, 'adopt'>;
  readonly opening: Opening;
  readonly walking: Walking;
  readonly layers: ReadonlySignal<readonly LayerInfo[]>;
  readonly recent: Signal<readonly SavedWorkspace[]>;
}

export function createRecent({ api, notices, memory, opening, walking, layers, recent }: Around) {
  async function reopen(saved: SavedWorkspace, files: readonly Taken[]): Promise<void> {
    memory.adopt(saved.id);
    const fresh = layers.value.length === 0;
    await opening.open(files, { saved });
    // rules belong to a workspace as it was: not to one that stood here before, nor to half of the layers
    if (saved.rules !== undefined && fresh && layers.value.length === saved.layers.length)
      await restoreRules(api, saved.rules, layers.value).catch(notices.failed);
  }
  return {
    /** Call it in a click: the browser may have to ask for leave to read. */
    openRecent(saved: SavedWorkspace): Promise<void> {
      return walking.run(
        (watch) => reopenFiles(saved, watch).catch(() => null),
        (files) => (files === null ? notices.show({ code: 'noPermission', name: saved.name }) : reopen(saved, files)),
      );
    },
    async forgetRecent(saved: SavedWorkspace): Promise<void> {
      await forgetWorkspace(saved.id);
      recent.value = await recentWorkspaces();
    },
  };
}
