/**
 * The workspace: layers in an order, their merged disk and registry, views, details and the plan. It owns all columns and
 * asks images only for bytes. In the browser it lives in its worker, on the command line in the same process.
 */
import { fail, isCancelled } from '../../base/errors.ts';
import { filetimeIso } from '../../base/filetime.ts';
import type { Finding } from '../../base/findings.ts';
import { valueLines } from '../../content/registry-value.ts';
import type { Profile } from '../../layer/hives.ts';
import type { HiveRow } from '../../overlay/registry/layer.ts';
import { type MergedValue, STATE_NAMES, type ViewRow } from '../../overlay/types.ts';
import type {
  FileDetail,
  FileRow,
  HiveMountInfo,
  ImageApi,
  ImageReport,
  KeyDetail,
  KeyRow,
  LayerSpec,
  Listener,
  PlanCheck,
  PlanSummary,
  Role,
  SecurityInfo,
  ValueDetail,
  ValueRow,
  VersionDetail,
  ViewInfo,
  ViewSpec,
  WorkspaceApi,
  WorkspaceState,
} from '../api.ts';
import type { Host } from '../host.ts';
import { mountable } from '../select.ts';
import { errorData } from '../unwrap.ts';
import { fileParts, keyParts } from './address.ts';
import { Contents } from './contents.ts';
import { defaultFirst, fileVersions, hiveTable, keyVersions, valueRow, valueVersions, whySteps } from './detail.ts';
import { baseName, pickHue, pickLetter } from './marks.ts';
import { Merge } from './merge.ts';
import { checkPlan, makePlan } from './plan.ts';
import { guessRole, readLayer } from './read-layer.ts';
import { type LayerRecord, toInfo, toLayer } from './record.ts';
import { fileRow, keyPath, keyRow, type RowContext } from './rows.ts';
import { Views } from './views.ts';

/** State goes out at most this often while things are read. */
const EMIT_MS = 100;
const MAX_VALUE_BYTES = 1 << 20;
const ROLE_RANK: Readonly<Record<Role, number>> = { os: 0, app: 1, user: 2 };

export class Workspace implements WorkspaceApi {
  readonly #host: Host;
  readonly #merge: Merge;
  readonly #views: Views;
  readonly #contents: Contents;
  readonly #images = new Map<string, { api: ImageApi; report: ImageReport }>();
  /** Base first. */
  #records: LayerRecord[] = [];
  #listeners: Listener[] = [];
  #generation = 0;
  #nextId = 1;
  #emitTimer: ReturnType<typeof setTimeout> | null = null;
  #reading = new Set<Promise<unknown>>();

  constructor(host: Host) {
    this.#host = host;
    this.#merge = new Merge(host.modules.overlay, () => host.now());
    this.#views = new Views(this.#merge);
    this.#contents = new Contents(this.#merge, (layer) => this.#record(layer));
  }

  /* ------------------------------------------------------------ images */

  attachImage(image: string, report: ImageReport, api: ImageApi): void {
    this.#images.set(image, { api, report });
  }

  /** The image is gone; rows of its layers stay, what needs its bytes fails and says why. */
  detachImage(image: string, fault: string | null): void {
    this.#images.delete(image);
    for (const record of this.#records) {
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
    this.#emitSoon();
  }

  /* ------------------------------------------------------------ layers */

  #record(id: string): LayerRecord {
    return (
      this.#records.find((record) => record.id === id) ??
      fail('MissingItem', 'workspace', null, `a layer ${id}`, 'none')
    );
  }

