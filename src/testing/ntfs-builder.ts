/**
 * Writes a small, whole NTFS 3.1 volume from a description of its tree: all system files, directory indexes, $Secure,
 * hard links, streams, reparse points, sparse and fragmented files, attribute lists. The same description gives the same bytes.
 */

import { utf16leBytes } from '../base/utf16.ts';
import { encodeLznt1 } from './lznt1.ts';
import { Allocator } from './ntfs/allocator.ts';
import {
  type AttributeSpec,
  concat,
  encodeName,
  encodeRecord,
  encodeStandard,
  type RunSpec,
  recordRoom,
} from './ntfs/encode.ts';
import { type FileSpec, inClusters, layOutFile, reference, splitRuns } from './ntfs/files.ts';
import { buildIndex, FILE_NAME_INDEX, type IndexItem, type IndexKind } from './ntfs/index-tree.ts';
import type { NtfsOptions } from './ntfs/options.ts';
import { SecurityTable } from './ntfs/security.ts';
import { attributeDefinitions, bootSector, DEFAULT_SECURITY, plainUpcase } from './ntfs/system.ts';
import { type NtfsEntry, type PlannedFile, planTree } from './ntfs/tree-plan.ts';

export type { NtfsOptions } from './ntfs/options.ts';
export type { NtfsEntry } from './ntfs/tree-plan.ts';

/** 2026-01-02T03:04:05.1234567Z */
export const BUILDER_TIME = 134_118_002_451_234_567n;
const LOG_SIZE = 256 * 1024;
const SYSTEM = 0x06;
const VIEW: Record<string, IndexKind> = {
  $SDH: { attributeType: 0, collation: 0x12 },
  $SII: { attributeType: 0, collation: 0x10 },
  $O: { attributeType: 0, collation: 0x13 },
  $Q: { attributeType: 0, collation: 0x10 },
  $R: { attributeType: 0, collation: 0x13 },
};
const EXTEND = 11;
const ROOT = 5;

/** @throws when `size` is too small for the content */
export function buildNtfs(options: NtfsOptions): Uint8Array {
  const clusterSize = options.clusterSize ?? 4096;
  // $Bitmap and $BadClus depend on the number of clusters, so a first pass finds out how many are needed.
  const wanted = options.size === undefined ? null : Math.floor((options.size - 512) / clusterSize);
  const needed = wanted ?? new VolumeWriter(options, 2 ** 20).write().needed + 16;
  const { image } = new VolumeWriter(options, needed).write(options.size ?? needed * clusterSize + 512);
  return image();
}

class VolumeWriter {
  readonly #options: NtfsOptions;
  readonly #clusters: number;
  readonly #clusterSize: number;
  readonly #recordSize: number;
  readonly #time: bigint;
  readonly #allocator: Allocator;
  readonly #security = new SecurityTable();
  readonly #upcase: Uint16Array;
  readonly #records = new Map<number, Uint8Array>();
  #files: readonly PlannedFile[] = [];
  #bitmapRuns: RunSpec[] = [];
  readonly #sequences = new Map<number, number>();
  #free = 0;

  constructor(options: NtfsOptions, clusters: number) {
    this.#options = options;
    this.#clusters = clusters;
    this.#clusterSize = options.clusterSize ?? 4096;
    this.#recordSize = options.recordSize ?? 1024;
    this.#time = options.time ?? BUILDER_TIME;
    this.#upcase = options.upcase ?? plainUpcase();
    this.#allocator = new Allocator(this.#clusterSize);
  }

