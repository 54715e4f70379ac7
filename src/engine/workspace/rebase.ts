/**
 * Another base tried under the layers: it is read if it is no layer yet, joined below the layers above the present base, and
 * what they hide of its changes is told (overlay/rebase). The workspace itself stays as it is.
 */
import { FormatError, fail } from '../../base/errors.ts';
import { WasmNames } from '../../codec/names.ts';
import { ANYBODY } from '../../layer/policies.ts';
import { ruledMappings } from '../../layer/principals.ts';
import type { Layer } from '../../layer/types.ts';
import { FileOverlay } from '../../overlay/files/overlay.ts';
import { Collector, sortGroups } from '../../overlay/findings/collect.ts';
import { MergeView } from '../../overlay/findings/view.ts';
import { keyChangesOf } from '../../overlay/rebase/keys.ts';
import { changesOf, rebaseDetectors, unreadPrograms } from '../../overlay/rebase/report.ts';
import { RegistryOverlay } from '../../overlay/registry/overlay.ts';
import type { CompareSide } from '../api-compare.ts';
import type { ImageApi, ImageReport } from '../api-image.ts';
import type { RebaseBase, RebaseFormat, RebaseProgress, RebaseReport } from '../api-rebase.ts';
import type { Host } from '../host.ts';
import { rebaseText } from '../rebase-text.ts';
import { mountable } from '../select.ts';
import { Facts } from './facts.ts';
import { buildOf } from './findings.ts';
import type { LayerList } from './layer-list.ts';
import type { Merge } from './merge.ts';
import { readRecord, release } from './read-record.ts';
import { type LayerRecord, newRecord, toLayer, usersOf } from './record.ts';

/** Findings of one code and severity that a report keeps. */
const KEPT = 5000;
/** Longest time without answering anybody. */
const SLICE_MS = 40;

export interface RebaseInput {
  readonly host: Host;
  readonly merge: Merge;
  readonly layers: LayerList;
  readonly images: ReadonlyMap<string, { readonly api: ImageApi; readonly report: ImageReport }>;
}

const isAt = ({ image, mount }: LayerRecord, side: CompareSide) => image === side.image && mount === side.mount;

export class Rebases {
  readonly #input: RebaseInput;
  #turn = 0;
  /** Told of each step; for the command line, where nobody can ask while something is read. */
  watch: ((progress: RebaseProgress) => void) | null = null;
  #last: RebaseProgress | null = null;
  #reading: LayerRecord | null = null;
  /** A base that is no layer, kept while its report is: rules change, and it is looked at again. */
  #fresh: LayerRecord | null = null;
  #held: { readonly report: RebaseReport; readonly names: ReadonlyMap<string, string> } | null = null;

  constructor(input: RebaseInput) {
    this.#input = input;
  }

