/**
 * Findings of the merge, looked for whenever the merge has changed and all layers are read. Detectors are pure; here what they
 * want to know is fetched (facts.ts) and given up as soon as the merge changes again. What needs no contents is there
 * first; each detector's answer replaces its old one when it comes.
 */
import { Collector, sortGroups } from '../../overlay/findings/collect.ts';
import { DETECTORS } from '../../overlay/findings/detectors.ts';
import type { Detector, Evidence, FindingGroup, Sink } from '../../overlay/findings/types.ts';
import { type LayerAbout, MergeView } from '../../overlay/findings/view.ts';
import type { FindingsReport } from '../api.ts';
import { Facts, type Unread } from './facts.ts';
import type { Merge } from './merge.ts';
import type { LayerRecord } from './record.ts';

/** After a change the page asks for its rows: they are answered before anything is looked for. */
const START_MS = 150;
/** Longest time without answering anybody. */
const SLICE_MS = 40;
/** Files that could not be read and are named. */
const SIDES = 5;
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
  readonly #facts: Facts;
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
    this.#facts = new Facts((layer) => input.records().find(({ id }) => id === layer));
  }

  /** To be called after each change of the merge. @param ready every layer has been read */
  restart(ready: boolean): void {
    const turn = ++this.#turn;
    this.#done = 0;
    if (this.#input.merge.layers.length === 0) {
      this.#found.clear();
      this.#groups = [];
      this.#facts.clear();
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
      const wants = detector.needs?.(view) ?? [];
      const control = { pause, outdated: () => new Outdated() };
      const { known, unread } = await this.#facts.fetch(view, wants, control);
      const collector = new Collector(detector.pain);
      tellUnread(view, unread, detector.id, collector);
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
}

/** What a damaged file would have said is not known, and that is said. */
function tellUnread(view: MergeView, unread: readonly Unread[], id: string, sink: Sink): void {
  if (unread.length === 0) return;
  const evidence = unread.slice(0, SIDES).map(({ layer, row, error }): Evidence => {
    const node = view.files.union.slots[view.files.layerIds.indexOf(layer)]?.indexOf(row) ?? -1;
    const path = node < 0 ? '' : view.filePath(node);
    return { layer, role: 'hidden', path, facts: { state: error.actual } };
  });
  sink.add({
    code: 'checkIncomplete',
    severity: 'warning',
    message: 'Contents that a check wanted to look at could not be read: what it would have found there is not known.',
    path: evidence[0]!.path,
    place: null,
    note: `${id}: ${unread.length}`,
    evidence,
  });
}

function viewOf(merge: Merge, records: readonly LayerRecord[]): MergeView {
  const hits = new Map(merge.ruleInfos().map(({ id, hits, bytes }) => [id, { hits, bytes }]));
  const rules = merge.rules.rules.map((rule) => ({ rule, ...(hits.get(rule.id) ?? { hits: 0, bytes: 0 }) }));
  const about = new Map(records.map((record): [string, LayerAbout] => [record.id, aboutOf(record)]));
  return new MergeView(merge.files, merge.registry, merge.layers, rules, about);
}

/** `10.0.26100.2033` and `26100.2033` are one build. */
export const buildOf = (text: unknown) =>
  typeof text === 'string' ? (/(?:^|\.)(\d{4,}(?:\.\d+)?)$/.exec(text)?.[1] ?? null) : null;

function aboutOf({ node, loaded }: LayerRecord): LayerAbout {
  const base = loaded?.storeFacts['base'];
  const os = typeof base === 'object' && base !== null && 'os' in base ? base.os : null;
  return { madeOver: buildOf(os), build: buildOf(node.facts['build']) };
}
