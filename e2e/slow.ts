/** Makes long work long enough to meddle with: volumes that take many reads, and a disk whose reads take time. */
import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import path from 'node:path';
import type { Page } from '@playwright/test';
import { buildNtfs, type NtfsEntry } from '../src/testing/ntfs-builder.ts';

const CLUSTER = 4096;

/**
 * An NTFS volume whose $MFT is far larger than what is in it, as after a mass deletion. The file is sparse: it takes no room,
 * but reading the table takes a read of 4 MiB after the other.
 */
export function wideNtfs(dir: string, name: string, mftBytes: number): string {
  const root: NtfsEntry[] = Array.from({ length: 40 }, (_, i) => ({ name: `file${i}.txt`, data: Buffer.from(`${i}`) }));
  const image = Buffer.from(buildNtfs({ root: [{ name: 'Windows', dir: root }, ...root], label: 'WIDE' }));
  const at = Number(image.readBigUInt64LE(0x30)) * CLUSTER;
  const record = image.subarray(at, at + 1024);
  let data = record.readUInt16LE(0x14);
  while (record.readUInt32LE(data) !== 0x80) data += record.readUInt32LE(data + 4);
  const used = Number(record.readBigUInt64LE(data + 0x30));
  const table = Buffer.from(image.subarray(at, at + used));
  const start = Math.ceil(image.length / CLUSTER);
  const clusters = mftBytes / CLUSTER;
  table.writeBigUInt64LE(BigInt(clusters - 1), data + 0x18);
  for (const field of [0x28, 0x30, 0x38]) table.writeBigUInt64LE(BigInt(mftBytes), data + field);
  const runs = data + table.readUInt16LE(data + 0x20);
  table.writeUInt8(0x33, runs);
  table.writeUIntLE(clusters, runs + 1, 3);
  table.writeUIntLE(start, runs + 4, 3);
  table.writeUInt8(0, runs + 7);
  const size = start * CLUSTER + mftBytes;
  image.writeBigUInt64LE(BigInt(size / 512), 0x28);
  image.writeBigUInt64LE(BigInt(start), 0x30);
  const file = path.join(dir, name);
  const handle = openSync(file, 'w');
  writeSync(handle, image, 0, image.length, 0);
  writeSync(handle, table, 0, table.length, start * CLUSTER);
  ftruncateSync(handle, size + 512);
  closeSync(handle);
  return file;
}

/**
 * From now on every read of a dropped file takes this long, as from a slow disk. Call it before the page is opened.
 * @returns makes the disk a quick one again, for the readers that are there
 */
export async function slowDisk(page: Page, milliseconds: number): Promise<() => Promise<void>> {
  await page.addInitScript((ms) => {
    const slow = `
      globalThis.slowMilliseconds = ${ms};
      const read = FileReaderSync.prototype.readAsArrayBuffer;
      FileReaderSync.prototype.readAsArrayBuffer = function (blob) {
        const until = performance.now() + slowMilliseconds;
        while (performance.now() < until);
        return read.call(this, blob);
      };`;
    const Plain = Blob;
    // the page boots its workers from blobs of one import; the rest of such a module runs after it
    globalThis.Blob = class extends Plain {
      constructor(parts: BlobPart[] = [], options: BlobPropertyBag = {}) {
        const boot = typeof parts[0] === 'string' && parts[0].startsWith('import ');
        super(boot ? [...parts, slow] : parts, options);
      }
    };
  }, milliseconds);
  return async () => {
    await Promise.all(page.workers().map((w) => w.evaluate(() => Object.assign(self, { slowMilliseconds: 0 }))));
  };
}

/**
 * From now on every turn that work of a worker gives to others takes this long, as on a busy machine.
 * @returns makes turns quick again; those that have begun still take their time
 */
export async function slowTurns(page: Page, milliseconds: number): Promise<() => Promise<void>> {
  await Promise.all(
    page.workers().map((worker) =>
      worker.evaluate((ms) => {
        const scope = self as unknown as { quickTimeout?: typeof setTimeout };
        scope.quickTimeout ??= self.setTimeout;
        const quick = scope.quickTimeout;
        Object.assign(self, { setTimeout: (work: () => void, wait = 0) => quick(work, wait + ms) });
      }, milliseconds),
    ),
  );
  return async () => {
    await Promise.all(
      page.workers().map((worker) =>
        worker.evaluate(() => {
          const { quickTimeout } = self as unknown as { quickTimeout?: typeof setTimeout };
          Object.assign(self, { setTimeout: quickTimeout });
        }),
      ),
    );
  };
}