  async addLayer(spec: LayerSpec): Promise<string> {
    const image =
      this.#images.get(spec.image) ?? fail('MissingItem', 'workspace', null, `an image ${spec.image}`, 'none');
    const node = mountable(image.report.root).find((candidate) => candidate.mount === spec.mount);
    if (node === undefined) fail('MissingItem', image.report.name, null, `a tree or hive at "${spec.mount}"`, 'none');
    const role = spec.role ?? (this.#records.some((record) => record.role === 'os') ? 'user' : 'os');
    const name = spec.name ?? baseName(image.report.name);
    const record: LayerRecord = {
      id: `layer${this.#nextId++}`,
      image: spec.image,
      mount: spec.mount,
      api: image.api,
      report: image.report,
      node,
      name,
      role,
      roleKnown: spec.role !== null,
      enabled: true,
      letter: pickLetter(
        role,
        name,
        this.#records.map((other) => other.letter),
      ),
      hue: pickHue(
        role,
        this.#records.map((other) => other.hue),
      ),
      status: 'scanning',
      progress: null,
      error: null,
      loaded: null,
      cancelled: false,
      mounted: null,
    };
    this.#records.push(record);
    this.#sortByRole(record);
    this.#emit();
    const reading = this.#read(record).finally(() => this.#reading.delete(reading));
    this.#reading.add(reading);
    return record.id;
  }

  /** Resolves when every layer has been read (or has failed). For the command line and tests. */
  async settled(): Promise<void> {
    while (this.#reading.size > 0) await Promise.all(this.#reading);
  }

  async #read(record: LayerRecord): Promise<void> {
    const kind = record.node.kind === 'hive' ? 'hive' : 'tree';
    const source = {
      image: record.api,
      mount: record.mount,
      name: record.report.name,
      kind,
      hivePrefix: `${record.id}:`,
    } as const;
    try {
      const loaded = await readLayer(source, {
        now: () => this.#host.now(),
        cancelled: () => record.cancelled,
        progress: (info) => {
          record.progress = info;
          this.#emitSoon();
        },
        stage: (stage) => {
          record.loaded = stage;
          if (!stage.partial) this.#guessRole(record);
          this.#update();
        },
      });
      record.loaded = loaded;
      if (!record.roleKnown && kind === 'hive') this.#guessRole(record);
      record.status = 'ready';
    } catch (error) {
      if (isCancelled(error) || record.cancelled) record.status = record.status === 'failed' ? 'failed' : 'cancelled';
      else {
        record.status = 'failed';
        record.error = errorData(error, record.report.name);
      }
    }
    record.progress = null;
    this.#update();
  }

  /** Once the content is known a guessed role may be wrong: the mark follows, a role that a person chose stays. */
  #guessRole(record: LayerRecord): void {
    if (record.roleKnown) return;
    record.roleKnown = true;
    const others = this.#records.filter((other) => other !== record);
    const role = guessRole(
      record.loaded?.tree?.table ?? null,
      record.loaded?.tree?.store ?? 'plain',
      others.some((other) => other.role === 'os'),
    );
    if (role !== record.role) this.#assignRole(record, role);
  }

