/**
 * What if the layers above stood on another base? The new base is put below the present one, which is switched off, so that
 * taking it back needs nothing to be read again. What looks different is found once and marked until then.
 */
import { fail } from '../../base/errors.ts';
import { filesThatDiffer, keysThatDiffer, type Look, snapshot } from '../../overlay/rebase/look.ts';
import { MAX_LAYERS } from '../../overlay/types.ts';
import type { CompareSide } from '../api-compare.ts';
import type { BaseSwap } from '../api-rebase.ts';
import type { LayerList } from './layer-list.ts';
import type { Merge } from './merge.ts';
import type { Rebases } from './rebase.ts';
import type { LayerRecord } from './record.ts';

export interface SwapInput {
  readonly layers: LayerList;
  readonly merge: Merge;
  readonly rebases: Rebases;
  /** Merges the layers as they stand now. */
  update(): void;
}

/** What a layer was before it became the base; null for one that was none. */
type Was = Pick<LayerRecord, 'role' | 'roleFrom' | 'letter' | 'hue' | 'enabled'> & { readonly place: number };

interface Tried {
  readonly now: LayerRecord;
  readonly before: LayerRecord;
  readonly was: Was | null;
  readonly told: BaseSwap;
}

export class BaseSwaps {
  readonly #input: SwapInput;
  #tried: Tried | null = null;

  constructor(input: SwapInput) {
    this.#input = input;
  }

  /** Null as soon as the two bases do not stand as they were put: what is marked would say nothing any more. */
  get state(): BaseSwap | null {
    if (this.#tried === null) return null;
    const { now, before, told } = this.#tried;
    const { layers } = this.#input;
    const first = layers.records.find(({ enabled, loaded }) => enabled && loaded !== null);
    return first === now && !before.enabled && layers.has(before) ? told : null;
  }

  /** The layer that is the base now. */
  #base(): LayerRecord {
    const first = this.#input.layers.records.find(({ enabled, loaded }) => enabled && loaded !== null);
    return first ?? fail('MissingItem', 'workspace', null, 'a base under the layers', 'no layers');
  }

  /** A base after a base: the first one stays what they are held against. @returns null when that is what was asked for */
  async use(side: CompareSide): Promise<BaseSwap | null> {
    const { layers, rebases } = this.#input;
    const { record, known } = await rebases.take(side);
    try {
      const present = this.#base();
      if (present === record)
        fail('InvalidArgument', 'workspace', null, 'another tree than the present base', present.name);
      if (this.state !== null) this.undo();
      if (!known && layers.records.length >= MAX_LAYERS)
        fail('UnsupportedSize', record.report.name, null, `at most ${MAX_LAYERS} layers`, MAX_LAYERS + 1);
    } catch (error) {
      if (!known) rebases.keep(record);
      throw error;
    }
    const before = this.#base();
    if (before === record) return null;
    const { role, roleFrom, letter, hue, enabled } = record;
    const was = known ? { role, roleFrom, letter, hue, enabled, place: layers.records.indexOf(record) } : null;
    const found = this.#changing(before, record, () => {
      layers.putBelow(record, before);
      record.enabled = true;
      before.enabled = false;
    });
    const told: BaseSwap = {
      now: record.id,
      before: before.id,
      files: found.files.nodes.length,
      filesGone: found.files.gone,
      keys: found.keys.nodes.length,
      keysGone: found.keys.gone,
    };
    this.#tried = { now: record, before, was, told };
    this.#input.merge.mark(found.files.nodes, found.keys.nodes);
    return told;
  }

  undo(): void {
    const tried = this.state === null ? null : this.#tried;
    if (tried === null) fail('MissingItem', 'workspace', null, 'a base that is tried', 'none');
    const { layers, rebases, merge } = this.#input;
    const { now, before, was } = tried;
    this.#tried = null;
    merge.mark(null, null);
    this.#changing(now, before, () => {
      before.enabled = true;
      if (was === null) layers.remove(now);
      else {
        const { place, ...rest } = was;
        Object.assign(now, rest);
        layers.putAt(now, place);
      }
    });
    if (was === null) rebases.keep(now);
  }

  /** Changes and merges; rows that flash are those that look different, not all that come from another layer. */
  #changing(from: LayerRecord, to: LayerRecord, change: () => void): { readonly files: Look; readonly keys: Look } {
    const { merge, update } = this.#input;
    const [files, keys] = [snapshot(merge.files), snapshot(merge.registry)];
    const hives = merge.layers.flatMap((layer) => layer.hives);
    change();
    update();
    hives.push(...merge.layers.flatMap((layer) => layer.hives));
    const found = {
      files: filesThatDiffer(files, snapshot(merge.files)),
      keys: keysThatDiffer(keys, snapshot(merge.registry), [from.id, to.id], hives),
    };
    merge.changedFiles = new Set(found.files.nodes);
    merge.changedKeys = new Set(found.keys.nodes);
    return found;
  }
}
