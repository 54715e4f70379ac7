/** Volumes for tests: built from a description, opened, scanned. */
import { FormatError } from '../base/errors.ts';
import { createCodecs } from '../codec/codecs.ts';
import { ntfs } from '../fs/ntfs/index.ts';
import type { FsVolume, OpenedFs } from '../fs/types.ts';
import { MemorySource } from '../source/memory.ts';
import { readBytes } from '../source/read.ts';
import { loadModules } from './modules.ts';
import { type NodeRow, rowPaths, scanRows } from './node-rows.ts';
import { buildNtfs, type NtfsEntry, type NtfsOptions } from './ntfs-builder.ts';

/** Opens the NTFS volume that `bytes` are, with the checked kernel. */
export function openNtfs(bytes: Uint8Array): OpenedFs {
  const context = { codecs: createCodecs(loadModules(true)), modules: loadModules(true), resolve: () => [] };
  return ntfs.open(new MemorySource('test.img', bytes), context);
}

export function buildVolume(root: readonly NtfsEntry[], options: Partial<NtfsOptions> = {}) {
  const bytes = buildNtfs({ root, ...options });
  const opened = openNtfs(bytes);
  const volume = opened.volumes[0]!;
  const { rows, findings } = scanRows(volume);
  return { bytes, opened, volume, rows, findings, paths: rowPaths(rows, volume.rootId) };
}

/** Where $MFT begins in the image of a volume with clusters of 4 KiB. */
export function mftOffset(bytes: Uint8Array): number {
  return Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(48, true)) * 4096;
}

/** All bytes of a stream. */
export function content(volume: FsVolume, row: NodeRow | undefined, stream?: string): Uint8Array {
  if (row === undefined) throw new Error('no such row');
  const source = volume.open(row.ref, stream);
  return readBytes(source, 0, source.size);
}

/** `code: what was found` of the FormatError that `run` must throw. */
export function refusal(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof FormatError) return `${error.code}: ${error.actual}`;
    throw error;
  }
  return 'nothing';
}
