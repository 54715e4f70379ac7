/** A file as the sum of its records: what its attributes say, wherever they stand. */
import type { Bytes } from '../../base/bytes.ts';
import { FormatError, fail } from '../../base/errors.ts';
import { readView } from '../../source/read.ts';
import type { ByteSource } from '../../source/types.ts';
import { parseAttributeList } from './attribute-list.ts';
import {
  AttributeType,
  FILE_NAME_DOS,
  FILE_NAME_WIN32,
  MAX_ATTRIBUTE_LIST,
  nextSequence,
  referenceNumber,
  referenceSequence,
} from './layout.ts';
import type { Mft } from './mft.ts';
import type { Attribute, FileRecord } from './record.ts';
import { attributeSource } from './stream.ts';

export interface FileName {
  readonly parent: number;
  readonly parentSequence: number;
  readonly name: string;
  readonly namespace: number;
  /** The structure as it stands: times at 8, sizes at 40, attributes at 56. */
  readonly value: Bytes;
}

export interface Node {
  readonly record: FileRecord;
  readonly attributes: readonly Attribute[];
  /** Why attributes are missing, null when all were found. */
  readonly damage: string | null;
}

/** A $FILE_NAME value, also the key of a directory entry. @throws FormatError UnexpectedEnd, InvalidName */
export function parseFileName(value: Bytes): FileName {
  const reference = value.u64(0);
  const units = value.u8(64);
  if (units === 0) fail('InvalidName', value.source, value.base + 64, 'a name of at least one unit', 0);
  return {
    parent: referenceNumber(reference),
    parentSequence: referenceSequence(reference),
    name: value.utf16(66, units),
    namespace: value.u8(65),
    value,
  };
}

/** Collects the attributes of a base record and of the extension records its $ATTRIBUTE_LIST names. */
export function collect(mft: Mft, number: number): Node {
  const record = mft.record(number);
  const lists = record.attributes.filter((a) => a.type === AttributeType.attributeList);
  if (lists.length === 0) return { record, attributes: record.attributes, damage: record.damage };
  try {
    return fromList(mft, record, lists);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return { record, attributes: record.attributes, damage: error.message };
  }
}

function fromList(mft: Mft, record: FileRecord, lists: readonly Attribute[]): Node {
  const source = attributeSource('$ATTRIBUTE_LIST', mft.volume, mft.source, mft.boot, lists);
  if (source.size > MAX_ATTRIBUTE_LIST)
    fail('UnsupportedSize', source.name, null, `an attribute list of up to ${MAX_ATTRIBUTE_LIST} bytes`, source.size);
  const entries = parseAttributeList(readView(source, 0, source.size));
  const found = new Map<number, readonly Attribute[]>([[record.number, record.attributes]]);
  const attributes: Attribute[] = [];
  const taken = new Set<Attribute>();
  let damage = record.damage;
  for (const entry of entries) {
    let candidates = found.get(entry.record);
    if (candidates === undefined) {
      candidates = extension(mft, record, entry.record, entry.sequence);
      found.set(entry.record, candidates);
    }
    const hit = candidates.find((a) => a.instance === entry.instance && a.type === entry.type);
    if (hit === undefined) damage ??= `attribute ${entry.type.toString(16)} is not in record ${entry.record}`;
    else if (!taken.has(hit)) {
      taken.add(hit);
      attributes.push(hit);
    }
  }
  return { record, attributes, damage };
}

/** Attributes of an extension record; none when it is damaged, reused, or belongs to another file. */
function extension(mft: Mft, base: FileRecord, number: number, sequence: number): readonly Attribute[] {
  if (number >= mft.count) return [];
  let record: FileRecord;
  try {
    record = mft.record(number);
  } catch (error) {
    if (error instanceof FormatError) return [];
    throw error;
  }
  // A deleted file's records were freed together: each has the number after the one that references know.
  const meant = (reference: number, actual: number) => (base.inUse ? reference : nextSequence(reference)) === actual;
  const ours = record.isExtension && record.base === base.number && meant(record.baseSequence, base.sequence);
  return ours && record.inUse === base.inUse && meant(sequence, record.sequence) ? record.attributes : [];
}

/** All names of a file; those that cannot be read are left out. */
export function fileNames(node: Node): FileName[] {
  const names: FileName[] = [];
  for (const { type, value } of node.attributes) {
    if (type !== AttributeType.fileName || value === null) continue;
    try {
      names.push(parseFileName(value));
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
    }
  }
  return names;
}

/** A name with the DOS name that belongs to it. */
export interface Link {
  readonly name: FileName;
  readonly short: string;
}

/** The links of a file: every name that is not a DOS name, once; a file with nothing but DOS names keeps those. */
export function linksOf(names: readonly FileName[]): Link[] {
  const same = (a: FileName, b: FileName) => a.parent === b.parent && a.parentSequence === b.parentSequence;
  const real = names.filter((n) => n.namespace !== FILE_NAME_DOS);
  const links: Link[] = [];
  const paired = new Set<string>();
  for (const name of real.length > 0 ? real : names) {
    if (links.some((l) => same(l.name, name) && l.name.name === name.name)) continue;
    const key = `${name.parent} ${name.parentSequence}`;
    let short = '';
    if (name.namespace === FILE_NAME_WIN32 && !paired.has(key)) {
      paired.add(key);
      short = names.find((n) => n.namespace === FILE_NAME_DOS && same(n, name))?.name ?? '';
    }
    links.push({ name, short: short === name.name ? '' : short });
  }
  return links;
}

/** All pieces of the attribute `type`:`name`. */
export function piecesOf(node: Node, type: number, name = ''): Attribute[] {
  return node.attributes.filter((a) => a.type === type && a.name === name);
}

/** The bytes of an attribute, null when the file has none. @throws FormatError when its run list is damaged */
export function openAttribute(mft: Mft, node: Node, type: number, name: string, title: string): ByteSource | null {
  const pieces = piecesOf(node, type, name);
  return pieces.length === 0 ? null : attributeSource(title, mft.volume, mft.source, mft.boot, pieces);
}