  get progress(): RebaseProgress | null {
    return this.#last;
  }
  set #progress(progress: RebaseProgress | null) {
    this.#last = progress;
    if (progress !== null) this.watch?.(progress);
  }

  async run(side: CompareSide): Promise<RebaseReport> {
    this.#giveUp();
    const turn = this.#turn;
    const { records } = this.#input.layers;
    const inEffect = records.filter(({ enabled, loaded }) => enabled && loaded !== null);
    const is = (record: LayerRecord) => isAt(record, side);
    const old = inEffect[0] ?? fail('MissingItem', 'workspace', null, 'a base under the layers', 'no layers');
    if (is(old)) fail('InvalidArgument', 'workspace', null, 'another tree than the present base', old.name);
    const fresh = await this.#load(side, records.find(is) ?? null, turn);
    try {
      const above = inEffect.slice(1).filter((record) => !is(record));
      const report = await this.#look(fresh, old, above, turn);
      const names = new Map([fresh, ...records].map(({ id, name }) => [id, name]));
      if (turn === this.#turn) this.#held = { report, names };
      return report;
    } finally {
      if (turn === this.#turn) this.#progress = null;
    }
  }

  /**
   * A base that can become a layer: one that is there and read, or one that is read now, whose keeper the caller becomes.
   * A report that is being made is given up.
   */
  async take(side: CompareSide): Promise<{ readonly record: LayerRecord; readonly known: boolean }> {
    this.#giveUp();
    const turn = this.#turn;
    const known = this.#input.layers.records.find((record) => isAt(record, side)) ?? null;
    if (known !== null && known.status !== 'ready')
      fail('MissingData', known.report.name, null, 'a base that has been read to its end', known.status);
    try {
      const record = await this.#load(side, known, turn);
      this.#check(turn);
      if (this.#fresh === record) this.#fresh = null;
      return { record, known: record === known };
    } finally {
      if (turn === this.#turn) this.#progress = null;
    }
  }

  /** A base that is a layer no more is kept for the next report. */
  keep(record: LayerRecord): void {
    this.#keep(record);
  }

  file(format: RebaseFormat): { readonly name: string; readonly file: Blob } {
    const { report, names } = this.#held ?? fail('MissingItem', 'workspace', null, 'a rebase report', 'none');
    const text = rebaseText(report, format, (layer) => names.get(layer) ?? layer);
    const [type, end] =
      format === 'json'
        ? ['application/json', 'json']
        : format === 'csv'
          ? ['text/csv', 'csv']
          : ['text/markdown', 'md'];
    const stem = `rebase ${report.before.name} to ${report.after.name}`.replace(/[^\p{L}\p{N}._ -]+/gu, '_');
    // spreadsheets take a file without the mark for one in the local code page
    return { name: `${stem}.${end}`, file: new Blob([format === 'csv' ? `\ufeff${text}` : text], { type }) };
  }

  /** Gives up what runs and forgets what was found. */
  end(): void {
    this.#giveUp();
    this.#keep(null);
  }

  #giveUp(): void {
    this.#turn++;
    this.#progress = null;
    this.#held = null;
    if (this.#reading !== null) this.#reading.cancelled = true;
  }

  #keep(record: LayerRecord | null): void {
    if (this.#fresh !== null && this.#fresh !== record) release(this.#fresh);
    this.#fresh = record;
  }

  #check(turn: number): void {
    if (turn === this.#turn) return;
    throw new FormatError({
      code: 'Cancelled',
      where: { source: 'workspace', offset: null },
      expected: 'the end of the comparison',
      actual: 'a request to stop',
    });
  }

  /** The new base: a layer that is there and read, or read now and belonging to nobody. */
  async #load(side: CompareSide, known: LayerRecord | null, turn: number): Promise<LayerRecord> {
    if (known !== null && known.status === 'ready') {
      this.#keep(null);
      return known;
    }
    const image =
      this.#input.images.get(side.image) ?? fail('MissingItem', 'workspace', null, `an image ${side.image}`, 'none');
    const kept = this.#fresh;
    if (kept !== null && kept.mount === side.mount && kept.api === image.api) return kept;
    const node = mountable(image.report.root).find(({ mount }) => mount === side.mount);
    if (node === undefined) fail('MissingItem', image.report.name, null, `a tree or hive at "${side.mount}"`, 'none');
    const name = known?.name ?? (node.title === '' ? null : `${image.report.name}: ${node.title}`);
    const spec = { image: side.image, mount: side.mount, role: 'os', name } as const;
    const record = newRecord(`rebase${turn}`, spec, 'os', { ...image, node });
    this.#progress = { step: 'scan', done: 0, total: null };
    this.#reading = record;
    await readRecord(record, {
      now: () => this.#input.host.now(),
      has: () => true,
      progress: () => {
        const now = record.progress;
        if (turn !== this.#turn || now === null) return;
        this.#progress = { step: now.what === 'hives' ? 'hives' : 'scan', done: now.done, total: now.total };
      },
      stage: () => {},
      hive: () => {},
    });
    if (this.#reading === record) this.#reading = null;
    if (record.status === 'ready' && turn === this.#turn) {
      this.#keep(record);
      return record;
    }
    release(record);
    this.#check(turn);
    throw record.error === null
      ? new FormatError({
          code: 'MissingItem',
          where: { source: image.report.name, offset: null },
          expected: 'a base that can be read to its end',
          actual: 'one that was given up',
        })
      : FormatError.from(record.error);
  }

  async #look(
    fresh: LayerRecord,
    old: LayerRecord,
    above: readonly LayerRecord[],
    turn: number,
  ): Promise<RebaseReport> {
    const { host, merge } = this.#input;
    this.#progress = { step: 'compare', done: 0, total: null };
    let last = host.now();
    const pause = async () => {
      if (host.now() - last >= SLICE_MS) {
        await new Promise((resolve) => setTimeout(resolve));
        last = host.now();
      }
      this.#check(turn);
    };
    await new Promise((resolve) => setTimeout(resolve));
    const members = [fresh, old, ...above];
    const view = await viewOf(members, host, merge, pause);
    const facts = new Facts((layer) => members.find(({ id }) => id === layer));
    const collector = new Collector(1, KEPT);
    for (const detector of rebaseDetectors(old.id)) {
      const wants = detector.needs?.(view) ?? [];
      await pause();
      const { known } = await facts.fetch(view, wants, {
        pause,
        outdated: () => {
          this.#check(turn);
          return new Error('a reader gave up by itself');
        },
        progress: (done, total) => {
          if (turn === this.#turn) this.#progress = { step: 'programs', done, total };
        },
      });
      detector.detect(view, known, collector);
      await pause();
    }
    const changes = changesOf(view, old.id);
    const { changed, added, removed } = changes;
    return {
      before: aboutBase(old),
      after: aboutBase(fresh),
      files: { changed, added, removed },
      values: keyChangesOf(view),
      unreadPrograms: unreadPrograms(changes),
      groups: sortGroups(collector.groups()),
    };
  }
}

/** The layers over the new base, the old one beside them and switched off, under the rules of the workspace. */
async function viewOf(
  [fresh, old, ...above]: readonly LayerRecord[],
  host: Host,
  merge: Merge,
  pause: () => Promise<void>,
): Promise<MergeView> {
  const members = [fresh!, old!, ...above];
  const lists = members.map(({ loaded }) => loaded?.profiles ?? []).filter((list) => list.length > 0);
  const users = usersOf(members, lists);
  const accounts = ruledMappings(merge.rules.rules, lists[0] ?? []);
  const around = { lists, users, who: ANYBODY, accounts };
  // copies: what the workspace keeps of a layer must not follow the users of another base
  const layers = members.map((record): Layer => {
    const layer = toLayer({ ...record, mounted: null, applied: null }, around);
    if (record === fresh) return { ...layer, role: 'os', enabled: true };
    return { ...layer, enabled: record !== old };
  });
  const names = (upcase: Uint16Array) => new WasmNames(host.modules.overlay, upcase);
  const files = new FileOverlay(names);
  const registry = new RegistryOverlay(names);
  files.update(layers, merge.rules.rules);
  await pause();
  registry.updateSet(layers, merge.rules);
  await pause();
  return new MergeView(files, registry, layers);
}

const aboutBase = ({ id, name, node }: LayerRecord): RebaseBase => ({
  layer: id,
  name,
  build: buildOf(node.facts['build']),
});
