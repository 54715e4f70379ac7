/**
 * Findings of the merge, looked for whenever the merge has changed and all layers are read. Detectors are pure; here bytes are
 * fetched for them in batches, kept for the next time, and given up as soon as the merge changes again. What needs no
 * contents is there first; each detector's answer replaces its old one when it comes.
 */
import { isCancelled } from '../../base/errors.ts';
import { Collector, sortGroups } from '../../overlay/findings/collect.ts';
import { DETECTORS } from '../../overlay/findings/detectors.ts';
import type { Detector, FindingGroup, Known, PeKnown, Want } from '../../overlay/findings/types.ts';
import { type LayerAbout, MergeView } from '../../overlay/findings/view.ts';
import type { MergedValue } from '../../overlay/types.ts';
import type { FindingsReport } from '../api.ts';
import type { Merge } from './merge.ts';
import type { LayerRecord } from './record.ts';

/** After a change the page asks for its rows: they are answered before anything is looked for. */
const START_MS = 150;
/** Longest time without answering anybody. */
const SLICE_MS = 40;
/** Files asked for at once, values of one hive in one message, and bytes of a value that matter. */
const FILES_AT_ONCE = 32;
const VALUES_AT_ONCE = 2000;
const VALUE_BYTES = 4096;
/** Answers kept for the next run. */
const MAX_KNOWN = 200_000;

type Answer = PeKnown | string | Uint8Array | null;

export interface FindingsInput {
  readonly merge: Merge;
  readonly records: () => readonly LayerRecord[];
  readonly now: () => number;
  /** Something has been found or finished. */
  readonly changed: () => void;
}

/** Thrown to leave a run that is out of date. */
class Outdated extends Error {}

export class MergeFindings {
  readonly #input: FindingsInput;
  readonly #found = new Map<string, readonly FindingGroup[]>();
  readonly #known = new Map<string, Answer>();
  #turn = 0;
  #done = 0;
  #running: Promise<void> | null = null;
  /** There is something to look at that has not been looked at. */
  #stale = false;
  /** Somebody wants to know; somebody is waiting for it. */
  #wanted = false;
  #waiting = 0;
  #groups: readonly FindingGroup[] = [];

  constructor(input: FindingsInput) {
    this.#input = input;
  }

  /** To be called after each change of the merge. @param ready every layer has been read */
  restart(ready: boolean): void {
    const turn = ++this.#turn;
    this.#done = 0;
    if (this.#input.merge.layers.length === 0) {
      this.#found.clear();
      this.#groups = [];
      this.#known.clear();
    }
    this.#running = null;
    this.#stale = ready && this.#input.merge.layers.length > 0;
    this.#start(turn);
  }

  /** From now on what there is to find is looked for: a listing on the command line need not pay for it. */
  want(): void {
    this.#wanted = true;
    this.#start(this.#turn);
  }

