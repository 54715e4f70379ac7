/**
 * The workspace: layers in an order, their merged disk and registry, views, details and the plan. It owns all columns and
 * asks images only for bytes. In the browser it lives in its worker, on the command line in the same process.
 */
import { fail } from '../../base/errors.ts';
import type { Finding } from '../../base/findings.ts';
import type { HiveRow } from '../../overlay/registry/layer.ts';
import { MAX_LAYERS, type MergedValue } from '../../overlay/types.ts';
import type {
  BelowEntry,
  ExportBegun,
  ExportPiece,
  FileDetail,
  FileRow,
  FindingsReport,
  HiveMountInfo,
  KeyDetail,
  KeyRow,
  LayerSpec,
  Listener,
  PlanCheck,
  PlanSummary,
  PresetId,
  RegistryFormat,
  Role,
  RuleDraft,
  RuleTrial,
  SecurityInfo,
  ValueDetail,
  ValueRow,
  VersionDetail,
  ViewInfo,
  ViewSpec,
  WorkspaceApi,
  WorkspaceState,
} from '../api.ts';
import type { CompareReport, CompareSide } from '../api-compare.ts';
import type { ImageApi, ImageReport } from '../api-image.ts';
import type { DeletedRows, RegistryDifferences, ReplayedRows } from '../api-traces.ts';
import type { MountedTree } from '../compare-mounts.ts';
import type { Host } from '../host.ts';
import { mountable } from '../select.ts';
import { Comparisons } from './comparisons.ts';
import { Contents } from './contents.ts';
import { Derived } from './derived.ts';
import { Exports } from './exports.ts';
import { filesBelow } from './files-below.ts';
import { MergeFindings } from './findings.ts';
import { Inspector } from './inspector.ts';
import { LayerList } from './layer-list.ts';
import { Listeners } from './listeners.ts';
import { locate } from './locate.ts';
import { Merge } from './merge.ts';
import { checkPlan, makePlan } from './plan.ts';
import { readRecord, release } from './read-record.ts';
import { type LayerRecord, layerFindings, newRecord, toInfo, toLayer } from './record.ts';
import { compareLayers } from './registry-comparison.ts';
import { RuleEditor } from './rules.ts';
import { deletedOf, replayedOf } from './traces.ts';
import { Views } from './views.ts';

export class Workspace implements WorkspaceApi {
  readonly #host: Host;
  readonly #comparisons = new Comparisons();
  readonly #merge: Merge;
  readonly #derived: Derived;
  readonly #views: Views;
  readonly #contents: Contents;
  readonly #inspector: Inspector;
  readonly #exports: Exports = new Exports(this);
  readonly #rules: RuleEditor;
  readonly #findings: MergeFindings;
  readonly #images = new Map<string, { api: ImageApi; report: ImageReport }>();
  readonly #layers = new LayerList();
  readonly #listeners = new Listeners(() => this.state());
  #generation = 0;
  #findingsTurn = 0;
  #nextId = 1;
  #reading = new Set<Promise<unknown>>();

