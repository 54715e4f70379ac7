/**
 * What a file seems to be when no format of ours takes it: a sentence for the refusal. Signatures only, at fixed places.
 */
import type { ProbeWindow } from '../source/format.ts';

interface Signature {
  readonly offset: number;
  readonly bytes: string;
  readonly name: string;
}

/** `bytes` is Latin-1 text. Longer and more telling signatures first. */
export const SIGNATURES: readonly Signature[] = [
  { offset: 0, bytes: 'EVF\x09\x0d\x0a\xff\x00', name: 'an EnCase E01 image' },
  { offset: 0, bytes: 'EVF2\x0d\x0a\x81\x00', name: 'an EnCase Ex01 image' },
  { offset: 0, bytes: 'WithoutFreeSpace', name: 'a Parallels disk image' },
  { offset: 0, bytes: 'WithouFreSpacExt', name: 'a Parallels disk image' },
  { offset: 0, bytes: 'QED\0', name: 'a QED disk image' },
  { offset: 0, bytes: 'LUKS\xba\xbe', name: 'a LUKS encrypted volume' },
  { offset: 3, bytes: '-FVE-FS-', name: 'a BitLocker encrypted volume' },
  // the GUID of BitLocker in the boot sector of what To Go shows to systems without it
  {
    offset: 424,
    bytes: '\x3b\xd6\x67\x49\x29\x2e\xd8\x4a\x83\x99\xf6\xa3\x39\xe3\xd0\x01',
    name: 'a BitLocker To Go volume',
  },
  { offset: 3, bytes: 'ReFS\0\0\0\0', name: 'a ReFS volume' },
  { offset: 0, bytes: 'XFSB', name: 'an XFS volume' },
  { offset: 32, bytes: 'NXSB', name: 'an APFS container' },
  { offset: 1024, bytes: 'H+\0\x04', name: 'an HFS+ volume' },
  { offset: 1024, bytes: 'HX\0\x05', name: 'an HFSX volume' },
  { offset: 512, bytes: 'LABELONE', name: 'an LVM physical volume' },
  { offset: 4086, bytes: 'SWAPSPACE2', name: 'a Linux swap area' },
  { offset: 0, bytes: 'SPACEDB ', name: 'a Storage Spaces disk' },
  { offset: 0, bytes: 'CREG', name: 'a Windows 95/98 registry (CREG)' },
  { offset: 0, bytes: '\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1', name: 'an OLE compound file (MSI, Office)' },
  { offset: 0, bytes: '7z\xbc\xaf\x27\x1c', name: 'a 7z archive' },
  { offset: 0, bytes: 'PK\x03\x04', name: 'a ZIP archive (MSIX, APPX, Office)' },
  { offset: 0, bytes: 'MSCF\0\0\0\0', name: 'a cabinet archive' },
  { offset: 0, bytes: '\x28\xb5\x2f\xfd', name: 'Zstandard data' },
  { offset: 0, bytes: '\xfd7zXZ\0', name: 'xz data' },
  { offset: 0, bytes: 'SQLite format 3\0', name: 'an SQLite database' },
  { offset: 4, bytes: '\xef\xcd\xab\x89', name: 'an ESE database' },
  { offset: 0, bytes: 'FILE0', name: 'a piece of an NTFS $MFT' },
  { offset: 0, bytes: 'FILE*', name: 'a piece of an NTFS $MFT' },
  { offset: 0, bytes: 'hbin', name: 'a registry hive without its base block' },
  { offset: 0, bytes: '%PDF-', name: 'a PDF document' },
  { offset: 0, bytes: 'Rar!\x1a\x07', name: 'a RAR archive' },
  { offset: 0, bytes: 'BZh', name: 'bzip2 data' },
  { offset: 0, bytes: '\x89PNG\x0d\x0a\x1a\x0a', name: 'a PNG picture' },
  { offset: 0, bytes: '\xff\xd8\xff', name: 'a JPEG picture' },
  { offset: 0, bytes: 'GIF8', name: 'a GIF picture' },
  { offset: 0, bytes: 'MZ', name: 'a Windows program' },
  { offset: 0, bytes: '\x7fELF', name: 'a Linux program' },
];

function matches(head: Uint8Array, { offset, bytes }: Signature): boolean {
  if (offset + bytes.length > head.length) return false;
  for (let i = 0; i < bytes.length; i++) if (head[offset + i] !== bytes.charCodeAt(i)) return false;
  return true;
}

/** A hive's transaction log has the base block of a hive, with another file type. */
export function isTransactionLog(head: Uint8Array): boolean {
  return matches(head, { offset: 0, bytes: 'regf', name: '' }) && head.length >= 32 && head[28] !== 0;
}

/** `a qcow2 or qcow disk image`, `an empty file`, or `data of no kind that is known here`. */
export function seemsToBe({ head, tail, size }: ProbeWindow): string {
  if (size === 0) return 'an empty file';
  const hit = SIGNATURES.find((signature) => matches(head, signature));
  if (hit !== undefined) return hit.name;
  for (const last of [512, 1024])
    if (tail.length >= last && matches(tail.subarray(tail.length - last), { offset: 0, bytes: 'PRIVHEAD', name: '' }))
      return 'the database of a Windows dynamic disk';
  if (isTransactionLog(head)) return 'the transaction log of a registry hive';
  if (tail.length >= 512 && String.fromCharCode(...tail.subarray(tail.length - 512, tail.length - 508)) === 'koly')
    return 'an Apple disk image';
  if (head.every((byte) => byte === 0)) return size === head.length ? 'nothing but zeros' : 'zeros at its beginning';
  if (head.subarray(0, 4096).every((byte) => (byte >= 32 && byte < 127) || byte === 9 || byte === 10 || byte === 13))
    return 'plain text';
  return 'data of no kind that is known here';
}
