/** Bytes behind the columns: file contents, value data, details; asked of the image that a layer stands on. */
import { fail, isCancelled } from '../../base/errors.ts';
import { filetimeIso } from '../../base/filetime.ts';
import { readSecurityDescriptor } from '../../content/security-descriptor.ts';
import type { KeyTable } from '../../index/key-table.ts';
import type { HiveRow } from '../../overlay/registry/layer.ts';
import type { MergedValue } from '../../overlay/types.ts';
import type { SecurityInfo, VersionDetail } from '../api.ts';
import type { NodeDetailInfo, PlaceInfo } from '../api-image.ts';
import { errorData } from '../unwrap.ts';
import type { Merge } from './merge.ts';
import type { LayerRecord } from './record.ts';

const NO_DETAIL: NodeDetailInfo = {
  streams: [],
  reparseTarget: null,
  security: null,
  sha1: null,
  objectId: null,
  byteState: 'missing',
  facts: {},
};
/** "Where the bytes lie" is told for the first extents of a file. */
const PLACES_BYTES = 64 << 20;

export function securityInfo(bytes: Uint8Array, kind: 'file' | 'key'): SecurityInfo {
  const { owner, group, dacl, sacl, sddl } = readSecurityDescriptor(bytes, kind);
  const named = (sid: typeof owner) =>
    sid === null ? null : sid.name === null ? sid.text : `${sid.name} (${sid.text})`;
  return {
    owner: named(owner),
    group: named(group),
    aces: [...(dacl ?? []), ...(sacl ?? [])].map((ace) => ({
      kind: ace.kind,
      who: named(ace.sid) ?? '',
      rights: ace.rights.join(', '),
      inherited: ace.flags.includes('inherited'),
    })),
    sddl,
  };
}

export class Contents {
  readonly #merge: Merge;
  readonly #record: (layer: string) => LayerRecord;

  constructor(merge: Merge, record: (layer: string) => LayerRecord) {
    this.#merge = merge;
    this.#record = record;
  }

  /** Table and row of one layer's version of a file. @throws MissingItem when the layer has none */
  #version(node: number, layer: string) {
    const { files } = this.#merge;
    const number = files.layerIds.indexOf(layer);
    const row = number < 0 ? -1 : files.union.slots[number]![node]!;
    const table = files.layers[number]?.table ?? null;
    if (table === null || row < 0 || row >= table.count)
      fail('MissingItem', 'workspace', null, `a version of the file in layer ${layer}`, 'none');
    return { table, row, record: this.#record(layer) };
  }

  async read(node: number, layer: string, stream: string, offset: number, length: number): Promise<Uint8Array> {
    const { table, row, record } = this.#version(node, layer);
    return record.api.read(record.mount, table.ref(row), stream, offset, length);
  }

  async sha256(node: number, layer: string): Promise<string> {
    const { table, row, record } = this.#version(node, layer);
    return record.api.sha256(record.mount, table.ref(row), '');
  }

  async versionDetail(node: number, layer: string): Promise<VersionDetail> {
    const { table, row, record } = this.#version(node, layer);
    const d = table.data;
    const ref = table.ref(row);
    const times = {
      created: filetimeIso(d.createdLo[row]!, d.createdHi[row]!),
      modified: filetimeIso(d.modifiedLo[row]!, d.modifiedHi[row]!),
      changed: filetimeIso(d.changedLo[row]!, d.changedHi[row]!),
      accessed: filetimeIso(d.accessedLo[row]!, d.accessedHi[row]!),
    };
    let detail = NO_DETAIL;
    try {
      if (ref < 0) return { layer, ...times, detail, security: null, pe: null, places: [], error: null };
      detail = await record.api.describe(record.mount, ref);
      const security = detail.security === null ? null : securityInfo(detail.security, 'file');
      const leaf = !table.isDirectory(row);
      const places = leaf
        ? await record.api.places(record.mount, ref, '', 0, Math.min(d.size[row]!, PLACES_BYTES))
        : [];
      const pe = leaf ? await record.api.pe(record.mount, ref) : null;
      return { layer, ...times, detail, security, pe, places, error: null };
    } catch (error) {
      if (isCancelled(error)) throw error;
      const security = detail.security === null ? null : securityInfo(detail.security, 'file');
      return { layer, ...times, detail, security, pe: null, places: [], error: errorData(error, record.report.name) };
    }
  }

  /** Data of values of any hives, each cut to `limit` bytes; null where they cannot be read. One message a hive. */
  async valueData(
    values: readonly Pick<MergedValue, 'hive' | 'layer' | 'row'>[],
    limit: number,
  ): Promise<(Uint8Array | null)[]> {
    const out: (Uint8Array | null)[] = new Array(values.length).fill(null);
    const byHive = new Map<string, number[]>();
    values.forEach(({ hive }, i) => {
      const indices = byHive.get(hive);
      if (indices === undefined) byHive.set(hive, [i]);
      else indices.push(i);
    });
    // Layer numbers are those of this moment: all hives are found before the first answer is awaited.
    const asked = [...byHive].map(([hive, indices]) => {
      const { table, api } = this.#hive(hive, values[indices[0]!]!.layer);
      const refs = indices.map((i) => table.data.values.ref[values[i]!.row]!);
      return { indices, data: Promise.resolve(api.hiveData(hive, refs, limit)) };
    });
    const answers = await Promise.all(asked.map(({ data }) => data));
    asked.forEach(({ indices }, a) => {
      indices.forEach((index, k) => {
        out[index] = answers[a]![k] ?? null;
      });
    });
    return out;
  }

  #hive(key: string, layerNumber: number): { table: KeyTable; api: LayerRecord['api'] } {
    const id = this.#merge.registry.layerIds[layerNumber] ?? '';
    const hive = this.#merge.layers.find((layer) => layer.id === id)?.hives.find((candidate) => candidate.key === key);
    if (hive === undefined) fail('MissingItem', key, null, 'an open hive', 'none');
    return { table: hive.table, api: this.#record(id).api };
  }

  async valuePlace(value: MergedValue, table: KeyTable): Promise<PlaceInfo | null> {
    const record = this.#record(this.#merge.registry.layerIds[value.layer]!);
    const place = await record.api.hiveLocate(value.hive, table.data.values.ref[value.row]!);
    if (place === null) return null;
    return {
      kind: 'stored',
      offset: 0,
      length: place.length,
      file: value.hive.slice(value.hive.indexOf(':') + 1),
      fileOffset: place.offset,
      fileLength: place.length,
    };
  }

  async className(layer: string, { hive, row }: HiveRow): Promise<string | null> {
    return (await this.#record(layer).api.hiveDescribe(hive.key, hive.table.data.ref[row]!)).className;
  }

  /** Self-relative SECURITY_DESCRIPTOR of a key, null when it has none. */
  async securityBytes(layer: string, { hive, row }: HiveRow): Promise<Uint8Array | null> {
    return (await this.#record(layer).api.hiveDescribe(hive.key, hive.table.data.ref[row]!)).security;
  }

  async keySecurity(layer: string, { hive, row }: HiveRow): Promise<SecurityInfo | null> {
    const security = await this.securityBytes(layer, { hive, row });
    return security === null ? null : securityInfo(security, 'key');
  }
}
