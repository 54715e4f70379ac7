/**
 * Is this plan whole, and is it for these layers? What a driver's service checks before it believes anything.
 *
 * `verifyPlan` fails closed: the first thing that is wrong is thrown. `compareLayers` judges nothing, it says which parts of which
 * fingerprint differ.
 */
import { fail } from '../base/errors.ts';
import { hex } from '../base/guid.ts';
import { canonical } from './canonical.ts';
import { fromBase64 } from './encode.ts';
import { merkleRoot, type Sha256 } from './merkle.ts';
import type { Plan } from './plan.ts';
import { planId } from './plan-id.ts';
import { fileGroups, keyGroups } from './read-segments.ts';
import { bondsIn } from './simulate-bonds.ts';
import type { FileRecord, Manifest, RegistryRecord } from './spec.ts';
import { upcaseHash } from './upcase-hash.ts';

const WHERE = 'merge plan';

export interface VerifiedPlan {
  readonly fileRecords: number;
  readonly registryRecords: number;
  /** False when the plan was ordered by a case table that is not at hand: order was then not checked. */
  readonly ordered: boolean;
}

/**
 * Digests, identity, schema, references and order of everything in a plan.
 * @param tables case tables that may be the plan's, e.g. of Windows and of the open layers
 * @throws FormatError
 */
export async function verifyPlan(plan: Plan, tables: readonly Uint16Array[], sha256: Sha256): Promise<VerifiedPlan> {
  const { manifest } = plan;
  const text = new TextDecoder().decode(plan.manifestBytes);
  const json = JSON.parse(text) as { readonly [key: string]: unknown };
  if (canonical(json) !== text) fail('InvalidData', WHERE, null, 'a manifest in canonical form', 'another spelling');
  const id = await planId(json, sha256);
  if (id !== manifest.integrity.planId) fail('InvalidChecksum', WHERE, null, `planId ${manifest.integrity.planId}`, id);

  const hashes: Uint8Array[] = [];
  for (const segment of manifest.segments) {
    const bytes = plan.segments.get(segment.path);
    if (bytes === undefined) fail('MissingPart', WHERE, null, segment.path, 'nothing');
    const hash = await sha256(bytes);
    if (hex(hash) !== segment.sha256 || String(bytes.length) !== segment.bytes)
      fail('InvalidChecksum', segment.path, null, `${segment.bytes} bytes of ${segment.sha256}`, hex(hash));
    hashes.push(hash);
  }
  const root = hex(await merkleRoot(hashes, sha256));
  if (root !== manifest.integrity.merkleRoot)
    fail('InvalidChecksum', WHERE, null, `merkleRoot ${manifest.integrity.merkleRoot}`, root);
  for (const [name, bytes] of plan.blobs) {
    const hash = hex(await sha256(bytes));
    if (hash !== name) fail('InvalidChecksum', `blobs/${name}`, null, name, hash);
  }

  const byHash = new Map<string, Uint16Array>();
  for (const table of tables) byHash.set(await upcaseHash(table, sha256), table);
  const fileTable = byHash.get(manifest.generator.upcaseTable) ?? null;
  const keyTable = byHash.get(manifest.generator.keyTable) ?? null;
  checkManifest(manifest);
  const records = checkRecords(plan, fileTable, keyTable);
  return { ...records, ordered: fileTable !== null && keyTable !== null };
}

function checkManifest(manifest: Manifest): void {
  const ids = new Set<string>();
  for (const { id } of manifest.layers) {
    if (ids.has(id)) fail('InvalidData', WHERE, null, 'layer ids that differ', id);
    ids.add(id);
  }
  const known = (id: string | undefined) => {
    if (id !== undefined && !ids.has(id)) fail('InvalidReference', WHERE, null, 'a layer of the plan', id);
  };
  for (const hive of manifest.hives) for (const id of hive.stack) known(id);
  for (const rule of manifest.rules) {
    known(rule.layer);
    known(rule.write);
  }
}

/** @throws FormatError */
export function checkRecords(plan: Plan, fileTable: Uint16Array | null, keyTable: Uint16Array | null) {
  const ids = new Set(plan.manifest.layers.map((layer) => layer.id));
  const known = (id: string, where: string) => {
    if (!ids.has(id)) fail('InvalidReference', where, null, 'a layer of the plan', id);
  };
  let fileRecords = 0;
  for (const { entries, path } of fileGroups(plan, fileTable)) {
    for (const { record } of entries) {
      for (const id of layersOf(record)) known(id, path.join('\\'));
      bondsHold(record, plan.manifest, path.join('\\'), known);
    }
    fileRecords += entries.length;
  }
  let registryRecords = 0;
  const used = new Set<string>();
  for (const { entries, path } of keyGroups(plan, keyTable)) {
    for (const { name, record } of entries) {
      const where = path.join('\\');
      if ((name !== null) !== (record.a === 'override' || record.a === 'tombstoneValue'))
        fail('InvalidData', where, null, 'a value name where the record is about a value', record.a);
      for (const id of layersOf(record)) known(id, where);
      if (record.a !== 'override') continue;
      if (record.d !== undefined) fromBase64(record.d);
      if (record.blob === undefined) continue;
      if (record.d !== undefined || !plan.blobs.has(record.blob))
        fail('MissingPart', where, null, `blobs/${record.blob}`, 'nothing');
      used.add(record.blob);
    }
    registryRecords += entries.length;
  }
  for (const name of plan.blobs.keys())
    if (!used.has(name)) fail('InvalidReference', WHERE, null, 'blobs that a record names', name);
  let counted = 0;
  for (const segment of plan.manifest.segments) if (!segment.path.startsWith('conflicts/')) counted += segment.records;
  if (counted !== fileRecords + registryRecords)
    fail('InvalidCount', WHERE, null, `${counted} records`, fileRecords + registryRecords);
  return { fileRecords, registryRecords };
}

/** What binds names is to a layer of the plan, and said to be required. */
function bondsHold(
  record: FileRecord,
  { requires }: Manifest,
  where: string,
  known: (id: string, where: string) => void,
): void {
  const { group, linkGroup } = bondsIn(record);
  for (const [bond, bound] of Object.entries({ group, linkGroup })) {
    if (bound === undefined) continue;
    known(bound.l, where);
    if (!requires.includes(bond)) fail('InvalidData', where, null, `a plan that requires ${bond}`, requires.join(', '));
  }
}

/** Every layer that a record speaks of. */
function layersOf(record: FileRecord | RegistryRecord): readonly string[] {
  switch (record.a) {
    case 'redirect':
    case 'opaque':
    case 'keepLower':
    case 'override':
    case 'supersedeLocal':
    case 'supersedeTree':
    case 'ensureKey':
    case 'link':
      return [record.l];
    case 'whiteout':
      return record.hides;
    case 'mergeDir':
      return [record.attrs, ...record.stack];
    case 'origin':
      return [record.l, ...record.stack];
    default:
      return [];
  }
}
