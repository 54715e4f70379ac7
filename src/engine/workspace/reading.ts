/**
 * What is asked of the merged view: rows, details, bytes, exports, comparisons. It changes nothing; what does is
 * workspace.ts, which extends this.
 */
import { fail } from '../../base/errors.ts';
import type { MountedHive } from '../../layer/types.ts';
import type { HiveRow } from '../../overlay/registry/layer.ts';
import type { MergedValue } from '../../overlay/types.ts';
import type {
  BelowEntry,
  ExportBegun,
  ExportPiece,
  FileDetail,
  FileRow,
  KeyDetail,
  KeyRow,
  ProgressInfo,
  RegistryFormat,
  SecurityInfo,
  ValueDetail,
  ValueRow,
  VersionDetail,
  ViewInfo,
  ViewSpec,
  WorkspaceApi,
} from '../api.ts';
import type { CompareReport, CompareSide } from '../api-compare.ts';
import type { DeletedStep, ImageApi, ImageReport } from '../api-image.ts';
import type { RebaseFormat, RebaseProgress, RebaseReport } from '../api-rebase.ts';
import type { SquashApi, SquashPiece } from '../api-squash.ts';
import type { DeletedRows, RegistryDifferences, RegistrySide, ReplayedRows } from '../api-traces.ts';
import type { Reader } from '../compare-closer.ts';
import type { MountedTree } from '../compare-mounts.ts';
import { mergedKeys, mergedTree } from '../compare-views.ts';
import type { Host } from '../host.ts';
import { type FactsOf, viewReader } from '../view-facts.ts';
import { Comparisons } from './comparisons.ts';
import { Contents } from './contents.ts';
import { Derived } from './derived.ts';
import { Exports } from './exports.ts';
import { filesBelow } from './files-below.ts';
import { Inspector } from './inspector.ts';
import { type KeyFacts, keyFacts } from './key-facts.ts';
import { LayerList } from './layer-list.ts';
import { locate } from './locate.ts';
import { Merge } from './merge.ts';
import { Rebases } from './rebase.ts';
import type { LayerRecord } from './record.ts';
import { RegistryComparisons } from './registry-comparison.ts';
import { compareKeyTables } from './registry-view-comparison.ts';
import { Squashes } from './squashes.ts';
import { deletedOf, replayedOf } from './traces.ts';
import { Views } from './views.ts';

/** A search through a whole volume or disk answers this often. */
const SEARCH_STEP_MS = 60;

/** The half of a workspace that only answers. */
export class Reading {
  /** The merged trees themselves; the command line reads them in the same process, without copies. */
  readonly merged: Merge;
  /** HKCR, HKCU and what else is no key of a hive. */
  readonly derived: Derived;
  /** Told of each step of reading; for the command line, where nobody can ask while something is read. */
  watch: ((layer: string, progress: ProgressInfo) => void) | null = null;
  protected readonly layers = new LayerList();
  protected readonly images = new Map<string, { api: ImageApi; report: ImageReport }>();
  protected readonly views: Views;
  readonly #contents: Contents;
  readonly #inspector: Inspector;
  readonly #exports: Exports = new Exports(this);
  readonly #comparisons = new Comparisons();
  readonly #registries = new RegistryComparisons();
  protected readonly rebases: Rebases;
  readonly #squashes: Squashes;
  readonly #overlay: WebAssembly.Module;

  constructor(host: Host) {
    this.merged = new Merge(host.modules.overlay, () => host.now());
    this.derived = new Derived(this.merged);
    this.#squashes = new Squashes(this, host.modules.overlay);
    this.#overlay = host.modules.overlay;
    this.rebases = new Rebases({ host, merge: this.merged, layers: this.layers, images: this.images });
    this.views = new Views(this.merged, this.derived);
    this.#contents = new Contents(this.merged, (layer) => this.layers.get(layer));
    this.#inspector = new Inspector(this.merged, this.derived, this.#contents, () => this.layers.topFirstIds());
  }

  async openView(spec: ViewSpec): Promise<ViewInfo> {
    if (this.merged.layers.length === 0) this.merged.update([]);
    return this.views.open(spec);
  }

  async fileRows(view: number, generation: number, from: number, count: number): Promise<FileRow[] | null> {
    const found = this.views.find(view)?.view.rows(generation, from, count) ?? null;
    return found === null ? null : this.#inspector.fileRows(found.rows);
  }

  async keyRows(view: number, generation: number, from: number, count: number): Promise<KeyRow[] | null> {
    const found = this.views.find(view)?.view.rows(generation, from, count) ?? null;
    return found === null ? null : this.#inspector.keyRows(found.rows);
  }

  async expand(view: number, node: number, expanded: boolean, deep: boolean): Promise<ViewInfo> {
    return this.views.expand(view, node, expanded, deep);
  }

  async indexOf(view: number, node: number): Promise<number> {
    return this.views.get(view).view.indexOf(node);
  }

  async reveal(
    view: number,
    path: string,
  ): Promise<{ info: ViewInfo; index: number; node: number; value: string | null } | null> {
    const found = locate(this.merged, this.derived, this.views.get(view).pane, path);
    if (found === null) return null;
    const { info, index } = this.views.reveal(view, found.node);
    return index < 0 ? null : { info, index, ...found };
  }

