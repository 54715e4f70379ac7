/**
 * Resolved overlay -> plan. Records are made by generators (build-files.ts, build-keys.ts) and written to segments as they
 * come; data of registry values are fetched in batches in between. The manifest is made last and stands first.
 */
import { fail } from '../base/errors.ts';
import { hex } from '../base/guid.ts';
import { fromUnits } from '../base/utf16.ts';
import type { FileLayer } from '../overlay/files/layer.ts';
import type { NamedLayer } from '../overlay/nodes.ts';
import { type FileStatistics, fileRecords } from './build-files.ts';
import { type KeyRecordAt, type KeyStatistics, keyRecords, type Want } from './build-keys.ts';
import { canonicalBytes } from './canonical.ts';
import { conflictRecords } from './conflicts.ts';
import { fileViewLines, keyViewLines } from './effective-view.ts';
import { base64, type PlanPath, textField } from './encode.ts';
import type { ByteRequest, InputTree, PlanHost, PlanInput } from './input.ts';
import { manifestOf, planLayerIds } from './manifest.ts';
import type { PlanTree } from './merged.ts';
import { KeyView, valueKey } from './merged-keys.ts';
import { merkleRoot } from './merkle.ts';
import type { Plan } from './plan.ts';
import { planId } from './plan-id.ts';
import { SEGMENT_LIMITS, type Segment, SegmentWriter } from './segments.ts';
import { BONDS } from './simulate-bonds.ts';
import type { Manifest } from './spec.ts';
import { upcaseHash } from './upcase-hash.ts';
import { valueHash } from './value-hash.ts';
import { viewDigest } from './view-lines.ts';

export interface BuiltPlan {
  readonly plan: Plan;
  /** Sentences for people: limits that are passed, data that could not be read. */
  readonly warnings: readonly string[];
  /** Values whose data could not be read, by `valueKey`. */
  readonly unreadable: ReadonlySet<string>;
}

/** Larger data stand in a blob of their own. */
const INLINE_BYTES = 4096;
/** A batch of values to fetch ends at whichever comes first. */
const BATCH_RECORDS = 2048;
const BATCH_BYTES = 4 * 1024 * 1024;
/** Records between two pauses. */
const PAUSE_RECORDS = 4096;
/** Limits of merge-plan 4.9: a plan beyond them is valid, but the layers fit badly. */
const MAX_RECORDS = 200_000;
const MAX_INLINE = 16 * 1024 * 1024;
const MAX_COMPONENTS = 255;
const MAX_RULES = 4096;
const MAX_MANIFEST = 1024 * 1024;

/** @throws FormatError when data changed while they were read; whatever `host` throws */
export async function buildPlan(input: PlanInput, host: PlanHost): Promise<BuiltPlan> {
  const builder = new Builder(input, host);
  await builder.files();
  await builder.registry();
  builder.conflicts();
  return builder.finish();
}