  #start(turn: number): void {
    if (!this.#wanted || !this.#stale) return;
    this.#stale = false;
    const run: Promise<void> = this.#run(turn).finally(() => {
      if (this.#running === run) this.#running = null;
    });
    this.#running = run;
  }

  /** Errors first, then by pain. */
  get groups(): readonly FindingGroup[] {
    return this.#groups;
  }

  report(): FindingsReport {
    const progress = this.#running === null ? null : { done: this.#done, total: DETECTORS.length };
    return { groups: this.#groups, progress };
  }

  get progress(): FindingsReport['progress'] {
    return this.report().progress;
  }

  /** Resolves when everything that is there has been looked at. */
  async settled(): Promise<void> {
    this.#waiting++;
    this.want();
    while (this.#running !== null) await this.#running;
    this.#waiting--;
  }

  async #run(turn: number): Promise<void> {
    let last = this.#input.now();
    const pause = async (ms: number | null = null) => {
      if (ms !== null || this.#input.now() - last >= SLICE_MS) {
        await new Promise((resolve) => setTimeout(resolve, ms ?? 0));
        last = this.#input.now();
      }
      if (turn !== this.#turn) throw new Outdated();
    };
    try {
      await pause(this.#waiting > 0 ? 0 : START_MS);
      const view = viewOf(this.#input.merge, this.#input.records());
      for (const detector of DETECTORS) {
        await this.#look(detector, view, pause);
        this.#done++;
        await pause();
      }
      this.#publish();
    } catch (error) {
      if (!(error instanceof Outdated)) throw error;
    }
  }

  async #look(detector: Detector, view: MergeView, pause: () => Promise<void>): Promise<void> {
    const groups = await this.#detect(detector, view, pause);
    const before = this.#found.get(detector.id) ?? [];
    this.#found.set(detector.id, groups);
    if (groups.length > 0 || before.length > 0) this.#publish();
  }

  /** A check that fails is told as such; the others go on. */
  async #detect(detector: Detector, view: MergeView, pause: () => Promise<void>): Promise<FindingGroup[]> {
    try {
      const known = await this.#fetch(view, detector.needs?.(view) ?? [], pause);
      const collector = new Collector(detector.pain);
      detector.detect(view, known, collector);
      return collector.groups();
    } catch (error) {
      if (error instanceof Outdated) throw error;
      const collector = new Collector(detector.pain);
      collector.add({
        code: 'checkFailed',
        severity: 'warning',
        message: 'One of the checks could not be done to its end: what it would have found is not known.',
        path: null,
        place: null,
        note: `${detector.id}: ${error instanceof Error ? error.message : String(error)}`,
        evidence: [],
      });
      return collector.groups();
    }
  }

  #publish(): void {
    this.#groups = sortGroups([...this.#found.values()].flat());
    this.#input.changed();
  }

  async #fetch(view: MergeView, wants: readonly Want[], pause: () => Promise<void>): Promise<Known> {
    const at = (want: Want) => placeOf(view, want);
    const open = new Map<string, Place>();
    for (const want of wants) {
      const place = at(want);
      if (place !== null && !this.#known.has(place.key)) open.set(place.key, place);
    }
    if (this.#known.size + open.size > MAX_KNOWN) this.#known.clear();
    await this.#fetchFiles(
      [...open.values()].filter(({ kind }) => kind !== 'value'),
      pause,
    );
    await this.#fetchValues(
      [...open.values()].filter(({ kind }) => kind === 'value'),
      pause,
    );
    const answer = (want: Want): Answer => {
      const place = at(want);
      return place === null ? null : (this.#known.get(place.key) ?? null);
    };
    return {
      pe: (layer, row) => answer({ kind: 'pe', layer, row }) as PeKnown | null,
      link: (layer, row) => answer({ kind: 'link', layer, row }) as string | null,
      security: (layer, row) => answer({ kind: 'security', layer, row }) as Uint8Array | null,
      value: (value) => answer({ kind: 'value', ...pick(value) }) as Uint8Array | null,
    };
  }

  async #fetchFiles(places: readonly Place[], pause: () => Promise<void>): Promise<void> {
    for (let from = 0; from < places.length; from += FILES_AT_ONCE) {
      const batch = places.slice(from, from + FILES_AT_ONCE);
      const answers = await Promise.all(batch.map((place) => this.#file(place)));
      await pause();
      batch.forEach(({ key }, i) => {
        this.#known.set(key, answers[i]!);
      });
    }
  }

  /** What cannot be read is not known; that it cannot is told by whoever shows the file. */
  async #file({ kind, layer, ref }: Place): Promise<Answer> {
    const record = this.#record(layer);
    if (record === undefined) return null;
    try {
      if (kind === 'pe') return await record.api.pe(record.mount, ref);
      const detail = await record.api.describe(record.mount, ref);
      return kind === 'link' ? detail.reparseTarget : detail.security;
    } catch (error) {
      if (isCancelled(error)) throw new Outdated();
      return null;
    }
  }

  async #fetchValues(places: readonly Place[], pause: () => Promise<void>): Promise<void> {
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
          if (isCancelled(error)) throw new Outdated();
          // the detector that asked says that it could not look; what cannot be read is not taken for absent
          throw error;
        }
        await pause();
        batch.forEach(({ key }, i) => {
          this.#known.set(key, data[i] ?? null);
        });
      }
  }

  #record(layer: string): LayerRecord | undefined {
    return this.#input.records().find(({ id }) => id === layer);
  }
}

const pick = ({ layer, hive, row }: Pick<MergedValue, 'layer' | 'hive' | 'row'>) => ({ layer, hive, row });

/** A want by what stays when layers are joined anew: layer id and reference. */
interface Place {
  readonly key: string;
  readonly kind: Want['kind'];
  readonly layer: string;
  readonly hive: string;
  readonly ref: number;
}

function placeOf(view: MergeView, want: Want): Place | null {
  if (want.kind === 'value') {
    const layer = view.registry.layerIds[want.layer] ?? '';
    const hive = view.layers.find(({ id }) => id === layer)?.hives.find(({ key }) => key === want.hive);
    const ref = hive?.table.data.values.ref[want.row];
    if (ref === undefined) return null;
    return { key: `value ${layer} ${want.hive} ${ref}`, kind: want.kind, layer, hive: want.hive, ref };
  }
  const layer = view.files.layerIds[want.layer] ?? '';
  const table = view.files.layers[want.layer]?.table ?? null;
  if (table === null || want.row < 0 || want.row >= table.count) return null;
  const ref = table.ref(want.row);
  // rows that stand for no file of the image have no reference
  return ref < 0 ? null : { key: `${want.kind} ${layer} ${ref}`, kind: want.kind, layer, hive: '', ref };
}

function viewOf(merge: Merge, records: readonly LayerRecord[]): MergeView {
  const hits = new Map(merge.ruleInfos().map(({ id, hits, bytes }) => [id, { hits, bytes }]));
  const rules = merge.rules.rules.map((rule) => ({ rule, ...(hits.get(rule.id) ?? { hits: 0, bytes: 0 }) }));
  const about = new Map(records.map((record): [string, LayerAbout] => [record.id, aboutOf(record)]));
  return new MergeView(merge.files, merge.registry, merge.layers, rules, about);
}

/** `10.0.26100.2033` and `26100.2033` are one build. */
const buildOf = (text: unknown) =>
  typeof text === 'string' ? (/(?:^|\.)(\d{4,}(?:\.\d+)?)$/.exec(text)?.[1] ?? null) : null;

function aboutOf({ node, loaded }: LayerRecord): LayerAbout {
  const base = loaded?.storeFacts['base'];
  const os = typeof base === 'object' && base !== null && 'os' in base ? base.os : null;
  return { madeOver: buildOf(os), build: buildOf(node.facts['build']) };
}
