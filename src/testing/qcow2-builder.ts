/** Writes qcow2 files without reference counts: readers do not ask for them. Checked files come from qemu-img. */
import { deflateRawSync } from 'node:zlib';
import type { DiskWrite } from './vhd-builder.ts';

export interface Qcow2Spec {
  readonly version: 2 | 3;
  readonly size: number;
  readonly write?: readonly DiskWrite[];
  /** 16 when absent. */
  readonly clusterBits?: number;
  /** Compresses every second cluster that is stored. */
  readonly compress?: boolean;
  /** Clusters marked as zeros: plain where nothing is written, else with their cluster kept. */
  readonly zeroClusters?: readonly number[];
  readonly backing?: { readonly file: string; readonly format: string };
  readonly dataFile?: string;
  readonly incompatible?: number;
  readonly featureNames?: readonly (readonly [number, string])[];
  readonly cryptMethod?: number;
  readonly snapshots?: readonly string[];
}

/** Where the parts of a built file begin, for tests that damage them. */
export interface BuiltQcow2 {
  readonly image: Uint8Array;
  readonly l1: number;
  readonly l2: number;
  readonly data: number;
}

export function buildQcow2(spec: Qcow2Spec): BuiltQcow2 {
  const { clusterBits = 16, size } = spec;
  const clusterSize = 2 ** clusterBits;
  const clusters = Math.ceil(size / clusterSize);
  const perTable = clusterSize / 8;
  const tables = Math.ceil(clusters / perTable);
  const l1 = Math.max(clusterSize, 4096);
  const l2 = l1 + Math.ceil((tables * 8) / clusterSize) * clusterSize;
  const data = l2 + tables * clusterSize;
  const disk = new Uint8Array(clusters * clusterSize);
  const used = new Set<number>();
  for (const { offset, bytes } of spec.write ?? []) {
    disk.set(bytes, offset);
    for (let i = Math.floor(offset / clusterSize); i * clusterSize < offset + bytes.length; i++) used.add(i);
  }
  const order = [...used].sort((a, b) => a - b);
  const image = new Uint8Array(data + order.length * clusterSize * 2 + 4096);
  const view = new DataView(image.buffer);
  for (let i = 0; i < tables; i++) view.setBigUint64(l1 + i * 8, BigInt(l2 + i * clusterSize) | (1n << 63n));
  const setEntry = (cluster: number, value: bigint): void => view.setBigUint64(l2 + cluster * 8, value);

  let next = data;
  const packed: [number, Uint8Array][] = [];
  order.forEach((cluster, i) => {
    const bytes = disk.subarray(cluster * clusterSize, (cluster + 1) * clusterSize);
    if (spec.compress === true && i % 2 === 0) {
      packed.push([cluster, deflateRawSync(bytes, { windowBits: 12 })]);
      return;
    }
    image.set(bytes, next);
    setEntry(cluster, BigInt(next) | (1n << 63n));
    next += clusterSize;
  });
  const offsetBits = BigInt(62 - (clusterBits - 8));
  for (const [cluster, bytes] of packed) {
    image.set(bytes, next);
    const sectors = Math.floor((next + bytes.length - 1) / 512) - Math.floor(next / 512);
    setEntry(cluster, BigInt(next) | (BigInt(sectors) << offsetBits) | (1n << 62n));
    next += bytes.length;
  }
  for (const cluster of spec.zeroClusters ?? []) {
    const entry = view.getBigUint64(l2 + cluster * 8);
    setEntry(cluster, entry | 1n);
  }
  writeHeader(spec, image, { clusterBits, tables, l1 });
  const end = writeSnapshots(spec, image, next, { l1, tables });
  return { image: image.slice(0, end), l1, l2, data };
}

function writeHeader(
  spec: Qcow2Spec,
  image: Uint8Array,
  { clusterBits, tables, l1 }: { clusterBits: number; tables: number; l1: number },
): void {
  const view = new DataView(image.buffer);
  image.set([0x51, 0x46, 0x49, 0xfb]);
  view.setUint32(4, spec.version);
  view.setUint32(20, clusterBits);
  view.setBigUint64(24, BigInt(spec.size));
  view.setUint32(32, spec.cryptMethod ?? 0);
  view.setUint32(36, tables);
  view.setBigUint64(40, BigInt(l1));
  let at = 72;
  if (spec.version === 3) {
    view.setUint32(76, spec.incompatible ?? 0);
    view.setUint32(96, 4);
    view.setUint32(100, 112);
    at = 112;
  }
  const extension = (type: number, data: Uint8Array): void => {
    view.setUint32(at, type);
    view.setUint32(at + 4, data.length);
    image.set(data, at + 8);
    at += 8 + Math.ceil(data.length / 8) * 8;
  };
  const text = (value: string): Uint8Array => new TextEncoder().encode(value);
  if (spec.backing !== undefined) extension(0xe279_2aca, text(spec.backing.format));
  if (spec.dataFile !== undefined) extension(0x4441_5441, text(spec.dataFile));
  if (spec.featureNames !== undefined) {
    const names = new Uint8Array(spec.featureNames.length * 48);
    spec.featureNames.forEach(([bit, name], i) => {
      names[i * 48 + 1] = bit;
      names.set(text(name), i * 48 + 2);
    });
    extension(0x6803_f857, names);
  }
  extension(0, new Uint8Array(0));
  if (spec.backing !== undefined) {
    const name = text(spec.backing.file);
    view.setBigUint64(8, BigInt(at));
    view.setUint32(16, name.length);
    image.set(name, at);
  }
}

/** All of them are the active state. @returns the end of the file */
function writeSnapshots(
  spec: Qcow2Spec,
  image: Uint8Array,
  start: number,
  { l1, tables }: { l1: number; tables: number },
): number {
  const names = spec.snapshots ?? [];
  if (names.length === 0) return start;
  const view = new DataView(image.buffer);
  let at = Math.ceil(start / 8) * 8;
  view.setUint32(60, names.length);
  view.setBigUint64(64, BigInt(at));
  names.forEach((name, i) => {
    const text = new TextEncoder().encode(`${i + 1}${name}`);
    view.setBigUint64(at, BigInt(l1));
    view.setUint32(at + 8, tables);
    view.setUint16(at + 12, 1);
    view.setUint16(at + 14, text.length - 1);
    view.setUint32(at + 36, 16);
    view.setBigUint64(at + 48, BigInt(spec.size));
    image.set(text, at + 56);
    at += Math.ceil((56 + text.length) / 8) * 8;
  });
  return at;
}
