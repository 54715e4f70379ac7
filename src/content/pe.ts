/**
 * Facts from a PE file (EXE, DLL, SYS): machine, link time and the version resource. Only headers, the section table
 * and the resource are read, through a callback and within a budget, so that a 200 MB DLL costs some kilobytes.
 *
 *     0  'MZ' ... 60 offset of:  'PE\0\0' | COFF header (20) | optional header: 0x10b or 0x20b, data directories
 *     section table: 40 bytes each: name, virtual size, address, raw size, raw offset
 *     .rsrc: directory (type 16: version) -> directory (name) -> directory (language) -> data entry: address, size
 *     VS_VERSIONINFO: length, value length, type, key, padding to 4, value (VS_FIXEDFILEINFO), children alike
 *
 * Traps: addresses are virtual and must be mapped through the sections; directories may point at themselves; newer
 * Windows files are built reproducibly, and their time stamp is a hash (debug entry of type 16 says so).
 *
 * Source: Microsoft, "PE Format"; "VS_VERSIONINFO structure".
 */
import { PeFile } from './pe-file.ts';
import { readVersionInfo, type VersionInfo } from './version-info.ts';

export interface PeFacts {
  /** `x64`, `x86`, `arm64` ..., or the number in hexadecimal. */
  readonly machine: string;
  readonly kind: 'dll' | 'exe';
  /** ISO time of linking; null when it is zero or a hash. */
  readonly linkTime: string | null;
  readonly reproducible: boolean;
  /** Null when there is no version resource or it cannot be read. */
  readonly version: VersionInfo | null;
}

/** Reads at most `length` bytes at `offset`; may return fewer at the end of the file. */
export type PeRead = (offset: number, length: number) => Uint8Array;

const MACHINES: Record<number, string> = {
  332: 'x86',
  448: 'arm',
  452: 'arm',
  512: 'ia64',
  34404: 'x64',
  42561: 'arm64ec',
  43620: 'arm64',
};

const IMAGE_FILE_DLL = 0x2000;
const DEBUG_DIRECTORY = 6;
const DEBUG_REPRO = 16;

/** What the file says about itself, null when it is no PE. Damage behind the headers costs only what it damages. */
export function readPe(read: PeRead): PeFacts | null {
  const file = PeFile.open(read);
  if (file === null) return null;
  const reproducible = isReproducible(file);
  const version = file.versionResource();
  return {
    machine: MACHINES[file.machine] ?? `0x${file.machine.toString(16)}`,
    kind: file.characteristics & IMAGE_FILE_DLL ? 'dll' : 'exe',
    linkTime:
      reproducible || file.timeStamp === 0 ? null : new Date(file.timeStamp * 1000).toISOString().replace('.000Z', 'Z'),
    reproducible,
    version: version === null ? null : readVersionInfo(version),
  };
}

function isReproducible(file: PeFile): boolean {
  const { address, size } = file.directory(DEBUG_DIRECTORY);
  const entries = file.readVirtual(address, Math.min(size, 28 * 16));
  for (let at = 0; at + 28 <= entries.byteLength; at += 28)
    if (entries.getUint32(at + 12, true) === DEBUG_REPRO) return true;
  return false;
}
