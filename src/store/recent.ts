/** Workspaces of earlier visits: opened again with their files, layers and rules, or forgotten. */
import type { ReadonlySignal, Signal } from '@preact/signals';
import type { LayerInfo, WorkspaceApi } from '../engine/api.ts';
import { restoreRules } from './kept-rules.ts';
import type { createMemory } from './memory.ts';
import type { Notices } from './notices.ts';
import type { Opening } from './opening.ts';
import { forgetWorkspace, recentWorkspaces, reopenFiles, type SavedWorkspace } from './persist.ts';

interface Around {
  readonly api: WorkspaceApi;
  readonly notices: Notices;
  readonly memory: Pick<ReturnType<typeof createMemory>, 'adopt'>;
  readonly opening: Opening;
  readonly layers: ReadonlySignal<readonly LayerInfo[]>;
  readonly recent: Signal<readonly SavedWorkspace[]>;
}

export function createRecent({ api, notices, memory, opening, layers, recent }: Around) {
  return {
    async openRecent(saved: SavedWorkspace): Promise<void> {
      const again = await reopenFiles(saved).catch(() => null);
      if (again === null) {
        notices.show({ code: 'noPermission', name: saved.name });
        return;
      }
      memory.adopt(saved.id);
      const fresh = layers.value.length === 0;
      await opening.open(again, { saved });
      // rules belong to a workspace as it was: not to one that stood here before, nor to half of the layers
      if (saved.rules !== undefined && fresh && layers.value.length === saved.layers.length)
        await restoreRules(api, saved.rules, layers.value).catch(notices.failed);
    },
    async forgetRecent(saved: SavedWorkspace): Promise<void> {
      await forgetWorkspace(saved.id);
      recent.value = await recentWorkspaces();
    },
  };
}
