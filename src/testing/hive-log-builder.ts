/** Writes transaction logs that turn one hive into another: both formats, as Windows lays them out. */
import { marvin32 } from '../../wasm/hivex/src/marvin.ts';
import { setChecksum } from './hive-checksum.ts';

const PAGE = 4096;

/** Offsets (in the bins) of pages of `after` that `before` has not, or has otherwise. */
export function changedPages(before: Uint8Array, after: Uint8Array): number[] {
  const pages: number[] = [];
  for (let at = 4096; at < after.length; at += PAGE) {
    const old = before.subarray(at, at + PAGE);
    if (old.length < PAGE || after.subarray(at, at + PAGE).some((byte, i) => byte !== old[i])) pages.push(at - 4096);
  }
  return pages;
}

/** First 512 bytes of a log: the base block of `hive` with another type and numbers. */
function logBase(hive: Uint8Array, type: number, sequence: number): Uint8Array {
  const base = hive.slice(0, 512);
  const view = new DataView(base.buffer);
  view.setUint32(4, sequence, true);
  view.setUint32(8, sequence, true);
  view.setUint32(28, type, true);
  setChecksum(base);
  return base;
}

/** New format (Windows 8.1 and later): one entry a step, from each hive to the next. `hives` share one base block. */
export function newLog(hives: readonly Uint8Array[], sequence: number): Uint8Array {
  const parts = [logBase(hives[0]!, 6, sequence)];
  for (let i = 1; i < hives.length; i++) parts.push(newEntry(hives[i - 1]!, hives[i]!, sequence + i - 1));
  return concat(parts);
}

function newEntry(before: Uint8Array, after: Uint8Array, sequence: number): Uint8Array {
  const pages = changedPages(before, after);
  const size = Math.ceil((40 + pages.length * (8 + PAGE)) / 512) * 512;
  const entry = new Uint8Array(size);
  const view = new DataView(entry.buffer);
  entry.set([0x48, 0x76, 0x4c, 0x45]);
  view.setUint32(4, size, true);
  view.setUint32(12, sequence, true);
  view.setUint32(16, after.length - 4096, true);
  view.setUint32(20, pages.length, true);
  pages.forEach((page, i) => {
    view.setUint32(40 + i * 8, page, true);
    view.setUint32(44 + i * 8, PAGE, true);
    entry.set(after.subarray(4096 + page, 4096 + page + PAGE), 40 + pages.length * 8 + i * PAGE);
  });
  setHash(view, 24, marvin32(entry.subarray(40)));
  setHash(view, 32, marvin32(entry.subarray(0, 32)));
  return entry;
}

function setHash(view: DataView, at: number, [lo, hi]: readonly [number, number]): void {
  view.setUint32(at, lo, true);
  view.setUint32(at + 4, hi, true);
}

/** Old format (before Windows 8.1): a bitmap of 512-byte pages, then the pages. */
export function oldLog(before: Uint8Array, after: Uint8Array, sequence: number): Uint8Array {
  const pages = changedPages(before, after);
  const bins = after.length - 4096;
  const vector = new Uint8Array(Math.ceil((4 + bins / 4096) / 512) * 512);
  vector.set([0x44, 0x49, 0x52, 0x54]);
  for (const page of pages) vector[4 + page / 4096] = 0xff;
  return concat([
    logBase(after, 1, sequence),
    vector,
    ...pages.map((page) => after.subarray(4096 + page, 4096 + page + PAGE)),
  ]);
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
