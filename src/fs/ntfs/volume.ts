/** An NTFS volume as an FsVolume. */
import type { ItemRef } from '../../base/brand.ts';
import { FormatError, fail } from '../../base/errors.ts';
import type { Facts, Finding, FindingList } from '../../base/findings.ts';
import type { Scan } from '../../base/scan.ts';
import type { Codecs } from '../../codec/types.ts';
import type { FingerprintPart } from '../../source/format.ts';
import { MemorySource } from '../../source/memory.ts';
import { failAt } from '../../source/place.ts';
import { readBytes } from '../../source/read.ts';
import type { ByteSource } from '../../source/types.ts';
import {
  ByteState,
  type DeletedFile,
  type FsVolume,
  type NodeChunk,
  type NodeDetail,
  type TreeSink,
} from '../types.ts';
import { DeletedScan } from './deleted.ts';
import { refuseReused } from './deleted-bytes.ts';
import { describeFile, SecurityStore } from './describe.ts';
import { listDirectory } from './directory.ts';
import {
  ATTRIBUTE_FLAG_COMPRESSION_MASK,
  ATTRIBUTE_FLAG_ENCRYPTED,
  AttributeType,
  MAX_REPARSE_DATA,
  ROOT_RECORD,
  UPCASE_RECORD,
} from './layout.ts';
import type { Mft } from './mft.ts';
import { collect, type Node, openAttribute } from './node.ts';
import { NtfsScan } from './scan.ts';
import { hibernation, logFacts, volumeInformation } from './state.ts';
import { summarize } from './summary.ts';
import { RecordCheck } from './verify.ts';
import { holdsWindows } from './windows.ts';
import { WOF_STREAM, WofSource, wofBacking } from './wof.ts';

const UPCASE_BYTES = 131_072;
/** Records whose bytes identify the volume in a plan. */
const FINGERPRINT_RECORDS = 16;
/** The one compression format NTFS ever wrote, in the low byte of the attribute's flags. */
const COMPRESSION_LZNT1 = 1;

/** Why the unnamed stream of a file cannot be opened: a phrase for each state that is not plain clusters. */
const UNREADABLE: Partial<Record<ByteState, string>> = {
  [ByteState.efs]: 'a file encrypted by EFS, whose key is not in the image',
  [ByteState.dedup]: 'a file deduplicated by Windows Server, whose bytes are in its chunk store or common store',
};
const ELSEWHERE: Partial<Record<ByteState, string>> = {
  [ByteState.cloud]: 'a placeholder whose data is in a cloud or archive, not in the image',
  [ByteState.missing]: 'a placeholder whose data is in another layer, not in the image',
};

export class NtfsVolume implements FsVolume {
  readonly key = '';
  readonly title: string;
  readonly facts: Facts;
  readonly rootId = ROOT_RECORD;
  readonly rootRef = ROOT_RECORD as ItemRef;
  readonly estimate: number;
  readonly #mft: Mft;
  readonly #module: () => WebAssembly.Module;
  readonly #codecs: Codecs;
  readonly #security: SecurityStore;
  readonly #upcase: Uint16Array | null;

  /** @param module the record kernel, asked for at the first scan */
  constructor(mft: Mft, module: () => WebAssembly.Module, codecs: Codecs, findings: FindingList) {
    this.#mft = mft;
    this.#codecs = codecs;
    this.#module = module;
    this.#security = new SecurityStore(mft);
    this.estimate = mft.count;
    const told = (finding: Finding | null) => {
      if (finding !== null) findings.add(finding);
    };
    const information = attempt(() => volumeInformation(mft, told), told, 'ntfsVolumeRecordDamaged') ?? {};
    const log = attempt(() => logFacts(mft, told), told, 'ntfsLogDamaged') ?? {};
    this.title = typeof information['label'] === 'string' ? information['label'] : '';
    this.facts = {
      ...geometry(mft),
      ...information,
      ...log,
      ...hibernation(mft, told),
      ...(holdsWindows(mft) ? { windows: true } : {}),
    };
    this.#upcase = attempt(() => readUpcase(mft), told, 'ntfsUpcaseDamaged');
  }

  upcase(): Uint16Array | null {
    return this.#upcase;
  }

