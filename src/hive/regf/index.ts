/**
 * regf: registry hives of Windows NT 3.1 to Windows 11, read through hivex-wasm.
 *
 *     0      base block 'regf': sequence numbers, version 1.0-1.6, root cell, size of the bins, file name, checksum
 *     4096   hive bins 'hbin', each a multiple of 4 KiB, filled with cells:
 *            nk key -> lf lh li ri lists of sub-keys -> nk ...    nk -> list -> vk value -> data, or db -> segments
 *            nk -> sk security descriptor, shared, reference counted    nk -> class name
 *
 * Offsets of cells are relative to the first bin; an `ItemRef` is such an offset, and so is a key's `id`.
 *
 * Traps: sequence numbers that differ mean that the newest changes are in the log files and not here; logs that belong to
 * the hive are applied to the copy in memory. Names are Latin-1
 * or UTF-16 by a flag. Up to four bytes of data stand in the value itself. From 1.4 on, data above 16,344 bytes are cut
 * into segments. In 1.6 a flag of the base block gives a byte of each key a new meaning (tombstones, superseding);
 * without the flag that byte is noise. Counts, parents and lists of damaged hives lie: what can be read is read, and
 * told as a finding.
 *
 * Sources: M. Suhanov, "Windows registry file format specification"; [MS-RRP]; behaviour of hivex, reglookup and yarp.
 */
import type { HiveFormat } from '../types.ts';
import { beginRegf, OpenedRegf, openRegf } from './opened.ts';

export { OpenedRegf };

const REGF = 0x66676572;

export const regfFormat: HiveFormat = {
  id: 'regf',
  title: 'Registry hive',
  extensions: ['.dat', '.hve', '.hiv', '.hive'],
  reads: [
    'registry hives 1.0 to 1.6 with all list kinds, big data, class names and security descriptors',
    'layered hives of Windows containers (tombstones, superseding keys and values)',
    'transaction logs of both formats, applied in memory to a hive that was not closed properly',
    'damaged and truncated hives as far as they go',
    'deleted keys and values from free cells, on request',
  ],
  notYet: [],
  // A log begins with a base block too; it is let through so that it is refused as a log and not as unknown bytes.
  probe({ head, size }) {
    if (size < 512 || head.length < 32) return false;
    const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
    return view.getUint32(0, true) === REGF && view.getUint32(20, true) === 1 && view.getUint32(24, true) <= 16;
  },
  open: openRegf,
  begin: beginRegf,
};