  constructor(host: Host) {
    this.#host = host;
    this.#merge = new Merge(host.modules.overlay, () => host.now());
    this.#derived = new Derived(this.#merge);
    this.#views = new Views(this.#merge, this.#derived);
    this.#contents = new Contents(this.#merge, (layer) => this.#layers.get(layer));
    this.#inspector = new Inspector(this.#merge, this.#derived, this.#contents, () => this.#layers.topFirstIds());
    this.#rules = new RuleEditor(this.#merge);
    this.#findings = new MergeFindings({
      merge: this.#merge,
      records: () => this.#layers.records,
      now: () => host.now(),
      changed: () => {
        this.#findingsTurn++;
        this.#listeners.emitSoon();
      },
    });
  }

  /* ------------------------------------------------------------ images */

  attachImage(image: string, report: ImageReport, api: ImageApi): void {
    this.#images.set(image, { api, report });
  }

  /** The image is gone; rows of its layers stay, what needs its bytes fails and says why. */
  detachImage(image: string, fault: string | null): void {
    this.#images.delete(image);
    for (const record of this.#layers.records) {
      if (record.image !== image) continue;
      record.cancelled = true;
      if (fault === null) continue;
      record.status = 'failed';
      record.error = {
        code: 'UnexpectedTrap',
        where: { source: record.report.name, offset: null },
        expected: 'an answer from the reader of this image',
        actual: fault,
      };
    }
    this.#listeners.emitSoon();
  }

  /* ------------------------------------------------------------ layers */

  async addLayer(spec: LayerSpec): Promise<string> {
    const image =
      this.#images.get(spec.image) ?? fail('MissingItem', 'workspace', null, `an image ${spec.image}`, 'none');
    const node = mountable(image.report.root).find((candidate) => candidate.mount === spec.mount);
    if (node === undefined) fail('MissingItem', image.report.name, null, `a tree or hive at "${spec.mount}"`, 'none');
    const old = spec.replaces === undefined ? null : this.#layers.get(spec.replaces);
    if (old === null && this.#layers.records.length >= MAX_LAYERS)
      fail('UnsupportedSize', image.report.name, null, `at most ${MAX_LAYERS} layers`, MAX_LAYERS + 1);
    const role = spec.role ?? this.#layers.firstRole();
    const record = newRecord(`layer${this.#nextId++}`, spec, role, { ...image, node });
    if (old === null) this.#layers.add(record);
    else {
      this.#layers.replace(old, record);
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
      has: (one) => this.#layers.has(one),
      progress: () => this.#listeners.emitSoon(),
      stage: (one, whole) => {
        if (whole) this.#layers.guessRole(one);
        this.#update();
      },
      hive: (one) => this.#layers.guessRole(one),
    });
    if (this.#layers.has(record)) this.#update();
    else release(record);
  }

  async removeLayer(id: string): Promise<void> {
    const record = this.#layers.get(id);
    this.#layers.remove(record);
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
    this.#layers.get(id).cancelled = true;
  }

  async setOrder(idsTopFirst: readonly string[]): Promise<void> {
    this.#layers.setOrder(idsTopFirst);
    this.#update();
  }

  async setRole(id: string, role: Role): Promise<void> {
    const record = this.#layers.get(id);
    record.roleFrom = 'person';
    this.#layers.assignRole(record, role);
    this.#update();
  }

  async setEnabled(id: string, enabled: boolean): Promise<void> {
    this.#layers.get(id).enabled = enabled;
    this.#update();
  }

  async setRuleEnabled(rule: string, enabled: boolean): Promise<void> {
    if (!this.#merge.setRuleEnabled(rule, enabled))
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
  async tryRule(draft: RuleDraft, instead: string | null): Promise<RuleTrial> {
    return this.#rules.try(draft, instead);
  }

  async setHiveMode(mount: string, mode: HiveMountInfo['mode']): Promise<void> {
    if (!this.#merge.setHiveMode(mount, mode))
      fail('InvalidArgument', 'workspace', null, 'a hive whose mode can be changed', mount);
    this.#update();
  }

  async setUser(mount: string): Promise<void> {
    if (!this.#derived.choose(mount)) fail('InvalidArgument', 'workspace', null, 'a user whose hive is mounted', mount);
    this.#update();
  }

  /* ------------------------------------------------------------- state */

  /** Merges what is there and tells everybody. */
  #update(): void {
    const lists = this.#layers.profileLists();
    const changed = this.#merge.update(this.#layers.records.map((record) => toLayer(record, lists)));
    this.#derived.refresh();
    this.#views.invalidate(changed);
    this.#generation++;
    this.#findings.restart(!this.#busy);
    this.#listeners.emit();
  }

  subscribe(listener: Listener): void {
    this.#findings.want();
    this.#listeners.add(listener);
  }

  state(): WorkspaceState {
    const findings = { error: 0, warning: 0, info: 0 };
    const layers = this.#layers.records.toReversed().map((record) => toInfo(record, this.#merge.share(record.id)));
    for (const finding of this.#allFindings(layers.flatMap((layer) => layer.findings))) findings[finding.severity]++;
    for (const { severity, total } of this.#findings.groups) findings[severity] += total;
    return {
      generation: this.#generation,
      busy: this.#busy,
      layers,
      stats: this.#merge.stats(),
      rules: this.#merge.ruleInfos(),
      mounts: this.#merge.mounts(),
      users: this.#derived.users(),
      user: this.#derived.user,
      findings,
      findingsProgress: this.#findings.progress,
      findingsTurn: this.#findingsTurn,
      mergeMs: this.#merge.ms,
    };
  }

  get #busy(): boolean {
    return this.#layers.records.some((record) => record.status === 'scanning' || record.status === 'opening');
  }

  #allFindings(ofLayers: readonly Finding[]): Finding[] {
    return this.#merge.layers.length === 0
      ? [...ofLayers]
      : [...ofLayers, ...this.#merge.files.findings, ...this.#merge.registry.findings];
  }

  async findings(): Promise<Finding[]> {
    return [...this.damage(), ...this.#findings.groups.flatMap(({ items }) => items)];
  }
  async mergeFindings(): Promise<FindingsReport> {
    return this.#findings.report();
  }
  /** What was found in the layers themselves. */
  damage(): Finding[] {
    return this.#allFindings(this.#layers.records.toReversed().flatMap(layerFindings));
  }
  /** Resolves when every layer is read and everything in the merge has been looked at. */
  async examined(): Promise<void> {
    await this.settled();
    await this.#findings.settled();
  }

  /* ------------------------------------------------------------- views */

  async openView(spec: ViewSpec): Promise<ViewInfo> {
    if (this.#merge.layers.length === 0) this.#merge.update([]);
    return this.#views.open(spec);
  }

  async fileRows(view: number, generation: number, from: number, count: number): Promise<FileRow[] | null> {
    const found = this.#views.find(view)?.view.rows(generation, from, count) ?? null;
    return found === null ? null : this.#inspector.fileRows(found.rows);
  }

  async keyRows(view: number, generation: number, from: number, count: number): Promise<KeyRow[] | null> {
    const found = this.#views.find(view)?.view.rows(generation, from, count) ?? null;
    return found === null ? null : this.#inspector.keyRows(found.rows);
  }

  async expand(view: number, node: number, expanded: boolean, deep: boolean): Promise<ViewInfo> {
    return this.#views.expand(view, node, expanded, deep);
  }

  async indexOf(view: number, node: number): Promise<number> {
    return this.#views.get(view).view.indexOf(node);
  }

  async reveal(
    view: number,
    path: string,
  ): Promise<{ info: ViewInfo; index: number; node: number; value: string | null } | null> {
    const found = locate(this.#merge, this.#derived, this.#views.get(view).pane, path);
    if (found === null) return null;
    const { info, index } = this.#views.reveal(view, found.node);
    return index < 0 ? null : { info, index, ...found };
  }

  async findRow(view: number, text: string, from: number, backward: boolean, prefix: boolean): Promise<number> {
    const { view: open } = this.#views.get(view);
    if (text === '' || open.total === 0) return -1;
    if (prefix) return open.typeAhead(text, from);
    const node = open.find(text, open.nodeAt(from), backward);
    return node < 0 ? -1 : this.#views.reveal(view, node).index;
  }

  /* ----------------------------------------------------------- details */

  async fileDetail(node: number): Promise<FileDetail> {
    return this.#inspector.fileDetail(node);
  }
  versionDetail(node: number, layer: string): Promise<VersionDetail> {
    return this.#contents.versionDetail(node, layer);
  }
  readFile(node: number, layer: string, stream: string, offset: number, length: number): Promise<Uint8Array> {
    return this.#contents.read(node, layer, stream, offset, length);
  }
  async compare(before: CompareSide, after: CompareSide): Promise<CompareReport> {
    return this.#comparisons.compare(this.#mounted(before), this.#mounted(after));
  }
  async compareProgress(): ReturnType<WorkspaceApi['compareProgress']> {
    return this.#comparisons.progress();
  }
  async compareRows(...args: Parameters<Comparisons['rows']>): ReturnType<WorkspaceApi['compareRows']> {
    return this.#comparisons.rows(...args);
  }
  async endCompare(): Promise<void> {
    this.#comparisons.end();
  }
  #mounted({ image, mount }: CompareSide): MountedTree {
    const found = this.#images.get(image) ?? fail('MissingItem', 'workspace', null, `an image ${image}`, 'none');
    return { image: found.api, mount, name: found.report.name };
  }
  async filesBelow(node: number): Promise<BelowEntry[]> {
    return filesBelow(this.#merge, node);
  }
  sha256(node: number, layer: string): Promise<string> {
    return this.#contents.sha256(node, layer);
  }
  values(node: number, showHidden: boolean): Promise<ValueRow[]> {
    return this.#inspector.values(node, showHidden);
  }
  keyDetail(node: number): Promise<KeyDetail> {
    return this.#inspector.keyDetail(node);
  }
  async exportKey(node: number, format: RegistryFormat, deep: boolean): Promise<ExportBegun> {
    return this.#exports.begin(node, format, deep);
  }
  exportNext(id: number): Promise<ExportPiece> {
    return this.#exports.next(id);
  }
  async endExport(id: number): Promise<void> {
    this.#exports.end(id);
  }
  hiveDeleted(mount: string, layer: string): Promise<DeletedRows> {
    return deletedOf(this.#layers.get(layer).api, this.#merged(layer), mount);
  }
  hiveReplayed(mount: string, layer: string): Promise<ReplayedRows | null> {
    return replayedOf(this.#layers.get(layer).api, this.#merged(layer), mount);
  }
  compareRegistry(before: string, after: string): Promise<RegistryDifferences> {
    const side = (id: string) => ({ api: this.#layers.get(id).api, layer: this.#merged(id) });
    return compareLayers(side(before), side(after));
  }
  #merged(layer: string) {
    return this.#merge.layers.find(({ id }) => id === layer);
  }
  keySecurity(node: number): Promise<SecurityInfo | null> {
    return this.#inspector.keySecurity(node);
  }
  valueDetail(node: number, name: string): Promise<ValueDetail> {
    return this.#inspector.valueDetail(node, name);
  }

  /* -------------------------------------------------------------- plan */

  /** The plan names what was found: it waits for all of it. */
  async buildPlan(): Promise<{ summary: PlanSummary; file: Blob; name: string }> {
    await this.#findings.settled();
    return makePlan(this.#planContext());
  }
  checkPlan(plan: Blob): Promise<PlanCheck> {
    return checkPlan(plan, this.#planContext());
  }

  #planContext() {
    const ofLayers = this.#layers.records.flatMap(layerFindings);
    return {
      host: this.#host,
      merge: this.#merge,
      records: this.#layers.records,
      findings: [...this.#allFindings(ofLayers), ...this.#findings.groups.flatMap(({ items }) => items)],
    };
  }

  /** The merged trees themselves, for the command line: same process, no copies. */
  get merged(): Merge {
    return this.#merge;
  }
  /** HKCR, HKCU and what else is no key of a hive. */
  get derived(): Derived {
    return this.#derived;
  }
  get layerRecords(): readonly LayerRecord[] {
    return this.#layers.records;
  }
  /** Whole data of values. */
  valueData(values: readonly MergedValue[]): Promise<(Uint8Array | null)[]> {
    return this.#contents.valueData(values, Number.MAX_SAFE_INTEGER);
  }
  securityBytes(layer: number, place: HiveRow): Promise<Uint8Array | null> {
    return this.#contents.securityBytes(this.#merge.registry.layerIds[layer]!, place);
  }
  className(layer: number, place: HiveRow): Promise<string | null> {
    return this.#contents.className(this.#merge.registry.layerIds[layer]!, place);
  }
}
