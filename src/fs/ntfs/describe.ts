/** Everything about one file that has no column, read when somebody looks. */
import { FormatError } from '../../base/errors.ts';
import type { Fact, Facts } from '../../base/findings.ts';
import { guidLe } from '../../base/guid.ts';
import { readBytes } from '../../source/read.ts';
import { eaFacts } from '../ea.ts';
import { reparseTarget } from '../reparse.ts';
import type { NodeDetail, StreamInfo } from '../types.ts';
import { AttributeType, MAX_REPARSE_DATA, SECURE_RECORD } from './layout.ts';
import type { Mft } from './mft.ts';
import { collect, fileNames, type Node, openAttribute, piecesOf } from './node.ts';
import { indexDescriptors } from './secure.ts';
import { runsOf } from './stream.ts';
import { summarize, unnamedData } from './summary.ts';
import { namedPlace, tagFacts } from './tags.ts';

/** A self-relative descriptor and a list of extended attributes are at most 64 KiB. */
const MAX_SECURITY = 65_536;
const MAX_EA = 65_536;
/** The id itself, then those it was born with: of the volume, the object, the domain. */
const OBJECT_ID = 64;
const BIRTH_IDS = ['birthVolumeId', 'birthObjectId', 'domainId'];
const NAMESPACES = ['posix', 'win32', 'dos', 'win32+dos'];

/** Finds security descriptors by id; $SDS is indexed at the first question. */
export class SecurityStore {
  readonly #mft: Mft;
  #places: ReturnType<typeof indexDescriptors> | null = null;

  constructor(mft: Mft) {
    this.#mft = mft;
  }

  /** @throws FormatError when $Secure is damaged */
  find(id: number): Uint8Array | null {
    const node = collect(this.#mft, SECURE_RECORD);
    const sds = openAttribute(this.#mft, node, AttributeType.data, '$SDS', '$Secure:$SDS');
    if (sds === null) return null;
    this.#places ??= indexDescriptors(sds);
    const entry = this.#places.get(id);
    return entry === undefined ? null : readBytes(sds, entry.offset, Math.min(entry.length, MAX_SECURITY));
  }
}

function streamsOf(node: Node): StreamInfo[] {
  const streams: StreamInfo[] = [];
  for (const { type, name, value, mapping } of node.attributes) {
    if (type !== AttributeType.data || (mapping !== null && mapping.lowestVcn !== 0)) continue;
    if (streams.some((s) => s.name === name)) continue;
    const size = value?.length ?? mapping!.fileSize;
    streams.push({ name, size, allocated: mapping?.totalAllocated ?? Math.ceil(size / 8) * 8 });
  }
  return streams;
}

/** The whole value of a small attribute, null when there is none. */
function smallValue(mft: Mft, node: Node, type: number, limit: number): Uint8Array | null {
  const source = openAttribute(mft, node, type, '', `attribute ${type.toString(16)}`);
  return source === null ? null : readBytes(source, 0, Math.min(source.size, limit));
}

function dataFacts(mft: Mft, node: Node): Facts {
  const data = unnamedData(node);
  if (data === undefined) return {};
  if (data.mapping === null) return { resident: true };
  const { allocatedLength, validDataLength, fileSize, compressionUnit } = data.mapping;
  const pieces = piecesOf(node, AttributeType.data).filter((a) => a.mapping !== null);
  return {
    resident: false,
    runs: runsOf(pieces, mft.boot).length,
    allocatedLength,
    fileSize,
    validDataLength,
    ...(compressionUnit === 0 ? {} : { compressionUnit: 2 ** Math.min(compressionUnit, 31) }),
  };
}

function namesFact(node: Node): Fact {
  return fileNames(node).map((n) => ({
    name: n.name,
    namespace: NAMESPACES[n.namespace] ?? n.namespace,
    parent: n.parent,
    parentSequence: n.parentSequence,
  }));
}

function birthFacts(objectId: Uint8Array): Facts {
  const ids = BIRTH_IDS.map((name, i) => [name, objectId.subarray(16 * (i + 1), 16 * (i + 2))] as const);
  const told = ids.filter(([, id]) => id.length === 16 && id.some((byte) => byte !== 0));
  return Object.fromEntries(told.map(([name, id]) => [name, guidLe(id)]));
}

/** @throws FormatError when the base record itself cannot be read */
export function describeFile(mft: Mft, security: SecurityStore, number: number): NodeDetail {
  const node = collect(mft, number);
  const problems: string[] = node.damage === null ? [] : [node.damage];
  const attempt = <T>(read: () => T, otherwise: T): T => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      problems.push(error.message);
      return otherwise;
    }
  };
  const { record } = node;
  const summary = summarize(mft, node);
  const reparseData = attempt(() => smallValue(mft, node, AttributeType.reparsePoint, MAX_REPARSE_DATA + 8), null);
  const target = reparseData === null ? null : reparseTarget(reparseData);
  const own = attempt(() => smallValue(mft, node, AttributeType.securityDescriptor, MAX_SECURITY), null);
  const shared =
    own === null && summary.securityId !== 0 ? attempt(() => security.find(summary.securityId), null) : null;
  const objectId = attempt(() => smallValue(mft, node, AttributeType.objectId, OBJECT_ID), null);
  const ea = attempt(() => smallValue(mft, node, AttributeType.ea, MAX_EA), null);
  return {
    streams: streamsOf(node),
    reparseTarget: target?.target ?? (reparseData === null ? null : namedPlace(reparseData)),
    reparseData,
    security: own ?? shared,
    sha1: null,
    objectId: objectId !== null && objectId.length >= 16 ? guidLe(objectId.subarray(0, 16)) : null,
    byteState: summary.byteState,
    facts: {
      record: number,
      sequence: record.sequence,
      linkCount: record.linkCount,
      lsn: record.lsn.toString(),
      records: new Set(node.attributes.map((a) => a.record)).size,
      names: namesFact(node),
      ...(summary.securityId === 0 ? {} : { securityId: summary.securityId }),
      ...attempt(() => dataFacts(mft, node), {}),
      ...(objectId === null ? {} : birthFacts(objectId)),
      ...(ea === null ? {} : eaFacts(ea)),
      ...(reparseData === null ? {} : tagFacts(reparseData)),
      ...(target === null ? {} : { substituteName: target.substituteName, relative: target.relative }),
      ...(problems.length === 0 ? {} : { problems }),
    },
  };
}
