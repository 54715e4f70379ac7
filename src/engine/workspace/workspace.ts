/**
 * The workspace: layers in an order, their merged disk and registry, views, details and the plan. It owns all columns and
 * asks images only for bytes. In the browser it lives in its worker, on the command line in the same process.
 */
import { fail } from '../../base/errors.ts';
import type { Finding } from '../../base/findings.ts';
import type { Principal } from '../../layer/foreign-rules/assignments.ts';
import { ANYBODY } from '../../layer/policies.ts';
import { ruledMappings } from '../../layer/principals.ts';
import { MAX_LAYERS } from '../../overlay/types.ts';
import type {
  FindingsReport,
  HiveMountInfo,
  LayerSpec,
  Listener,
  PlanCheck,
  PlanSummary,
  PresetId,
  Role,
  RuleDraft,
  RuleTrial,
  ValueRow,
  ViewInfo,
  WorkspaceApi,
  WorkspaceState,
} from '../api.ts';
import type { CompareSide } from '../api-compare.ts';
import type { RuleFile, RuleFilesTaken } from '../api-findings.ts';
import type { ImageApi, ImageReport } from '../api-image.ts';
import type { BaseSwap } from '../api-rebase.ts';
import type { Host } from '../host.ts';
import { mountable } from '../select.ts';
import { BaseSwaps } from './base-swap.ts';
import { MergeFindings } from './findings.ts';
import { Listeners } from './listeners.ts';
import { locate } from './locate.ts';
import type { Merge } from './merge.ts';
import { makePlan } from './plan.ts';
import { checkPlan } from './plan-check.ts';
import { readRecord, release } from './read-record.ts';
import { Reading } from './reading.ts';
import {
  asksWho,
  failedBy,
  type LayerRecord,
  layerFindings,
  newRecord,
  stackFindings,
  toInfo,
  toLayer,
  usersOf,
} from './record.ts';
import { takeRuleFiles } from './rule-files.ts';
import { RuleEditor } from './rules.ts';
import { ReadAhead, waysTo } from './unread.ts';

export class Workspace extends Reading implements WorkspaceApi {
  readonly #host: Host;
  readonly #rules: RuleEditor;
  readonly #findings: MergeFindings;
  readonly #swaps: BaseSwaps;
  readonly #ahead: ReadAhead;
  readonly #listeners = new Listeners(() => this.state());
  #generation = 0;
  #findingsTurn = 0;
  #nextId = 1;
  #who: Principal = ANYBODY;
  #for: Principal | null = null;
  #ruleFindings: readonly Finding[] = [];
  #reading = new Set<Promise<unknown>>();