  #assignRole(record: LayerRecord, role: Role): void {
    const others = this.#records.filter((other) => other !== record);
    record.role = role;
    record.letter = pickLetter(
      role,
      record.name,
      others.map((other) => other.letter),
    );
    record.hue = pickHue(
      role,
      others.map((other) => other.hue),
    );
    this.#sortByRole(record);
  }

  /** Puts one layer above the others of its role and below those of higher ones; the order of the rest stays. */
  #sortByRole(record: LayerRecord): void {
    const others = this.#records.filter((other) => other !== record);
    let at = others.length;
    while (at > 0 && ROLE_RANK[others[at - 1]!.role] > ROLE_RANK[record.role]) at--;
    this.#records = [...others.slice(0, at), record, ...others.slice(at)];
  }

  async removeLayer(id: string): Promise<void> {
    const record = this.#record(id);
    record.cancelled = true;
    this.#records = this.#records.filter((other) => other !== record);
    this.#update();
  }

  async cancelLayer(id: string): Promise<void> {
    this.#record(id).cancelled = true;
  }

  async setOrder(idsTopFirst: readonly string[]): Promise<void> {
    const next = idsTopFirst.toReversed().map((id) => this.#record(id));
    if (new Set(next).size !== this.#records.length)
      fail('InvalidArgument', 'workspace', null, 'every layer once', idsTopFirst.join(', '));
    this.#records = next;
    this.#update();
  }

  async setRole(id: string, role: Role): Promise<void> {
    const record = this.#record(id);
    record.roleKnown = true;
    this.#assignRole(record, role);
    this.#update();
  }

  async setEnabled(id: string, enabled: boolean): Promise<void> {
    this.#record(id).enabled = enabled;
    this.#update();
  }

  async setRuleEnabled(rule: string, enabled: boolean): Promise<void> {
    if (!this.#merge.setRuleEnabled(rule, enabled))
      fail('InvalidArgument', 'workspace', null, 'a rule that can be switched', rule);
    this.#update();
  }

  async setHiveMode(mount: string, mode: HiveMountInfo['mode']): Promise<void> {
    if (!this.#merge.setHiveMode(mount, mode))
      fail('InvalidArgument', 'workspace', null, 'a hive whose mode can be changed', mount);
    this.#update();
  }

  /* ------------------------------------------------------------- state */

  /** Merges what is there and tells everybody. */
  #update(): void {
    const lists: (readonly Profile[])[] = this.#records
      .toSorted((a, b) => ROLE_RANK[a.role] - ROLE_RANK[b.role])
      .map((record) => record.loaded?.profiles ?? [])
      .filter((list) => list.length > 0);
    const changed = this.#merge.update(this.#records.map((record) => toLayer(record, lists)));
    this.#views.invalidate(changed);
    this.#generation++;
    this.#emit();
  }

  subscribe(listener: Listener): void {
    this.#listeners.push(listener);
    listener(this.state());
  }

  #emit(): void {
    if (this.#emitTimer !== null) clearTimeout(this.#emitTimer);
    this.#emitTimer = null;
    if (this.#listeners.length === 0) return;
    const state = this.state();
    for (const listener of this.#listeners) listener(state);
  }

  #emitSoon(): void {
    if (this.#listeners.length === 0) return;
    this.#emitTimer ??= setTimeout(() => this.#emit(), EMIT_MS);
  }

  state(): WorkspaceState {
    const shares = this.#merge.layers.length === 0 ? null : this.#merge.files.stats().layers;
    const shareOf = (id: string) => shares?.[this.#merge.files.layerIds.indexOf(id)] ?? null;
    const findings = { error: 0, warning: 0, info: 0 };
    const layers = this.#records.toReversed().map((record) => toInfo(record, shareOf(record.id)));
    for (const finding of this.#allFindings(layers.flatMap((layer) => layer.findings))) findings[finding.severity]++;
    return {
      generation: this.#generation,
      busy: this.#records.some((record) => record.status === 'scanning' || record.status === 'opening'),
      layers,
      stats: this.#merge.stats(),
      rules: this.#merge.ruleInfos(),
      mounts: this.#merge.mounts(),
      findings,
      mergeMs: this.#merge.ms,
    };
  }

  #allFindings(ofLayers: readonly Finding[]): Finding[] {
    return this.#merge.layers.length === 0
      ? [...ofLayers]
      : [...ofLayers, ...this.#merge.files.findings, ...this.#merge.registry.findings];
  }

  async findings(): Promise<Finding[]> {
    return this.#allFindings(this.#records.toReversed().flatMap((record) => toInfo(record, null).findings));
  }

  /* ------------------------------------------------------------- views */

  async openView(spec: ViewSpec): Promise<ViewInfo> {
    if (this.#merge.layers.length === 0) this.#merge.update([]);
    return this.#views.open(spec);
  }

  #context(pane: 'files' | 'registry'): RowContext {
    const merged = pane === 'files' ? this.#merge.files : this.#merge.registry;
    const topFirst = this.#records
      .toReversed()
      .map((record) => merged.layerIds.indexOf(record.id))
      .filter((n) => n >= 0);
    return {
      ids: merged.layerIds,
      topFirst,
      changed: pane === 'files' ? this.#merge.changedFiles : this.#merge.changedKeys,
    };
  }

  #fileRow(row: ViewRow, context: RowContext): FileRow {
    const table = row.shown === null ? null : this.#merge.files.layers[row.shown.layer]!.table;
    const tag =
      table === null || row.shown === null || row.shown.row >= table.count ? 0 : table.data.reparseTag[row.shown.row]!;
    return fileRow(row, tag, context);
  }

  async fileRows(view: number, generation: number, from: number, count: number): Promise<FileRow[] | null> {
    const context = this.#context('files');
    const found = this.#views.find(view)?.view.rows(generation, from, count) ?? null;
    return found === null ? null : found.rows.map((row) => this.#fileRow(row, context));
  }

  async keyRows(view: number, generation: number, from: number, count: number): Promise<KeyRow[] | null> {
    const context = this.#context('registry');
    const found = this.#views.find(view)?.view.rows(generation, from, count) ?? null;
    return found === null ? null : found.rows.map((row) => keyRow(row, this.#merge.registry, context));
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
    const { pane } = this.#views.get(view);
    if (this.#merge.layers.length === 0) return null;
    const parts = pane === 'files' ? fileParts(path) : keyParts(path, this.#links());
    if (parts === null || parts.length === 0) return null;
    const merged = pane === 'files' ? this.#merge.files : this.#merge.registry;
    let node = merged.find(parts);
    let value: string | null = null;
    if (node < 0 && pane === 'registry' && parts.length > 2) {
      // the last component may be the name of a value
      node = merged.find(parts.slice(0, -1));
      const wanted = parts.at(-1)!.toLowerCase();
      value =
        node < 0
          ? null
          : (this.#merge.registry.values(node).find(({ name }) => name.toLowerCase() === wanted)?.name ?? null);
      if (value === null) return null;
    }
    if (node < 0) return null;
    const { info, index } = this.#views.reveal(view, node);
    return index < 0 ? null : { info, index, node, value };
  }

  #links() {
    return {
      controlSet: this.#merge.layers[0]?.controlSet ?? null,
      mounts: this.#merge.mounts().map(({ mount }) => mount),
    };
  }

  async findRow(view: number, text: string, from: number, backward: boolean, prefix: boolean): Promise<number> {
    const { view: open } = this.#views.get(view);
    if (text === '' || open.total === 0) return -1;
    if (prefix) return open.typeAhead(text, from);
    const node = open.find(text, open.nodeAt(from), backward);
    return node < 0 ? -1 : this.#views.reveal(view, node).index;
  }

  /* ----------------------------------------------------------- details */

  #topFirstIds(): string[] {
    return this.#records.toReversed().map((record) => record.id);
  }

  async fileDetail(node: number): Promise<FileDetail> {
    const { files } = this.#merge;
    const why = files.why(node);
    return {
      node,
      path: `C:\\${files.path(node).join('\\')}`,
      row: this.#fileRow(files.row(node), this.#context('files')),
      why: whySteps(why, this.#merge.ruleInfos()),
      versions: fileVersions(this.#merge, why, this.#topFirstIds()),
    };
  }

  versionDetail(node: number, layer: string): Promise<VersionDetail> {
    return this.#contents.versionDetail(node, layer);
  }
  readFile(node: number, layer: string, stream: string, offset: number, length: number): Promise<Uint8Array> {
    return this.#contents.read(node, layer, stream, offset, length);
  }
  sha256(node: number, layer: string): Promise<string> {
    return this.#contents.sha256(node, layer);
  }

  async values(node: number, showHidden: boolean): Promise<ValueRow[]> {
    const context = this.#context('registry');
    const values = defaultFirst(this.#merge.registry.values(node)).filter(
      (value) => showHidden || STATE_NAMES[value.state] !== 'hidden',
    );
    const data = await this.#contents.valueData(values, 1024);
    return values.map((value, i) => valueRow(value, data[i] ?? null, context));
  }

  async keyDetail(node: number): Promise<KeyDetail> {
    const { registry } = this.#merge;
    const why = registry.why(node);
    const key = registry.key(node);
    const from = key.classFrom;
    return {
      node,
      path: keyPath(registry.path(node)),
      row: keyRow(registry.row(node), registry, this.#context('registry')),
      why: whySteps(why, this.#merge.ruleInfos()),
      versions: keyVersions(this.#merge, why, this.#topFirstIds()),
      className: from === null ? null : await this.#contents.className(registry.layerIds[from.layer]!, from),
      lastWrite: filetimeIso(key.lastWriteLo, key.lastWriteHi),
    };
  }

  async keySecurity(node: number): Promise<SecurityInfo | null> {
    const from = this.#merge.registry.key(node).securityFrom;
    return from === null ? null : this.#contents.keySecurity(this.#merge.registry.layerIds[from.layer]!, from);
  }

  async valueDetail(node: number, name: string): Promise<ValueDetail> {
    const value = this.#merge.registry.values(node).find((candidate) => candidate.name === name);
    if (value === undefined) fail('MissingItem', 'workspace', null, `the value ${name}`, 'none');
    const [data = null] = await this.#contents.valueData([value], MAX_VALUE_BYTES);
    const versions: MergedValue[] = [
      value,
      ...value.shadowed.filter((other) => !other.tombstone).map((other) => ({ ...value, ...other })),
    ];
    const texts = await this.#contents.valueData(versions, 1024);
    return {
      key: await this.keyDetail(node),
      value: valueRow(value, data, this.#context('registry')),
      data,
      lines: data === null ? [] : valueLines(value.type, data),
      versions: valueVersions(
        this.#merge,
        value,
        this.#topFirstIds(),
        (hive, row) => texts[versions.findIndex((v) => v.hive === hive && v.row === row)] ?? null,
      ),
      place: await this.#contents.valuePlace(value, hiveTable(this.#merge, value.hive)),
    };
  }

  /* -------------------------------------------------------------- plan */

  buildPlan(): Promise<{ summary: PlanSummary; file: Blob; name: string }> {
    return makePlan(this.#planContext());
  }
  checkPlan(plan: Blob): Promise<PlanCheck> {
    return checkPlan(plan, this.#planContext());
  }

  #planContext() {
    const ofLayers = this.#records.flatMap((record) => toInfo(record, null).findings);
    return { host: this.#host, merge: this.#merge, records: this.#records, findings: this.#allFindings(ofLayers) };
  }

  /** The merged trees themselves, for the command line: same process, no copies. */
  get merged(): Merge {
    return this.#merge;
  }
  get layerRecords(): readonly LayerRecord[] {
    return this.#records;
  }
  /** Whole data of values. */
  valueData(values: readonly MergedValue[]): Promise<(Uint8Array | null)[]> {
    return this.#contents.valueData(values, Number.MAX_SAFE_INTEGER);
  }
  className(layer: number, place: HiveRow): Promise<string | null> {
    return this.#contents.className(this.#merge.registry.layerIds[layer]!, place);
  }
}
