/**
 * $MFT: the table of all records, itself a file described by its own first record.
 *
 * Its run list may be continued in extension records, which lie in the part of the table that is mapped already. When
 * one of the first records is damaged, $MFTMirr has a copy.
 */
import type { Bytes } from '../../base/bytes.ts';
import { FormatError, fail } from '../../base/errors.ts';
import type { FindingList } from '../../base/findings.ts';
import { Lru } from '../../base/lru.ts';
import { place } from '../../source/place.ts';
import { readView } from '../../source/read.ts';
import type { ByteSource } from '../../source/types.ts';
import { parseAttributeList } from './attribute-list.ts';
import type { Boot } from './boot.ts';
import { AttributeType, MAX_ATTRIBUTE_LIST, MFT_RECORD, MIRRORED_RECORDS } from './layout.ts';
import { type Attribute, type FileRecord, parseRecord } from './record.ts';
import { attributeSource, nonResidentSource, runsOf } from './stream.ts';

/** Parsed records kept: a directory walk and `describe` come back to the same ones. */
const RECORD_CACHE = 512;
/** Record numbers are row ids of 32 bits, and the scan holds two bytes for each; larger tables are cut here. */
const MAX_RECORDS = 2 ** 28;

export class Mft {
  readonly volume: ByteSource;
  readonly boot: Boot;
  /** The table's bytes, valid records only. */
  readonly source: ByteSource;
  /** Number of records. */
  readonly count: number;
  readonly #records = new Lru<number, FileRecord>(RECORD_CACHE);

  constructor(volume: ByteSource, boot: Boot, source: ByteSource) {
    this.volume = volume;
    this.boot = boot;
    this.source = source;
    this.count = Math.floor(source.size / boot.recordSize);
  }

  /**
   * Record `number`, fixed up.
   * @throws FormatError MissingItem when there is no such record, InvalidSignature, InvalidChecksum ... when it is damaged
   */
  record(number: number): FileRecord {
    if (!(Number.isSafeInteger(number) && number >= 0 && number < this.count))
      fail('MissingItem', this.source.name, null, `an MFT record below ${this.count}`, number);
    const known = this.#records.get(number);
    if (known !== undefined) return known;
    const record = this.#read(number);
    this.#records.set(number, record, 1);
    return record;
  }

  #read(number: number): FileRecord {
    const { recordSize } = this.boot;
    try {
      return parseRecord(readView(this.source, number * recordSize, recordSize), number);
    } catch (error) {
      const mirror = number < MIRRORED_RECORDS ? mirrored(this.volume, this.boot, number) : null;
      if (mirror === null) throw error;
      return mirror;
    }
  }
}

function mirrored(volume: ByteSource, boot: Boot, number: number): FileRecord | null {
  try {
    const at = boot.mft2StartLcn * boot.clusterSize + number * boot.recordSize;
    return parseRecord(readView(volume, at, boot.recordSize), number);
  } catch (error) {
    if (error instanceof FormatError) return null;
    throw error;
  }
}

/** Record 0 from where the boot sector says, else from the mirror. @throws FormatError that of the first place */
function firstRecord(volume: ByteSource, boot: Boot, findings: FindingList): FileRecord {
  const at = boot.mftStartLcn * boot.clusterSize;
  try {
    const view: Bytes = readView(volume, at, boot.recordSize);
    const record = parseRecord(view, MFT_RECORD);
    if (!record.attributes.some(isTable)) fail('InvalidHeader', view.source, view.base, 'the $DATA of $MFT', 'none');
    return record;
  } catch (error) {
    const mirror = mirrored(volume, boot, MFT_RECORD);
    if (mirror === null || !(error instanceof FormatError)) throw error;
    findings.add({
      code: 'ntfsMftMirrorUsed',
      severity: 'warning',
      where: error.where,
      message: 'The first record of $MFT is damaged; its copy in $MFTMirr was used.',
      facts: { expected: error.expected, actual: error.actual },
    });
    return mirror;
  }
}

function isTable(attribute: Attribute): boolean {
  return attribute.type === AttributeType.data && attribute.name === '' && attribute.mapping !== null;
}

/** Opens the table. @throws FormatError when neither record 0 nor its mirror describes it */
export function openMft(volume: ByteSource, boot: Boot, findings: FindingList): Mft {
  const record = firstRecord(volume, boot, findings);
  const first = record.attributes.find((a) => isTable(a) && a.mapping?.lowestVcn === 0);
  if (first === undefined) {
    const where = place(volume, boot.mftStartLcn * boot.clusterSize);
    fail('InvalidHeader', where.source, where.offset, 'the $DATA of $MFT', 'none');
  }
  const { fileSize, validDataLength } = first.mapping!;
  const size = Math.min(fileSize, validDataLength);
  const pieces = record.attributes.filter(isTable);
  let mft = mapped(volume, boot, pieces, size);
  const list = record.attributes.filter((a) => a.type === AttributeType.attributeList);
  if (list.length === 0) return mft;
  const bytes = readView(attributeSource('$MFT:$ATTRIBUTE_LIST', volume, mft.source, boot, list), 0, listSize(list));
  const entries = parseAttributeList(bytes).filter((e) => e.type === AttributeType.data && e.name === '');
  for (const { record: number, lowestVcn } of entries.sort((a, b) => a.lowestVcn - b.lowestVcn)) {
    if (lowestVcn === 0 || number === MFT_RECORD) continue;
    try {
      const extension = mft.record(number);
      const more = extension.attributes.filter((a) => isTable(a) && a.mapping?.lowestVcn === lowestVcn);
      if (extension.base !== MFT_RECORD || more.length !== 1)
        fail('InvalidReference', mft.source.name, null, `a piece of $MFT in record ${number}`, 'none');
      pieces.push(more[0]!);
      mft = mapped(volume, boot, pieces, size);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      findings.add({
        code: 'ntfsMftPieceMissing',
        severity: 'error',
        where: error.where,
        message: 'A piece of $MFT cannot be read: files whose records lie in it and behind it are not listed.',
        facts: { record: number, lowestVcn, expected: error.expected, actual: error.actual },
      });
      break;
    }
  }
  return mft;
}

function listSize(list: readonly Attribute[]): number {
  const size = list[0]!.value?.length ?? list[0]!.mapping!.fileSize;
  return Math.min(size, MAX_ATTRIBUTE_LIST);
}

/**
 * The table as far as `pieces` reach: $MFT has no holes, so it ends at the first one, and it is never larger than what
 * it lies in.
 */
function mapped(volume: ByteSource, boot: Boot, pieces: readonly Attribute[], size: number): Mft {
  const all = runsOf(pieces, boot);
  const hole = all.findIndex((run) => run.lcn < 0);
  const runs = hole < 0 ? all : all.slice(0, hole);
  const last = runs.at(-1);
  const reach = last === undefined ? 0 : (last.vcn + last.count) * boot.clusterSize;
  const length = Math.min(size, reach, volume.size, MAX_RECORDS * boot.recordSize);
  return new Mft(volume, boot, nonResidentSource('$MFT', volume, boot, runs, length, length));
}