  constructor(host: Host) {
    super(host);
    this.#host = host;
    this.#rules = new RuleEditor(this.merged);
    const { layers, merged: merge, rebases, derived } = this;
    this.#ahead = new ReadAhead({ layers, merge, derived, update: () => this.#update() });
    this.#swaps = new BaseSwaps({ layers, merge, rebases, update: () => this.#remerge() });
    this.#findings = new MergeFindings({
      merge: this.merged,
      records: () => this.layers.records,
      now: () => host.now(),
      changed: () => {
        this.#findingsTurn++;
        this.#listeners.emitSoon();
      },
    });
  }

  /* ------------------------------------------------------------ images */

  attachImage(image: string, report: ImageReport, api: ImageApi): void {
    this.images.set(image, { api, report });
  }

  /** The image is gone; rows of its layers stay, what needs its bytes fails and says why. */
  detachImage(image: string, fault: string | null): void {
    this.images.delete(image);
    for (const record of this.layers.records) {
      if (record.image !== image) continue;
      record.cancelled = true;
      if (fault !== null) failedBy(record, fault);
    }
    this.#listeners.emitSoon();
  }

  /* ------------------------------------------------------------ layers */

  async addLayer(spec: LayerSpec): Promise<string> {
    const image =
      this.images.get(spec.image) ?? fail('MissingItem', 'workspace', null, `an image ${spec.image}`, 'none');
    const node = mountable(image.report.root).find((candidate) => candidate.mount === spec.mount);
    if (node === undefined) fail('MissingItem', image.report.name, null, `a tree or hive at "${spec.mount}"`, 'none');
    const old = spec.replaces === undefined ? null : this.layers.get(spec.replaces);
    if (old === null && this.layers.records.length >= MAX_LAYERS)
      fail('UnsupportedSize', image.report.name, null, `at most ${MAX_LAYERS} layers`, MAX_LAYERS + 1);
    const role = spec.role ?? this.layers.firstRole();
    const record = newRecord(`layer${this.#nextId++}`, spec, role, { ...image, node });
    if (old === null) this.layers.add(record);
    else {
      this.layers.replace(old, record);
      this.#drop(old);
    }
    this.#listeners.emit();
    const reading = this.#read(record).finally(() => this.#reading.delete(reading));
    this.#reading.add(reading);
    return record.id;
  }

  /** Resolves when every layer has been read (or has failed). For the command line and tests. */
  async settled(): Promise<void> {
    while (this.#reading.size > 0) await Promise.all(this.#reading);
  }

  async #read(record: LayerRecord): Promise<void> {
    await readRecord(record, {
      now: () => this.#host.now(),
      has: (one) => this.layers.has(one),
      progress: (one) => {
        if (one.progress !== null) this.watch?.(one.name, one.progress);
        this.#listeners.emitSoon();
      },
      stage: (one, whole) => {
        if (whole) this.layers.guessRole(one);
        this.#update();
      },
      hive: (one) => this.layers.guessRole(one),
    });
    if (this.layers.has(record)) this.#update();
    else release(record);
  }

  /** What is opened in a hive that is being read is fetched before its turn. The answers follow as a new state. */
  override async expand(view: number, node: number, expanded: boolean, deep: boolean): Promise<ViewInfo> {
    const info = await super.expand(view, node, expanded, deep);
    if (expanded && this.views.get(view).pane === 'registry') void this.#ahead.fetch(node);
    return info;
  }
  override values(node: number, showHidden: boolean): Promise<ValueRow[]> {
    void this.#ahead.fetch(node);
    return super.values(node, showHidden);
  }

  /** An address below what has been read: the keys on the way are fetched one after the other. */
  override async reveal(view: number, path: string): ReturnType<Reading['reveal']> {
    if (this.views.get(view).pane === 'registry')
      for (const way of waysTo(path)) {
        const found = this.merged.registry.layers.some(({ partial }) => partial)
          ? locate(this.merged, this.derived, 'registry', way)
          : null;
        if (found === null) break;
        await this.#ahead.fetch(found.node);
      }
    return super.reveal(view, path);
  }

  async removeLayer(id: string): Promise<void> {
    const record = this.layers.get(id);
    this.layers.remove(record);
    this.#drop(record);
    this.#update();
  }

  /** A layer that is no longer in the list. */
  #drop(record: LayerRecord): void {
    record.cancelled = true;
    // while it is read, its end releases what it has opened
    if (record.status !== 'scanning') release(record);
  }

  async cancelLayer(id: string): Promise<void> {
    this.layers.get(id).cancelled = true;
  }

  async setOrder(idsTopFirst: readonly string[]): Promise<void> {
    this.layers.setOrder(idsTopFirst);
    this.#update();
  }

  async useBase(base: CompareSide): Promise<BaseSwap | null> {
    const told = await this.#swaps.use(base);
    this.#tell();
    return told;
  }
  async undoBase(): Promise<void> {
    this.#swaps.undo();
    this.#tell();
  }

  async setRole(id: string, role: Role): Promise<void> {
    const record = this.layers.get(id);
    record.roleFrom = 'person';
    this.layers.assignRole(record, role);
    this.#update();
  }

  async setEnabled(id: string, enabled: boolean): Promise<void> {
    this.layers.get(id).enabled = enabled;
    this.#update();
  }

  async setRuleEnabled(rule: string, enabled: boolean): Promise<void> {
    if (!this.merged.setRuleEnabled(rule, enabled))
      fail('InvalidArgument', 'workspace', null, 'a rule that can be switched', rule);
    this.#update();
  }

  async changeRules(add: readonly RuleDraft[], drop: readonly string[]): Promise<string[]> {
    const made = this.#rules.change(add, drop);
    this.#update();
    return made;
  }
  async editRule(id: string, draft: RuleDraft): Promise<void> {
    this.#rules.edit(id, draft);
    this.#update();
  }
  async applyPreset(preset: PresetId): Promise<string[]> {
    const made = this.#rules.preset(preset);
    this.#update();
    return made;
  }
  async takeRuleFiles(files: readonly RuleFile[]): Promise<RuleFilesTaken> {
    // whom they count for is known when everybody's hive has been read
    await this.settled();
    const who = this.#for ?? this.#principal();
    const { taken, findings } = await takeRuleFiles(files, who, (drafts) => this.changeRules(drafts, []));
    const names = new Set(files.map(({ name }) => name));
    this.#ruleFindings = [...this.#ruleFindings.filter(({ where }) => !names.has(where.source)), ...findings];
    this.#listeners.emit();
    return taken;
  }
  /** Whom rule sets are to count for, in the place of the user who is shown. */
  async showFor(who: Principal): Promise<void> {
    this.#for = who;
    this.#update();
  }
  async tryRule(draft: RuleDraft, instead: string | null): Promise<RuleTrial> {
    return this.#rules.try(draft, instead);
  }

  async setHiveMode(mount: string, mode: HiveMountInfo['mode']): Promise<void> {
    if (!this.merged.setHiveMode(mount, mode))
      fail('InvalidArgument', 'workspace', null, 'a hive whose mode can be changed', mount);
    this.#update();
  }

  async setUser(mount: string): Promise<void> {
    if (!this.derived.choose(mount)) fail('InvalidArgument', 'workspace', null, 'a user whose hive is mounted', mount);
    this.#update();
  }

  /* ------------------------------------------------------------- state */

  /** Merges what is there and tells everybody. */
  #update(): void {
    this.#remerge();
    this.#tell();
  }
  #remerge(): void {
    this.views.invalidate(this.#mergeAll());
    this.#generation++;
  }
  #tell(): void {
    // marks of a base that has been moved or switched since say nothing any more
    if (this.#swaps.state === null) this.merged.mark(null, null);
    this.#findings.restart(!this.#busy);
    this.#listeners.emit();
  }

  #mergeAll(): ReturnType<Merge['update']> {
    const { records } = this.layers;
    const lists = this.layers.profileLists();
    const users = usersOf(records, lists);
    const merge = () => {
      const accounts = ruledMappings(this.merged.rules.rules, lists[0] ?? []);
      const around = { lists, users, who: this.#who, accounts };
      const changed = this.merged.update(records.map((record) => toLayer(record, around)));
      this.derived.refresh();
      return changed;
    };
    const changed = merge();
    // who is shown is known when the registry is merged: rule sets that ask for it are looked at again
    const shown = asksWho(records) ? (this.#for ?? this.#principal()) : ANYBODY;
    if (JSON.stringify(shown) === JSON.stringify(this.#who)) return changed;
    this.#who = shown;
    const again = merge();
    return {
      filesJoined: changed.filesJoined || again.filesJoined,
      keysJoined: changed.keysJoined || again.keysJoined,
    };
  }

  /** The user whom HKCU stands for, by name and SID. */
  #principal(): Principal {
    const { user } = this.derived;
    const known = this.derived.users().find(({ mount }) => mount === user);
    return known === undefined ? ANYBODY : { user: [known.name, known.mount.slice(4)], groups: [] };
  }

  subscribe(listener: Listener): void {
    this.#findings.want();
    this.#listeners.add(listener);
  }

  state(): WorkspaceState {
    const findings = { error: 0, warning: 0, info: 0 };
    const layers = this.layers.records.toReversed().map((record) => toInfo(record, this.merged.share(record.id)));
    for (const finding of this.#allFindings(layers.flatMap((layer) => layer.findings))) findings[finding.severity]++;
    for (const { severity, total } of this.#findings.groups) findings[severity] += total;
    return {
      generation: this.#generation,
      busy: this.#busy,
      layers,
      stats: this.merged.stats(),
      rules: this.merged.ruleInfos(),
      mounts: this.merged.mounts(),
      users: this.derived.users(),
      user: this.derived.user,
      swap: this.#swaps.state,
      findings,
      findingsProgress: this.#findings.progress,
      findingsTurn: this.#findingsTurn,
      mergeMs: this.merged.ms,
    };
  }

  get #busy(): boolean {
    return this.layers.records.some((record) => record.status === 'scanning' || record.status === 'opening');
  }

  #allFindings(ofLayers: readonly Finding[]): Finding[] {
    return this.merged.layers.length === 0
      ? [...ofLayers]
      : [
          ...ofLayers,
          ...stackFindings(this.layers.records),
          ...this.#ruleFindings,
          ...this.merged.files.findings,
          ...this.merged.registry.findings,
        ];
  }

  async findings(): Promise<Finding[]> {
    return [...this.damage(), ...this.#findings.groups.flatMap(({ items }) => items)];
  }
  async mergeFindings(): Promise<FindingsReport> {
    return this.#findings.report();
  }
  /** What was found in the layers themselves. */
  damage(): Finding[] {
    return this.#allFindings(this.layers.records.toReversed().flatMap(layerFindings));
  }
  /** Resolves when every layer is read and everything in the merge has been looked at. */
  async examined(): Promise<void> {
    await this.settled();
    await this.#findings.settled();
  }

  /* -------------------------------------------------------------- plan */

  /** The plan names what was found: it waits for all of it. */
  async buildPlan(): Promise<{ summary: PlanSummary; file: Blob; name: string }> {
    await this.#findings.settled();
    return makePlan(this.planContext());
  }
  checkPlan(plan: Blob): Promise<PlanCheck> {
    return checkPlan(plan, this.planContext());
  }

  planContext() {
    const ofLayers = this.layers.records.flatMap(layerFindings);
    return {
      host: this.#host,
      merge: this.merged,
      records: this.layers.records,
      findings: [...this.#allFindings(ofLayers), ...this.#findings.groups.flatMap(({ items }) => items)],
    };
  }
}
