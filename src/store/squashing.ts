/**
 * A layer and the one below it as one: written to a file of the person's choice, opened again, and put in the place of
 * the two. These stay in the list, switched off: switching them on and removing the new one undoes it.
 */
import type { LayerInfo, SquashReport, WorkspaceApi } from '../engine/api.ts';
import type { Notices } from './notices.ts';
import type { Opening } from './opening.ts';
import type { Saving } from './saving.ts';

type Api = Pick<WorkspaceApi, 'squash' | 'squashNext' | 'endSquash' | 'setEnabled' | 'setOrder' | 'setRole'>;

export interface SquashingHooks {
  readonly api: Api;
  readonly saving: Pick<Saving, 'stream'>;
  readonly opening: Pick<Opening, 'open'>;
  readonly notices: Notices;
  /** Top first. */
  layers(): readonly LayerInfo[];
}

/** True for layers that have another one below them which is not the base. */
export function canSquash(layers: readonly LayerInfo[], index: number): boolean {
  const pair = layers.slice(index, index + 2);
  return index + 2 < layers.length && pair.every(({ enabled, status }) => enabled && status === 'ready');
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is replaced
const fileName = (name: string) => name.replace(/[\0-\x1f"*:<>?\\/|]/g, '_');

export function createSquashing({ api, saving, opening, notices, layers }: SquashingHooks) {
  async function* pieces(layer: string, tell: (report: SquashReport) => void): AsyncGenerator<Uint8Array> {
    const { id } = await api.squash(layer);
    let finished = false;
    try {
      while (!finished) {
        const piece = await api.squashNext(id);
        finished = piece.finished;
        if (piece.report !== null) tell(piece.report);
        yield piece.bytes;
      }
    } finally {
      if (!finished) await api.endSquash(id);
    }
  }

  /** Puts the layer that was not there before in the place of the two, and these out of the merge. */
  async function takePlace(before: readonly LayerInfo[], upper: LayerInfo, lower: LayerInfo): Promise<void> {
    const known = new Set(before.map(({ id }) => id));
    const made = layers().find(({ id }) => !known.has(id));
    if (made === undefined) return;
    await api.setRole(made.id, upper.role);
    const order = layers().flatMap(({ id }) => (id === made.id ? [] : id === upper.id ? [made.id, id] : [id]));
    await api.setOrder(order);
    await api.setEnabled(upper.id, false);
    await api.setEnabled(lower.id, false);
  }

  return async (id: string): Promise<void> => {
    const before = layers();
    const at = before.findIndex((layer) => layer.id === id);
    const [upper, lower] = [before[at], before[at + 1]];
    if (upper === undefined || lower === undefined || !canSquash(before, at)) return;
    let left: SquashReport['findings'] = [];
    const written = () =>
      pieces(id, ({ findings }) => {
        left = findings;
      });
    const saved = await saving.stream(`${fileName(`${upper.name} + ${lower.name}`)}.tar`, written);
    if (saved === null) return;
    try {
      await opening.open([saved], { straight: true });
      await takePlace(before, upper, lower);
      if (left.length === 0) notices.show({ code: 'squashed', name: upper.name, other: lower.name });
      else notices.show({ code: 'squashedWithout', text: left[0]!.message, count: left.length });
    } catch (error) {
      notices.failed(error);
    }
  };
}