  write(size = 0): { needed: number; image: () => Uint8Array } {
    const boot = new Uint8Array(8192);
    const bootRuns = this.#allocator.take(boot.length);
    const mirrBytes = Math.max(this.#clusterSize, 4 * this.#recordSize);
    const mirror = this.#allocator.take(mirrBytes);
    const plan = planTree(this.#options.root, this.#time);
    this.#free = plan.next;
    const system = this.#systemFiles(boot, bootRuns, mirrBytes, mirror);
    const files = [...system, ...plan.files];
    this.#files = files;
    for (const file of files) this.#sequences.set(file.number, file.sequence);
    for (const file of plan.files) {
      this.#addData(file);
      this.#freeData(file);
    }
    for (const file of files) file.security = this.#security.id(file.entry.security ?? DEFAULT_SECURITY);
    this.#addSecure(files.find((f) => f.number === 9)!, files.find((f) => f.number === 26)!, plan.files);
    for (const file of files) if (file.directory) this.#addIndex(file);
    for (const file of files) if (file.number !== 0) this.#layOut(file);
    const mft = this.#writeTable(files[0]!);
    const needed = this.#allocator.next;
    if (needed > this.#clusters)
      throw new Error(`the content needs ${needed} clusters, the volume has ${this.#clusters}`);
    this.#allocator.write(mirror, concat([0, 1, 2, 3].map((n) => this.#records.get(n)!)));
    const image = () => {
      const bytes = new Uint8Array(size);
      const sector = bootSector({
        clusterSize: this.#clusterSize,
        recordSize: this.#recordSize,
        sectors: Math.floor(size / 512) - 1,
        mftLcn: mft,
        mirrLcn: mirror[0]!.lcn,
        serial: this.#options.serial ?? 0x1234_5678_9abc_def0n,
      });
      boot.set(sector);
      this.#allocator.write(bootRuns, boot);
      this.#allocator.write(this.#bitmapRuns, this.#allocator.bitmap(this.#clusters));
      this.#allocator.assemble(bytes);
      bytes.set(sector, size - 512);
      return bytes;
    };
    return { needed, image };
  }

  /** The files every volume has; their bytes go where Windows wants them. */
  #systemFiles(boot: Uint8Array, bootRuns: RunSpec[], mirrBytes: number, mirror: RunSpec[]): PlannedFile[] {
    const data = (value: Uint8Array): AttributeSpec => inClusters({ type: 0x80, value }, this.#allocator);
    const at = (runs: RunSpec[], size: number): AttributeSpec => {
      const allocated = runs.reduce((sum, r) => sum + r.count, 0) * this.#clusterSize;
      return { type: 0x80, mapping: { lowestVcn: 0, runs, allocated, size, valid: size } };
    };
    const information = new Uint8Array(12);
    const flags = this.#options.volumeFlags ?? 0;
    information.set([3, 1, flags & 255, flags >> 8], 8);
    const log = new Uint8Array(LOG_SIZE).fill(0xff);
    log.set(this.#options.log ?? []);
    const bitmapSize = Math.ceil(this.#clusters / 64) * 8;
    this.#bitmapRuns = this.#allocator.take(bitmapSize);
    const whole = this.#clusters * this.#clusterSize;
    const bad: AttributeSpec = {
      type: 0x80,
      name: '$Bad',
      mapping: { lowestVcn: 0, runs: [{ count: this.#clusters, lcn: -1 }], allocated: whole, size: whole, valid: 0 },
    };
    const upcase = new Uint8Array(this.#upcase.buffer, this.#upcase.byteOffset, this.#upcase.byteLength);
    const table: [number, string, AttributeSpec[]][] = [
      [0, '$MFT', []],
      [1, '$MFTMirr', [at(mirror, Math.min(mirrBytes, 4 * this.#recordSize))]],
      [2, '$LogFile', [data(log)]],
      [
        3,
        '$Volume',
        [
          { type: 0x60, value: utf16leBytes(this.#options.label ?? '') },
          { type: 0x70, value: information },
          { type: 0x80, value: new Uint8Array(0) },
        ],
      ],
      [4, '$AttrDef', [data(attributeDefinitions())]],
      [ROOT, '.', []],
      [6, '$Bitmap', [at(this.#bitmapRuns, bitmapSize)]],
      [7, '$Boot', [at(bootRuns, boot.length)]],
      [8, '$BadClus', [{ type: 0x80, value: new Uint8Array(0) }, bad]],
      [9, '$Secure', []],
      [10, '$UpCase', [data(upcase)]],
      [EXTEND, '$Extend', []],
      [24, '$Quota', [this.#view('$O', []), this.#view('$Q', [])]],
      [25, '$ObjId', [this.#view('$O', [])]],
      [26, '$Reparse', []],
    ];
    return table.map(([number, name, attributes]) => ({
      number,
      sequence: number > 0 && number < 24 ? number : 1,
      directory: number === ROOT || number === EXTEND,
      viewIndex: number === 9 || number > EXTEND,
      entry: { name, attributes: SYSTEM },
      times: [this.#time, this.#time, this.#time, this.#time],
      names: [{ parent: number > EXTEND ? EXTEND : ROOT, name, shortName: null }],
      attributes,
      security: 0,
    }));
  }

  #view(name: string, items: readonly IndexItem[]): AttributeSpec {
    const { root, blocks } = buildIndex(items, VIEW[name]!, this.#clusterSize, this.#recordSize / 4);
    if (blocks > 0) throw new Error(`${name} needs index blocks`);
    return { type: 0x90, name, value: root };
  }

  #addSecure(secure: PlannedFile, reparse: PlannedFile, files: readonly PlannedFile[]): void {
    const { sds, sii, sdh } = this.#security.build();
    secure.attributes.push(inClusters({ type: 0x80, name: '$SDS', value: sds }, this.#allocator));
    this.#pushIndex(secure, '$SDH', sdh, VIEW['$SDH']!);
    this.#pushIndex(secure, '$SII', sii, VIEW['$SII']!);
    const items = files
      .filter((f) => f.entry.reparse !== undefined)
      .map((f) => {
        const key = new Uint8Array(12);
        const view = new DataView(key.buffer);
        view.setUint32(0, f.entry.reparse!.tag, true);
        view.setBigUint64(4, reference(f.number, f.sequence), true);
        return { key, data: new Uint8Array(0), order: f.entry.reparse!.tag };
      })
      .sort((a, b) => a.order - b.order);
    this.#pushIndex(reparse, '$R', items, VIEW['$R']!);
  }

  #pushIndex(file: PlannedFile, name: string, items: readonly IndexItem[], kind: IndexKind): void {
    const room = Math.min(this.#recordSize / 2 - 128, recordRoom(this.#recordSize).room);
    const { root, allocation, blocks } = buildIndex(items, kind, this.#clusterSize, room);
    file.attributes.push({ type: 0x90, name, value: root, inBase: true });
    if (blocks === 0) return;
    file.attributes.push(inClusters({ type: 0xa0, name, value: allocation }, this.#allocator));
    const bitmap = new Uint8Array(Math.ceil(blocks / 64) * 8);
    for (let i = 0; i < blocks; i++) bitmap[i >> 3] = bitmap[i >> 3]! | (1 << (i & 7));
    file.attributes.push({ type: 0xb0, name, value: bitmap });
  }

  #addData(file: PlannedFile): void {
    const { entry } = file;
    if (entry.reparse !== undefined) {
      const value = new Uint8Array(8 + entry.reparse.data.length);
      const view = new DataView(value.buffer);
      view.setUint32(0, entry.reparse.tag, true);
      view.setUint16(4, entry.reparse.data.length, true);
      value.set(entry.reparse.data, 8);
      file.attributes.push({ type: 0xc0, value });
    }
    for (const { name, data } of entry.streams ?? []) file.attributes.push({ type: 0x80, name, value: data });
    if (entry.objectId !== undefined) file.attributes.push({ type: 0x40, value: entry.objectId });
    if (entry.ea !== undefined) file.attributes.push({ type: 0xe0, value: entry.ea });
    if (file.directory) return;
    const value = entry.data ?? new Uint8Array(0);
    if (entry.sparse === true) file.attributes.push(...this.#sparse(value, entry));
    else if (entry.compressed === true) file.attributes.push(this.#compressed(value));
    else if ((entry.fragments ?? 1) > 1 || entry.valid !== undefined || entry.dataFlags !== undefined) {
      const spec = inClusters({ type: 0x80, value, flags: entry.dataFlags ?? 0 }, this.#allocator, entry.fragments);
      const mapping = { ...spec.mapping!, valid: entry.valid ?? value.length };
      const total = entry.dataFlags === undefined ? {} : { total: mapping.allocated, compressionUnit: 4 };
      file.attributes.push(...splitRuns({ ...spec, mapping: { ...mapping, ...total } }, this.#runsPerPiece(entry)));
    } else file.attributes.push({ type: 0x80, value });
  }

  #freeData({ entry, attributes }: PlannedFile): void {
    if (entry.deleted === undefined || entry.deleted === 'used') return;
    const runs = attributes.flatMap((a) => a.mapping?.runs ?? []);
    this.#allocator.free(entry.deleted === 'free' ? runs : runs.slice(0, 1));
  }

  #runsPerPiece(entry: NtfsEntry): number {
    return entry.runsPerPiece ?? Math.floor((recordRoom(this.#recordSize).room - 128) / 8);
  }

  /** Clusters of zeros become holes; runs of equal kind are joined. */
  #sparse(value: Uint8Array, entry: NtfsEntry): AttributeSpec[] {
    const runs: RunSpec[] = [];
    let used = 0;
    for (let at = 0; at < value.length; at += this.#clusterSize) {
      const part = value.subarray(at, at + this.#clusterSize);
      const hole = part.every((byte) => byte === 0);
      const run = hole ? { lcn: -1, count: 1 } : this.#allocator.take(part.length)[0]!;
      if (!hole) {
        this.#allocator.write([run], part);
        used++;
      }
      const last = runs.at(-1);
      const joins = last !== undefined && (hole ? last.lcn < 0 : last.lcn >= 0 && last.lcn + last.count === run.lcn);
      if (joins) runs[runs.length - 1] = { lcn: last.lcn, count: last.count + 1 };
      else runs.push(run);
    }
    const allocated = Math.ceil(value.length / this.#clusterSize) * this.#clusterSize;
    const total = used * this.#clusterSize;
    const mapping = { lowestVcn: 0, runs, allocated, size: value.length, valid: entry.valid ?? value.length, total };
    return splitRuns({ type: 0x80, flags: 0x8000, mapping }, this.#runsPerPiece(entry));
  }

  /** Units that shrink by a cluster at least are packed, units of zeros are holes. */
  #compressed(value: Uint8Array): AttributeSpec {
    const unit = 16 * this.#clusterSize;
    const runs: RunSpec[] = [];
    let used = 0;
    for (let at = 0; at < value.length; at += unit) {
      const part = value.subarray(at, at + unit);
      const packed = part.every((byte) => byte === 0) ? new Uint8Array(0) : encodeLznt1(part);
      const bytes = packed.length <= unit - this.#clusterSize ? packed : part;
      const taken = this.#allocator.take(bytes.length);
      this.#allocator.write(taken, bytes);
      const clusters = taken.reduce((sum, r) => sum + r.count, 0);
      runs.push(...taken);
      if (clusters < 16) runs.push({ lcn: -1, count: 16 - clusters });
      used += clusters * this.#clusterSize;
    }
    const allocated = Math.ceil(value.length / unit) * unit;
    const mapping = { lowestVcn: 0, runs, allocated, size: value.length, valid: value.length, total: used };
    return { type: 0x80, flags: 1, mapping: { ...mapping, compressionUnit: 4 } };
  }

  /** $FILE_NAME values of a file in one directory: the long name and, if any, its DOS name. */
  #nameValues(file: PlannedFile): { parent: number; value: Uint8Array; name: string }[] {
    const data = file.attributes.find((a) => a.type === 0x80 && (a.name ?? '') === '' && !a.mapping?.lowestVcn);
    const size = file.directory ? 0 : (data?.value?.length ?? data?.mapping?.size ?? 0);
    const allocated = file.directory ? 0 : (data?.mapping?.allocated ?? Math.ceil(size / 8) * 8);
    const extra = (file.directory ? 0x1000_0000 : 0) | (file.viewIndex ? 0x2000_0000 : 0);
    return file.names.flatMap(({ parent, name, shortName, sequence }) => {
      const owner = reference(parent, sequence ?? this.#sequences.get(parent)!);
      const base = {
        parent: owner,
        times: file.times,
        allocated,
        size,
        attributes: (this.#attributes(file) & ~0x10) | extra,
        reparseTag: file.entry.reparse?.tag ?? 0,
      };
      const namespace = shortName !== null ? 1 : file.number < 24 ? 3 : (file.entry.namespace ?? 0);
      const values = [{ parent, name, value: encodeName({ ...base, name, namespace }) }];
      if (shortName !== null)
        values.push({ parent, name: shortName, value: encodeName({ ...base, name: shortName, namespace: 2 }) });
      return values;
    });
  }

  #attributes({ entry }: PlannedFile): number {
    const flags = entry.dataFlags ?? 0;
    return (
      (entry.attributes ?? 0x20) |
      (entry.reparse === undefined ? 0 : 0x400) |
      (entry.sparse === true ? 0x200 : 0) |
      ((flags & 0xff) === 0 && entry.compressed !== true ? 0 : 0x800) |
      ((flags & 0x4000) === 0 ? 0 : 0x4000)
    );
  }

  #addIndex(directory: PlannedFile): void {
    const items = this.#files
      .flatMap((file) =>
        this.#nameValues(file)
          .filter(
            (n) => n.parent === directory.number && file.entry.unindexed !== true && file.entry.deleted === undefined,
          )
          .map((n) => ({ reference: reference(file.number, file.sequence), key: n.value, name: n.name })),
      )
      .sort((a, b) => this.#compare(a.name, b.name));
    this.#pushIndex(directory, '$I30', items, FILE_NAME_INDEX);
  }

  #compare(a: string, b: string): number {
    for (let i = 0; i < a.length && i < b.length; i++) {
      const difference = this.#upcase[a.charCodeAt(i)]! - this.#upcase[b.charCodeAt(i)]!;
      if (difference !== 0) return difference;
    }
    return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
  }

  #layOut(file: PlannedFile): void {
    const records = layOutFile(this.#spec(file), this.#recordSize, this.#allocator, () => this.#free++);
    for (const [number, bytes] of records) this.#records.set(number, bytes);
  }

  #spec(file: PlannedFile): FileSpec {
    const names = this.#nameValues(file).map(({ value }) => ({ type: 0x30, value, inBase: file.number === 0 }));
    const standard = encodeStandard(file.times, this.#attributes(file), file.security, file.entry.caseSensitive);
    return {
      number: file.number,
      sequence: file.sequence,
      links: names.length,
      flags: 1 | (file.directory ? 2 : 0) | (file.viewIndex ? 8 : 0) | (file.number > 23 && file.viewIndex ? 4 : 0),
      attributes: [{ type: 0x10, value: standard }, ...names, ...file.attributes],
      deleted: file.entry.deleted !== undefined,
      ...(file.entry.attributeList === undefined ? {} : { attributeList: file.entry.attributeList }),
    };
  }

  /** $MFT last: only now is its length known. @returns its first cluster */
  #writeTable(mft: PlannedFile): number {
    const fragments = this.#options.mftFragments ?? 1;
    const extension = 15; // a piece of $MFT's own run list must lie in its first fragment
    const count = Math.ceil(this.#free / 16) * 16;
    const size = count * this.#recordSize;
    const runs = this.#allocator.take(size, fragments);
    const bitmap = new Uint8Array(Math.ceil(count / 64) * 8);
    const bits = inClusters({ type: 0xb0, value: bitmap }, this.#allocator);
    const allocated = runs.reduce((sum, r) => sum + r.count, 0) * this.#clusterSize;
    const data: AttributeSpec = { type: 0x80, mapping: { lowestVcn: 0, runs, allocated, size, valid: size } };
    const pieces = splitRuns(data, fragments > 1 ? Math.ceil(runs.length / 2) : runs.length);
    mft.attributes.push({ ...pieces[0]!, inBase: true }, ...pieces.slice(1), { ...bits, inBase: true });
    const spec = { ...this.#spec(mft), attributeList: fragments > 1 };
    for (const [number, bytes] of layOutFile(spec, this.#recordSize, this.#allocator, () => extension))
      this.#records.set(number, bytes);
    const table = new Uint8Array(size);
    for (let n = 0; n < count; n++) {
      const reserved = n >= 12 && n < 16; // in use, without names
      const used = reserved || ((this.#records.get(n)?.[22] ?? 0) & 1) !== 0;
      if (used) bitmap[n >> 3] = bitmap[n >> 3]! | (1 << (n & 7));
      const blank = { number: n, sequence: 1, links: 0, flags: used ? 1 : 0, attributes: [] };
      table.set(this.#records.get(n) ?? encodeRecord(blank, this.#recordSize), n * this.#recordSize);
    }
    this.#allocator.write(runs, table);
    return runs[0]!.lcn;
  }
}
