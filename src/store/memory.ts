/** Keeps the workspace that is open among the recent ones: its layers as they stand and the handles of all their files. */
import type { LayerInfo } from '../engine/api.ts';
import type { Taken } from './dropped.ts';
import { filesOf, type Images } from './images.ts';
import type { KeptRules } from './kept-rules.ts';
import { recentWorkspaces, type SavedWorkspace, saveWorkspace } from './persist.ts';

/** Layers are dragged and switched in a row: what stands after a moment is kept. */
const SETTLE_MS = 250;

export interface MemoryHooks {
  layers(): readonly LayerInfo[];
  readonly images: Pick<Images, 'get'>;
  findings(): { readonly error: number; readonly warning: number };
  rules(): KeptRules;
  /** False while layers are being added: half a workspace is not kept. */
  idle(): boolean;
  saved(list: readonly SavedWorkspace[]): void;
}

/** The workspace as it is kept; null when there is nothing that could be opened again. @param layers top first */
export function toSaved(
  id: string,
  layers: readonly LayerInfo[],
  images: Pick<Images, 'get'>,
  findings: { readonly error: number; readonly warning: number },
  rules: KeptRules,
): SavedWorkspace | null {
  const files: Taken[] = [];
  const indexOf = (taken: Taken) => {
    if (!files.includes(taken)) files.push(taken);
    return files.indexOf(taken);
  };
  const picks = new Map<string, { file: number; need: string; picked: number }>();
  const kept = layers.flatMap((layer) => {
    const held = images.get(layer.image);
    if (held === undefined || !held.remembered) return [];
    const [file] = filesOf(held).map(indexOf) as [number, ...number[]];
    for (const [need, taken] of held.picks) picks.set(`${file}/${need}`, { file, need, picked: indexOf(taken) });
    const { mount, role, name, letter, hue, store, storeChosen } = layer;
    return { file, mount, role, name, letter, hue, ...(storeChosen ? { store } : {}) };
  });
  if (kept.length === 0) return null;
  return {
    id,
    name: kept.map(({ name }) => name).join(' · '),
    when: Date.now(),
    layers: kept,
    files: files.map(({ file, handle }) => ({ name: file.name, handle })),
    picks: [...picks.values()],
    errors: findings.error,
    warnings: findings.warning,
    rules,
  };
}

export interface Memory {
  /** Something has changed: keeps it a moment later, if it differs from what is kept. */
  soon(): void;
  /** The workspace that is about to be opened is this one again, not another of the same name. */
  adopt(id: string): void;
}

const idsOf = (layers: readonly LayerInfo[]): string => layers.map(({ id }) => id).join();

export function createMemory(hooks: MemoryHooks): Memory {
  let id: string = crypto.randomUUID();
  let last = '';
  let known = '';
  let waiting = false;

  async function keep(): Promise<void> {
    waiting = false;
    const layers = hooks.layers();
    // the next files begin another workspace
    if (layers.length === 0 && last !== '') {
      id = crypto.randomUUID();
      last = '';
    }
    if (!hooks.idle()) return;
    const now = toSaved(id, layers, hooks.images, hooks.findings(), hooks.rules());
    if (now === null) return;
    const text = JSON.stringify({ ...now, when: 0 });
    if (text === last) return;
    last = text;
    await saveWorkspace(now);
    hooks.saved(await recentWorkspaces());
  }

  return {
    soon() {
      // who reloads at once after a drop finds it again
      const now = idsOf(hooks.layers());
      if (now !== known && hooks.idle()) {
        known = now;
        void keep();
        return;
      }
      if (waiting) return;
      waiting = true;
      setTimeout(() => void keep(), SETTLE_MS);
    },
    adopt(saved) {
      if (hooks.layers().length === 0) id = saved;
    },
  };
}