  async findRow(view: number, text: string, from: number, backward: boolean, prefix: boolean): Promise<number> {
    const { view: open } = this.views.get(view);
    if (text === '' || open.total === 0) return -1;
    if (prefix) return open.typeAhead(text, from);
    const node = open.find(text, open.nodeAt(from), backward);
    return node < 0 ? -1 : this.views.reveal(view, node).index;
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
  async compareNodes(image: string, before: string | null, after: string | null, again: boolean) {
    const found = this.images.get(image) ?? fail('MissingItem', 'workspace', null, `an image ${image}`, 'none');
    return found.api.nodesNext(before, after, SEARCH_STEP_MS, again);
  }
  async deletedFiles(layer: string, again: boolean): Promise<DeletedStep> {
    const { api, mount } = this.layers.get(layer);
    return api.deletedNext(mount, SEARCH_STEP_MS, again);
  }
  async readDeletedFile(layer: string, ref: number, offset: number, length: number): Promise<Uint8Array> {
    const { api, mount } = this.layers.get(layer);
    return api.readDeleted(mount, ref, offset, length);
  }
  async compare(before: CompareSide, after: CompareSide): Promise<CompareReport> {
    const side = (of: CompareSide) => (of.without === undefined ? this.#mounted(of) : this.#mergedTree(of.without));
    return this.#comparisons.compare(side(before), side(after));
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
  rebase(base: CompareSide): Promise<RebaseReport> {
    return this.rebases.run(base);
  }
  async rebaseProgress(): Promise<RebaseProgress | null> {
    return this.rebases.progress;
  }
  async rebaseFile(format: RebaseFormat): Promise<{ readonly name: string; readonly file: Blob }> {
    return this.rebases.file(format);
  }
  /** For the command line: each step as it is made. */
  watchRebase(watch: (progress: RebaseProgress) => void): void {
    this.rebases.watch = watch;
  }
  async endRebase(): Promise<void> {
    this.rebases.end();
  }
  #mergedTree(without: readonly string[]) {
    const { layers, rules } = this.merged;
    return mergedTree(this.#overlay, layers, rules, without, (layer) => this.readerOf(layer));
  }
  #mounted({ image, mount }: CompareSide): MountedTree {
    const found = this.images.get(image) ?? fail('MissingItem', 'workspace', null, `an image ${image}`, 'none');
    return { image: found.api, mount, name: found.report.name };
  }
  async filesBelow(node: number): Promise<BelowEntry[]> {
    return filesBelow(this.merged, node);
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
  async squash(layer: string): ReturnType<SquashApi['squash']> {
    return this.#squashes.begin(layer);
  }
  squashNext(id: number): Promise<SquashPiece> {
    return this.#squashes.next(id);
  }
  async endSquash(id: number): Promise<void> {
    this.#squashes.end(id);
  }
  hiveDeleted(mount: string, layer: string): Promise<DeletedRows> {
    return deletedOf(this.layers.get(layer).api, this.#layerOf(layer), mount);
  }
  hiveReplayed(mount: string, layer: string): Promise<ReplayedRows | null> {
    return replayedOf(this.layers.get(layer).api, this.#layerOf(layer), mount);
  }
  compareRegistry(before: RegistrySide, after: RegistrySide): Promise<RegistryDifferences> {
    const side = (id: string) => ({ api: this.layers.get(id).api, layer: this.#layerOf(id) });
    if (typeof before === 'string' && typeof after === 'string')
      return this.#registries.compare(side(before), side(after));
    const keys = (of: RegistrySide) => {
      const { layers, rules } = this.merged;
      // a layer beside a view: what it shows alone
      const others = () => layers.flatMap(({ id }) => (id === of ? [] : [id]));
      return mergedKeys(this.#overlay, layers, rules, typeof of === 'string' ? others() : of.without);
    };
    return this.#registries.run(async (step) => {
      const [a, b] = [keys(before), keys(after)];
      const factsOf: FactsOf = (layer, hive) => this.keyFacts(layer, hive, () => step(0, a.keys.table.count));
      const reader = await viewReader({ view: a, factsOf }, { view: b, factsOf });
      return compareKeyTables(this, a, b, reader, step);
    });
  }
  async registryProgress(): ReturnType<WorkspaceApi['registryProgress']> {
    return this.#registries.progress;
  }
  async endRegistryCompare(): Promise<void> {
    this.#registries.end();
  }
  #layerOf(layer: string) {
    return this.merged.layers.find(({ id }) => id === layer);
  }
  keySecurity(node: number): Promise<SecurityInfo | null> {
    return this.#inspector.keySecurity(node);
  }
  valueDetail(node: number, name: string): Promise<ValueDetail> {
    return this.#inspector.valueDetail(node, name);
  }

  get layerRecords(): readonly LayerRecord[] {
    return this.layers.records;
  }
  /** Where the files of a layer are read; null when it is gone. */
  readerOf(layer: string): Reader | null {
    const record = this.layers.records.find(({ id }) => id === layer);
    return record === undefined ? null : { image: record.api, mount: record.mount };
  }
  /** Classes and descriptors of a layer's hive. @param pause as in `keyFacts` */
  keyFacts(layer: string, hive: MountedHive, pause: () => Promise<void>): Promise<KeyFacts> {
    return keyFacts(this.layers.get(layer).api, hive, pause);
  }
  /** Data of values, whole or each cut to `limit` bytes. */
  valueData(values: readonly MergedValue[], limit = Number.MAX_SAFE_INTEGER): Promise<(Uint8Array | null)[]> {
    return this.#contents.valueData(values, limit);
  }
  securityBytes(layer: number, place: HiveRow): Promise<Uint8Array | null> {
    return this.#contents.securityBytes(this.merged.registry.layerIds[layer]!, place);
  }
  className(layer: number, place: HiveRow): Promise<string | null> {
    return this.#contents.className(this.merged.registry.layerIds[layer]!, place);
  }
}
