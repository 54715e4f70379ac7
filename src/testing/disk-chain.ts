/** Chains of differencing disks, written so that each file turns the disk of the one before it into another. */
import type { Facts } from '../base/findings.ts';
import { utf16leBytes } from '../base/utf16.ts';
import type { Codecs } from '../codec/types.ts';
import type { ContainerFormat, OpenedContainer } from '../container/types.ts';
import { MemorySource } from '../source/memory.ts';
import { buildVdi } from './vdi-builder.ts';
import { buildVhd, type DiskWrite, type VhdSpec } from './vhd-builder.ts';
import { buildVhdx, type VhdxSpec } from './vhdx-builder.ts';

export interface ChainFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** The writes that turn `before` (zeros beyond its end) into `after`: whole units of `unit` bytes, neighbours as one. */
export function changedUnits(before: Uint8Array, after: Uint8Array, unit: number): DiskWrite[] {
  const writes: { offset: number; end: number }[] = [];
  const zeros = new Uint8Array(unit);
  for (let at = 0; at < after.length; at += unit) {
    const end = Math.min(at + unit, after.length);
    const old = at < before.length ? before.subarray(at, end) : zeros.subarray(0, end - at);
    if (Buffer.compare(old, after.subarray(at, end)) === 0) continue;
    const last = writes.at(-1);
    if (last?.end === at) last.end = end;
    else writes.push({ offset: at, end });
  }
  return writes.map(({ offset, end }) => ({ offset, bytes: after.subarray(offset, end) }));
}

/** A GUID for the i-th file of a chain. */
const idOf = (i: number, kind = 0): string => `0000000${kind}-1111-4222-8333-${String(i).padStart(12, '4')}`;

/**
 * @param states what the disk is after each file; the first is a dynamic disk, all others are differencing
 * @param unit bytes that are written together
 */
export function vhdChain(states: readonly Uint8Array[], options: Partial<VhdSpec> = {}, unit = 512): ChainFile[] {
  return states.map((state, i) => {
    const name = `disk${i}.vhd`;
    const common = { ...options, size: state.length, uniqueId: idOf(i) };
    const write = changedUnits(states[i - 1] ?? new Uint8Array(0), state, unit);
    if (i === 0) return { name, bytes: buildVhd({ ...common, kind: 'dynamic', write }) };
    const parent = {
      uniqueId: idOf(i - 1),
      name: `disk${i - 1}.vhd`,
      timeStamp: 700_000_000 + i,
      locators: [
        ['W2ru', utf16leBytes(`.\\disk${i - 1}.vhd`)],
        ['W2ku', utf16leBytes(`C:\\vm\\disk${i - 1}.vhd`)],
      ] as const,
    };
    return { name, bytes: buildVhd({ ...common, kind: 'differencing', write, parent }) };
  });
}

export function vhdxChain(states: readonly Uint8Array[], options: Partial<VhdxSpec> = {}): ChainFile[] {
  return states.map((state, i) => {
    const ids = { dataWriteGuid: idOf(i), fileWriteGuid: idOf(i, 1), virtualDiskId: idOf(0, 2) };
    const write = changedUnits(states[i - 1] ?? new Uint8Array(0), state, options.logicalSectorSize ?? 512);
    const parent = {
      parent_linkage: `{${idOf(i - 1).toUpperCase()}}`,
      relative_path: `.\\disk${i - 1}.vhdx`,
      absolute_win32_path: `C:\\vm\\disk${i - 1}.vhdx`,
    };
    const spec = { ...options, ...ids, kind: 'dynamic', size: state.length, write } as const;
    return { name: `disk${i}.vhdx`, bytes: buildVhdx(i === 0 ? spec : { ...spec, parent }) };
  });
}

export function vdiChain(states: readonly Uint8Array[], blockSize: number, undo = false): ChainFile[] {
  return states.map((state, i) => {
    const ids = { uuid: idOf(i), modification: idOf(i, 1) };
    const write = changedUnits(states[i - 1] ?? new Uint8Array(0), state, blockSize);
    const parent = { uuid: idOf(i - 1), modification: idOf(i - 1, 1) };
    const spec = { ...ids, blockSize, size: state.length, write };
    const child = undo ? 'undo' : 'differencing';
    const bytes = buildVdi(i === 0 ? { ...spec, kind: 'dynamic' } : { ...spec, kind: child, parent });
    return { name: `disk${i}.vdi`, bytes };
  });
}

const fits = (self: Facts, wanted: Facts): boolean =>
  Object.entries(wanted).every(([key, value]) => self[key] === value);

/** Opens the file `name` of a chain; parents are found by identity among all files. */
export function openInChain(
  format: ContainerFormat,
  codecs: Codecs,
  files: readonly ChainFile[],
  name: string,
): OpenedContainer {
  const named = files.find((file) => file.name === name)!;
  return format.open(new MemorySource(name, named.bytes), {
    codecs,
    resolve: ({ match }) =>
      files
        .filter((file) => {
          const { self } = format.identify(new MemorySource(file.name, file.bytes), codecs);
          return match.some((wanted) => fits(self, wanted));
        })
        .map((file) => openInChain(format, codecs, files, file.name).parts[0]!.source),
  });
}