class Builder {
  readonly #input: PlanInput;
  readonly #host: PlanHost;
  readonly #ids: Map<string, string>;
  readonly #files: PlanTree<FileLayer> | null;
  readonly #registry;
  readonly #segments: Segment[] = [];
  readonly #blobs = new Map<string, Uint8Array>();
  readonly #unreadable = new Set<string>();
  readonly #fileStatistics: FileStatistics = {
    merged: 0,
    fromUpper: 0,
    whiteouts: 0,
    opaque: 0,
    unaddressable: 0,
    longestPath: 0,
  };
  readonly #keyStatistics: KeyStatistics = { keys: 0, values: 0, overrides: 0, tombstones: 0, unaddressable: 0 };
  readonly #features = new Set<string>();
  #records = 0;
  #inline = 0;
  #deepest = 0;
  #done = 0;

  constructor(input: PlanInput, host: PlanHost) {
    this.#input = input;
    this.#host = host;
    this.#ids = planLayerIds(input.layers);
    this.#files = planTree(input.files, this.#ids);
    this.#registry = planTree(input.registry, this.#ids);
  }

  #writer(folder: 'files' | 'registry' | 'conflicts'): SegmentWriter {
    return new SegmentWriter(folder, this.#host.limits ?? SEGMENT_LIMITS, (segment) => this.#segments.push(segment));
  }

  async #pause(by: number): Promise<void> {
    this.#done += by;
    await this.#host.pause?.(this.#done);
  }

  async files(): Promise<void> {
    if (this.#files === null) return;
    this.#features.add('files.v1');
    const writer = this.#writer('files');
    let directory: PlanPath | null = null;
    const together = this.#input.rules.some(({ action, enabled }) => action === 'together' && enabled);
    const groups = together ? this.#input.files?.groups : [];
    for (const at of fileRecords(this.#files, this.#fileStatistics, this.#input.upcase, groups)) {
      if (at.directory !== directory) writer.group(at.directory);
      directory = at.directory;
      this.#deepest = Math.max(this.#deepest, at.directory.length + 1);
      if (at.record.a === 'origin') this.#features.add('origin');
      if ('cs' in at.record) this.#features.add('caseSensitive');
      if ('sn' in at.record) this.#features.add('shortName');
      for (const bond of BONDS) if (bond in at.record) this.#features.add(bond);
      writer.add(at.record, at.name);
      if (writer.records % PAUSE_RECORDS === 0) await this.#pause(PAUSE_RECORDS);
    }
    writer.end();
    this.#records += writer.records;
  }

  async registry(): Promise<void> {
    if (this.#registry === null) return;
    this.#features.add('registry.v1');
    const writer = this.#writer('registry');
    let key: PlanPath | null = null;
    let batch: KeyRecordAt[] = [];
    let bytes = 0;
    const flush = async () => {
      const data = await this.#fetch(batch);
      for (const [i, at] of batch.entries()) {
        if (at.key !== key) writer.group(at.key);
        key = at.key;
        this.#deepest = Math.max(this.#deepest, at.key.length);
        writer.add(await this.#complete(at, data[i] ?? null), at.name);
      }
      await this.#pause(batch.length);
      batch = [];
      bytes = 0;
    };
    for (const at of keyRecords(this.#registry, this.#input.keyUpcase, this.#keyStatistics)) {
      batch.push(at);
      if (at.wants !== null && at.wants.what !== 'class') bytes += at.wants.value.size;
      if (batch.length >= BATCH_RECORDS || bytes >= BATCH_BYTES) await flush();
    }
    await flush();
    writer.end();
    this.#records += writer.records;
  }

  /** Data for each record of a batch, null where none are wanted or can be read. */
  async #fetch(batch: readonly KeyRecordAt[]): Promise<(Uint8Array | null)[]> {
    const wanted = batch.flatMap(({ wants }) => (wants === null ? [] : [this.#request(wants)]));
    const fetched = wanted.length > 0 ? await this.#host.fetch(wanted) : [];
    let next = 0;
    return batch.map(({ wants }) => (wants === null ? null : (fetched[next++] ?? null)));
  }

  #request(wants: Want): ByteRequest {
    const { layerIds } = this.#input.registry!;
    return wants.what === 'class'
      ? { what: 'class', layer: layerIds[wants.layer]!, hive: wants.hive, ref: wants.ref, size: 0 }
      : {
          what: 'value',
          layer: layerIds[wants.value.layer]!,
          hive: wants.value.hive,
          ref: wants.value.ref,
          size: wants.value.size,
        };
  }

  async #complete({ record, wants, name, key }: KeyRecordAt, data: Uint8Array | null): Promise<object> {
    if (wants === null) return record;
    if (wants.what === 'class') return data === null ? record : { ...record, class: utf16Text(data) };
    if (data === null) {
      this.#unreadable.add(valueKey(wants.value));
      return record;
    }
    if (valueHash(wants.value.type, data) !== wants.value.hash)
      fail('UnexpectedChange', [...key, name ?? ''].join('\\'), null, `data with hash ${wants.value.hash}`, 'others');
    if (wants.what === 'target') return { ...record, ...textField('target', utf16Text(data).replace(/\0+$/, '')) };
    if (data.length <= INLINE_BYTES) {
      const text = base64(data);
      this.#inline += text.length;
      return { ...record, d: text };
    }
    const blob = hex(await this.#host.sha256(data));
    if (!this.#blobs.has(blob)) this.#blobs.set(blob, data.slice());
    return { ...record, blob };
  }

  conflicts(): void {
    const writer = this.#writer('conflicts');
    for (const record of conflictRecords(this.#input.findings, this.#ids)) writer.add(record, record.id);
    writer.end();
  }

  async finish(): Promise<BuiltPlan> {
    const { sha256 } = this.#host;
    const hashes: Uint8Array[] = [];
    for (const segment of this.#segments) hashes.push(await sha256(segment.bytes));
    const view = viewLines(this.#input, this.#unreadable);
    const parts = {
      ids: this.#ids,
      fileStack: this.#files === null ? [] : fileStack(this.#files),
      hives: this.#hives(),
      requires: [...this.#features].sort(),
      upcaseTable: await upcaseHash(this.#input.upcase, sha256),
      keyTable: await upcaseHash(this.#input.keyUpcase, sha256),
      segments: this.#segments.map((segment, i) => ({
        path: segment.path,
        records: segment.records,
        ...textField('first', segment.first),
        ...textField('last', segment.last),
        bytes: String(segment.bytes.length),
        sha256: hex(hashes[i]!),
      })),
      statistics: this.#statistics(),
      merkleRoot: hex(await merkleRoot(hashes, sha256)),
      effectiveViewSha256: await viewDigest(view, sha256, () => this.#pause(PAUSE_RECORDS)),
    };
    const made = manifestOf(this.#input, parts);
    const id = await planId(made, sha256);
    const manifest = { ...made, integrity: { ...made.integrity, planId: id } } as unknown as Manifest;
    const manifestBytes = canonicalBytes(manifest);
    const plan: Plan = {
      manifest,
      manifestBytes,
      segments: new Map(this.#segments.map((segment) => [segment.path, segment.bytes])),
      blobs: new Map([...this.#blobs].sort(([a], [b]) => (a < b ? -1 : 1))),
    };
    return { plan, warnings: this.#warnings(manifest, manifestBytes.length), unreadable: this.#unreadable };
  }

  #hives() {
    if (this.#registry === null) return [];
    const { ids } = this.#registry;
    const view = new KeyView(this.#registry, this.#input.keyUpcase);
    return view.mounts().map(({ mount, stack }) => ({ mount, stack: stack.map((layer) => ids[layer]!) }));
  }

  #statistics() {
    const { longestPath, unaddressable, ...files } = this.#fileStatistics;
    const { unaddressable: keysLeft, ...registry } = this.#keyStatistics;
    const of = (severity: string) => this.#input.findings.filter((finding) => finding.severity === severity).length;
    return {
      files,
      registry,
      conflicts: { error: of('error'), warning: of('warning'), info: of('info') },
      records: this.#records,
      longestPath,
      unaddressable: unaddressable + keysLeft,
      unreadableValues: this.#unreadable.size,
      copyUpBytesExpected: '0',
    };
  }

  #warnings(manifest: Manifest, manifestBytes: number): string[] {
    const warnings: string[] = [];
    const warn = (bad: boolean, sentence: string) => {
      if (bad) warnings.push(sentence);
    };
    warn(this.#records > MAX_RECORDS, `${this.#records} records: above ${MAX_RECORDS} the layers match badly.`);
    warn(this.#inline > MAX_INLINE, `${this.#inline} bytes of value data inside records: more than 16 MiB.`);
    warn(this.#deepest > MAX_COMPONENTS, `A path has ${this.#deepest} components: more than ${MAX_COMPONENTS}.`);
    warn(manifest.rules.length > MAX_RULES, `${manifest.rules.length} rules: more than ${MAX_RULES}.`);
    warn(manifestBytes > MAX_MANIFEST, `The manifest has ${manifestBytes} bytes: more than 1 MiB.`);
    const left = this.#fileStatistics.unaddressable + this.#keyStatistics.unaddressable;
    warn(left > 0, `${left} names cannot be said in any path and were left out.`);
    warn(this.#unreadable.size > 0, `The data of ${this.#unreadable.size} values could not be read.`);
    const unknown = manifest.layers.filter((layer) => layer.fingerprint.parts.length === 0).map((layer) => layer.id);
    warn(unknown.length > 0, `No fingerprint for ${unknown.join(', ')}: the plan cannot tell this layer from another.`);
    return warnings;
  }
}

/** Lines of the merged view. @param unreadable as in BuiltPlan. @param ids workspace id -> plan id of the layers in effect */
export function* viewLines(
  input: PlanInput,
  unreadable: ReadonlySet<string>,
  ids: ReadonlyMap<string, string> = planLayerIds(input.layers),
): Generator<string> {
  const files = planTree(input.files, ids);
  const registry = planTree(input.registry, ids);
  if (files !== null) yield* fileViewLines(files);
  if (registry !== null) yield* keyViewLines(registry, input.keyUpcase, unreadable);
}

function planTree<L extends NamedLayer>(
  from: InputTree<L> | null,
  ids: ReadonlyMap<string, string>,
): PlanTree<L> | null {
  if (from === null) return null;
  // Layers that are switched off have a number too, but nothing comes from them.
  const planIds = from.layerIds.map((id) => ids.get(id) ?? '');
  return { resolution: from.resolution, layers: from.layers, ids: planIds };
}

/** Layers whose trees make the root directory, top first. */
function fileStack({ resolution, ids }: PlanTree<FileLayer>): string[] {
  const { order, union } = resolution;
  return order
    .filter((layer) => union.slots[layer]![0]! >= 0)
    .map((layer) => ids[layer]!)
    .reverse();
}

function utf16Text(bytes: Uint8Array): string {
  const units = new Uint16Array(bytes.length >> 1);
  for (let i = 0; i < units.length; i++) units[i] = bytes[i * 2]! | (bytes[i * 2 + 1]! << 8);
  return fromUnits(units);
}