  scan(sink: TreeSink): Scan {
    return new NtfsScan(this.#mft, this.#module(), sink);
  }

  list(dir: ItemRef): NodeChunk {
    return listDirectory(this.#mft, dir);
  }

  open(ref: ItemRef, stream = ''): ByteSource {
    const node = collect(this.#mft, ref);
    if (!node.record.inUse || node.record.isExtension)
      fail('MissingItem', this.#mft.source.name, null, `a file in record ${ref}`, 'none');
    return this.#content(node, ref, stream);
  }

  openDeleted(ref: ItemRef): ByteSource {
    const node = collect(this.#mft, ref);
    if (node.record.inUse || node.record.isExtension || node.record.directory)
      fail('MissingItem', this.#mft.source.name, null, `a deleted file in record ${ref}`, 'none');
    refuseReused(this.#mft, node);
    return this.#content(node, ref, '');
  }

  #content(node: Node, ref: ItemRef, stream: string): ByteSource {
    const name = `record ${ref}${stream === '' ? '' : `:${stream}`}`;
    if (stream === '' && this.#refuseUnreadable(node, ref) === ByteState.wof) return this.#openCompact(node, ref, name);
    const source = openAttribute(this.#mft, node, AttributeType.data, stream, name);
    if (source === null) {
      if (stream === '' && !node.record.directory) return new MemorySource(name, new Uint8Array(0));
      fail('MissingItem', this.#mft.source.name, null, `a data stream "${stream}" of record ${ref}`, 'none');
    }
    const { flags } = node.attributes.find((a) => a.type === AttributeType.data && a.name === stream)!;
    if ((flags & ATTRIBUTE_FLAG_ENCRYPTED) !== 0) this.#refuse('UnsupportedFeature', ref, UNREADABLE[ByteState.efs]!);
    if ((flags & ATTRIBUTE_FLAG_COMPRESSION_MASK) > COMPRESSION_LZNT1)
      this.#refuse(
        'UnsupportedFeature',
        ref,
        `a stream of compression format ${flags & ATTRIBUTE_FLAG_COMPRESSION_MASK}`,
      );
    return source;
  }

  /** The unnamed stream of a CompactOS file, from its compressed stream. */
  #openCompact(node: Node, ref: number, name: string): ByteSource {
    const reparse = openAttribute(this.#mft, node, AttributeType.reparsePoint, '', '$REPARSE_POINT')!;
    const backing = wofBacking(readBytes(reparse, 0, Math.min(reparse.size, MAX_REPARSE_DATA)));
    if (backing === 'wim') this.#refuse('MissingData', ref, 'a file whose data is in a WIM beside the image (WIMBoot)');
    const packed = openAttribute(this.#mft, node, AttributeType.data, WOF_STREAM, `${name}:${WOF_STREAM}`);
    if (backing === null || packed === null)
      this.#refuse('UnsupportedFeature', ref, 'a file of the Windows Overlay Filter in a form that is not known');
    return new WofSource(name, packed, summarize(this.#mft, node).size, backing, this.#codecs);
  }

  /** Refuses what cannot be read. @returns the state of what can */
  #refuseUnreadable(node: Node, ref: number): ByteState {
    const { byteState } = summarize(this.#mft, node);
    const unreadable = UNREADABLE[byteState];
    if (unreadable !== undefined) this.#refuse('UnsupportedFeature', ref, unreadable);
    const elsewhere = ELSEWHERE[byteState];
    if (elsewhere !== undefined) this.#refuse('MissingData', ref, elsewhere);
    return byteState;
  }

  #refuse(code: 'UnsupportedFeature' | 'MissingData', ref: number, what: string): never {
    failAt(code, this.#mft.source, ref * this.#mft.boot.recordSize, 'a stream whose bytes can be read', what);
  }

  describe(ref: ItemRef): NodeDetail {
    return describeFile(this.#mft, this.#security, ref);
  }

  fingerprint(): FingerprintPart[] {
    const { source, boot } = this.#mft;
    const length = Math.min(source.size, FINGERPRINT_RECORDS * boot.recordSize);
    const parts = [
      { what: 'ntfs.boot', bytes: boot.bytes },
      { what: 'ntfs.mft[0..15]', bytes: readBytes(source, 0, length) },
    ];
    if (this.#upcase === null) return parts;
    const units = this.#upcase;
    return [...parts, { what: 'ntfs.upcase', bytes: new Uint8Array(units.buffer, units.byteOffset, units.byteLength) }];
  }

  deleted(report: (file: DeletedFile) => void): Scan {
    return new DeletedScan(this.#mft, report);
  }

  verify(report: (finding: Finding) => void): Scan {
    return new RecordCheck(this.#mft, report);
  }
}

/** Reads something the volume can do without; its damage becomes a finding. */
function attempt<T>(read: () => T, tell: (finding: Finding) => void, code: string): T | null {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    const { where, expected, actual } = error;
    tell({ code, severity: 'warning', where, message: MESSAGES[code]!, facts: { expected, actual } });
    return null;
  }
}

const MESSAGES: Record<string, string> = {
  ntfsVolumeRecordDamaged: 'The $Volume record cannot be read: label, version and dirty mark are not known.',
  ntfsLogDamaged: '$LogFile cannot be read: whether the volume was closed is not known.',
  ntfsUpcaseDamaged: "The volume's $UpCase is damaged; names are compared by the table of Windows.",
};

function geometry({ boot, count }: Mft): Facts {
  return {
    serial: boot.serialNumber.toString(16).padStart(16, '0'),
    bytesPerSector: boot.bytesPerSector,
    clusterSize: boot.clusterSize,
    recordSize: boot.recordSize,
    size: boot.numberSectors * boot.bytesPerSector,
    records: count,
  };
}

/** The table when it can be one: 65,536 units that fold ASCII as everybody does. @throws FormatError */
function readUpcase(mft: Mft): Uint16Array {
  const node = collect(mft, UPCASE_RECORD);
  const source = openAttribute(mft, node, AttributeType.data, '', '$UpCase');
  if (source === null || source.size !== UPCASE_BYTES)
    failAt('InvalidLength', mft.source, UPCASE_RECORD * mft.boot.recordSize, '131,072 bytes of $UpCase', source?.size);
  const bytes = readBytes(source, 0, UPCASE_BYTES);
  const view = new DataView(bytes.buffer);
  const table = Uint16Array.from({ length: UPCASE_BYTES / 2 }, (_, i) => view.getUint16(i * 2, true));
  for (let unit = 0; unit < 128; unit++) {
    const expected = unit >= 0x61 && unit <= 0x7a ? unit - 32 : unit;
    if (table[unit] !== expected)
      failAt('InvalidData', source, unit * 2, `upper case ${expected} of ${unit}`, table[unit]);
  }
  return table;
}
