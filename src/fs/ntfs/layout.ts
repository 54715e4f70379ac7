/**
 * NTFS on disk: constants and the picture the other files of this folder rely on.
 *
 *     $Boot      sector 0; a copy in the last sector of the partition (behind the last cluster)
 *     $MFT       records of 1 or 4 KiB, found by its first record; record 0 describes the table itself
 *     record     header | update sequence array | attributes ... | FF FF FF FF
 *     attribute  header | name | value (resident) or mapping pairs (non-resident)
 *
 *     FILE record                          attribute
 *     00 'FILE'        10 SequenceNumber   00 TypeCode        10 ValueLength  | LowestVcn
 *     04 UsaOffset     12 LinkCount        04 RecordLength    14 ValueOffset  | 18 HighestVcn
 *     06 UsaCount      14 FirstAttribute   08 FormCode        .. resident     | 20 MappingPairsOffset
 *     08 Lsn           16 Flags            09 NameLength                      | 22 CompressionUnit
 *                      18 BytesInUse       0A NameOffset                      | 28 AllocatedLength
 *                      1C BytesAllocated   0C Flags                           | 30 FileSize
 *                      20 BaseFileRecord   0E Instance                        | 38 ValidDataLength 40 TotalAllocated
 *
 * Traps: the last two bytes of every 512-byte stride (also in 4 KiB records and index blocks) are replaced by a sequence
 * number and must be put back; a file reference is 48 bits of record number and 16 of sequence, and a stale sequence
 * means another file; one file may own many records ($ATTRIBUTE_LIST), and its stream may be split among them by
 * LowestVcn; link counts count DOS names; a file's sizes in the directory index lag behind those in its record.
 *
 * Sources: [MS-FSCC], the Linux-NTFS project's documentation, behaviour of ntfs-3g and of Windows volumes.
 */

export const STRIDE = 512;

export const AttributeType = {
  standardInformation: 0x10,
  attributeList: 0x20,
  fileName: 0x30,
  objectId: 0x40,
  securityDescriptor: 0x50,
  volumeName: 0x60,
  volumeInformation: 0x70,
  data: 0x80,
  indexRoot: 0x90,
  indexAllocation: 0xa0,
  bitmap: 0xb0,
  reparsePoint: 0xc0,
  eaInformation: 0xd0,
  ea: 0xe0,
  loggedUtilityStream: 0x100,
  end: 0xffff_ffff,
} as const;

/** Record flags. */
export const FILE_RECORD_SEGMENT_IN_USE = 1;
export const FILE_NAME_INDEX_PRESENT = 2;

/** Attribute flags. */
export const ATTRIBUTE_FLAG_COMPRESSION_MASK = 0x00ff;
export const ATTRIBUTE_FLAG_ENCRYPTED = 0x4000;
export const ATTRIBUTE_FLAG_SPARSE = 0x8000;

/** Namespaces of $FILE_NAME. */
export const FILE_NAME_WIN32 = 1;
export const FILE_NAME_DOS = 2;

/** Records with a fixed number. */
export const MFT_RECORD = 0;
export const VOLUME_RECORD = 3;
export const ROOT_RECORD = 5;
export const BITMAP_RECORD = 6;
export const SECURE_RECORD = 9;
export const UPCASE_RECORD = 10;
export const LOGFILE_RECORD = 2;
/** $MFTMirr repeats at least the first four records. */
export const MIRRORED_RECORDS = 4;

export const FILE_ATTRIBUTE_DIRECTORY = 0x10;
export const FILE_ATTRIBUTE_NORMAL = 0x80;
export const FILE_ATTRIBUTE_SPARSE_FILE = 0x200;
export const FILE_ATTRIBUTE_OFFLINE = 0x1000;
export const FILE_ATTRIBUTE_RECALL_ON_DATA_ACCESS = 0x40_0000;

export const IO_REPARSE_TAG_WOF = 0x8000_0017;
export const IO_REPARSE_TAG_DEDUP = 0x8000_0013;
export const IO_REPARSE_TAG_SIS = 0x8000_0007;
export const IO_REPARSE_TAG_WCI = 0x8000_0018;
/** Bit of a tag: the reparse point stands for another named place. */
export const REPARSE_NAME_SURROGATE = 0x2000_0000;

/** CLOUD and CLOUD_1 to CLOUD_F: one for each kind of provider. */
export function isCloudTag(tag: number): boolean {
  return (tag & 0xffff_0fff) >>> 0 === 0x9000_001a;
}

/** Windows keeps an $ATTRIBUTE_LIST below this; a larger one is refused. */
export const MAX_ATTRIBUTE_LIST = 256 * 1024;
/** A reparse point is at most 16 KiB ([MS-FSCC] 2.1.2). */
export const MAX_REPARSE_DATA = 16 * 1024;

/** Half of a file reference: what stands in the low 48 bits. */
export function referenceNumber(reference: bigint): number {
  return Number(reference & 0xffff_ffff_ffffn);
}
export function referenceSequence(reference: bigint): number {
  return Number(reference >> 48n);
}
/** Sequence number of a record after its file was deleted: 0 is left out, since it means any. */
export function nextSequence(sequence: number): number {
  return sequence === 0xffff ? 1 : sequence + 1;
}
