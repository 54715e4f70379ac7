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
 * - A differencing disk (also .avhdx) names its parent by `parent_linkage`, the DataWriteGuid the parent had, and by paths.
 *   While a merge is under way `parent_linkage2` names the one it will have. Parent and child may differ in size.
 *
 * Source: [MS-VHDX] v20180912; files by Hyper-V, Windows and qemu.
 */
import { type Facts, FindingList } from '../../base/findings.ts';
import { joinBytes } from '../../base/join-bytes.ts';
import type { Codecs } from '../../codec/types.ts';
import type { Identity, Need, ProbeWindow } from '../../source/format.ts';
import { place } from '../../source/place.ts';
import { readBytes } from '../../source/read.ts';
import { MappedSource } from '../../source/run-list.ts';
import type { ByteSource } from '../../source/types.ts';
import { parentBehind, parentNeed } from '../parent.ts';
import type { ContainerContext, ContainerFormat, OpenedContainer } from '../types.ts';
import { readBat } from './bat.ts';
import { FILE_SIGNATURE, type Header, type Regions, readCreator, readHeader, readRegions } from './headers.ts';
import { replayLog } from './log.ts';
import { type Metadata, readMetadata } from './metadata.ts';

const NO_GUID = '00000000-0000-0000-0000-000000000000';

export const vhdx: ContainerFormat = {
  id: 'vhdx',
  title: 'VHDX',
  extensions: ['.vhdx', '.avhdx'],
  reads: [
    'fixed, dynamic and differencing disks',
    '512- and 4096-byte sectors',
    'the log is replayed in memory',
    'the second header and region table when the first are damaged',
  ],
  notYet: [],

  probe({ head }: ProbeWindow): boolean {
    return (
      head.length >= FILE_SIGNATURE.length && [...FILE_SIGNATURE].every((char, i) => head[i] === char.charCodeAt(0))
    );
  },

  identify(source: ByteSource, codecs: Codecs): Identity {
    const { header, metadata } = readStructures(source, codecs, new FindingList());
    return { self: identityOf(header, metadata), needs: needsOf(metadata), setPart: null };
  },

  open(source: ByteSource, { codecs, resolve }: ContainerContext): OpenedContainer {
    const findings = new FindingList();
    const { file, header, regions, metadata, facts } = readStructures(source, codecs, findings);
    const size = metadata.virtualDiskSize;
    const [need] = needsOf(metadata);
    const parent =
      need === undefined ? null : parentBehind(file, regions.metadata.offset, need, resolve, size, findings);
    const { map, table, allocated, partial } = readBat(file, regions.bat, metadata, parent, findings);
    const disk = new MappedSource(source.name, size, map, 'a block of the disk');
    return {
      format: 'vhdx',
      facts: {
        type: metadata.hasParent ? 'differencing' : metadata.leaveBlocksAllocated ? 'fixed' : 'dynamic',
        virtualSize: size,
        blockSize: metadata.blockSize,
        sectorSize: metadata.logicalSectorSize,
        physicalSectorSize: metadata.physicalSectorSize,
        blocks: Math.ceil(size / metadata.blockSize),
        allocatedBlocks: allocated,
        ...(metadata.hasParent ? { partialBlocks: partial, parent: metadata.parentLocator } : {}),
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
          bytes: joinBytes([readBytes(file, regions.metadata.offset, regions.metadata.length), table]),
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

/** A GUID in the text of a locator: upper case, in braces. */
function guidOf(text: string | undefined): string | null {
  return /^\{?([\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})\}?$/i.exec(text?.trim() ?? '')?.[1]?.toLowerCase() ?? null;
}

function needsOf({ hasParent, parentLocator }: Metadata): Need[] {
  if (!hasParent) return [];
  const match = ['parent_linkage', 'parent_linkage2'].flatMap((key) => {
    const dataWriteGuid = guidOf(parentLocator[key]);
    return dataWriteGuid === null || dataWriteGuid === NO_GUID ? [] : [{ format: 'vhdx', dataWriteGuid }];
  });
  const names = ['relative_path', 'absolute_win32_path', 'volume_path'].flatMap((key) => parentLocator[key] ?? []);
  return [parentNeed(match, names)];
}

function identityOf(header: Header, metadata: Metadata): Facts {
  return {
    format: 'vhdx',
    virtualDiskId: metadata.virtualDiskId,
    dataWriteGuid: header.dataWriteGuid,
    fileWriteGuid: header.fileWriteGuid,
  };
}
