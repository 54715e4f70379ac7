/**
 * VDI: the virtual disk of VirtualBox.
 *
 *     | text | signature, version | header | ... | block map | ... | block | block ... |
 *     0      64                   72             offBlocks         offData
 *     a block   | blockExtra bytes | data (blockSize, 1 MiB as a rule) |
 *
 * - Everything is little-endian. The block map has one u32 a block: the number of the block in the data area, FFFFFFFF for
 *   one that was never written, FFFFFFFE for one that holds zeros. Both read as zeros where there is no parent.
 * - A fixed ("static") image has the same map, with every block allocated.
 * - An image with a parent (differencing, undo) names it by UUID only. It is refused; the parent is said.
 *
 * Traps: the size of the disk is `cbDisk`, not blocks times block size; the text at 0 names the program that wrote the
 * file and differs, so the signature alone counts; fields of the legacy geometry are often zero.
 *
 * Sources: VirtualBox, VDICore.h as documented in the forum's "All about VDIs"; files by VirtualBox and qemu.
 */
import { type Facts, FindingList } from '../../base/findings.ts';
import type { FingerprintPart, Identity, Need, ProbeWindow } from '../../source/format.ts';
import { failAt } from '../../source/place.ts';
import { MappedSource } from '../../source/run-list.ts';
import type { ByteSource } from '../../source/types.ts';
import type { ContainerFormat, OpenedContainer } from '../types.ts';
import { readBlockMap } from './block-map.ts';
import { ImageType, readHeader, SIGNATURE, SIGNATURE_OFFSET, TYPE_NAMES, type VdiHeader } from './structures.ts';

export const vdi: ContainerFormat = {
  id: 'vdi',
  title: 'VDI',
  extensions: ['.vdi'],
  reads: ['dynamic and fixed disks'],
  notYet: ['differencing disks (the parent is named)'],

  probe({ head }: ProbeWindow): boolean {
    if (head.length < SIGNATURE_OFFSET + 4) return false;
    return new DataView(head.buffer, head.byteOffset).getUint32(SIGNATURE_OFFSET, true) === SIGNATURE;
  },

  identify(source: ByteSource): Identity {
    const header = readHeader(source);
    return { self: identityOf(header), needs: needsOf(header), setPart: null };
  },

  open(source: ByteSource): OpenedContainer {
    const findings = new FindingList();
    const header = readHeader(source);
    checkType(source, header);
    const { map, table, allocated } = readBlockMap(source, header, findings);
    const fingerprint = (): FingerprintPart[] => [
      { what: 'vdi.header', bytes: header.raw },
      { what: 'vdi.map', bytes: table },
    ];
    return {
      format: 'vdi',
      facts: factsOf(header, allocated),
      findings: findings.items,
      identity: identityOf(header),
      fingerprint,
      parts: [
        {
          key: '',
          title: `Disk of ${source.name}`,
          facts: {},
          source: new MappedSource(source.name, header.diskSize, map, 'a block of the disk'),
        },
      ],
    };
  },
};

/** @throws FormatError UnsupportedFeature for a disk that needs a parent or is of an unknown type */
function checkType(source: ByteSource, { type, uuidLinkage, uuidParentModify }: VdiHeader): void {
  const name = TYPE_NAMES[type] ?? `type ${type}`;
  if (uuidLinkage !== null || type === ImageType.diff || type === ImageType.undo)
    failAt(
      'UnsupportedFeature',
      source,
      424,
      'a disk without a parent',
      `a disk (${name}) whose parent has the id ${uuidLinkage ?? 'of no disk'}, as modified in ${uuidParentModify ?? 'no state'}`,
    );
  if (type !== ImageType.normal && type !== ImageType.fixed)
    failAt('UnsupportedFeature', source, 76, 'a dynamic or fixed disk', name);
}

function needsOf({ uuidLinkage, uuidParentModify }: VdiHeader): Need[] {
  if (uuidLinkage === null) return [];
  const match = [{ format: 'vdi', uuid: uuidLinkage, modification: uuidParentModify }];
  const title = `the parent ${uuidLinkage}`;
  return [{ id: 'parent', kind: 'parent', want: 'disk', match, names: [], hashes: [], title, required: true }];
}

function identityOf(header: VdiHeader): Facts {
  return { format: 'vdi', uuid: header.uuidCreate, modification: header.uuidModify };
}

function factsOf(header: VdiHeader, allocated: number): Facts {
  return {
    type: TYPE_NAMES[header.type]!,
    version: header.version,
    virtualSize: header.diskSize,
    sectorSize: 512,
    blockSize: header.blockSize,
    blocks: header.blocks,
    allocatedBlocks: allocated,
    uuid: header.uuidCreate,
    creator: header.fileInfo,
    comment: header.comment,
  };
}
