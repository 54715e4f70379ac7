/** NTFS: what a million files cost in memory, and what reading through VHDX and NTFS costs beside the bare file. */
import { existsSync, statSync, writeFileSync } from 'node:fs';
import { FindingList } from '../../base/findings.ts';
import { webHost } from '../../engine/host.ts';
import { openImage } from '../../engine/open-image.ts';
import { readTree } from '../../engine/read-tree.ts';
import { mountable } from '../../engine/select.ts';
import { readBoot } from '../../fs/ntfs/boot.ts';
import { Mft } from '../../fs/ntfs/mft.ts';
import { NtfsScan } from '../../fs/ntfs/scan.ts';
import { NodeTableBuilder } from '../../index/node-table-builder.ts';
import { BaseSource } from '../../source/base.ts';
import { MemorySource } from '../../source/memory.ts';
import { NodeFileSource } from '../../source/node-file.ts';
import type { Extent } from '../../source/types.ts';
import { loadModule, loadModules } from '../../testing/modules.ts';
import { buildNtfs } from '../../testing/ntfs-builder.ts';
import { largeVhdx, made } from './inputs.ts';
import { median } from './median.ts';

const RECORD = 1024;
const ROOT = 5;
/** Records of the made table that belong to the system. */
const FIRST = 64;
/** One directory for this many files, and as many directories in a directory. */
const FAN_OUT = 16;
const DIGITS = 7;
const NAME = `a file ${'0'.repeat(DIGITS)}.text`;

/** A table of records made while they are read: names of 19 units, no two equal; each 16th record is a directory. */
class MadeTable extends BaseSource {
  readonly #file: Uint8Array;
  readonly #directory: Uint8Array;
  readonly #nameAt: number;

  constructor(count: number, file: Uint8Array, directory: Uint8Array) {
    super('made $MFT', count * RECORD);
    this.#file = file;
    this.#directory = directory;
    this.#nameAt = nameValue(file);
    if (nameValue(directory) !== this.#nameAt) throw new Error('the names of both records must stand in one place');
  }

  protected fill(offset: number, dst: Uint8Array): void {
    for (let at = 0; at < dst.length; at += RECORD) this.#record((offset + at) / RECORD, dst.subarray(at, at + RECORD));
  }

  #record(number: number, dst: Uint8Array): void {
    if (number < FIRST) {
      dst.fill(0);
      return;
    }
    const index = number - FIRST;
    const directory = index % FAN_OUT === 0;
    dst.set(directory ? this.#directory : this.#file);
    const view = new DataView(dst.buffer, dst.byteOffset, dst.length);
    const owner = directory ? Math.floor(index / FAN_OUT ** 2) * FAN_OUT : index - (index % FAN_OUT);
    const parent = directory && owner === index ? ROOT : FIRST + owner;
    view.setUint32(44, number, true);
    view.setBigUint64(this.#nameAt, (parent === ROOT ? 0n : 1n << 48n) | BigInt(parent), true);
    const digits = String(number).padStart(DIGITS, '0');
    const at = this.#nameAt + 66 + NAME.indexOf('0') * 2;
    for (let i = 0; i < DIGITS; i++) dst[at + i * 2] = digits.charCodeAt(i);
  }

  protected *spans(offset: number, length: number): Iterable<Extent> {
    yield { kind: 'decoded', offset, length, file: null, fileOffset: 0, fileLength: 0 };
  }
}

/** Offset of the $FILE_NAME value in a record. */
function nameValue(record: Uint8Array): number {
  const view = new DataView(record.buffer, record.byteOffset, record.length);
  let at = view.getUint16(20, true);
  while (view.getUint32(at, true) !== 0x30) at += view.getUint32(at + 4, true);
  return at + view.getUint16(at + 20, true);
}

export interface MadeVolume {
  readonly rows: number;
  /** Of all columns and names after sealing, for each row. */
  readonly bytesPerFile: number;
  readonly scanMs: number;
  readonly sealMs: number;
}

export function benchMillion(count = 1_000_000): MadeVolume {
  const data = new Uint8Array(10_000).fill(1);
  const image = buildNtfs({
    root: [
      { name: NAME, data, fragments: 2 },
      { name: NAME.toUpperCase(), dir: [] },
    ],
  });
  const volume = new MemorySource('made', image);
  const boot = readBoot(volume, new FindingList());
  const record = (number: number) =>
    image.slice(boot.mftStartLcn * boot.clusterSize + number * RECORD).subarray(0, RECORD);
  const table = new MadeTable(FIRST + count, record(32), record(33));
  const builder = new NodeTableBuilder('made', ROOT, ROOT);
  const start = performance.now();
  const scan = new NtfsScan(new Mft(volume, boot, table), loadModule('ntfs'), builder);
  while (!scan.step(1000));
  const scanned = performance.now();
  const { data: columns, count: rows } = builder.seal().table;
  const sealed = performance.now();
  const buffers = new Set(
    Object.values(columns).flatMap((column) => (ArrayBuffer.isView(column) ? [column.buffer] : [])),
  );
  const bytes = [...buffers].reduce((sum, buffer) => sum + buffer.byteLength, 0);
  return { rows, bytesPerFile: bytes / rows, scanMs: scanned - start, sealMs: sealed - scanned };
}

export interface ReadThrough {
  readonly megabytes: number;
  /** Megabytes a second of processor time. */
  readonly through: number;
  readonly bare: number;
  /** Median of through / bare of the same round. */
  readonly ratio: number;
}

const WINDOW = 4 << 20;

function rate(size: number, read: (offset: number, length: number) => void): number {
  const start = process.cpuUsage();
  for (let at = 0; at < size; at += WINDOW) read(at, Math.min(WINDOW, size - at));
  const { user, system } = process.cpuUsage(start);
  return size / (user + system);
}

/**
 * The largest file of the large VHDX, by the engine and as a file of its own, by turns. Both give each window as new bytes,
 * as they cross from a worker to the page: touching new memory is half of it. Null without the tools.
 */
export async function benchReadThrough(rounds: number): Promise<ReadThrough | null> {
  const vhdx = largeVhdx();
  if (vhdx === null) return null;
  const { image } = openImage(webHost(loadModules()), new NodeFileSource(vhdx));
  const { mount } = mountable(image.report().root)[0]!;
  const { table } = await readTree(image, mount, vhdx);
  const { size: sizes } = table.data;
  const row = sizes.reduce((best, size, i) => (size > sizes[best]! && table.name(i)[0] !== '$' ? i : best), 0);
  const size = sizes[row]!;
  const ref = table.ref(row);
  const name = 'largest-file.bin';
  const file = made(name, (temporary) => {
    writeFileSync(temporary, '');
    for (let at = 0; at < size; at += WINDOW)
      writeFileSync(temporary, image.read(mount, ref, '', at, WINDOW), { flag: 'a' });
  });
  if (!existsSync(file) || statSync(file).size !== size) throw new Error(`${file} is of another disk: remove it`);
  const bare = new NodeFileSource(file);
  const results = Array.from({ length: rounds + 1 }, () => ({
    through: rate(size, (at, length) => image.read(mount, ref, '', at, length)),
    bare: rate(size, (at, length) => bare.readInto(at, new Uint8Array(length))),
  })).slice(1);
  return {
    megabytes: size / 1e6,
    through: median(results.map((r) => r.through)),
    bare: median(results.map((r) => r.bare)),
    ratio: median(results.map((r) => r.through / r.bare)),
  };
}
