/** The merge plan of a workspace: what is in effect goes in, a proven plan comes out; an opened plan is held against it. */
import { FormatError, fail } from '../../base/errors.ts';
import type { Fact, Facts, Finding } from '../../base/findings.ts';
import { utf16leBytes } from '../../base/utf16.ts';
import { windowsUpcase } from '../../index/upcase.ts';
import { hiveRule } from '../../layer/defaults.ts';
import type { Layer } from '../../layer/types.ts';
import { upcaseOf } from '../../overlay/files/overlay.ts';
import { exportPlan } from '../../plan/export-plan.ts';
import type { ByteRequest, InputLayer, PlanHost, PlanInput } from '../../plan/input.ts';
import type { PlanSummary } from '../api.ts';
import type { Host } from '../host.ts';
import { VERSION } from '../version.ts';
import type { Merge } from './merge.ts';
import { chainOf, type LayerRecord } from './record.ts';

export interface PlanContext {
  readonly host: Host;
  readonly merge: Merge;
  /** Base first. */
  readonly records: readonly LayerRecord[];
  readonly findings: readonly Finding[];
}

/** Longest time without answering anybody. */
const SLICE_MS = 40;
/** Data of one value: a hive has nothing larger. */
const MAX_VALUE = 0x7fff_ffff;

export function pauser(host: Host): () => Promise<void> {
  let last = host.now();
  return async () => {
    if (host.now() - last < SLICE_MS) return;
    await new Promise((resolve) => setTimeout(resolve));
    last = host.now();
  };
}

/** Facts under these names, as far as they are there. */
function pick(facts: Facts, names: readonly string[]): { [name: string]: Fact } {
  return Object.fromEntries(names.flatMap((name) => (facts[name] === undefined ? [] : [[name, facts[name]]])));
}

async function inputLayer(record: LayerRecord, layer: Layer, writable: boolean): Promise<InputLayer> {
  const chain = chainOf(record.report.root, record.mount);
  const identity = Object.assign({}, ...chain.map((node) => node.identity)) as Facts;
  // a WIM and its image are of one format
  const formats = chain.map((node) => node.format ?? '');
  const kind = formats.filter((format, i) => format !== formats[i - 1]).join(' ');
  const last = record.mount.split('::').at(-1) ?? '';
  const place: Facts = /^\d+$/.test(last)
    ? { imageIndex: Number(last) }
    : /^p\d+$/.test(last)
      ? { partition: Number(last.slice(1)) }
      : {};
  const os = {
    ...pick(record.node.facts, ['build', 'edition', 'arch', 'version', 'languages']),
    ...(layer.controlSet === null ? {} : { controlSet: layer.controlSet }),
  };
  const volume = pick(record.node.facts, ['label', 'serial', 'clusterSize']);
  const fingerprint = record.node.kind === 'tree' ? await record.api.fingerprint(record.mount) : [];
  const hives = await Promise.all(
    layer.hives.map(async (hive) =>
      (await record.api.hiveFingerprint(hive.key)).map(({ what, sha256 }) => ({
        what: `${hive.mount} ${what}`,
        sha256,
      })),
    ),
  );
  return {
    id: record.id,
    role: record.role,
    writable,
    source: { kind, ...identity, ...place },
    os: record.role === 'os' && Object.keys(os).length > 0 ? os : null,
    volume: Object.keys(volume).length > 0 ? volume : null,
    fingerprint: distinct([...fingerprint, ...hives.flat().sort((a, b) => (a.what < b.what ? -1 : 1))]),
  };
}

/** Each part once: a file and the volume in it may both name the file's header. */
function distinct(parts: InputLayer['fingerprint']): InputLayer['fingerprint'] {
  return [...new Map(parts.map((part) => [`${part.what} ${part.sha256}`, part])).values()];
}

/** Layers in effect with their records, base first. */
export function inEffect({ merge, records }: PlanContext): { record: LayerRecord; layer: Layer }[] {
  return merge.layers
    .filter((layer) => layer.enabled)
    .map((layer) => ({ layer, record: records.find(({ id }) => id === layer.id)! }));
}

export async function planInput(context: PlanContext): Promise<PlanInput> {
  const { merge } = context;
  const effective = inEffect(context);
  const topUser = effective.findLast(({ record }) => record.role === 'user');
  return {
    version: VERSION,
    layers: await Promise.all(
      effective.map(({ record, layer }) => inputLayer(record, layer, record === topUser?.record)),
    ),
    files: merge.files,
    registry: merge.registry,
    upcase: upcaseOf(merge.layers),
    keyUpcase: windowsUpcase(),
    rules: merge.rules.rules.filter((rule) => rule.enabled),
    mounts: merge.mounts().map(({ mount, mode }) => ({
      mount,
      mode,
      allow: hiveRule(mount, merge.rules.hives)?.allow ?? [],
      states: effective.flatMap(({ layer }) =>
        layer.hives.filter((hive) => hive.mount === mount).map(({ state }) => ({ layer: layer.id, state })),
      ),
    })),
    controlSet: merge.layers[0]?.controlSet ?? null,
    findings: context.findings,
    principals: [
      ...new Map(effective.flatMap(({ layer }) => (layer.sids ?? []).map((sid) => [sid.from, sid]))).values(),
    ],
  };
}

/** Bytes for the plan's requests, one message for the values of each hive. */
async function fetchAll(
  records: readonly LayerRecord[],
  requests: readonly ByteRequest[],
): Promise<(Uint8Array | null)[]> {
  const out: (Uint8Array | null)[] = new Array(requests.length).fill(null);
  const groups = new Map<string, number[]>();
  for (const [i, { what, layer, hive, ref }] of requests.entries()) {
    const api = records.find(({ id }) => id === layer)?.api;
    if (api === undefined) continue;
    if (what === 'value') {
      const group = groups.get(`${layer} ${hive}`);
      if (group === undefined) groups.set(`${layer} ${hive}`, [i]);
      else group.push(i);
    } else {
      const { className } = await api.hiveDescribe(hive, ref);
      out[i] = className === null ? null : utf16leBytes(className);
    }
  }
  for (const indices of groups.values()) {
    const { layer, hive } = requests[indices[0]!]!;
    const { api } = records.find(({ id }) => id === layer)!;
    const data = await api.hiveData(
      hive,
      indices.map((i) => requests[i]!.ref),
      MAX_VALUE,
    );
    indices.forEach((index, k) => {
      out[index] = data[k] ?? null;
    });
  }
  return out;
}

/**
 * Builds the plan and replays it: what is handed out has been proven.
 *
 * @throws FormatError MissingData while a layer in effect has not been read to its end: a plan would take what is
 *   missing for deleted; InvalidData when the replay differs
 */
export async function makePlan(context: PlanContext): Promise<{ summary: PlanSummary; file: Blob; name: string }> {
  const { host, merge, records } = context;
  const unread = records.find((record) => record.enabled && record.status !== 'ready');
  if (unread !== undefined)
    fail('MissingData', unread.report.name, null, 'a layer that has been read to its end', unread.status);
  const planHost: PlanHost = {
    sha256: host.sha256,
    fetch: (requests) => fetchAll(records, requests),
    pause: pauser(host),
  };
  const { summary, file } = await exportPlan(await planInput(context), merge.layers, planHost);
  if (!summary.proven)
    throw new FormatError({
      code: 'InvalidData',
      where: { source: 'merge plan', offset: null },
      expected: 'the merged view when the plan is replayed',
      actual: summary.warnings.at(-1) ?? 'another view',
    });
  return { summary, file, name: `${summary.planId.slice(0, 12)}.plan` };
}
