/** Files on their way into records: attributes are moved out of the record until everything fits. */
import { utf16leBytes } from '../../base/utf16.ts';
import type { Allocator } from './allocator.ts';
import {
  type AttributeSpec,
  align8,
  concat,
  encodeAttribute,
  encodeRecord,
  type RunSpec,
  recordRoom,
} from './encode.ts';

export interface FileSpec {
  readonly number: number;
  readonly sequence: number;
  readonly flags: number;
  readonly links: number;
  readonly attributes: readonly AttributeSpec[];
  /** Forces an attribute list even when one record would do. */
  readonly attributeList?: boolean;
  /** The records are those of a file that was deleted; `flags` and `sequence` are from before. */
  readonly deleted?: boolean;
}

const FIRST_SEQUENCE = 1;
/** Sequence number and flags of a record once the file is deleted, if it is. */
const now = (file: FileSpec, sequence: number, flags: number) =>
  file.deleted === true ? { sequence: sequence + 1, flags: flags & ~1 } : { sequence, flags };

/** Types that may be moved to clusters when the record is full. */
const MOVABLE = [0x80, 0x50, 0xc0, 0xe0];

export function reference(number: number, sequence: number): bigint {
  return (BigInt(sequence) << 48n) | BigInt(number);
}

/** A non-resident attribute with `value` in newly taken clusters. */
export function inClusters(spec: AttributeSpec, allocator: Allocator, fragments = 1): AttributeSpec {
  const value = spec.value!;
  const runs = allocator.take(value.length, fragments);
  allocator.write(runs, value);
  const allocated = Math.ceil(value.length / allocator.clusterSize) * allocator.clusterSize;
  const { value: _, ...rest } = spec;
  return { ...rest, mapping: { lowestVcn: 0, runs, allocated, size: value.length, valid: value.length } };
}

/** Cuts a long run list into attributes of at most `perPiece` runs, told apart by LowestVcn. */
export function splitRuns(spec: AttributeSpec, perPiece: number): AttributeSpec[] {
  const { mapping } = spec;
  if (mapping === undefined || mapping.runs.length <= perPiece) return [spec];
  const pieces: AttributeSpec[] = [];
  let vcn = 0;
  for (let i = 0; i < mapping.runs.length; i += perPiece) {
    const runs: RunSpec[] = mapping.runs.slice(i, i + perPiece);
    pieces.push({ ...spec, mapping: { ...mapping, lowestVcn: vcn, runs } });
    vcn += runs.reduce((sum, r) => sum + r.count, 0);
  }
  return pieces;
}

const sizeOf = (spec: AttributeSpec) => encodeAttribute(spec, 0).length;
const total = (specs: readonly AttributeSpec[]) => specs.reduce((sum, s) => sum + sizeOf(s), 0);
const order = (a: AttributeSpec, b: AttributeSpec) =>
  a.type - b.type ||
  (a.name ?? '').localeCompare(b.name ?? '') ||
  (a.mapping?.lowestVcn ?? 0) - (b.mapping?.lowestVcn ?? 0);

interface Placed {
  readonly spec: AttributeSpec;
  readonly record: number;
  readonly instance: number;
}

function listEntry({ spec, record, instance }: Placed, sequence: number): Uint8Array {
  const name = utf16leBytes(spec.name ?? '');
  const bytes = new Uint8Array(align8(26 + name.length));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, spec.type, true);
  view.setUint16(4, bytes.length, true);
  view.setUint8(6, name.length / 2);
  view.setUint8(7, 26);
  view.setBigUint64(8, BigInt(spec.mapping?.lowestVcn ?? 0), true);
  view.setBigUint64(16, reference(record, sequence), true);
  view.setUint16(24, instance, true);
  bytes.set(name, 26);
  return bytes;
}

/**
 * Lays a file out in records.
 * @param extra gives the number of a free record, for extension records (sequence 1)
 * @returns record number -> bytes
 */
export function layOutFile(
  file: FileSpec,
  recordSize: number,
  allocator: Allocator,
  extra: () => number,
): Map<number, Uint8Array> {
  const { room } = recordRoom(recordSize);
  let specs = [...file.attributes].sort(order);
  while (total(specs) > room) {
    const movable = specs.filter((s) => s.value !== undefined && MOVABLE.includes(s.type) && s.value.length > 64);
    const largest = movable.sort((a, b) => b.value!.length - a.value!.length)[0];
    if (largest === undefined) break;
    specs = specs.map((s) => (s === largest ? inClusters(s, allocator) : s));
  }
  const base = { number: file.number, links: file.links, ...now(file, file.sequence, file.flags) };
  const split = specs.some((s) => (s.mapping?.lowestVcn ?? 0) > 0);
  if (total(specs) <= room && file.attributeList !== true && !split)
    return new Map([[file.number, encodeRecord({ ...base, attributes: specs.map(encodeAttribute) }, recordSize)]]);
  return withList(file, specs, recordSize, allocator, extra);
}

function withList(
  file: FileSpec,
  specs: readonly AttributeSpec[],
  recordSize: number,
  allocator: Allocator,
  extra: () => number,
): Map<number, Uint8Array> {
  const { room } = recordRoom(recordSize);
  const base = { number: file.number, links: file.links, ...now(file, file.sequence, file.flags) };
  const stays = (s: AttributeSpec) => s.type === 0x10 || s.inBase === true;
  const placed: Placed[] = specs.filter(stays).map((spec, i) => ({ spec, record: file.number, instance: i }));
  let record = -1;
  let used = 0;
  let instance = 0;
  for (const spec of specs.filter((s) => !stays(s))) {
    const size = sizeOf(spec);
    // Two pieces of one run list never share a record.
    if (record < 0 || used + size > room || (spec.mapping?.lowestVcn ?? 0) > 0) {
      record = extra();
      used = 0;
      instance = 0;
    }
    placed.push({ spec, record, instance: instance++ });
    used += size;
  }
  const sorted = [...placed].sort((a, b) => order(a.spec, b.spec));
  const entries = sorted.map((p) => listEntry(p, p.record === file.number ? file.sequence : FIRST_SEQUENCE));
  let list: AttributeSpec = { type: 0x20, value: concat(entries) };
  const own = placed.filter((p) => p.record === file.number);
  if (total(own.map((p) => p.spec)) + sizeOf(list) > room) list = inClusters(list, allocator);
  const baseAttributes = [...own, { spec: list, record: file.number, instance: own.length }].sort((a, b) =>
    order(a.spec, b.spec),
  );
  const encode = (all: readonly Placed[]) => all.map((p) => encodeAttribute(p.spec, p.instance));
  const records = new Map<number, Uint8Array>();
  records.set(file.number, encodeRecord({ ...base, attributes: encode(baseAttributes) }, recordSize));
  for (const number of new Set(placed.map((p) => p.record))) {
    if (number === file.number) continue;
    const attributes = encode(placed.filter((p) => p.record === number));
    const owner = reference(file.number, file.sequence);
    const extension = { number, links: 0, ...now(file, FIRST_SEQUENCE, 1), base: owner, attributes };
    records.set(number, encodeRecord(extension, recordSize));
  }
  return records;
}
