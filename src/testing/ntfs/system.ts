/** Contents of the system files that do not depend on the volume. */
import { utf16leBytes } from '../../base/utf16.ts';

/** Type, name, flags (2 indexable, 0x40 resident only, 0x80 may be non-resident), smallest and largest size. */
const DEFINITIONS: readonly (readonly [string, number, number, number, number, bigint])[] = [
  ['$STANDARD_INFORMATION', 0x10, 0, 0x40, 0x30, 0x48n],
  ['$ATTRIBUTE_LIST', 0x20, 0, 0x80, 0, -1n],
  ['$FILE_NAME', 0x30, 1, 0x42, 0x44, 0x242n],
  ['$OBJECT_ID', 0x40, 0, 0x40, 0, 0x100n],
  ['$SECURITY_DESCRIPTOR', 0x50, 0, 0x80, 0, -1n],
  ['$VOLUME_NAME', 0x60, 0, 0x40, 2, 0x100n],
  ['$VOLUME_INFORMATION', 0x70, 0, 0x40, 0x0c, 0x0cn],
  ['$DATA', 0x80, 0, 0, 0, -1n],
  ['$INDEX_ROOT', 0x90, 0, 0x40, 0, -1n],
  ['$INDEX_ALLOCATION', 0xa0, 0, 0x80, 0, -1n],
  ['$BITMAP', 0xb0, 0, 0x80, 0, -1n],
  ['$REPARSE_POINT', 0xc0, 0, 0x80, 0, 0x4000n],
  ['$EA_INFORMATION', 0xd0, 0, 0x40, 8, 8n],
  ['$EA', 0xe0, 0, 0, 0, 0x10000n],
  ['$LOGGED_UTILITY_STREAM', 0x100, 0, 0x80, 0, 0x10000n],
];

export function attributeDefinitions(): Uint8Array {
  const bytes = new Uint8Array(2560);
  const view = new DataView(bytes.buffer);
  DEFINITIONS.forEach(([name, type, collation, flags, min, max], i) => {
    const at = i * 160;
    bytes.set(utf16leBytes(name), at);
    view.setUint32(at + 0x80, type, true);
    view.setUint32(at + 0x88, collation, true);
    view.setUint32(at + 0x8c, flags, true);
    view.setBigInt64(at + 0x90, BigInt(min), true);
    view.setBigInt64(at + 0x98, max, true);
  });
  return bytes;
}

export interface BootSpec {
  readonly clusterSize: number;
  readonly recordSize: number;
  readonly sectors: number;
  readonly mftLcn: number;
  readonly mirrLcn: number;
  readonly serial: bigint;
}

/** Size field of records and index blocks: clusters when they are whole ones, else the exponent of two, negated. */
function unitField(size: number, clusterSize: number): number {
  return size >= clusterSize ? size / clusterSize : -Math.log2(size);
}

export function bootSector(spec: BootSpec): Uint8Array {
  const bytes = new Uint8Array(512);
  const view = new DataView(bytes.buffer);
  bytes.set([0xeb, 0x52, 0x90]);
  bytes.set(new TextEncoder().encode('NTFS    '), 3);
  view.setUint16(11, 512, true);
  const perCluster = spec.clusterSize / 512;
  view.setUint8(13, perCluster <= 128 ? perCluster : 256 - Math.log2(perCluster));
  view.setUint8(21, 0xf8);
  view.setUint16(24, 63, true);
  view.setUint16(26, 255, true);
  view.setUint32(36, 0x0080_0080, true);
  view.setBigUint64(40, BigInt(spec.sectors), true);
  view.setBigUint64(48, BigInt(spec.mftLcn), true);
  view.setBigUint64(56, BigInt(spec.mirrLcn), true);
  view.setInt8(64, unitField(spec.recordSize, spec.clusterSize));
  view.setInt8(68, unitField(4096, spec.clusterSize));
  view.setBigUint64(72, spec.serial, true);
  view.setUint16(510, 0xaa55, true);
  return bytes;
}

/** Upper case of single units as JavaScript knows it: enough for a test volume that brings no table of its own. */
export function plainUpcase(): Uint16Array {
  return Uint16Array.from({ length: 65_536 }, (_, unit) => {
    const upper = String.fromCharCode(unit).toUpperCase();
    return upper.length === 1 ? upper.charCodeAt(0) : unit;
  });
}

/** O:BAG:SYD:(A;;FA;;;WD): everybody may do everything. */
export const DEFAULT_SECURITY = Uint8Array.from([
  1, 0, 4, 0x80, 0x30, 0, 0, 0, 0x40, 0, 0, 0, 0, 0, 0, 0, 0x14, 0, 0, 0, 2, 0, 0x1c, 0, 1, 0, 0, 0, 0, 3, 0x14, 0,
  0xff, 1, 0x1f, 0, 1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 0, 5, 0x20, 0, 0, 0, 0x20, 2, 0, 0, 1, 1, 0,
  0, 0, 0, 0, 5, 0x12, 0, 0, 0,
]);

/** Hash of a descriptor as $SDH orders by: 32-bit words added, the sum rotated left by three before each. */
export function securityHash(descriptor: Uint8Array): number {
  const view = new DataView(descriptor.buffer, descriptor.byteOffset, descriptor.byteLength);
  let hash = 0;
  for (let at = 0; at + 4 <= descriptor.length; at += 4)
    hash = (view.getUint32(at, true) + ((hash << 3) | (hash >>> 29))) >>> 0;
  return hash;
}
