/**
 * VHD: the virtual disk of Virtual PC, Hyper-V 2008 and Azure.
 *
 *     fixed      | disk ........................................ | footer |
 *     dynamic    | footer copy | header | BAT | block | block .. | footer |
 *     a block    | sector bitmap, padded to 512 | data (BlockSize) |
 *
 * - Footer: 512 bytes at the very end, 511 in files by old Virtual PC. All fields big-endian; the checksum is the one's
 *   complement of the byte sum. Dynamic and differencing files keep a copy at 0, which rules when the end is damaged.
 * - BAT: one 32-bit sector number a block, 0xFFFFFFFF where nothing is stored: zeros in a dynamic disk, the parent's
 *   data in a differencing one. Block sizes other than 2 MiB are legal, the last block may be short.
 * - The bitmap of a dynamic disk is not asked: some writers leave bits 0 for sectors that are there. In a differencing
 *   disk it decides sector by sector, high bit first: 1 is here, 0 is the parent's.
 * - CurrentSize is the disk's size. The CHS geometry of old files rounds it down, and tools that believe it lose the tail.
 * - A differencing disk names its parent by unique id and by paths (`parent.ts`). Parent and child may differ in size.
 *
 * Sources: Microsoft, "Virtual Hard Disk Image Format Specification" 1.0 (2006); files by Hyper-V, Virtual PC and qemu.
 */
import { type Facts, FindingList } from '../../base/findings.ts';
import type { Identity, ProbeWindow } from '../../source/format.ts';
import type { ByteSource } from '../../source/types.ts';
import type { ContainerContext, ContainerFormat, OpenedContainer } from '../types.ts';
import { needsOf, openDisk } from './disk.ts';
import { checkFooter, findFooter } from './footer.ts';
import { DISK_TYPE_NAMES, FOOTER_COOKIE, FOOTER_SIZE, type Footer, OLD_FOOTER_SIZE, SECTOR } from './structures.ts';

export const vhd: ContainerFormat = {
  id: 'vhd',
  title: 'VHD',
  extensions: ['.vhd', '.avhd'],
  reads: [
    'fixed, dynamic and differencing disks',
    'any block size',
    'parent locators of all platforms',
    'the footer copy when the end is damaged',
  ],
  notYet: [],

  probe({ head, tail }: ProbeWindow): boolean {
    return (
      cookieAt(tail, tail.length - FOOTER_SIZE, FOOTER_COOKIE) ||
      cookieAt(tail, tail.length - OLD_FOOTER_SIZE, FOOTER_COOKIE) ||
      cookieAt(head, 0, FOOTER_COOKIE)
    );
  },

  identify(source: ByteSource): Identity {
    const found = findFooter(source, new FindingList());
    return { self: identityOf(found.footer), needs: needsOf(source, found), setPart: null };
  },

  open(source: ByteSource, { resolve }: ContainerContext): OpenedContainer {
    const findings = new FindingList();
    const found = findFooter(source, findings);
    const { footer } = found;
    checkFooter(source, found, findings);
    const disk = openDisk(source, found, resolve, findings);
    return {
      format: 'vhd',
      facts: { ...factsOf(footer), ...disk.facts },
      findings: findings.items,
      identity: identityOf(footer),
      fingerprint: () => [{ what: 'vhd.footer', bytes: footer.raw }, ...disk.fingerprint],
      parts: [{ key: '', title: `Disk of ${source.name}`, facts: {}, source: disk.source }],
    };
  },
};

function identityOf(footer: Footer): Facts {
  return { format: 'vhd', uniqueId: footer.uniqueId, timeStamp: footer.timeStamp };
}

function factsOf(footer: Footer): Facts {
  const { cylinders, heads, sectorsPerTrack } = footer.geometry;
  return {
    type: DISK_TYPE_NAMES[footer.diskType]!,
    virtualSize: footer.currentSize,
    originalSize: footer.originalSize,
    sectorSize: SECTOR,
    uniqueId: footer.uniqueId,
    timeStamp: footer.timeStamp,
    creator: `${footer.creatorApplication} ${footer.creatorVersion} (${footer.creatorHostOS})`,
    geometry: `${cylinders}/${heads}/${sectorsPerTrack}`,
    savedState: footer.savedState,
  };
}

function cookieAt(bytes: Uint8Array, offset: number, cookie: string): boolean {
  if (offset < 0 || cookie.length > bytes.length - offset) return false;
  for (let i = 0; i < cookie.length; i++) if (bytes[offset + i] !== cookie.charCodeAt(i)) return false;
  return true;
}
