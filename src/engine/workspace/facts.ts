/**
 * Contents that detectors ask for: facts of programs, targets of links, security, registry data. Fetched in batches, kept for
 * the next time under what stays when layers are joined anew (layer id and reference).
 */
import { FormatError, isCancelled } from '../../base/errors.ts';
import type { Known, PeKnown, Want } from '../../overlay/findings/types.ts';
import type { MergeView } from '../../overlay/findings/view.ts';
import type { MergedValue } from '../../overlay/types.ts';
import type { LayerRecord } from './record.ts';

/** Files asked for at once, values of one hive in one message, and bytes of a value that matter. */
const FILES_AT_ONCE = 32;
const VALUES_AT_ONCE = 2000;
const VALUE_BYTES = 4096;
/** Answers kept for the next run. */
const MAX_KNOWN = 200_000;

type Answer = PeKnown | string | Uint8Array | null;

/** A want by what stays when layers are joined anew: layer id and reference. */
interface Place {
  readonly key: string;
  readonly kind: Want['kind'];
  readonly layer: string;
  readonly hive: string;
  readonly row: number;
  readonly ref: number;
}

/** A file whose bytes did not answer. */
export interface Unread {
  readonly layer: string;
  readonly row: number;
  readonly error: FormatError;
}

export interface FactsControl {
  /** Lets others be answered; throws to leave a run that is out of date. */
  readonly pause: () => Promise<void>;
  /** How many of the answers that are missing have come. */
  readonly progress?: (done: number, total: number) => void;
  /** Thrown in place of a call that was cancelled. */
  readonly outdated: () => Error;
}

export class Facts {
  readonly #record: (layer: string) => LayerRecord | undefined;
  readonly #known = new Map<string, Answer>();

  readonly #most: number;

  /** @param most answers that are kept for the next run */
  constructor(record: (layer: string) => LayerRecord | undefined, most = MAX_KNOWN) {
    this.#record = record;
    this.#most = most;
  }

  clear(): void {
    this.#known.clear();
  }

  /**
   * What is wanted, and which files could not be read: what they hold is not known, and is asked for again next time.
   * @throws what `pause` throws; errors of anything but the contents of one file
   */
  async fetch(
    view: MergeView,
    wants: readonly Want[],
    control: FactsControl,
  ): Promise<{ readonly known: Known; readonly unread: readonly Unread[] }> {
    const open = new Map<string, Place>();
    for (const want of wants) {
      const place = placeOf(view, want);
      if (place !== null) open.set(place.key, place);
    }
    let missing = 0;
    for (const key of open.keys()) if (!this.#known.has(key)) missing++;
    // when there is no room all is asked for again, what is known and wanted now as well
    if (missing > 0 && this.#known.size + missing > this.#most) this.#known.clear();
    else for (const key of [...open.keys()]) if (this.#known.has(key)) open.delete(key);
    let done = 0;
    const step = (count: number) => {
      done += count;
      control.progress?.(done, open.size);
    };
    const of = (values: boolean) => [...open.values()].filter(({ kind }) => (kind === 'value') === values);
    const unread = await this.#files(of(false), control, step);
    await this.#values(of(true), control, step);
    const answer = (want: Want): Answer => {
      const place = placeOf(view, want);
      return place === null ? null : (this.#known.get(place.key) ?? null);
    };
    const known: Known = {
      pe: (layer, row) => answer({ kind: 'pe', layer, row }) as PeKnown | null,
      link: (layer, row) => answer({ kind: 'link', layer, row }) as string | null,
      security: (layer, row) => answer({ kind: 'security', layer, row }) as Uint8Array | null,
      value: (value) => answer({ kind: 'value', ...pick(value) }) as Uint8Array | null,
    };
    return { known, unread };
  }

  async #files(places: readonly Place[], control: FactsControl, step: (count: number) => void): Promise<Unread[]> {
    const unread: Unread[] = [];
    for (let from = 0; from < places.length; from += FILES_AT_ONCE) {
      const batch = places.slice(from, from + FILES_AT_ONCE);
      const answers = await Promise.all(batch.map((place) => this.#file(place, control)));
      await control.pause();
      batch.forEach((place, i) => {
        const answer = answers[i]!;
        if (answer instanceof FormatError) unread.push({ layer: place.layer, row: place.row, error: answer });
        else this.#known.set(place.key, answer);
      });
      step(batch.length);
    }
    return unread;
  }

  /** A file that is damaged leaves its own facts unknown; any other fault is one of the check that asked. */
  async #file({ kind, layer, ref }: Place, control: FactsControl): Promise<Answer | FormatError> {
    const record = this.#record(layer);
    if (record === undefined) return null;
    try {
      if (kind === 'pe') return await record.api.pe(record.mount, ref);
      const detail = await record.api.describe(record.mount, ref);
      return kind === 'link' ? detail.reparseTarget : detail.security;
    } catch (error) {
      if (isCancelled(error)) throw control.outdated();
      if (error instanceof FormatError && error.code !== 'UnexpectedTrap') return error;
      throw error;
    }
  }

  async #values(places: readonly Place[], control: FactsControl, step: (count: number) => void): Promise<void> {
    const hives = new Map<string, Place[]>();
    for (const place of places) {
      const list = hives.get(`${place.layer} ${place.hive}`);
      if (list === undefined) hives.set(`${place.layer} ${place.hive}`, [place]);
      else list.push(place);
    }
    for (const list of hives.values())
      for (let from = 0; from < list.length; from += VALUES_AT_ONCE) {
        const batch = list.slice(from, from + VALUES_AT_ONCE);
        const { layer, hive } = batch[0]!;
        let data: (Uint8Array | null)[] = [];
        try {
          const refs = batch.map(({ ref }) => ref);
          data = (await this.#record(layer)?.api.hiveData(hive, refs, VALUE_BYTES)) ?? [];
        } catch (error) {
          if (isCancelled(error)) throw control.outdated();
          // the detector that asked says that it could not look; what cannot be read is not taken for absent
          throw error;
        }
        await control.pause();
        batch.forEach(({ key }, i) => {
          this.#known.set(key, data[i] ?? null);
        });
        step(batch.length);
      }
  }
}

const pick = ({ layer, hive, row }: Pick<MergedValue, 'layer' | 'hive' | 'row'>) => ({ layer, hive, row });

function placeOf(view: MergeView, want: Want): Place | null {
  if (want.kind === 'value') {
    const layer = view.registry.layerIds[want.layer] ?? '';
    const hive = view.layers.find(({ id }) => id === layer)?.hives.find(({ key }) => key === want.hive);
    const ref = hive?.table.data.values.ref[want.row];
    if (ref === undefined) return null;
    const { hive: name, row } = want;
    return { key: `value ${layer} ${name} ${ref}`, kind: want.kind, layer, hive: name, row, ref };
  }
  const layer = view.files.layerIds[want.layer] ?? '';
  const table = view.files.layers[want.layer]?.table ?? null;
  if (table === null || want.row < 0 || want.row >= table.count) return null;
  const ref = table.ref(want.row);
  // rows that stand for no file of the image have no reference
  return ref < 0 ? null : { key: `${want.kind} ${layer} ${ref}`, kind: want.kind, layer, hive: '', row: want.row, ref };
}
