/**
 * VHDX: the virtual disk of Hyper-V since Windows 8. Little-endian; everything sits on 1 MiB edges.
 *
 *     0        "vhdxfile", creator
 *     64 KiB   header 1      the valid one with the higher sequence number rules
 *     128 KiB  header 2
 *     192 KiB  region table, and again at 256 KiB: where BAT and metadata lie
 *     1 MiB..  log | metadata | BAT | payload blocks, in any order
 *
 * - Headers, region tables and log entries carry a CRC-32C over themselves with the field counted as zero.
 * - LogGuid not zero: the file was not closed, and its tables are only right after the log is replayed (`log.ts`); this is
 *   done in memory, the file is never written.
 * - BAT entries of payload blocks are interleaved with one sector-bitmap entry after each chunk (`bat.ts`). States: 0 not
 *   present, 1 undefined, 2 zero, 3 unmapped, 6 full, 7 partial (differencing only).
 * - Sectors of 512 or 4096 bytes: the partition table inside counts in them.
 * - A differencing disk names its parent by `parent_linkage` (the parent's DataWriteGuid) and paths; the chain is not
 *   followed yet.
 *
 * Source: [MS-VHDX] v20180912; files by Hyper-V, Windows and qemu.
 */
import { type Facts, FindingList } from '../../base/findings.ts';
import type { Codecs } from '../../codec/types.ts';
import type { Identity, Need, ProbeWindow } from '../../source/format.ts';
import { failAt, place } from '../../source/place.ts';
import { readBytes } from '../../source/read.ts';
import { MappedSource } from '../../source/run-list.ts';
import type { ByteSource } from '../../source/types.ts';
import type { ContainerContext, ContainerFormat, OpenedContainer } from '../types.ts';
import { readBat } from './bat.ts';
import { FILE_SIGNATURE, type Header, type Regions, readCreator, readHeader, readRegions } from './headers.ts';
import { replayLog } from './log.ts';
import { type Metadata, readMetadata } from './metadata.ts';

export const vhdx: ContainerFormat = {
  id: 'vhdx',
  title: 'VHDX',
  extensions: ['.vhdx', '.avhdx'],
  reads: ['fixed and dynamic disks', '512- and 4096-byte sectors', 'the log is replayed in memory'],
  notYet: ['differencing disks (the parent is named)'],

  probe({ head }: ProbeWindow): boolean {
    return (
      head.length >= FILE_SIGNATURE.length && [...FILE_SIGNATURE].every((char, i) => head[i] === char.charCodeAt(0))
    );
  },

  identify(source: ByteSource, codecs: Codecs): Identity {
    const { header, metadata } = readStructures(source, codecs, new FindingList());
    return { self: identityOf(header, metadata), needs: needsOf(metadata), setPart: null };
  },

  open(source: ByteSource, { codecs }: ContainerContext): OpenedContainer {
    const findings = new FindingList();
    const { file, header, regions, metadata, facts } = readStructures(source, codecs, findings);
    if (metadata.hasParent) refuseDifferencing(file, regions, metadata);
    const { map, table, allocated } = readBat(file, regions.bat, metadata, findings);
    const disk = new MappedSource(source.name, metadata.virtualDiskSize, map, 'a block of the disk');
    return {
      format: 'vhdx',
      facts: {
        type: metadata.leaveBlocksAllocated ? 'fixed' : 'dynamic',
        virtualSize: metadata.virtualDiskSize,
        blockSize: metadata.blockSize,
        sectorSize: metadata.logicalSectorSize,
        physicalSectorSize: metadata.physicalSectorSize,
        blocks: Math.ceil(metadata.virtualDiskSize / metadata.blockSize),
        allocatedBlocks: allocated,
        fileWriteGuid: header.fileWriteGuid,
        dataWriteGuid: header.dataWriteGuid,
        virtualDiskId: metadata.virtualDiskId,
        creator: readCreator(source),
        ...facts,
      },
      findings: findings.items,
      identity: identityOf(header, metadata),
      fingerprint: () => [
        { what: 'vhdx.header', bytes: header.raw },
        {
          what: 'vhdx.metadata+BAT',
          bytes: join(readBytes(file, regions.metadata.offset, regions.metadata.length), table),
        },
      ],
      parts: [{ key: '', title: `Disk of ${source.name}`, facts: {}, source: disk }],
    };
  },
};

interface Structures {
  /** The file, with its log replayed. */
  readonly file: ByteSource;
  readonly header: Header;
  readonly regions: Regions;
  readonly metadata: Metadata;
  readonly facts: Facts;
}

function readStructures(source: ByteSource, codecs: Codecs, findings: FindingList): Structures {
  const header = readHeader(source, codecs, findings);
  let file = source;
  let facts: Facts = { state: 'clean' };
  if (header.logGuid !== null) {
    const replay = replayLog(source, header, codecs);
    file = replay.file;
    facts = { state: 'log replayed', logEntries: replay.entries, logSectors: replay.sectors };
    findings.add({
      code: 'vhdxLogReplayed',
      severity: 'info',
      where: place(source, header.logOffset),
      message: 'The disk was not closed; its log was replayed in memory.',
      facts: { entries: replay.entries, sectors: replay.sectors },
    });
  }
  const regions = readRegions(file, codecs, findings);
  return { file, header, regions, metadata: readMetadata(file, regions.metadata), facts };
}

function refuseDifferencing(file: ByteSource, regions: Regions, metadata: Metadata): never {
  const [need] = needsOf(metadata);
  failAt(
    'UnsupportedFeature',
    file,
    regions.metadata.offset,
    'a fixed or dynamic disk',
    `a differencing disk; it needs ${need?.title} with the data id ${need?.match[0]?.['dataWriteGuid'] ?? 'unknown'}`,
  );
}

/** The parent's DataWriteGuid is `parent_linkage`; a second linkage stands there while a merge is under way. */
function needsOf({ hasParent, parentLocator }: Metadata): Need[] {
  if (!hasParent) return [];
  const match = ['parent_linkage', 'parent_linkage2'].flatMap((key) => {
    const guid = parentLocator[key]?.replace(/[{}]/g, '').toLowerCase();
    return guid === undefined ? [] : [{ format: 'vhdx', dataWriteGuid: guid }];
  });
  const names = ['relative_path', 'absolute_win32_path', 'volume_path'].flatMap((key) => parentLocator[key] ?? []);
  const title = names.length > 0 ? `the parent "${names[0]}"` : 'the parent of no stored name';
  return [{ id: 'parent', kind: 'parent', want: 'disk', match, names, hashes: [], title, required: true }];
}

function identityOf(header: Header, metadata: Metadata): Facts {
  return {
    format: 'vhdx',
    virtualDiskId: metadata.virtualDiskId,
    dataWriteGuid: header.dataWriteGuid,
    fileWriteGuid: header.fileWriteGuid,
  };
}

function join(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
